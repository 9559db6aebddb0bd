"""Run checks one after the other, each under a time limit on the thread that owns its device.

A check that raises or hangs is ERROR for that check; a device whose check hung is left alone for
the rest of the run, since its thread is still inside it. Results go out as they come.
"""

import datetime
import queue
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from drivers.devices import Device
from drivers.errors import DriverError
from selftest.bench import Bench
from selftest.catalog import all_checks
from selftest.check import Check, Measured, Skip
from selftest.errors import NotReadyError
from selftest.faults import fault_text
from selftest.limits import judge, load_limits
from selftest.report import Asset, CheckResult, Measurement, Outcome, Report
from selftest.subject import Subject
from selftest.verdict import CRITICAL_COMPONENTS, decide_verdict, is_all_clear

OnResult = Callable[[CheckResult], None]
KINDS = {
    "scanner": "fingerprint_scanner",
    "camera": "face_camera",
    "iris": "iris_camera",
    "pad": "signature_pad",
    "ups": "power_supply",
}
"""Component of the self-test and the configuration's kind of device."""
_CLOSE_LIMIT_S = 5.0
_Answer = Measured | Skip | BaseException | None


class Owner:
    """The one thread that touches a subject."""

    def __init__(self, subject: Subject, device: Device | None) -> None:
        self.subject = subject
        self.device = device
        self.is_hung = False
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="selftest-owner").start()

    def run(self, item: Check) -> _Answer:
        """Return what the check said or raised, or None when it did not end in time."""
        answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._jobs.put(lambda: answers.put(_call(item, self.subject)))
        try:
            return answers.get(timeout=item.time_limit_s)
        except queue.Empty:
            self.is_hung = True
            if self.device is not None:
                self.device.cancel()
            return None

    def identify(self) -> Asset | None:
        """Return who the open device says it is; None for a closed, hung or silent one."""
        if self.device is None or self.is_hung or not self.device.is_open:
            return None
        try:
            identity = self.device.identity()
        except DriverError:  # its checks already said so
            return None
        return Asset(
            name=self.device.name,
            role=self.device.kind,
            make=identity.make,
            model=identity.model,
            serial=identity.serial,
            firmware=identity.firmware,
        )

    def finish(self) -> None:
        """Close the device on its own thread and let the thread end."""
        done = threading.Event()
        if self.device is not None:
            self._jobs.put(self.device.close)
        self._jobs.put(done.set)
        self._jobs.put(None)
        if not self.is_hung:
            done.wait(_CLOSE_LIMIT_S)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def run_quick(bench: Bench, on_result: OnResult | None = None) -> Report:
    """Run every check that needs no person."""
    return run_checks(bench, all_checks(), on_result, trigger="quick")


def run_checks(
    bench: Bench,
    checks: Sequence[Check],
    on_result: OnResult | None = None,
    *,
    trigger: str = "only",
) -> Report:
    """Run the given checks in their order and return the judged report."""
    started = datetime.datetime.now(datetime.UTC)
    results: list[CheckResult] = []
    assets: list[Asset] = []
    for component in dict.fromkeys(item.component for item in checks):
        mine = [item for item in checks if item.component == component]
        for device in _devices_of(bench, component):
            owner = Owner(Subject(bench, device), device)
            for item in mine:
                results.append(_run_one(owner, item))
                if on_result is not None:
                    on_result(results[-1])
            assets += [asset] if (asset := owner.identify()) else []
            owner.finish()
    verdict, limited_by = decide_verdict(results)
    return Report(
        run_id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        station_code=bench.station_code,
        trigger=trigger,
        started=started,
        ended=datetime.datetime.now(datetime.UTC),
        app_version=_app_version(),
        limits_version=load_limits().version,
        assets=tuple(assets),
        results=tuple(results),
        verdict=verdict,
        limited_by=limited_by,
        all_clear=is_all_clear(results),
    )


def _devices_of(bench: Bench, component: str) -> tuple[Device | None, ...]:
    if component not in KINDS:
        return (None,)
    found = tuple(device for device in bench.devices if device.kind == KINDS[component])
    return found or (None,)


def _run_one(owner: Owner, item: Check) -> CheckResult:
    began_s = time.monotonic()
    if owner.is_hung:
        return _result(owner, item, Outcome.ERROR, "perangkat macet / the device hangs")
    answer = owner.run(item)
    duration_s = round(time.monotonic() - began_s, 3)
    match answer:
        case None:
            reason = f"tidak selesai dalam / not done within {item.time_limit_s:g} s"
            return _result(owner, item, Outcome.ERROR, reason, duration_s)
        case Skip(reason=reason):
            return _result(owner, item, Outcome.SKIP, reason, duration_s)
        case NotReadyError():
            return _result(owner, item, Outcome.SKIP, str(answer), duration_s)
        case BaseException():
            reason = f"{type(answer).__name__}: {answer}"
            return _result(owner, item, Outcome.ERROR, reason, duration_s)
        case Measured(values=values, evidence=evidence):
            outcome, measurements = judge(item.code, values)
            return _result(owner, item, outcome, evidence, duration_s, measurements)


def _result(
    owner: Owner,
    item: Check,
    outcome: Outcome,
    reason: str,
    duration_s: float = 0.0,
    measurements: tuple[Measurement, ...] = (),
) -> CheckResult:
    text = fault_text(item.code)
    severities: dict[Outcome, Literal["WARN", "FAIL"]] = {
        Outcome.WARN: "WARN",
        Outcome.FAIL: "FAIL",
    }
    severity = severities.get(outcome)
    return CheckResult(
        code=item.code,
        component=item.component,
        asset=owner.subject.name,
        outcome=outcome,
        name_id=text.test_id,
        name_en=text.test_en,
        reason=reason,
        duration_s=duration_s,
        essential=item.essential,
        critical=item.component in CRITICAL_COMPONENTS,
        measurements=measurements,
        finding=text.finding(item.code, severity) if severity else None,
    )


def _call(item: Check, subject: Subject) -> Measured | Skip | BaseException:
    try:
        return item.function(subject)
    except BaseException as error:  # this check's ERROR; the run goes on
        return error


def _app_version() -> str:
    try:
        return version("ktpel-station")
    except PackageNotFoundError:
        return "unversioned"
