"""The self-test knows nothing of the station's code, yet reads its packages and drafts aright."""

import datetime

from selftest.bench import Bench
from selftest.catalog import all_checks
from selftest.report import Outcome
from selftest.runner import run_checks
from station.store import fetch
from tests.station.core_rooms import PASSWORDS, Rooms

CASE = "5f0c7a44-2f63-4a0a-9a3c-2d6d1d8c8f10"


def outcomes(bench, *codes):
    checks = [item for item in all_checks() if item.code in codes]
    return {result.code: result.outcome for result in run_checks(bench, checks).report.results}


def test_real_packages_are_whole_until_a_bit_changes(pull_station, tmp_path):
    names = [pull_station.add_package().package_id for _ in range(3)]
    spool = pull_station.spool.folder
    bench = Bench((), tmp_path / "selftest", spool=spool)
    whole = {"STO-102": Outcome.PASS, "NET-104": Outcome.PASS}
    assert outcomes(bench, *whole) == whole
    part = spool / names[1] / "part-b.age"
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    assert outcomes(bench, "STO-102") == {"STO-102": Outcome.FAIL}


def test_a_real_draft_ages(tmp_path):
    rooms = Rooms(tmp_path)
    rooms.add("sari")
    signed_in = rooms.operators.sign_in("sari", PASSWORDS["sari"])
    rooms.drafts.create(CASE, signed_in)
    began = rooms.clock.wall()
    rooms.store.close()
    for hours, outcome in ((71, Outcome.PASS), (73, Outcome.WARN)):
        later = began + datetime.timedelta(hours=hours)
        bench = Bench(
            (), tmp_path / "selftest", database=tmp_path / "station.db", now=lambda at=later: at
        )
        assert outcomes(bench, "STO-101", "STO-103") == {
            "STO-101": Outcome.PASS,
            "STO-103": outcome,
        }


def test_a_running_station_answers_for_its_database(tmp_path):
    """Inside its process nobody else may open the file."""
    rooms = Rooms(tmp_path)
    rooms.add("sari")

    def ask(question):
        with rooms.store.transaction() as connection:
            return fetch(connection, question)

    bench = Bench((), tmp_path / "selftest", ask_database=ask)
    codes = ("STO-101", "STO-103")
    assert outcomes(bench, *codes) == dict.fromkeys(codes, Outcome.PASS)
    rooms.store.close()
