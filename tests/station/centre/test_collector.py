"""Pulls over loopback: bad links, bad disks, bad packages, and nothing done twice."""

import hashlib
import json
import shutil
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.centre.collector import pull_station
from station.centre.errors import CentreError
from station.centre.holdings import Holdings
from station.package.manifest import CHUNK_BYTES
from station.signer import Signer

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def pull(pull_station_, collector_keys, quick, tmp_path):
    """Return a function that pulls the station at an address."""

    def run(url, keys=collector_keys, station=None, **options):
        identity = station or pull_station_.identity
        return pull_station(url, identity, keys, tmp_path / "held", policy=quick, **options)

    return run


@pytest.fixture
def pull_station_(request):
    return request.getfixturevalue("pull_station")


@pytest.fixture
def held(pull_station_, tmp_path):
    return tmp_path / "held" / pull_station_.code


def codes(report) -> list[str]:
    return [finding.code for finding in report.findings]


def assert_held(station, held, manifest) -> None:
    for name in ("a", "b"):
        payload = (held / manifest.package_id / f"part-{name}.age").read_bytes()
        assert hashlib.sha256(payload).hexdigest() == manifest.part(name).sha256
    assert not list((held / manifest.package_id).glob("*.partial"))


def apply_receipts(station) -> None:
    """Do what the station process does with receipts."""
    for entry in station.inbox.entries():
        if entry.kind == "receipt":
            station.spool.keep_receipt(entry.subject, entry.payload)
            station.spool.remove_parts(entry.subject)
        station.inbox.take(entry)


def test_an_empty_station(pull_station_, pull):
    with pull_station_.serve() as url:
        report = pull(url)
    assert report.is_good
    assert report.listed == 0


def test_all_packages_arrive_and_are_receipted(pull_station_, pull, held):
    manifests = [pull_station_.add_package(30_000, 400_000) for _ in range(4)]
    seen = []
    with pull_station_.serve() as url:
        report = pull(url, progress=seen.append)
    assert report.is_good, report
    assert report.receipted == [manifest.package_id for manifest in manifests]
    for manifest in manifests:
        assert_held(pull_station_, held, manifest)
    kinds = [entry.kind.value for entry in pull_station_.inbox.entries()]
    assert kinds == ["pulled"] * 4 + ["receipt"] * 4
    assert report.received_bytes == report.kept_bytes == 4 * 430_000
    assert seen[-1].done_bytes == seen[-1].total_bytes == 4 * 430_000


def test_all_parts_a_come_first(pull_station_, pull):
    for _ in range(3):
        pull_station_.add_package()
    order = []
    with pull_station_.serve() as url:
        pull(url, progress=lambda at: order.append((at.part, at.package_id)))
    parts = [part for part, _ in dict.fromkeys(order)]
    assert parts == ["a", "a", "a", "b", "b", "b"]


def test_twenty_cuts_at_random_bytes(pull_station_, pull, held, make_bad_link, random_cuts):
    manifests = [pull_station_.add_package(900_000, 5_500_000) for _ in range(2)]
    with (
        pull_station_.serve() as url,
        make_bad_link(url, random_cuts(20, 700_000)) as (bad, proxy),
    ):
        report = pull(bad)
    assert proxy.cuts_done == 20, report.findings
    assert report.is_good, report
    for manifest in manifests:
        assert_held(pull_station_, held, manifest)
    # what came in vain, and what was on its way when the link broke, is one chunk a cut at most
    assert 0 < report.resent_bytes <= report.cuts * CHUNK_BYTES
    assert report.resent_bytes / report.cuts <= CHUNK_BYTES


@pytest.mark.parametrize("cut_after", [0, 1, 100, 1_000, 2_000, 3_000, 4_000])
def test_a_cut_in_the_handshake_or_a_short_answer(pull_station_, pull, make_bad_link, cut_after):
    pull_station_.add_package()
    with pull_station_.serve() as url, make_bad_link(url, [cut_after]) as (bad, proxy):
        report = pull(bad)
    assert proxy.cuts_done == 1
    assert report.is_good, report


def test_a_link_that_stays_down_is_a_result(pull_station_, pull, make_bad_link):
    pull_station_.add_package()
    with pull_station_.serve() as url, make_bad_link(url, [0] * 100) as (bad, _):
        report = pull(bad)
    assert "try later" in report.error
    assert not report.is_good


def test_a_crash_in_the_middle_resumes_at_the_chunk(
    pull_station_, pull, held, make_bad_link, quick
):
    manifest = pull_station_.add_package(10_000, 8 * CHUNK_BYTES)
    with pull_station_.serve() as url:
        with make_bad_link(url, [1_000_000, *[0] * 100]) as (bad, _):
            broken = pull(bad)
        partial = held / manifest.package_id / "part-b.age.partial"
        proved = partial.stat().st_size
        assert broken.error
        assert proved % CHUNK_BYTES == 0
        assert proved > 0
        # a torn write of the last chunk, as a power cut leaves it
        with partial.open("r+b") as stream:
            stream.seek(proved - 10)
            stream.write(b"\0" * 10)
            stream.write(b"torn")
        report = pull(url)
    assert report.is_good, report
    assert report.received_bytes == 8 * CHUNK_BYTES - (proved - CHUNK_BYTES)
    assert_held(pull_station_, held, manifest)


def test_nothing_is_done_twice(pull_station_, pull):
    for _ in range(3):
        pull_station_.add_package()
    with pull_station_.serve() as url:
        pull(url)
        again = pull(url)
        apply_receipts(pull_station_)
        purged = pull(url)
        pull_station_.add_package()
        more = pull(url)
    assert (again.listed, again.received_bytes, again.receipted) == (0, 0, [])
    assert purged.is_good
    assert purged.listed == 0
    assert (more.listed, len(more.receipted)) == (1, 1)


def test_a_receipt_that_did_not_get_through_is_sent_again_unchanged(
    pull_station_, pull, held, monkeypatch
):
    manifest = pull_station_.add_package()
    with pull_station_.serve() as url:
        monkeypatch.setattr("station.inbox.MAX_ENTRIES", 1)  # room for the pulled mark only
        broken = pull(url)
        assert broken.error
        receipt = (held / manifest.package_id / "receipt.jws").read_bytes()
        monkeypatch.undo()
        report = pull(url)
    assert report.receipted == [manifest.package_id]
    assert report.received_bytes == 0
    (entry,) = pull_station_.inbox.find("receipt", manifest.package_id)
    assert entry.payload == receipt


def test_without_a_receipt_nothing_is_purged(pull_station_, pull, centre_keys):
    manifest = pull_station_.add_package()
    stranger = Signer("centre", Ed25519PrivateKey.generate())
    with pull_station_.serve() as url:
        report = pull(url, replace(centre_keys, signer=stranger, identities=()))
    apply_receipts(pull_station_)
    assert codes(report) == ["receipt_refused"]
    assert "untrusted_answer" in report.findings[0].detail
    assert pull_station_.part_bytes(manifest, "a")
    assert pull_station_.part_bytes(manifest, "b")


def test_a_corrupt_chunk_sets_its_package_aside_and_the_others_arrive(pull_station_, pull, held):
    manifests = [pull_station_.add_package(3_000, 3 * CHUNK_BYTES) for _ in range(3)]
    bad = manifests[1]
    path = pull_station_.spool.folder / bad.package_id / "part-b.age"
    good_bytes = path.read_bytes()
    damaged = bytearray(good_bytes)
    damaged[CHUNK_BYTES + 7] ^= 1
    path.write_bytes(damaged)
    with pull_station_.serve() as url:
        report = pull(url)
        assert report.receipted == [manifests[0].package_id, manifests[2].package_id]
        assert codes(report) == ["damaged_part"]
        assert "chunk 1" in report.findings[0].detail
        aside = held / "quarantine" / bad.package_id
        assert json.loads((aside / "reason.json").read_text())["code"] == "damaged_part"
        # the chunk before the bad one is kept for another try
        assert (aside / "part-b.age.partial").stat().st_size == CHUNK_BYTES
        notices = [e for e in pull_station_.inbox.entries() if e.kind == "notice"]
        assert len(notices) == 1
        again = pull(url)
        assert codes(again) == ["damaged_part"]
        assert [e for e in pull_station_.inbox.entries() if e.kind == "notice"] == notices
        # repaired on the station: offered again, and only the rest crosses the link
        path.write_bytes(good_bytes)
        repaired = pull(url)
    assert repaired.is_good, repaired
    assert repaired.received_bytes == 2 * CHUNK_BYTES
    assert_held(pull_station_, held, bad)
    assert not aside.exists()


def test_a_truncated_part_sets_its_package_aside(pull_station_, pull):
    first, second = pull_station_.add_package(), pull_station_.add_package()
    path = pull_station_.spool.folder / first.package_id / "part-a.age"
    path.write_bytes(path.read_bytes()[:-1])
    with pull_station_.serve() as url:
        report = pull(url)
    assert codes(report) == ["part_unavailable"]
    assert report.receipted == [second.package_id]


def test_a_part_removed_between_list_and_fetch(pull_station_, pull):
    first, second = pull_station_.add_package(), pull_station_.add_package()

    def remove(at):
        (pull_station_.spool.folder / first.package_id / "part-b.age").unlink(missing_ok=True)

    with pull_station_.serve() as url:
        report = pull(url, progress=remove)
    assert codes(report) == ["part_unavailable"]
    assert "part_removed" in report.findings[0].detail
    assert report.receipted == [second.package_id]


def test_a_part_purged_while_it_is_being_sent_arrives_whole(pull_station_, pull, held):
    manifest = pull_station_.add_package(1_000, 12 * CHUNK_BYTES)
    removed_at = []

    def remove(at):
        if at.part == "b" and 2_000 < at.done_bytes < at.total_bytes and not removed_at:
            (pull_station_.spool.folder / manifest.package_id / "part-b.age").unlink()
            removed_at.append(at.done_bytes)

    with pull_station_.serve() as url:
        report = pull(url, progress=remove)
    assert removed_at
    assert report.is_good, report
    assert_held(pull_station_, held, manifest)


def test_a_missing_number_is_a_gap_until_it_comes(pull_station_, pull):
    manifests = [pull_station_.add_package() for _ in range(4)]
    withheld = pull_station_.spool.folder / manifests[1].package_id
    away = pull_station_.folder / "withheld"
    withheld.rename(away)
    with pull_station_.serve() as url:
        report = pull(url)
        assert report.gaps == (2,)
        assert not report.is_good
        assert len(report.receipted) == 3
        away.rename(withheld)
        again = pull(url)
    assert again.gaps == ()
    assert again.receipted == [manifests[1].package_id]
    assert again.is_good


def test_a_break_in_the_chain_is_told(pull_station_, pull):
    pull_station_.add_package()
    pull_station_.add_package(previous_manifest_sha256="1" * 64)
    with pull_station_.serve() as url:
        report = pull(url)
    assert report.chain_breaks == (2,)
    assert not report.is_good


def test_a_restored_database_shows_as_a_fork(pull_station_, pull, held):
    first, second = pull_station_.add_package(), pull_station_.add_package()
    with pull_station_.serve() as url:
        pull(url)
        # the station forgets the second package and seals another under its number
        shutil.rmtree(pull_station_.spool.folder / second.package_id)
        pull_station_.manifests.pop()
        other = pull_station_.add_package()
        (held / "ledger.jsonl").write_bytes(
            (held / "ledger.jsonl").read_bytes().splitlines(keepends=True)[0]
            + (held / "ledger.jsonl").read_bytes().splitlines(keepends=True)[1]
        )  # the receipts are forgotten, the numbers are not: everything is listed again
        report = pull(url)
    assert codes(report) == ["fork"]
    assert report.findings[0].sequence == 2
    assert (held / second.package_id / "part-b.age").is_file()
    assert not (held / other.package_id).exists()
    assert first.package_id in report.receipted


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("another key", "unknown_signer"),
        ("another station", "wrong_station"),
        ("changed bytes", "bad_signature"),
    ],
)
def test_a_manifest_that_is_not_believed(pull_station_, pull, held, case, code):
    stranger = Signer(pull_station_.code, Ed25519PrivateKey.generate())
    bad = {
        "another key": lambda: pull_station_.add_package(signer=stranger),
        "another station": lambda: pull_station_.add_package(station_code="other"),
        "changed bytes": pull_station_.add_package,
    }[case]()
    if case == "changed bytes":
        path = pull_station_.spool.folder / bad.package_id / "manifest.jws"
        text = path.read_text()
        header, payload, signature = text.split(".")
        flipped = "A" if signature[0] != "A" else "B"
        path.write_text(f"{header}.{payload}.{flipped}{signature[1:]}")
    good = pull_station_.add_package()
    with pull_station_.serve() as url:
        report = pull(url)
    assert codes(report) == [code]
    assert report.receipted == [good.package_id]
    assert not (held / bad.package_id).exists()
    (evidence,) = (held / "quarantine").iterdir()
    assert json.loads((evidence / "reason.json").read_text())["code"] == code


def test_what_the_station_purged_and_we_lost_is_told_once(pull_station_, pull, held):
    manifest = pull_station_.add_package()
    with pull_station_.serve() as url:
        pull(url)
        apply_receipts(pull_station_)
        shutil.rmtree(held)
        report = pull(url)
        again = pull(url)
    assert codes(report) == ["lost"]
    assert report.findings[0].package_id == manifest.package_id
    assert again.findings == []


def test_another_certificate_under_the_address_is_not_believed(
    pull_station_, make_pull_station, pull, collector_keys
):
    impostor = make_pull_station("impostor")
    impostor.add_package()
    with impostor.serve() as url:
        report = pull(url)
    assert "another certificate" in report.error
    assert len(impostor.inbox) == 0


def test_a_client_of_another_centre_is_refused(pull_station_, pull, centre_keys, tmp_path):
    from datetime import UTC, datetime

    from station.centre.keys import keygen

    pull_station_.add_package()
    rogue = keygen(tmp_path / "rogue", now=datetime.now(UTC))
    with pull_station_.serve() as url:
        report = pull(url, rogue)
    assert "refuses our client certificate" in report.error
    assert report.listed == 0


def test_another_pull_of_the_same_station_waits_outside(pull_station_, pull, tmp_path):
    with (
        Holdings(tmp_path / "held", pull_station_.code).locked(),
        pytest.raises(CentreError, match="another pull"),
    ):
        pull("https://127.0.0.1:9")


def test_a_station_without_certificate_comes_by_courier(pull_station_, pull):
    identity = pull_station_.identity.model_copy(update={"tls_certificate_pem": None})
    report = pull("https://127.0.0.1:9", station=identity)
    assert "courier" in report.error


def test_reports_come_along(pull_station_, pull, held):
    pull_station_.reports.mkdir(parents=True)
    (pull_station_.reports / "000001.json").write_text('{"fault": 1}')
    with pull_station_.serve() as url:
        assert pull(url).reports == 1
        assert pull(url).reports == 0
        (pull_station_.reports / "000002.json").write_text('{"fault": 2}')
        assert pull(url).reports == 1
    assert json.loads((held / "reports" / "000002.json").read_text()) == {"fault": 2}


def test_the_audit_log_may_only_grow(pull_station_, pull, held):
    from station.checkpoint import sign_checkpoint

    signer = pull_station_.signer
    file = pull_station_.reports.parent / "audit-checkpoint"
    file.parent.mkdir(parents=True)

    def write(size: int, root: bytes, signer=signer) -> None:
        head = sign_checkpoint("log", size, root, public_key=signer.public_key, sign=signer.sign)
        file.write_text(head.text)

    with pull_station_.serve() as url:
        write(5, b"a" * 32)
        assert pull(url).is_good
        write(9, b"b" * 32)
        assert pull(url).is_good
        write(9, b"c" * 32)
        assert codes(pull(url)) == ["audit_rolled_back"]
        write(5, b"a" * 32)
        assert codes(pull(url)) == ["audit_rolled_back"]
        write(10, b"d" * 32, Signer("x", Ed25519PrivateKey.generate()))
        assert codes(pull(url)) == ["bad_checkpoint"]
    assert "\n9\n" in (held / "checkpoint.txt").read_text()
