"""The spool's rule: what is a package, what is a leftover, what is never touched."""

import shutil

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from station.spool import ReceiptMissingError, Spool


def test_empty(tmp_path):
    spool = Spool(tmp_path / "spool")
    assert spool.packages() == ()
    assert spool.get("0" * 32) is None
    assert spool.free_bytes() > 0


def test_packages_come_by_sequence(pull_station):
    manifests = [pull_station.add_package() for _ in range(12)]
    found = pull_station.spool.packages()
    assert [package.sequence for package in found] == list(range(1, 13))
    assert [package.manifest for package in found] == manifests
    first = found[0]
    assert first.manifest_sha256 == manifests[0].sha256
    assert [(part.name, part.size_bytes) for part in first.parts] == [("a", 3000), ("b", 5000)]
    assert first.size_bytes == 8000
    assert not first.is_purged


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "A" * 32, "0" * 33, "spool/x"])
def test_a_name_from_outside_is_no_path(pull_station, name):
    assert pull_station.spool.get(name) is None


def test_strange_things_are_listed_and_not_served(pull_station, tmp_path):
    good = pull_station.add_package()
    folder = pull_station.spool.folder
    jws = (folder / good.package_id / "manifest.jws").read_bytes()
    (folder / "note.txt").write_text("hello")
    (folder / ("1" * 32)).mkdir()  # no manifest
    shutil.copytree(folder / good.package_id, folder / ("2" * 32))  # names another id
    (folder / ("3" * 32)).mkdir()
    (folder / ("3" * 32) / "manifest.jws").write_bytes(jws[: len(jws) // 2])  # torn
    (folder / ("4" * 32)).mkdir()
    (folder / ("4" * 32) / "manifest.jws").write_bytes(b"\xff" * 2_000_000)
    (folder / ("5" * 32)).symlink_to(folder / good.package_id)
    (folder / ("6" * 32)).write_text("a file")
    (folder / ".new-abc").mkdir()
    assert [package.package_id for package in pull_station.spool.packages()] == [good.package_id]
    assert {path.name[0] for path in pull_station.spool.strangers()} == set("n123456")
    assert pull_station.spool.get("5" * 32) is None


def test_no_receipt_no_removal(pull_station):
    manifest = pull_station.add_package()
    with pytest.raises(ReceiptMissingError, match="parts stay"):
        pull_station.spool.remove_parts(manifest.package_id)
    (package,) = pull_station.spool.packages()
    assert not package.is_purged


def test_after_a_receipt_the_parts_go_and_the_rest_stays(pull_station):
    manifest = pull_station.add_package()
    spool = pull_station.spool
    spool.keep_receipt(manifest.package_id, b"first")
    spool.keep_receipt(manifest.package_id, b"second")
    spool.remove_parts(manifest.package_id)
    spool.remove_parts(manifest.package_id)
    (package,) = spool.packages()
    assert package.is_purged
    assert package.read_receipt() == b"first"
    assert sorted(path.name for path in package.folder.iterdir()) == ["manifest.jws", "receipt.jws"]


def test_unknown_package(pull_station):
    with pytest.raises(KeyError):
        pull_station.spool.remove_parts("0" * 32)
    with pytest.raises(KeyError):
        pull_station.spool.keep_receipt("0" * 32, b"x")


def test_another_process_sees_what_this_one_did(pull_station):
    manifest = pull_station.add_package()
    other = Spool(pull_station.spool.folder)
    assert not other.packages()[0].is_purged
    pull_station.spool.keep_receipt(manifest.package_id, b"receipt")
    pull_station.spool.remove_parts(manifest.package_id)
    assert other.packages()[0].is_purged
    shutil.rmtree(pull_station.spool.folder / manifest.package_id)
    assert other.packages() == ()
    assert other.get(manifest.package_id) is None


def test_reconcile_sets_aside_what_no_recording_owns(pull_station):
    """It may be the only copy, if the database is an old one: nothing whole is ever deleted."""
    owned, unknown = pull_station.add_package(), pull_station.add_package()
    spool, folder = pull_station.spool, pull_station.spool.folder
    payload = pull_station.part_bytes(unknown, "b")
    (folder / ".new-1").mkdir()
    (folder / ".new-1" / "part-a.age").write_bytes(b"half")
    (folder / ".new-2").write_text("a file")
    (folder / "note.txt").write_text("a stranger")
    done = spool.reconcile({owned.package_id, "f" * 32})
    assert set(done.removed) == {".new-1", ".new-2"}
    assert done.set_aside == (unknown.package_id,)
    assert done.missing == ("f" * 32,)
    assert [path.name for path in done.strangers] == ["note.txt"]
    assert [package.package_id for package in spool.packages()] == [owned.package_id]
    assert (folder / ".aside" / unknown.package_id / "part-b.age").read_bytes() == payload
    again = spool.reconcile({owned.package_id})
    assert (again.removed, again.set_aside, again.missing) == ((), (), ())
    assert spool.set_aside() == (unknown.package_id,)


def test_a_package_brought_back_and_set_aside_again_keeps_both(pull_station):
    manifest = pull_station.add_package()
    spool = pull_station.spool
    spool.reconcile(())
    shutil.copytree(
        spool.folder / ".aside" / manifest.package_id, spool.folder / manifest.package_id
    )
    assert [package.package_id for package in spool.packages()] == [manifest.package_id]
    spool.reconcile(())
    assert spool.packages() == ()
    assert len(spool.set_aside()) == 2


def test_a_lost_database_loses_no_package(pull_station):
    manifests = [pull_station.add_package() for _ in range(5)]
    done = pull_station.spool.reconcile(())
    assert set(done.set_aside) == {manifest.package_id for manifest in manifests}
    for manifest in manifests:
        folder = pull_station.spool.folder / ".aside" / manifest.package_id
        assert sorted(path.name for path in folder.iterdir()) == [
            "manifest.jws",
            "part-a.age",
            "part-b.age",
        ]


class SpoolLife(RuleBasedStateMachine):
    """Whatever happens in whatever order, a package loses its parts only after a receipt."""

    station = None  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.state: dict[str, set[str]] = {}
        self.spool = Spool(self.station.spool.folder)
        for package in self.spool.packages():
            shutil.rmtree(package.folder)
        self.station.manifests.clear()

    @rule()
    def seal(self) -> None:
        self.state[self.station.add_package(10, 10).package_id] = set()

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def receipt(self, data) -> None:
        package_id = data.draw(st.sampled_from(sorted(self.state)))
        self.spool.keep_receipt(package_id, b"receipt")
        self.state[package_id].add("receipt")

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def purge(self, data) -> None:
        package_id = data.draw(st.sampled_from(sorted(self.state)))
        if "receipt" in self.state[package_id]:
            self.spool.remove_parts(package_id)
            self.state[package_id].add("purged")
        else:
            with pytest.raises(ReceiptMissingError):
                self.spool.remove_parts(package_id)

    @rule()
    def restart(self) -> None:
        self.spool = Spool(self.spool.folder)
        self.spool.reconcile(set(self.state))

    @invariant()
    def disk_agrees(self) -> None:
        found = {package.package_id: package for package in self.spool.packages()}
        assert set(found) == set(self.state)
        for package_id, done in self.state.items():
            assert found[package_id].is_purged == ("purged" in done)
            assert (found[package_id].read_receipt() is not None) == ("receipt" in done)


def test_life_of_a_spool(pull_station):
    SpoolLife.station = pull_station
    SpoolLife.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
    SpoolLife.TestCase().runTest()
