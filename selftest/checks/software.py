"""The installed software: versions of packages, and the station's own files."""

from selftest.check import Measured, Skip, Value, check
from selftest.release import altered_files, differing_packages, find_station
from selftest.subject import Subject

_SHOWN = 5
"""Names in the evidence; the count tells the rest."""


@check("software", "SYS-103", time_limit_s=20)
def integrity(subject: Subject) -> Measured | Skip:
    """Packages and files that differ from those of the release."""
    values, evidence = [], []
    lock = subject.bench.lock_file
    if lock is not None and lock.is_file():
        pins, differing = differing_packages(lock)
        values.append(Value("differing", len(differing), pins))
        evidence += differing[:_SHOWN]
    else:
        evidence.append("daftar paket rilis tidak ada / no list of the release's packages")
    station = find_station()
    if station is None:
        evidence.append("berkas: dijalankan dari sumber / files: run from a checkout")
    else:
        files, altered = altered_files(station)
        values.append(Value("altered_files", len(altered), files))
        evidence += altered[:_SHOWN]
    if not values:
        return Skip("; ".join(evidence))
    return Measured(tuple(values), evidence="; ".join(evidence))
