"""Verifying without a key, opening with one, and leaving no plaintext behind."""

import errno
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from station.package.errors import (
    BadMemberError,
    BadRecordError,
    ChunkHashError,
    DamagedPayloadError,
    IdentityError,
    MissingPartError,
    NotForUsError,
    OpenFailedError,
)
from station.package.open import open_package, open_part
from station.package.verify import checked_chunks, open_plain, verify_package, verify_part
from tests.station.package import forge
from tests.station.package.made_packages import (
    CONTENT_A,
    IDENTITY,
    KEYS,
    OTHER_IDENTITY,
    RECIPIENT,
    seal_small,
)

KEY = str(IDENTITY)
LARGE = os.urandom(700_000)


@pytest.fixture
def sealed(tmp_path):
    return seal_small(tmp_path / "spool", b=(("portrait.fac", LARGE),))


def test_both_parts_open(sealed):
    with open_package(sealed.folder, KEYS, [KEY]) as opened:
        assert opened.manifest == sealed.manifest
        assert opened.parts["a"].names == tuple(name for name, _ in CONTENT_A)
        assert opened.parts["a"].read("fingers/right_index.wsq") == CONTENT_A[1][1]
        assert opened.parts["b"].read("portrait.fac") == LARGE
        with pytest.raises(BadMemberError):
            opened.parts["b"].read("portrait.jp2")
    with pytest.raises(ValueError, match="closed file"):
        opened.parts["b"].read("portrait.fac")


def test_part_a_opens_while_part_b_is_on_its_way(sealed):
    (sealed.folder / "part-b.age").unlink()
    with open_package(sealed.folder, KEYS, [KEY], parts=("a",)) as opened:
        assert list(opened.parts) == ["a"]
    with pytest.raises(MissingPartError):
        open_package(sealed.folder, KEYS, [KEY])


def test_any_of_our_keys_opens(sealed):
    with open_package(sealed.folder, KEYS, [str(OTHER_IDENTITY), KEY]) as opened:
        assert opened.parts["a"].names
    with pytest.raises(NotForUsError):
        open_package(sealed.folder, KEYS, [str(OTHER_IDENTITY)])
    with pytest.raises(IdentityError):
        open_package(sealed.folder, KEYS, [])


def test_a_wrong_chunk_is_named(sealed):
    path = sealed.folder / "part-b.age"
    data = bytearray(path.read_bytes())
    data[262_144] ^= 1
    path.write_bytes(data)
    with pytest.raises(ChunkHashError) as caught:
        verify_package(sealed.folder, KEYS)
    assert caught.value.chunk == 1


def test_links_are_no_parts(sealed, tmp_path):
    elsewhere = shutil.move(sealed.folder / "part-a.age", tmp_path / "elsewhere")
    (sealed.folder / "part-a.age").symlink_to(elsewhere)
    with pytest.raises(MissingPartError):
        verify_package(sealed.folder, KEYS)
    (sealed.folder / "part-a.age").unlink()
    (sealed.folder / "part-a.age").mkdir()
    with pytest.raises(MissingPartError):
        verify_part(sealed.folder / "part-a.age", sealed.manifest, "a")
    (sealed.folder / "part-a.age").rmdir()
    os.mkfifo(sealed.folder / "part-a.age")
    with pytest.raises(MissingPartError, match="not a plain file"):
        verify_part(sealed.folder / "part-a.age", sealed.manifest, "a")


class BrokenMedium:
    """A file on a medium that fails while it is read."""

    def read(self, count):
        raise OSError(errno.EIO, "Input/output error")


def test_a_medium_that_fails_is_a_refusal(sealed):
    path = sealed.folder / "part-a.age"
    with pytest.raises(MissingPartError, match="Input/output error"), open_plain(path):
        list(checked_chunks(BrokenMedium(), sealed.manifest.parts.a, "a"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_of_the_opener_is_no_fault_of_the_package(sealed, monkeypatch):
    full = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115 - open_part closes it
    monkeypatch.setattr("tempfile.TemporaryFile", lambda dir: full)
    with pytest.raises(OpenFailedError, match="No space left"):
        open_part(sealed.folder / "part-b.age", sealed.manifest, "b", [KEY])


def test_a_file_exchanged_after_the_check_changes_nothing(sealed, tmp_path, monkeypatch):
    """Between verification and decryption somebody puts another genuine age file there."""
    other = seal_small(tmp_path / "other", b=(("portrait.fac", bytes(700_000)),))
    path = sealed.folder / "part-b.age"
    foreign = (other.folder / "part-b.age").read_bytes()
    size = path.stat().st_size
    padded = (foreign + bytes(size))[:size]

    def verify_and_exchange(path_, manifest, part):
        verify_part(path_, manifest, part)
        path_.write_bytes(padded)

    monkeypatch.setattr("station.package.open.verify_part", verify_and_exchange)
    with pytest.raises(ChunkHashError):
        open_part(path, sealed.manifest, "b", [KEY])


def open_files_in(folder):
    """Return what this process has open below a folder, also what has no name any more."""
    links = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the listing itself
            links.append(str(link.readlink()))
    return [link for link in links if link.startswith(str(folder))]


def test_plaintext_never_has_a_name(sealed, tmp_path):
    workspace = tmp_path / "work"
    workspace.mkdir()
    part = open_part(sealed.folder / "part-b.age", sealed.manifest, "b", [KEY], workspace=workspace)
    assert list(workspace.iterdir()) == []
    assert len(open_files_in(workspace)) == 1
    part.close()
    part.close()
    assert open_files_in(workspace) == []


def test_a_refused_payload_leaves_nothing_open_or_behind(tmp_path):
    workspace = tmp_path / "work"
    workspace.mkdir()
    packages = [
        forge.Forged(RECIPIENT, plain_a=forge.tar(("../x", b"secret" * 99_999))),
        forge.Forged(RECIPIENT, plain_a=forge.tar(("record.json", b"{}"), end=b"")),
    ]
    for number, package in enumerate(packages):
        folder = package.write(tmp_path / str(number))
        manifest = verify_package(folder, forge.KEYS)
        with pytest.raises(BadMemberError):
            open_part(folder / "part-a.age", manifest, "a", [KEY], workspace=workspace)
    damaged = forge.Forged(RECIPIENT, plain_a=forge.tar(("record.json", bytes(400_000))))
    damaged.a = damaged.a[:-1]
    damaged.manifest["parts"]["a"] = forge.digest(damaged.a)
    folder = damaged.write(tmp_path / "damaged")
    manifest = verify_package(folder, forge.KEYS)
    with pytest.raises(DamagedPayloadError):
        open_part(folder / "part-a.age", manifest, "a", [KEY], workspace=workspace)
    assert list(workspace.iterdir()) == []
    assert open_files_in(workspace) == []


def test_members_are_extracted_whole_or_not_at_all(sealed, tmp_path):
    with open_package(sealed.folder, KEYS, [KEY]) as opened:
        opened.parts["a"].extract(tmp_path / "out" / "a")
        found = {
            str(path.relative_to(tmp_path / "out" / "a")): path.read_bytes()
            for path in (tmp_path / "out" / "a").rglob("*")
            if path.is_file()
        }
        assert found == dict(CONTENT_A)
        (tmp_path / "taken").mkdir()
        (tmp_path / "taken" / "file").write_text("x")
        with pytest.raises(OSError, match="not empty"):
            opened.parts["a"].extract(tmp_path / "taken")
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["file"]
    assert not list(tmp_path.rglob(".new-*"))


def test_a_record_needs_part_a(sealed):
    for parts in (("b",), ("a", "b")):  # not opened; "{}" is no record
        opened = open_package(sealed.folder, KEYS, [KEY], parts=parts)
        with opened, pytest.raises(BadRecordError):
            opened.record()


@pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")
def test_age_and_tar_open_a_part(sealed, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_text(KEY + "\n")
    plain = subprocess.run(
        ["age", "-d", "-i", key_file, sealed.folder / "part-a.age"],
        check=True,
        capture_output=True,
        timeout=30,
    ).stdout
    listing = subprocess.run(
        ["tar", "tf", "-"], input=plain, check=True, capture_output=True, timeout=30
    )
    assert listing.stdout.decode().splitlines() == [name for name, _ in CONTENT_A]
    assert listing.stderr == b""


def test_verifying_needs_neither_age_nor_biometrics():
    """A courier's or relay's program stays small; so does the pull process."""
    code = (
        "import sys, station.package.verify\n"
        "loaded = {'pyrage', 'numpy', 'cv2', 'PIL', 'biometrics', 'drivers'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
