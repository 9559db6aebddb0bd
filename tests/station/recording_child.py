"""A child for the kill test: `prepare FOLDER`, then `record FOLDER` goes on with what is open.

Every line is JSON: first {"case_id", "is_new", "attempts"}, then {"attempts"} after each accepted
attempt, and {"sealed"} at the end; then the next resident begins.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from station.build import build_station, load_keys
from station.centre.keys import keygen
from station.config import CONFIG_NAME, StationConfig, write_default
from station.demo import DEMO_RESIDENT
from station.durable import write_private
from station.keys import import_centre
from station.operators import Role, SignedInOperator
from station.recording import Case, Step
from station.station import Station

PASSWORD = "sandi-uji-lain"
USER = "petugas"
NIK_BEGINNING = "61710155059"


def prepare(folder: Path) -> None:
    """Make the station once."""
    place = folder / CONFIG_NAME
    write_default(place, code="61.71.01", name="Contoh", simulated=True)
    text = place.read_text(encoding="utf-8").replace("port = 8462", "port = 0")
    write_private(place, text.encode())
    config = StationConfig.load(place)
    load_keys(config)
    centre = keygen(folder / "centre", now=datetime.now(UTC))
    import_centre(config.paths.keys, centre.enrolment.read_bytes())
    station = build_station(config)
    station.operators.add(USER, "Petugas", Role.OPERATOR, PASSWORD)
    station.close()


def say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def names_of(case: Case) -> list[str]:
    return [f"{step}/{attempt.number}" for step in Step for attempt in case.attempts(step)]


def capture(station: Station, who: SignedInOperator, case: Case, step: Step) -> None:
    """Capture a step, or leave it after a while: the test is about what was accepted."""
    known = len(names_of(case))
    live = station.live(who, case.case_id, step)
    deadline_s = time.monotonic() + 30.0
    while not case.is_settled(step) and time.monotonic() < deadline_s and live.is_running:
        time.sleep(0.01)
        if len(names_of(case)) > known:
            known = len(names_of(case))
            say(attempts=names_of(case))
    station.stop_live()
    say(attempts=names_of(case))


def record(station: Station, who: SignedInOperator) -> None:
    """Go on where the last life ended."""
    open_cases = station.open_cases()
    if open_cases:
        case = station.resume_case(who, open_cases[0].case_id)
    else:
        nik = f"{NIK_BEGINNING}{len(station.register.all()):05d}"
        case = station.start_case(who, DEMO_RESIDENT.model_copy(update={"nik": nik}))
    say(case_id=case.case_id, is_new=not open_cases, attempts=names_of(case))
    while (step := case.next_step()) is not None:
        capture(station, who, case, step)
    station.seal_case(who, case.case_id)
    say(sealed=True)


def main(folder: Path) -> None:
    station = build_station(StationConfig.load(folder / CONFIG_NAME))
    who = station.sign_in(USER, PASSWORD)
    while True:
        record(station, who)


if __name__ == "__main__":
    {"prepare": prepare, "record": main}[sys.argv[1]](Path(sys.argv[2]))
