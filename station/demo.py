"""The whole path with one virtual resident: record, seal, serve, pull, verify, open.

Every step is the real one: live views on simulated devices, the sealed draft, the package, the pull
interface as a process of its own behind mutual TLS, and the centre's client.
"""

import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from station.build import build_station, load_keys
from station.centre.collector import pull_station
from station.centre.keys import CentreKeys, keygen
from station.centre.open_package import CheckedPackage, open_package
from station.centre.stations import StationIdentity
from station.config import CONFIG_NAME, StationConfig, write_default
from station.durable import write_private
from station.keys import import_centre
from station.operators import Role, SignedInOperator
from station.recording import Case, Step, StepState
from station.register import CaseState
from station.resident import MaritalStatus, Religion, Resident
from station.sealing import SealedCase
from station.station import Station

DEMO_CODE = "61.71.01"
STEP_LIMIT_S = 40.0  # three attempts with their settling; far above what a step takes
RECEIPT_LIMIT_S = 10.0
PRINTS_PPI = 500.0

DEMO_RESIDENT = Resident(
    nik="6171015505910003",
    full_name="WARGA CONTOH",
    birth_place="PONTIANAK",
    birth_date=date(1991, 5, 15),
    sex="P",
    address="JL. CONTOH NO. 1",
    rt_rw="001/002",
    village="CONTOH",
    district_code=DEMO_CODE,
    religion=Religion.ISLAM,
    marital_status=MaritalStatus.MARRIED,
    occupation="PETANI",
)

Say = Callable[[str], None]


class DemoFailedError(Exception):
    """A step of the path did not do what it should; says which and why."""


def demonstrate(
    *, say: Say, prints_folder: Path | None = None, keep_folder: Path | None = None
) -> None:
    """Run the path; one line per step with its milliseconds. Raises DemoFailedError."""
    if keep_folder is not None:
        keep_folder.mkdir(parents=True, exist_ok=True)
        _Demonstration(keep_folder, say, prints_folder).run()
        say(f"kept in {keep_folder}: station/spool, centre, pulled, opened")
        return
    with tempfile.TemporaryDirectory(prefix="ktpel-demo-") as scratch:
        _Demonstration(Path(scratch), say, prints_folder).run()


class _Demonstration:
    """The steps in their order; each says what it did."""

    def __init__(self, folder: Path, say: Say, prints_folder: Path | None) -> None:
        self._folder = folder
        self._say = say
        self._prints_folder = prints_folder
        self._began_s = time.perf_counter()

    def run(self) -> None:
        with self._step("centre: keys and certificates"):
            centre = keygen(self._folder / "centre", name="Pusat Contoh", now=datetime.now(UTC))
        with self._step("station: configuration, keys, database, devices"):
            config = self._configure(centre)
            station = build_station(config)
        try:
            station.start()
            who = self._sign_in(station)
            sealed = self._record_and_seal(station, who)
            self._hand_over(station, config, centre, sealed)
        finally:
            station.close()
        self._say(f"done in {(time.perf_counter() - self._began_s):.1f} s")

    @contextmanager
    def _step(self, name: str) -> Iterator[list[str]]:
        """Time a step; what it appends to the yielded list is said with it."""
        notes: list[str] = []
        began_s = time.perf_counter()
        yield notes
        elapsed_ms = (time.perf_counter() - began_s) * 1000
        detail = f"  {'; '.join(notes)}" if notes else ""
        self._say(f"{elapsed_ms:8.0f} ms  {name}{detail}")

    def _configure(self, centre: CentreKeys) -> StationConfig:
        place = self._folder / "station" / CONFIG_NAME
        write_default(place, code=DEMO_CODE, name="Contoh", simulated=True)
        text = place.read_text(encoding="utf-8").replace("port = 8462", "port = 0")
        if self._prints_folder is not None:
            options = (
                f'{{ model = "slap", prints_dir = {json.dumps(str(self._prints_folder.resolve()))},'
                f" prints_ppi = {PRINTS_PPI} }}"
            )
            text = text.replace('{ model = "slap" }', options)
        write_private(place, text.encode())
        config = StationConfig.load(place)
        keys = load_keys(config)
        import_centre(config.paths.keys, centre.enrolment.read_bytes())
        centre.stations.trust(StationIdentity.read(json.dumps(keys.public_identity())))
        return config

    def _sign_in(self, station: Station) -> SignedInOperator:
        with self._step("supervisor: added and signed in"):
            password = secrets.token_urlsafe(12)
            station.operators.add("penyelia", "Penyelia Contoh", Role.SUPERVISOR, password)
            return station.sign_in("penyelia", password)

    def _record_and_seal(self, station: Station, who: SignedInOperator) -> SealedCase:
        with self._step("resident: biodata accepted, draft opened") as notes:
            case = station.start_case(who, DEMO_RESIDENT)
            notes.append(case.number)
        for step in case.order:
            with self._step(f"capture: {step}") as notes:
                notes.append(self._capture(station, who, case, step))
        with self._step("seal") as notes:
            sealed = station.seal_case(who, case.case_id)
            parts = sealed.package.manifest.parts
            sizes = (parts.a.size_bytes / 1e6, parts.b.size_bytes / 1e6)
            notes.append(f"part a {sizes[0]:.2f} MB, part b {sizes[1]:.2f} MB")
        return sealed

    def _capture(self, station: Station, who: SignedInOperator, case: Case, step: Step) -> str:
        deadline_s = time.monotonic() + STEP_LIMIT_S
        live = station.live(who, case.case_id, step)
        while not case.is_settled(step):
            if time.monotonic() > deadline_s or not live.is_running:
                reason = live.error() or _describe(case, step)
                raise DemoFailedError(f"{step} did not settle: {reason}")
            if _verification_used_up(case, step):
                station.stop_live()
                station.accept_best(who, case.case_id, step, "ok", "demonstration: real prints")
                break
            live.wait_newer(0, 0.05)
            time.sleep(0.02)
        station.stop_live()
        return _describe(case, step)

    def _hand_over(
        self, station: Station, config: StationConfig, centre: CentreKeys, sealed: SealedCase
    ) -> None:
        url = station.pull_url
        if url is None:
            raise DemoFailedError("the pull interface does not run")
        pulled = self._folder / "pulled"
        identity = centre.stations.get(station.keys.station_code)
        with self._step("pull: as the centre, over mutual TLS") as notes:
            report = pull_station(url, identity, centre, pulled)
            if not report.is_good:
                raise DemoFailedError(f"pull: {report.error or report.findings}")
            notes.append(f"{report.received_bytes / 1e6:.2f} MB")
        with self._step("verify and open: as the centre") as notes:
            opened = self._open(pulled, identity, centre, sealed)
            notes.append(f"{opened.files} members")
        with self._step("receipt: taken in, sealed parts purged"):
            self._await_purge(station, sealed)

    def _open(
        self,
        pulled: Path,
        identity: StationIdentity,
        centre: CentreKeys,
        sealed: SealedCase,
    ) -> CheckedPackage:
        folder = pulled / identity.station_code / sealed.package.package_id
        checked = open_package(folder, centre, self._folder / "opened")
        if not checked.is_good:
            raise DemoFailedError(f"the centre finds: {checked.violations}")
        return checked

    def _await_purge(self, station: Station, sealed: SealedCase) -> None:
        deadline_s = time.monotonic() + RECEIPT_LIMIT_S
        while station.register.get(sealed.row.case_id).state is not CaseState.PURGED:
            if time.monotonic() > deadline_s:
                raise DemoFailedError("the receipt did not arrive")
            station.apply_inbox()
            time.sleep(0.05)


def _verification_used_up(case: Case, step: Step) -> bool:
    return step is Step.VERIFICATION and case.attempts_left(step) == 0


def _describe(case: Case, step: Step) -> str:
    state = case.step_state(step)
    scores = ", ".join(
        f"{part.part} {part.score}" for attempt in case.kept(step) for part in attempt.parts
    )
    count = len(case.attempts(step))
    tries = f"{count} attempt{'s' if count != 1 else ''}"
    verdict = "" if state is StepState.DONE else f" [{state}]"
    return f"{scores} ({tries}){verdict}"
