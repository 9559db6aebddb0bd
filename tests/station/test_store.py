"""The database: durable, exclusive, nested transactions, damage and full disks said clearly."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from station.disk import Ballast, disk_gate, free_bytes
from station.errors import (
    DiskFullError,
    DiskGateError,
    OldSqliteError,
    StoreBusyError,
    StoreCorruptError,
    StoreFailedError,
)
from station.store import Store, fetch, require_sound_sqlite

CHILD_LIMIT_S = 60
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 3,  # EXTRA
    "locking_mode": "exclusive",
    "foreign_keys": 1,
    "secure_delete": 1,
    "trusted_schema": 0,
}


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "station.db")
    make_marks(opened)
    yield opened
    opened.close()


def make_marks(store):
    """Add a table for what the tests write."""
    with store.transaction() as connection:
        connection.execute("CREATE TABLE marks (name TEXT NOT NULL)")


def add_marks(store, *names):
    with store.transaction() as connection:
        for name in names:
            connection.execute("INSERT INTO marks VALUES (?)", (name,))


def marks(store):
    with store.transaction() as connection:
        return [row[0] for row in fetch(connection, "SELECT name FROM marks")]


def run_child(code, *arguments):
    program = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(
        program, capture_output=True, text=True, timeout=CHILD_LIMIT_S, check=False
    )


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.17"])
def test_a_version_with_the_log_reset_bug_is_refused(version):
    with pytest.raises(OldSqliteError, match=version):
        require_sound_sqlite(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.52.0", "3.54.1", "4.0.0"])
def test_a_sound_version_is_accepted(version):
    require_sound_sqlite(version)


def test_every_property_of_the_connection_is_set(store):
    with store.transaction() as connection:
        assert {name: connection.pragma(name) for name in PRAGMAS} == PRAGMAS


def test_a_new_database_is_private_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "fresh" / "station.db"
    Store.open(path).close()
    assert [entry.name for entry in path.parent.iterdir()] == ["station.db"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_half_born_database_is_built_again(tmp_path):
    path = tmp_path / "station.db"
    for name in (".new-station.db", ".new-station.db-wal", ".new-station.db-journal"):
        (tmp_path / name).write_bytes(b"half a page")
    store = Store.open(path)
    make_marks(store)
    assert not list(tmp_path.glob(".new-*"))
    store.close()


def test_what_was_committed_is_there_after_reopening(tmp_path):
    store = Store.open(tmp_path / "station.db")
    make_marks(store)
    add_marks(store, "one", "two")
    store.close()
    store.close()
    again = Store.open(tmp_path / "station.db")
    assert marks(again) == ["one", "two"]
    again.close()


class InterruptedWorkError(Exception):
    pass


def write_and_fail(store):
    with store.transaction():
        add_marks(store, "outer")
        with store.transaction():
            add_marks(store, "inner")
        assert marks(store) == ["outer", "inner"]
        raise InterruptedWorkError


def write_against_a_rule(store):
    with store.transaction() as connection:
        add_marks(store, "inner")
        connection.execute("INSERT INTO marks VALUES (NULL)")


def test_an_error_undoes_the_whole_transaction_with_what_joined_it(store):
    with pytest.raises(InterruptedWorkError):
        write_and_fail(store)
    assert marks(store) == []


def test_a_failed_nested_block_undoes_only_itself(store):
    with store.transaction():
        add_marks(store, "before")
        with pytest.raises(apsw.ConstraintError):
            write_against_a_rule(store)
        add_marks(store, "after")
    assert marks(store) == ["before", "after"]


def test_threads_take_turns(store):
    started = threading.Barrier(8)

    def work(worker):
        started.wait()
        for step in range(20):
            with store.transaction():
                add_marks(store, f"{worker}.{step}a")
                add_marks(store, f"{worker}.{step}b")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    names = marks(store)
    assert len(names) == 8 * 20 * 2
    assert all(left[:-1] == right[:-1] for left, right in zip(names[::2], names[1::2], strict=True))


def test_another_process_is_told_who_holds_the_database(store):
    child = run_child(
        """
        import sys
        from pathlib import Path
        from station.errors import StoreBusyError
        from station.store import Store
        try:
            Store.open(Path(sys.argv[1]))
        except StoreBusyError as error:
            print(error.text_id)
        """,
        store.path,
    )
    assert str(store.path) in child.stdout
    assert "proses stasiun lain" in child.stdout


def test_a_second_opening_in_the_same_process_is_refused_too(store):
    with pytest.raises(StoreBusyError):
        Store.open(store.path)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda path: path.write_bytes(b"not a database at all" * 500), "not a database"),
        (lambda path: path.write_bytes(path.read_bytes()[:4096]), "damaged"),
        (lambda path: overwrite(path, 4096 * 2, os.urandom(4096 * 6)), "damaged"),
        (lambda path: set_number(path, "user_version", 99), "form 99"),
        (lambda path: set_number(path, "application_id", 1), "not a database of this station"),
    ],
    ids=["text", "cut", "noise", "later form", "other program"],
)
def test_a_damaged_database_is_named_and_not_touched(tmp_path, damage, expected):
    path = tmp_path / "station.db"
    Store.open(path).close()
    damage(path)
    before = path.read_bytes()
    with pytest.raises(StoreCorruptError, match=expected) as caught:
        Store.open(path)
    assert str(path) in caught.value.text_id
    assert "Jangan hapus" in caught.value.text_id
    assert path.read_bytes() == before


def overwrite(path: Path, offset: int, payload: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(payload)


def set_number(path: Path, pragma: str, value: int) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA {pragma} = {value}")
    connection.close()


def test_an_empty_file_is_no_station_database(tmp_path):
    path = tmp_path / "station.db"
    path.touch()
    with pytest.raises(StoreCorruptError):
        Store.open(path)


def test_the_log_is_copied_back_before_it_grows(store):
    with store.transaction() as connection:
        connection.execute("CREATE TABLE load (payload BLOB)")
    for _ in range(20):
        with store.transaction() as connection:
            connection.execute("INSERT INTO load VALUES (zeroblob(600000))")
    log = store.path.with_name("station.db-wal")
    assert log.stat().st_size < 10_000_000
    store.checkpoint()
    assert log.stat().st_size == 0


def test_a_full_disk_says_so_and_the_rest_stays(store):
    add_marks(store, "kept")
    with store.transaction() as connection:
        pages = connection.pragma("page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFullError, match="Free some space"), store.transaction() as connection:
        connection.execute("INSERT INTO marks VALUES (hex(zeroblob(50000)))")
    assert marks(store) == ["kept"]


def test_a_closed_store_refuses_work(store):
    store.close()
    with pytest.raises(StoreFailedError), store.transaction():
        pass


def test_kill_after_the_answer_loses_nothing(tmp_path):
    """A child prints each commit that was acknowledged and is killed in the middle."""
    code = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from station.store import Store
        store = Store.open(Path(sys.argv[1]))
        with store.transaction() as connection:
            connection.execute("CREATE TABLE marks (name TEXT NOT NULL)")
        for number in range(100000):
            with store.transaction() as connection:
                connection.execute(
                    "INSERT INTO marks VALUES (?)", (str(number),))
                connection.execute(
                    "INSERT INTO lockouts VALUES (?, 1, 'b', 1, 1)", (str(number),))
            print(number, flush=True)
        """
    )
    path = tmp_path / "station.db"
    for acknowledged in (1, 7, 40):
        path.unlink(missing_ok=True)
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
        )
        try:
            last = [child.stdout.readline() for _ in range(acknowledged)][-1]
        finally:
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read()
            child.stdout.close()
            child.wait(CHILD_LIMIT_S)
        told = int((rest.split() or [last])[-1])
        store = Store.open(path)
        found = [int(name) for name in marks(store)]
        with store.transaction() as connection:
            other = fetch(connection, "SELECT count(*) FROM lockouts")[0][0]
        store.close()
        assert found == list(range(len(found)))
        assert len(found) >= told + 1
        assert other == len(found)


def test_the_gate_refuses_before_it_is_too_late(tmp_path):
    disk_gate(tmp_path, 1, keep_free_bytes=1)
    free = free_bytes(tmp_path)
    with pytest.raises(DiskGateError) as caught:
        disk_gate(tmp_path, free * 2)
    assert "tersisa" in caught.value.text_id
    assert "MB free" in caught.value.text_en
    with pytest.raises(DiskGateError):
        disk_gate(tmp_path, 1, keep_free_bytes=free * 2)


def test_ballast_holds_real_blocks(tmp_path):
    ballast = Ballast(tmp_path / "room" / "ballast", size_bytes=1_000_000)
    assert not ballast.is_held
    assert ballast.restore()
    assert ballast.is_held
    assert ballast.path.stat().st_blocks * 512 >= 1_000_000
    assert ballast.restore()
    assert ballast.release()
    assert not ballast.release()
    assert not ballast.is_held


def test_ballast_of_a_wrong_size_is_made_again(tmp_path):
    ballast = Ballast(tmp_path / "ballast", size_bytes=100_000)
    ballast.path.write_bytes(b"short")
    (tmp_path / ".new-ballast").write_bytes(b"left over")
    assert not ballast.is_held
    assert ballast.restore()
    assert ballast.is_held


def test_ballast_is_not_taken_from_a_disk_without_room(tmp_path):
    ballast = Ballast(tmp_path / "ballast", size_bytes=free_bytes(tmp_path))
    assert not ballast.restore()
    assert not ballast.path.exists()
