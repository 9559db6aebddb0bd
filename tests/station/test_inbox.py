"""The inbox: nothing half-written is a message, and the same message is one file."""

import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.inbox import MAX_ENTRY_BYTES, EntryKind, Inbox, InboxFullError

PACKAGE = "0123456789abcdef" * 2


@pytest.fixture
def inbox(tmp_path) -> Inbox:
    return Inbox(tmp_path / "inbox")


def test_empty(inbox):
    assert inbox.entries() == ()
    assert len(inbox) == 0
    assert inbox.strangers() == ()


def test_what_was_dropped_is_an_entry_until_taken(inbox):
    assert inbox.drop(EntryKind.RECEIPT, PACKAGE, b"signed")
    (entry,) = inbox.entries()
    assert (entry.kind, entry.subject, entry.payload) == (EntryKind.RECEIPT, PACKAGE, b"signed")
    inbox.take(entry)
    assert inbox.entries() == ()
    inbox.take(entry)  # a crash after taking: taking again is allowed


def test_the_same_message_twice_is_one_entry(inbox):
    assert inbox.drop(EntryKind.RECEIPT, PACKAGE, b"signed")
    assert not inbox.drop(EntryKind.RECEIPT, PACKAGE, b"signed")
    assert len(inbox) == 1
    assert inbox.drop(EntryKind.RECEIPT, PACKAGE, b"another")
    assert len(inbox.find(EntryKind.RECEIPT, PACKAGE)) == 2


def test_pulled_marks_are_applied_before_receipts(inbox):
    for kind in (EntryKind.ALARM, EntryKind.NOTICE, EntryKind.RECEIPT, EntryKind.PULLED):
        inbox.drop(kind, PACKAGE, b"x")
    assert [entry.kind for entry in inbox.entries()] == list(EntryKind)


@pytest.mark.parametrize("subject", ["", "../x", "A" * 32, "0" * 31, "0" * 33, "0" * 31 + "/"])
def test_a_subject_is_never_a_path(inbox, subject):
    with pytest.raises(ValueError, match="not an inbox message"):
        inbox.drop(EntryKind.RECEIPT, subject, b"x")
    assert list(inbox.folder.iterdir()) == []


def test_too_large(inbox):
    inbox.drop(EntryKind.NOTICE, PACKAGE, b"x" * MAX_ENTRY_BYTES)
    with pytest.raises(ValueError, match="not an inbox message"):
        inbox.drop(EntryKind.NOTICE, PACKAGE, b"x" * (MAX_ENTRY_BYTES + 1))


def test_strange_files_are_listed_and_left_alone(inbox):
    good = inbox.folder / f"receipt-{PACKAGE}-{'0' * 32}"
    good.write_bytes(b"the name promises other bytes")
    (inbox.folder / "note.txt").write_text("hello")
    (inbox.folder / ".new-abc").write_bytes(b"half")
    link = inbox.folder / f"notice-{PACKAGE}-{'1' * 32}"
    link.symlink_to("/etc/hostname")
    (inbox.folder / f"alarm-{PACKAGE}-{'2' * 32}").mkdir()
    assert inbox.entries() == ()
    names = {path.name.split("-")[0] for path in inbox.strangers()}
    assert names == {"receipt", "note.txt", "notice", "alarm"}
    assert good.exists()


def test_full(inbox, monkeypatch):
    monkeypatch.setattr("station.inbox.MAX_ENTRIES", 3)
    for number in range(3):
        inbox.drop(EntryKind.NOTICE, f"{number:032x}", b"x")
    with pytest.raises(InboxFullError, match="start the station process"):
        inbox.drop(EntryKind.NOTICE, f"{3:032x}", b"x")
    # what already lies here is still acknowledged
    assert not inbox.drop(EntryKind.NOTICE, f"{2:032x}", b"x")


def test_files_are_private(inbox):
    inbox.drop(EntryKind.PULLED, PACKAGE, b"{}")
    assert inbox.folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o177 == 0 for path in inbox.folder.iterdir())


def test_a_reader_never_sees_a_half_message_while_others_write(inbox):
    payloads = {uuid.uuid4().hex: os.urandom(20_000) for _ in range(40)}

    def write() -> None:
        for subject, payload in payloads.items():
            inbox.drop(EntryKind.NOTICE, subject, payload)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    seen: dict[str, bytes] = {}
    while any(writer.is_alive() for writer in writers):
        for entry in inbox.entries():
            seen[entry.subject] = entry.payload
            inbox.take(entry)
    for entry in inbox.entries():
        seen[entry.subject] = entry.payload
    assert seen == payloads


def test_a_kill_while_dropping_leaves_no_half_entry(tmp_path):
    program = (
        "import sys, pathlib, os\n"
        "from station.inbox import Inbox, EntryKind\n"
        "inbox = Inbox(pathlib.Path(sys.argv[1]))\n"
        "print('go', flush=True)\n"
        "for number in range(10**6):\n"
        "    inbox.drop(EntryKind.NOTICE, f'{number:032x}', os.urandom(30_000))\n"
    )
    folder = tmp_path / "inbox"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"go\n"
        while len(Inbox(folder)) < 5:
            assert child.poll() is None
        child.kill()
        child.wait(10)
    inbox = Inbox(folder)
    assert inbox.strangers() == ()
    assert {len(entry.payload) for entry in inbox.entries()} == {30_000}


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    messages=st.lists(
        st.tuples(st.sampled_from(EntryKind), st.uuids().map(lambda u: u.hex), st.binary()),
        max_size=6,
    )
)
def test_every_message_comes_out_once_and_unchanged(tmp_path, messages):
    inbox = Inbox(tmp_path / uuid.uuid4().hex)
    for kind, subject, payload in [*messages, *messages]:
        inbox.drop(kind, subject, payload)
    assert {(e.kind, e.subject, e.payload) for e in inbox.entries()} == set(messages)
