"""The database under power cuts and disk errors at every kind of moment.

Each trial writes numbered transactions over a disk that keeps only what was flushed, cuts the
power at one operation, opens what is left in another folder and looks for what was acknowledged.
The controls show that the disk model finds losses where flushing is turned down.
"""

import random
from collections import Counter
from contextlib import suppress
from itertools import count

import apsw
import pytest

from station.errors import DiskFullError, StoreCorruptError, StoreError, StoreFailedError
from station.store import Store, fetch
from tests.station.cut_disk import CutDisk

DISK = CutDisk("cut-disk")
TRANSACTIONS = 12
CHECKPOINT_EVERY = 5
CUTS = 200
CONTROL_CUTS = 80


def make_tables(store):
    with store.transaction() as connection:
        connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE payloads (number INTEGER, payload BLOB)")


def payload_of(number):
    return bytes([number % 251]) * (700 * (number % 9))


def write(store, number):
    with store.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))
        connection.execute("INSERT INTO payloads VALUES (?, ?)", (number, payload_of(number)))


def read_back(store):
    """Return the numbers found; both tables and all payloads must agree."""
    with store.transaction() as connection:
        tables = {row[0] for row in fetch(connection, "SELECT name FROM sqlite_schema")}
        if "payloads" not in tables:
            return []
        rows = fetch(connection, "SELECT number, payload FROM payloads ORDER BY number")
        numbers = fetch(connection, "SELECT number FROM numbers ORDER BY number")
    assert [row[:1] for row in rows] == numbers
    assert all(payload == payload_of(number) for number, payload in rows)
    return [row[0] for row in rows]


def work(path, acknowledged, *, synchronous="EXTRA"):
    """Write transactions until done or broken; `acknowledged` grows with each answer."""
    store = Store.open(path, vfs=DISK.name)
    try:
        store._connection.execute(f"PRAGMA synchronous = {synchronous}")
        make_tables(store)
        for number in range(1, TRANSACTIONS + 1):
            write(store, number)
            acknowledged.append(number)
            if number % CHECKPOINT_EVERY == 0:
                store.checkpoint()
    finally:
        store.close()


def operations(tmp_path, **options):
    """Count the operations of one undisturbed run."""
    DISK.reset()
    work(tmp_path / "whole" / "station.db", [], **options)
    return DISK.count


def cut_once(folder, cut_at, **options):
    """Cut at one operation; return what was acknowledged and the store on what is left."""
    before, after = folder / "before", folder / "after"
    after.mkdir(parents=True)
    DISK.reset(cut_at=cut_at)
    acknowledged = []
    with suppress(StoreError):  # a cut while the store is closed breaks no transaction
        work(before / "station.db", acknowledged, **options)
    assert DISK.is_cut
    DISK.survivors(after, random.Random(cut_at))
    return acknowledged, after / "station.db"


def test_nothing_acknowledged_is_lost_at_any_cut(tmp_path):
    total = operations(tmp_path)
    assert total > 150
    for number, cut_at in zip(range(CUTS), spread(total), strict=False):
        acknowledged, path = cut_once(tmp_path / str(number), cut_at)
        store = Store.open(path)
        found = read_back(store)
        store.close()
        told = len(acknowledged)
        assert found in (acknowledged, [*acknowledged, told + 1]), f"cut at {cut_at}"


def spread(total):
    """Go through all operations again and again, beginning anywhere."""
    return (7 * step % total for step in count())


@pytest.mark.parametrize(
    ("synchronous", "expected"), [("NORMAL", "lost"), ("OFF", "corrupt or lost")]
)
def test_with_less_flushing_the_same_cuts_lose_something(tmp_path, synchronous, expected):
    """Negative controls: the model of the disk is able to find a loss."""
    total = operations(tmp_path, synchronous=synchronous)
    seen = Counter()
    for number, cut_at in zip(range(CONTROL_CUTS), spread(total), strict=False):
        seen[outcome(tmp_path / str(number), cut_at, synchronous)] += 1
    assert seen["lost"] + seen["corrupt"] > CONTROL_CUTS * 0.1, expected
    if synchronous == "NORMAL":
        assert seen["corrupt"] == 0


def outcome(folder, cut_at, synchronous):
    acknowledged, path = cut_once(folder, cut_at, synchronous=synchronous)
    try:
        store = Store.open(path)
    except StoreCorruptError:
        return "corrupt"
    try:
        found = read_back(store)
    except (AssertionError, StoreCorruptError):
        return "corrupt"
    finally:
        store.close()
    return "lost" if len(found) < len(acknowledged) else "kept"


def test_a_disk_error_at_any_moment_loses_nothing_and_is_not_retried(tmp_path):
    total = operations(tmp_path)
    outcomes = Counter()
    for fail_at in range(1, total + 1, 2):
        folder = tmp_path / str(fail_at)
        DISK.reset(fail_at=fail_at)
        acknowledged = []
        try:
            work(folder / "station.db", acknowledged)
            outcomes["unnoticed"] += 1
        except StoreFailedError:
            outcomes["failed"] += 1
        check_reopened(folder, acknowledged)
    assert outcomes["failed"] > total // 3


def test_after_a_disk_error_the_store_refuses_to_go_on(tmp_path):
    DISK.reset()
    store = Store.open(tmp_path / "station.db", vfs=DISK.name)
    make_tables(store)
    write(store, 1)
    DISK.fail_at = DISK.count + 1
    with pytest.raises(StoreFailedError, match="must be restarted"):
        write(store, 2)
    for attempt in (lambda: write(store, 3), store.checkpoint):
        with pytest.raises(StoreFailedError, match="must be restarted"):
            attempt()
    store.close()
    check_reopened(tmp_path, [1])


def test_a_full_disk_at_any_moment_loses_nothing_and_work_goes_on(tmp_path):
    total = operations(tmp_path)
    outcomes = Counter()
    for fail_at in range(1, total + 1, 2):
        folder = tmp_path / str(fail_at)
        DISK.reset(fail_at=fail_at, failure=apsw.FullError)
        outcomes[work_on_full_disk(folder / "station.db")] += 1
    assert outcomes["went on"] > total // 6


def work_on_full_disk(path):
    """Write everything, repeating what the full disk refused; check that all of it is there."""
    acknowledged = []
    try:
        store = Store.open(path, vfs=DISK.name)
    except (DiskFullError, StoreFailedError):
        check_reopened(path.parent, [])
        return "full at the start"
    try:
        make_tables(store)
    except DiskFullError:
        make_tables(store)
    refused = 0
    for number in range(1, TRANSACTIONS + 1):
        try:
            write(store, number)
        except DiskFullError:
            refused += 1
            write(store, number)
        acknowledged.append(number)
    store.close()
    check_reopened(path.parent, acknowledged)
    return "went on" if refused else "unnoticed"


def check_reopened(folder, acknowledged):
    store = Store.open(folder / "station.db")
    found = read_back(store)
    store.close()
    told = len(acknowledged)
    assert found in (acknowledged, [*acknowledged, told + 1])
