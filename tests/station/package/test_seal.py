"""Sealing: what lies on disk, what is refused, and what a crash leaves."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from station.package.errors import (
    BadMemberError,
    PackageExistsError,
    RecipientError,
    SealFailedError,
)
from station.package.manifest import NO_PREVIOUS
from station.package.seal import sweep
from station.package.verify import verify_package
from tests.station.package.made_packages import KEYS, OTHER_IDENTITY, RECIPIENT, seal_small

CRASHING_SEAL = """
import os, signal, sys
from pathlib import Path
from tests.station.package.made_packages import seal_small, RECIPIENT
at, seen = int(sys.argv[2]), 0
def count(event, args):
    global seen
    if event not in ("os.mkdir", "open", "os.rename", "os.rmdir", "os.remove", "os.listdir"):
        return
    if not any(sys.argv[1] in str(arg) for arg in args):
        return
    seen += 1
    if seen == at:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
seal_small(Path(sys.argv[1]), recipients=(sys.argv[3],))
"""


def test_a_package_is_three_private_files(tmp_path):
    spool = tmp_path / "spool"
    sealed = seal_small(spool)
    assert sealed.folder == spool / sealed.package_id
    assert sorted(path.name for path in sealed.folder.iterdir()) == [
        "manifest.jws",
        "part-a.age",
        "part-b.age",
    ]
    assert [path.name for path in spool.iterdir()] == [sealed.package_id]
    for path in (sealed.folder, *sealed.folder.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert verify_package(sealed.folder, KEYS) == sealed.manifest
    assert sealed.manifest_sha256 == sealed.manifest.sha256


def test_the_chain_goes_on(tmp_path):
    first = seal_small(tmp_path)
    second = seal_small(tmp_path, 2, previous_manifest_sha256=first.manifest_sha256)
    assert first.manifest.previous_manifest_sha256 == NO_PREVIOUS
    assert second.manifest.previous_manifest_sha256 == first.manifest.sha256


def test_every_sealing_has_fresh_keys(tmp_path):
    parts = [(seal_small(tmp_path, n).folder / "part-a.age").read_bytes() for n in (1, 2)]
    assert parts[0][-1400:] != parts[1][-1400:]


@pytest.mark.parametrize("recipients", [(), (RECIPIENT, RECIPIENT), (RECIPIENT, "age1tagpq1x")])
def test_wrong_recipients_leave_nothing(tmp_path, recipients):
    with pytest.raises(RecipientError):
        seal_small(tmp_path / "spool", recipients=recipients)
    assert not (tmp_path / "spool").exists()


def test_an_id_is_used_once(tmp_path):
    sealed = seal_small(tmp_path)
    before = (sealed.folder / "part-a.age").read_bytes()
    with pytest.raises(PackageExistsError):
        seal_small(tmp_path)
    assert (sealed.folder / "part-a.age").read_bytes() == before


def broken():
    yield "record.json", b"{}"
    raise ZeroDivisionError("the encoder broke")


def test_what_a_member_fails_with_comes_through_and_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError, match="the encoder broke"):
        seal_small(tmp_path, a=broken())
    with pytest.raises(BadMemberError):
        seal_small(tmp_path, b=(("SITI.json", b""),))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_says_so_and_leaves_nothing(tmp_path, monkeypatch):
    real_open = os.open

    def full(path, flags, *rest, **names):
        is_part = str(path).endswith("part-b.age")
        return (
            real_open("/dev/full", os.O_WRONLY)
            if is_part
            else real_open(path, flags, *rest, **names)
        )

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(SealFailedError, match="No space left"):
        seal_small(tmp_path, b=(("portrait.fac", bytes(400_000)),))
    assert list(tmp_path.iterdir()) == []


def test_a_spool_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "spool").write_text("a file where the folder should be")
    with pytest.raises(SealFailedError):
        seal_small(tmp_path / "spool")


def test_leftovers_are_swept_and_packages_stay(tmp_path):
    assert sweep(tmp_path / "nowhere") == ()
    sealed = seal_small(tmp_path)
    leftover = tmp_path / f".new-{2:032x}"
    leftover.mkdir()
    (leftover / "part-a.age").write_bytes(b"half")
    assert sweep(tmp_path) == (f"{2:032x}",)
    assert [path.name for path in tmp_path.iterdir()] == [sealed.package_id]


def crash(spool, at):
    """Run a sealing that is killed at its n-th touch of the spool; return whether it was."""
    child = subprocess.run(
        [sys.executable, "-c", CRASHING_SEAL, str(spool), str(at), RECIPIENT],
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert child.returncode in (0, -signal.SIGKILL), child.stderr.decode()
    return child.returncode != 0


def test_a_kill_at_any_step_leaves_a_whole_package_or_none(tmp_path):
    kills = 0
    for at in range(1, 60):
        spool = tmp_path / f"spool-{at}"
        was_killed = crash(spool, at)
        packages = (
            [p for p in spool.glob("*") if not p.name.startswith(".new-")] if spool.exists() else []
        )
        for package in packages:
            verify_package(package, KEYS)
        assert was_killed or packages
        if not was_killed:
            break
        kills += 1
        shutil.rmtree(packages[0]) if packages else None
        seal_small(spool)  # again, with whatever the crash left lying there
        assert [path.name for path in spool.iterdir()] == [f"{1:032x}"]
    assert kills >= 7  # spool, folder, three files, rename, flushes
    assert not was_killed


def test_the_station_cannot_open_what_it_sealed(tmp_path):
    sealed = seal_small(tmp_path, recipients=(str(OTHER_IDENTITY.to_public()),))
    for path in sealed.folder.iterdir():
        assert b"AGE-SECRET-KEY" not in path.read_bytes()
        assert b"print" not in path.read_bytes()
