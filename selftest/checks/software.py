"""The station's database and the installed packages."""

import re
import sqlite3
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version

from selftest.check import Measured, Skip, check, measured
from selftest.subject import Subject

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)")


@check("store", "STO-101", essential=False)
def integrity(subject: Subject) -> Measured | Skip:
    """Whether the database is whole, opened to read only."""
    database = subject.bench.database
    if database is None or not database.is_file():
        return Skip("belum ada basis data / no database yet")
    try:
        link = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=0.5)
        with closing(link):
            lines = [str(row[0]) for row in link.execute("PRAGMA quick_check(10)")]
    except sqlite3.OperationalError as error:
        return Skip(f"sedang dipakai / in use: {error}")
    except sqlite3.DatabaseError as error:
        return measured("problems", 1, evidence=str(error))
    problems = [line for line in lines if line != "ok"]
    return measured("problems", len(problems), evidence="; ".join(problems[:3]))


@check("software", "SYS-103")
def packages(subject: Subject) -> Measured | Skip:
    """Installed packages that differ from those of the release."""
    lock = subject.bench.lock_file
    if lock is None or not lock.is_file():
        return Skip("daftar paket rilis tidak ada / no list of the release's packages")
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = [(match["name"], match["version"]) for line in lines if (match := _PIN.match(line))]
    differing = [name for name, wanted in pins if _installed(name) != wanted]
    return measured("differing", len(differing), n=len(pins), evidence=", ".join(differing[:5]))


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
