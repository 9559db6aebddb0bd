"""Durable files: whole or not there, and private at every level."""

import os

import pytest

from station.durable import make_private_folder, remove, sync_file, write_private


def test_every_folder_that_is_made_is_private(tmp_path):
    make_private_folder(tmp_path / "a" / "b" / "c")
    make_private_folder(tmp_path / "a" / "b" / "c")
    for folder in ("a", "a/b", "a/b/c"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "shared").chmod(0o755)
    make_private_folder(tmp_path / "shared" / "mine")
    assert (tmp_path / "shared").stat().st_mode & 0o777 == 0o755


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "a").write_text("x")
    with pytest.raises(OSError, match="a"):
        make_private_folder(tmp_path / "a" / "b")


def test_a_file_is_replaced_and_private(tmp_path):
    path = tmp_path / "keys" / "file"
    for payload in (b"", b"first", b"second"):
        write_private(path, payload)
        assert path.read_bytes() == payload
        assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["file"]
    sync_file(path)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_private(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_removing_twice(tmp_path):
    write_private(tmp_path / "file", b"x")
    assert remove(tmp_path / "file")
    assert not remove(tmp_path / "file")
