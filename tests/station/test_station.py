"""A station with simulated devices meets what goes wrong in an office."""

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from drivers.devices import FingerprintScanner
from drivers.errors import DeviceBusyError, DriverError
from drivers.simulation.behaviour import Behaviour
from drivers.simulation.scene import Scene
from station.build import build_station, load_keys
from station.centre.keys import keygen
from station.config import CONFIG_NAME, StationConfig, write_default
from station.demo import DEMO_RESIDENT
from station.durable import write_private
from station.errors import DiskGateError
from station.keys import import_centre
from station.live import LiveCapture, LiveState
from station.operators import Role, SignedInOperator
from station.recording import Case, Step, StepState
from station.refusals import (
    AlreadyRecordedError,
    NotAllowedError,
    NotCompleteError,
    NotEligibleError,
)
from station.register import CaseState
from station.resident import MaritalStatus
from station.sealing import NoRecipientError
from station.station import Station

PASSWORD = "sandi-uji-lain"
LIMIT_S = 30.0


class Office:
    """A station, the people and the virtual resident before it."""

    def __init__(self, folder: Path, scene: str) -> None:
        self.scene_name = scene
        self.scene = Scene.shared(scene)
        place = folder / CONFIG_NAME
        write_default(place, code="61.71.01", name="Contoh", simulated=True)
        text = place.read_text().replace("port = 8462", "port = 0")
        text = text.replace('{ model = "slap" }', f'{{ model = "slap", scene = "{scene}" }}')
        text = text.replace("options = {}", f'options = {{ scene = "{scene}" }}')
        write_private(place, text.encode())
        self.config = StationConfig.load(place)
        self.station = build_station(self.config)
        for name, role in (("petugas", Role.OPERATOR), ("penyelia", Role.SUPERVISOR)):
            self.station.operators.add(name, name, role, PASSWORD)
        self.operator = self.station.sign_in("petugas", PASSWORD)
        self.supervisor = self.station.sign_in("penyelia", PASSWORD)

    def begin(self) -> Case:
        return self.station.start_case(self.operator, DEMO_RESIDENT)

    def capture(self, case: Case, step: Step, *, attempts: int = 1) -> None:
        """Let the live view run until so many attempts more are stored."""
        wanted = len(case.attempts(step)) + attempts
        live = self.station.live(self.operator, case.case_id, step)
        deadline_s = time.monotonic() + LIMIT_S
        while len(case.attempts(step)) < wanted and not case.is_settled(step):
            assert time.monotonic() < deadline_s, live.latest()
            assert live.is_running, live.error()
            time.sleep(0.02)
        self.station.stop_live()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, tmp_path.name)
    yield made
    made.station.close()
    Scene.forget(made.scene_name)


def reasons(case: Case, step: Step) -> set[str]:
    attempt = case.attempts(step)[-1]
    return {reason.code for reason in attempt.reasons}


def press_key(station: Station, who: SignedInOperator, case: Case, step: Step) -> None:
    """Ask for captures until one is stored, as an operator who does not heed the advice."""
    live = station.live(who, case.case_id, step)
    deadline_s = time.monotonic() + LIMIT_S
    while not case.attempts(step):
        assert time.monotonic() < deadline_s
        live.request_capture()
        time.sleep(0.3)
    station.stop_live()


def test_three_fingers_for_four_are_never_passed(office: Office) -> None:
    office.scene.set_behaviour(Behaviour(three_of_four=True))
    case = office.begin()
    press_key(office.station, office.operator, case, Step.RIGHT_SLAP)
    assert "too_few_fingers" in reasons(case, Step.RIGHT_SLAP)
    assert case.step_state(Step.RIGHT_SLAP) is StepState.RETRY
    assert case.kept(Step.RIGHT_SLAP) == ()


def test_the_wrong_hand_is_named(office: Office) -> None:
    office.scene.set_behaviour(Behaviour(wrong_hand=True))
    case = office.begin()
    press_key(office.station, office.operator, case, Step.RIGHT_SLAP)
    assert "wrong_hand" in reasons(case, Step.RIGHT_SLAP)
    assert case.step_state(Step.RIGHT_SLAP) is StepState.RETRY


def test_another_persons_index_cannot_end_in_a_silent_finish(office: Office) -> None:
    case = office.begin()
    for step in (Step.LEFT_SLAP, Step.RIGHT_SLAP, Step.THUMBS):
        office.capture(case, step)
    office.scene.set_behaviour(Behaviour(other_person=True))
    office.capture(case, Step.VERIFICATION)
    (part,) = case.attempts(Step.VERIFICATION)[0].parts
    assert not part.is_passed
    assert part.reasons[0].code == "not_the_same_finger"
    assert case.step_state(Step.VERIFICATION) is StepState.RETRY
    with pytest.raises(NotAllowedError):
        office.station.accept_best(
            office.operator, case.case_id, Step.VERIFICATION, "ok", "it is him"
        )


def test_an_unplugged_iris_camera_is_owed_and_the_recording_goes_on(office: Office) -> None:
    case = office.begin()
    office.station.live(office.operator, case.case_id, Step.IRISES)
    office.scene.faults_of("iris").add("unplug_at=1")
    live = office.station.live(office.operator, case.case_id, Step.IRISES)
    deadline_s = time.monotonic() + LIMIT_S
    while live.state is not LiveState.FAILED and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert isinstance(live.error(), DriverError)
    office.station.owe_step(office.operator, case.case_id, Step.IRISES, "camera unplugged")
    assert case.step_state(Step.IRISES) is StepState.OWED
    assert case.next_step() is Step.PORTRAIT


def test_nobody_waits_for_a_view_that_waits_for_its_device(office: Office) -> None:
    case = office.begin()
    scanner = office.station.devices.first(FingerprintScanner)
    release = threading.Event()
    scanner.submit(lambda _device: release.wait(LIMIT_S))
    views: list[LiveCapture] = []
    waiting = threading.Thread(
        target=lambda: views.append(
            office.station.live(office.operator, case.case_id, Step.LEFT_SLAP)
        )
    )
    waiting.start()
    time.sleep(0.2)
    began_s = time.monotonic()
    assert office.station.resume_case(office.operator, case.case_id) is case
    assert time.monotonic() - began_s < 1.0
    waiting.join(LIMIT_S)
    release.set()
    assert isinstance(views[0].error(), DeviceBusyError)


def test_a_view_is_not_ended_for_another_that_nobody_watches(office: Office) -> None:
    """Whether it is unseen is asked while no view can begin, not before."""
    case = office.begin()
    live = office.station.live(office.operator, case.case_id, Step.IRISES)
    office.station.stop_live(only_if=lambda: False)
    assert office.station.live(office.operator, case.case_id, Step.IRISES) is live
    begun: list[LiveCapture] = []

    def begin_another() -> None:
        begun.append(office.station.live(office.operator, case.case_id, Step.PORTRAIT))

    other = threading.Thread(target=begin_another)

    def is_unseen() -> bool:
        other.start()
        time.sleep(0.2)
        assert begun == [], "no view begins while it is decided"
        return True

    office.station.stop_live(only_if=is_unseen)
    other.join(LIMIT_S)
    assert begun[0].is_running


def test_a_second_recording_of_a_resident_is_refused_before_any_capture(office: Office) -> None:
    first = office.begin()
    with pytest.raises(AlreadyRecordedError) as refused:
        office.begin()
    assert first.number in refused.value.text_id
    office.station.abandon_case(office.operator, first.case_id, "mistyped")
    assert office.begin().number != first.number


def test_a_child_is_refused_with_the_reason(office: Office) -> None:
    today = datetime.now(UTC).date()
    child = DEMO_RESIDENT.model_copy(
        update={"birth_date": date(today.year - 10, 1, 1), "marital_status": MaritalStatus.SINGLE}
    )
    with pytest.raises(NotEligibleError) as refused:
        office.station.start_case(office.operator, child)
    assert "16 tahun" in refused.value.text_id


def test_a_full_disk_refuses_before_the_start(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.disk.free_bytes", lambda path: 400_000_000)
    with pytest.raises(DiskGateError) as refused:
        office.begin()
    assert "400 MB" in refused.value.text_id
    assert office.station.open_cases() == ()


def test_an_incomplete_case_is_not_sealed_and_without_a_centre_none_is(office: Office) -> None:
    case = office.begin()
    with pytest.raises(NotCompleteError):
        office.station.seal_case(office.operator, case.case_id)
    for step in case.order:
        office.station.owe_step(office.operator, case.case_id, step, "test")
    with pytest.raises(NoRecipientError):
        office.station.seal_case(office.operator, case.case_id)
    assert len(office.station.open_cases()) == 1


def test_another_operator_resumes_after_a_restart(office: Office) -> None:
    case = office.begin()
    office.capture(case, Step.PORTRAIT)
    office.station.close()
    office.station = build_station(office.config)
    colleague = office.station.sign_in("penyelia", PASSWORD)
    (row,) = office.station.open_cases()
    resumed = office.station.resume_case(colleague, row.case_id)
    assert resumed.resident == DEMO_RESIDENT
    assert resumed.step_state(Step.PORTRAIT) is StepState.DONE
    assert resumed.next_step() is Step.LEFT_SLAP


def adopt_package(office: Office, pull_station) -> str:
    """Put a whole package into the spool that no recording owns."""
    package = pull_station.add_package().package_id
    shutil.copytree(pull_station.spool.folder / package, office.config.paths.spool / package)
    return package


def actions(office: Office) -> list[tuple[str, str]]:
    return [(leaf.action, leaf.object_id) for leaf in office.station.audit.leaves()]


def test_a_package_without_a_recording_is_set_aside_and_logged_once(
    office: Office, pull_station
) -> None:
    package = adopt_package(office, pull_station)
    office.station.start()
    assert office.station.packages_aside() == (package,)
    assert actions(office).count(("package.set_aside", f"package:{package}")) == 1
    office.station.close()
    office.station = build_station(office.config)
    office.station.start()
    assert office.station.packages_aside() == (package,)
    assert actions(office).count(("package.set_aside", f"package:{package}")) == 1


def test_a_recording_whose_package_is_lost_is_logged(office: Office, pull_station) -> None:
    case = office.begin()
    register, lost = office.station.register, "e" * 32
    facts = {"package_id": lost, "sequence": 1, "manifest_sha256": "a" * 64}
    register.advance(case.case_id, CaseState.REVIEWED, actor="petugas")
    register.advance(case.case_id, CaseState.SEALED, actor="petugas", **facts)
    office.station.start()
    assert ("package.missing", f"package:{lost}") in actions(office)
    assert office.station.packages_aside() == ()


def test_readiness_names_what_is_missing(office: Office) -> None:
    office.station.devices.first_probe()
    before = office.station.readiness()
    assert [cause.code for cause in before.causes] == ["no_recipient"]
    load_keys(office.config)
    centre = keygen(office.config.paths.keys.parent / "centre", now=datetime.now(UTC))
    import_centre(office.config.paths.keys, centre.enrolment.read_bytes())
    assert office.station.readiness().causes == ()
