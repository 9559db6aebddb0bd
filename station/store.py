"""The station's database: one process, one connection, every commit durable.

Born aside under another name, flushed, renamed, and the folder flushed: a power cut leaves either
no database or a whole one. After an error of the disk the store refuses to go on
(StoreFailedError): the kernel may have dropped what was not written, so that a second flush would
report success for lost data. Only a fresh start reads what is really there.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import apsw

from station.durable import LEFTOVER_PREFIX, make_private_folder, sync_file, sync_folder
from station.errors import (
    DiskFullError,
    OldSqliteError,
    StoreBusyError,
    StoreCorruptError,
    StoreFailedError,
)
from station.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES

OLDEST_SQLITE = (3, 51, 3)  # 3.7.0-3.51.2 carry the WAL-reset corruption bug (sqlite.org/wal.html)
BUSY_WAIT_MS = 500  # another process holds the lock for as long as it runs: do not wait long
CHECKPOINT_PAGES = 1000  # SQLite's own default: about 4 MB of log before it is copied back
LOG_LIMIT_BYTES = 8 * 1024 * 1024  # the log is cut to this after a checkpoint

Row = tuple[Any, ...]
"""One row; its types are those of the STRICT table it comes from."""
Values = tuple[str | int | bytes | None, ...]

logger = logging.getLogger(__name__)


class Store:
    """One connection to the database; every method may be called from any thread."""

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0
        self._log_pages = 0
        self._failure: str | None = None
        connection.set_wal_hook(self._count_log_pages)

    @classmethod
    def open(cls, path: Path, *, vfs: str | None = None) -> Self:
        """Open the database, creating it where there is none; takes it for this process alone.

        Raises OldSqliteError, StoreBusyError, StoreCorruptError, StoreFailedError, DiskFullError.
        `vfs` names another file layer of SQLite (fault injection).
        """
        require_sound_sqlite(apsw.sqlite_lib_version())
        make_private_folder(path.parent)
        _remove_half_born(path)
        with _translated(path):
            if not path.exists():
                _create(path, vfs)
            connection = apsw.Connection(str(path), vfs=vfs)
            try:
                _configure(connection)
                _check_contents(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """Run statements as one durable whole; inside another transaction, as a part of that.

        An error that leaves the block undoes exactly this block. When the outermost block has
        been left, everything survives a power cut.
        """
        with self._lock, _translated(self.path, self._fail):
            self._require_usable()
            opening, closing, undoing = _statements(self._depth)
            self._connection.execute(opening)
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                self._depth -= 1
                self._undo(undoing)
                raise
            self._depth -= 1
            self._finish(closing, undoing)

    @property
    def is_in_transaction(self) -> bool:
        """Tell whether the calling thread is inside `transaction()`."""
        with self._lock:
            return self._depth > 0

    def checkpoint(self) -> None:
        """Copy the log back into the database file and empty it."""
        with self._lock, _translated(self.path, self._fail):
            self._require_usable()
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            self._log_pages = 0

    def close(self) -> None:
        """Give the database back; calling it twice is allowed."""
        with self._lock:
            self._failure = self._failure or "closed"
            try:
                self._connection.close()
            except apsw.Error as error:  # what was committed is in the log; the next start reads it
                logger.warning("the log of %s could not be copied back: %s", self.path, error)

    def _finish(self, closing: str, undoing: str) -> None:
        try:
            self._connection.execute(closing)
        except BaseException:
            self._undo(undoing)
            raise
        if self._depth == 0 and self._log_pages >= CHECKPOINT_PAGES:
            self._copy_log_back()

    def _undo(self, undoing: str) -> None:
        # SQLite ends a transaction by itself after some errors (full disk, I/O)
        if not self._connection.in_transaction:
            return
        try:
            self._connection.execute(undoing)
        except apsw.Error as error:
            self._fail(f"undoing failed: {error}")

    def _copy_log_back(self) -> None:
        """Checkpoint after a commit. The commit stands whatever happens here."""
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.FullError:
            logger.warning("no room to copy the log back into %s; it stays in the log", self.path)
        except apsw.Error as error:
            self._fail(f"checkpoint: {error}")

    def _count_log_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _fail(self, detail: str) -> None:
        logger.error("database %s failed: %s", self.path, detail)
        self._failure = self._failure or detail

    def _require_usable(self) -> None:
        if self._failure is not None:
            raise StoreFailedError(path=self.path, detail=self._failure)


def fetch(connection: apsw.Connection, statement: str, values: Values = ()) -> list[Row]:
    """Return all rows of a query."""
    return list(connection.execute(statement, values))


def require_sound_sqlite(version: str) -> None:
    """Raise OldSqliteError for a version with the WAL-reset bug."""
    numbers = tuple(int(part) for part in version.split(".")[:3])
    if numbers < OLDEST_SQLITE:
        raise OldSqliteError(found=version, needed=".".join(map(str, OLDEST_SQLITE)))


def _statements(depth: int) -> tuple[str, str, str]:
    """Return how a block at this depth begins, ends well and ends badly."""
    if depth == 0:
        return "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
    name = f"inner_{depth}"
    return f"SAVEPOINT {name}", f"RELEASE {name}", f"ROLLBACK TO {name}; RELEASE {name}"


def _remove_half_born(path: Path) -> None:
    for leftover in path.parent.glob(f"{LEFTOVER_PREFIX}{path.name}*"):
        leftover.unlink()


def _create(path: Path, vfs: str | None) -> None:
    aside = path.with_name(f"{LEFTOVER_PREFIX}{path.name}")
    connection = apsw.Connection(str(aside), vfs=vfs)
    try:
        _configure(connection)
        with connection:
            connection.execute(TABLES)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    finally:
        connection.close()  # copies the log back and removes it
    aside.chmod(0o600)
    sync_file(aside)
    aside.rename(path)
    sync_folder(path.parent)


def _configure(connection: apsw.Connection) -> None:
    """Set everything that is a property of the connection; the first statement takes the lock."""
    connection.set_busy_timeout(BUSY_WAIT_MS)
    for pragma, value in (
        ("locking_mode", "EXCLUSIVE"),  # before WAL: then no -shm file, no SIGBUS on a full disk
        ("journal_mode", "WAL"),
        ("synchronous", "EXTRA"),
        ("foreign_keys", "ON"),
        ("secure_delete", "ON"),
        ("trusted_schema", "OFF"),
        ("cell_size_check", "ON"),
        ("wal_autocheckpoint", "0"),  # ours report errors; SQLite's own would swallow them
        ("journal_size_limit", str(LOG_LIMIT_BYTES)),
    ):
        connection.execute(f"PRAGMA {pragma} = {value}").fetchall()


def _check_contents(connection: apsw.Connection, path: Path) -> None:
    # BEGIN EXCLUSIVE takes the lock that locking_mode=EXCLUSIVE then never gives back
    connection.execute("BEGIN EXCLUSIVE; COMMIT")
    if connection.pragma("application_id") != APPLICATION_ID:
        raise StoreCorruptError(path=path, detail="not a database of this station")
    version = connection.pragma("user_version")
    if version != SCHEMA_VERSION:
        raise StoreCorruptError(path=path, detail=f"form {version}, expected {SCHEMA_VERSION}")
    result = connection.execute("PRAGMA quick_check(1)").fetchall()
    if result != [("ok",)]:
        raise StoreCorruptError(path=path, detail=str(result[0][0]))


@contextmanager
def _translated(path: Path, fail: Callable[[str], None] | None = None) -> Iterator[None]:
    """Turn errors of SQLite into ours; `fail` is told what makes the store unusable."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as error:
        raise StoreBusyError(path=path) from error
    except apsw.FullError as error:
        raise DiskFullError(path=path) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        if fail is not None:
            fail(str(error))
        raise StoreCorruptError(path=path, detail=str(error)) from error
    except (apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError) as error:
        if fail is not None:
            fail(str(error))
        raise StoreFailedError(path=path, detail=str(error)) from error
