"""Receipts as the station process applies them: one a package, final, kept whatever it says."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from station.deliveries import REJECTED_STATUS, Deliveries
from station.inbox import EntryKind
from station.package.manifest import Manifest
from station.register import CaseRow, CaseState
from station.trusted_centre import TrustedCentre
from tests.station.core_rooms import NIK, Rooms


class Desk:
    """A register that knows the packages of a pull station, and the deliveries between them."""

    def __init__(self, rooms: Rooms, pull_station) -> None:
        self.rooms = rooms
        self.pull_station = pull_station
        person = rooms.add("sari")
        self.manifest: Manifest = pull_station.add_package()
        facts = {
            "package_id": self.manifest.package_id,
            "sequence": self.manifest.sequence,
            "manifest_sha256": self.manifest.sha256,
        }
        register = rooms.register
        register.open_case(
            "case", nik=NIK, origin_code="61.01.01", host_code="61.01.01", operator=person
        )
        register.advance("case", CaseState.REVIEWED, actor="sari")
        register.advance("case", CaseState.SEALED, actor="sari", **facts)
        register.advance("case", CaseState.OFFERED, actor="sari")
        keys = (pull_station.centre.signer.public_jwk(),)
        centre = TrustedCentre((), keys, ca_pem="", fingerprint="")
        self.deliveries = Deliveries(
            pull_station.inbox,
            pull_station.code,
            register=register,
            spool=pull_station.spool,
            audit=rooms.audit,
            centre=lambda: centre,
        )

    def receive(self, **changes: object) -> str:
        """Let a receipt lie in the inbox, as the pull process or a courier leaves it."""
        text = self.pull_station.signed_receipt(self.manifest, **changes)
        self.pull_station.inbox.drop(EntryKind.RECEIPT, self.manifest.package_id, text.encode())
        self.deliveries.apply()
        return text

    def put(self, text: str):
        """Send a receipt to the pull interface."""
        with TestClient(self.pull_station.app()) as client:
            return client.put(f"/v1/packages/{self.manifest.package_id}/receipt", content=text)

    @property
    def row(self) -> CaseRow:
        return self.rooms.register.get("case")

    @property
    def kept(self) -> bytes | None:
        package = self.pull_station.spool.get(self.manifest.package_id)
        return package.read_receipt()

    def actions(self) -> list[str]:
        return [leaf.action for leaf in self.rooms.audit.leaves()]


@pytest.fixture
def desk(tmp_path: Path, pull_station) -> Desk:
    (tmp_path / "rooms").mkdir()
    made = Desk(Rooms(tmp_path / "rooms"), pull_station)
    yield made
    made.rooms.store.close()


REJECTION = {"verdict": "rejected", "reason": "cannot_open"}


def test_a_rejection_is_kept_and_the_parts_stay(desk: Desk) -> None:
    text = desk.receive(**REJECTION)
    assert desk.kept == text.encode()
    assert desk.row.state is CaseState.OFFERED
    assert desk.row.national_status == REJECTED_STATUS
    assert "receipt.rejected:cannot_open" in desk.actions()
    assert desk.pull_station.part_bytes(desk.manifest, "a")


def test_after_a_rejection_another_receipt_is_a_conflict(desk: Desk) -> None:
    first = desk.receive(**REJECTION)
    other = desk.pull_station.signed_receipt(desk.manifest)
    answer = desk.put(other)
    assert (answer.status_code, answer.json()["code"]) == (409, "other_receipt_known")
    assert desk.put(first).status_code == 200
    desk.deliveries.apply()
    assert desk.row.state is CaseState.OFFERED
    assert desk.actions()[-1] == "receipt.alarm"


def test_a_second_receipt_that_lies_in_the_inbox_purges_nothing(desk: Desk) -> None:
    first = desk.receive(**REJECTION)
    desk.receive()
    assert desk.kept == first.encode()
    assert desk.row.state is CaseState.OFFERED
    assert desk.pull_station.part_bytes(desk.manifest, "b")
    assert desk.actions()[-1] == "receipt.alarm"


def test_the_same_receipt_again_changes_nothing(desk: Desk) -> None:
    first = desk.receive()
    assert desk.row.state is CaseState.PURGED
    before = desk.row
    desk.receive()
    assert desk.row == before
    assert desk.kept == first.encode()


def test_a_purge_that_was_cut_is_taken_up_again(desk: Desk) -> None:
    text = desk.pull_station.signed_receipt(desk.manifest)
    desk.pull_station.spool.keep_receipt(desk.manifest.package_id, text.encode())
    desk.rooms.register.advance("case", CaseState.RECEIPTED, actor="centre")
    desk.receive()
    assert desk.row.state is CaseState.PURGED
    assert desk.pull_station.spool.get(desk.manifest.package_id).is_purged


def test_a_receipt_for_a_package_that_is_gone_ends_nothing_else(desk: Desk) -> None:
    folder = desk.pull_station.spool.folder / desk.manifest.package_id
    (folder / "manifest.jws").unlink()
    desk.receive()
    assert desk.actions()[-1] == "receipt.refused"
    assert desk.row.state is CaseState.OFFERED
    assert desk.pull_station.inbox.entries() == ()
