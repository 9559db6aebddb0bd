"""What the station keeps: its database, sealed packages, and recordings that are still open."""

import datetime
import sqlite3
from contextlib import closing

import apsw

from selftest.check import Measured, Skip, Value, check, measured
from selftest.errors import NotReadyError
from selftest.sealed import find_problems, waiting_packages
from selftest.subject import Subject

_HOUR_S = 3600.0
_SHOWN = 3


@check("store", "STO-101", essential=False)
def integrity(subject: Subject) -> Measured | Skip:
    """Whether the database is whole, opened to read only."""
    try:
        lines = [str(row[0]) for row in _ask(subject, "PRAGMA quick_check(10)")]
    except (sqlite3.DatabaseError, apsw.CorruptError, apsw.NotADBError, apsw.IOError) as error:
        if _is_elsewhere(error):
            return Skip(f"tidak terbaca sekarang / not readable now: {error}")
        return measured("problems", 1, evidence=str(error))
    problems = [line for line in lines if line != "ok"]
    return measured("problems", len(problems), evidence="; ".join(problems[:_SHOWN]))


@check("store", "STO-102", essential=False, time_limit_s=30)
def packages(subject: Subject) -> Measured | Skip:
    """Whether sealed packages are whole: all by size, a sample by hash; never opened."""
    waiting = waiting_packages(subject.bench.spool)
    found, hashed = find_problems(waiting, day=subject.bench.now().toordinal())
    names = "; ".join(f"{place.name}: {problem}" for place, problem in found[:_SHOWN])
    evidence = names or f"{len(waiting)} paket / packages, SHA-256: {hashed}"
    return measured("damaged", len(found), n=len(waiting), evidence=evidence)


@check("store", "STO-103", essential=False)
def open_recordings(subject: Subject) -> Measured | Skip:
    """Age of the oldest open recording."""
    try:
        rows = _ask(subject, "SELECT created_at FROM drafts")
    except (sqlite3.DatabaseError, apsw.Error) as error:
        return Skip(f"tidak terbaca sekarang / not readable now: {error}")
    now = subject.bench.now()
    ages_s = [(now - _utc(str(row[0]))).total_seconds() for row in rows]
    oldest_h = max((age_s / _HOUR_S for age_s in ages_s), default=0.0)
    return Measured(
        (Value("oldest_draft", oldest_h, len(ages_s)),), f"{len(ages_s)} terbuka / open"
    )


def _is_elsewhere(error: Exception) -> bool:
    """Tell whether the file is in use, or not ours to open; a disk that cannot read it is not."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    return isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_IOERR


def _ask(subject: Subject, question: str) -> list[tuple[object, ...]]:
    """Ask the station if it runs, else its file, which is never written to."""
    if subject.bench.ask_database is not None:
        return subject.bench.ask_database(question)
    database = subject.bench.database
    if database is None or not database.is_file():
        raise NotReadyError("belum ada basis data / no database yet")
    link = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=0.5)
    with closing(link):
        return link.execute(question).fetchall()


def _utc(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
