"""A live view always ends, and says how: nobody who watches it waits for ever."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from drivers.devices import Device, DeviceOptions
from drivers.errors import (
    CaptureTimeoutError,
    DeviceBusyError,
    DeviceNotFoundError,
    DeviceReportedError,
    DriverError,
    TransportError,
)
from drivers.frames import DeviceIdentity
from station.attempt_file import StoredAttempt
from station.device_slot import DeviceHungError, DeviceSlot, SlotState
from station.live import LiveCapture, LiveState
from station.live_source import LiveSource, View
from station.recording import Attempt, Step

LIMIT_S = 10.0
BLANK = View(np.zeros((30, 40), np.uint8), coach="wait", level="info")
READY = View(np.zeros((30, 40), np.uint8), coach="ready", level="good", is_ready=True)
SHORT_S = 0.5  # far above what a thread needs to go on, far below every limit of a live view
IDENTITY = DeviceIdentity("Simulated", "Glass")
STORED = StoredAttempt(
    Attempt(
        step=Step.PORTRAIT,
        number=1,
        series=1,
        taken_at="2026-11-24T08:00:00Z",
        device=IDENTITY,
        parts=(),
        is_usable=True,
        pictures=(),
    ),
    {},
)


class Glass(Device):
    """Simulates a device that may be unplugged, or hang in the vendor's library."""

    kind = "glass"

    def __init__(self) -> None:
        super().__init__("glass", DeviceOptions())
        self.is_plugged = True
        self.goes_on = threading.Event()
        self.goes_on.set()

    def _open(self) -> None:
        if not self.is_plugged:
            raise DeviceNotFoundError("not on the bus", device=self.name)

    def _close(self) -> None:
        pass

    def _identity(self) -> DeviceIdentity:
        return IDENTITY

    def look(self) -> None:
        self.goes_on.wait(LIMIT_S)
        self._raise_if_cancelled()
        if not self.is_plugged:
            raise TransportError("the cable is out", device=self.name)
        time.sleep(0.005)


class GlassSource(LiveSource[Glass]):
    """Sees an empty glass for ever, unless it is told to break or to see something good."""

    def __init__(self) -> None:
        self.defect: Exception | None = None
        self.sees = BLANK
        self.ended_count = 0
        self.looks, self.may_look = threading.Event(), threading.Event()
        self.judges, self.may_judge = threading.Event(), threading.Event()
        self.may_look.set()

    def end(self, device: Glass) -> None:
        self.ended_count += 1

    def read(self, device: Glass, timeout_s: float, *, is_resting: bool) -> object:
        device.look()
        if self.defect is not None:
            raise self.defect
        return None

    def view(self, shot: object) -> View:
        self.looks.set()
        self.may_look.wait(LIMIT_S)
        return self.sees

    def judge(self, shot: object) -> StoredAttempt:
        self.judges.set()
        self.may_judge.wait(LIMIT_S)
        return STORED

    def blank(self) -> View:
        return BLANK


class Booth:
    """A device, its slot, and live views on it."""

    def __init__(self) -> None:
        self.device = Glass()
        self.slot = DeviceSlot(self.device, "glass")
        self.source = GlassSource()
        self.accepted: list[StoredAttempt] = []

    def start(self) -> LiveCapture[Glass]:
        live = LiveCapture(self.slot, self.source, accept=self.accept, is_automatic=True)
        live.start()
        return live

    def accept(self, stored: StoredAttempt) -> Attempt:
        self.accepted.append(stored)
        return stored.attempt


@pytest.fixture
def booth() -> Iterator[Booth]:
    made = Booth()
    yield made
    for gate in (made.device.goes_on, made.source.may_look, made.source.may_judge):
        gate.set()
    made.slot.close()


def wait_until_over(live: LiveCapture[Glass]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while live.is_running:
        assert time.monotonic() < deadline_s, live.state
        time.sleep(0.005)


def test_a_device_that_does_not_open_fails_the_view(booth: Booth) -> None:
    booth.device.is_plugged = False
    live = booth.start()
    wait_until_over(live)
    assert live.state is LiveState.FAILED
    assert isinstance(live.error(), DeviceNotFoundError)
    assert live.latest() is None
    assert booth.slot.status().state is SlotState.MISSING


def test_who_waits_for_a_picture_learns_at_once_that_none_comes(booth: Booth) -> None:
    booth.device.goes_on.clear()
    live = booth.start()
    booth.device.is_plugged = False
    threading.Timer(0.1, booth.device.goes_on.set).start()
    began_s = time.monotonic()
    assert live.wait_newer(0, LIMIT_S) is None
    assert time.monotonic() - began_s < LIMIT_S / 2
    assert live.state is LiveState.FAILED


def test_after_it_is_plugged_in_the_next_view_opens_it(booth: Booth) -> None:
    booth.device.is_plugged = False
    wait_until_over(booth.start())
    booth.device.is_plugged = True
    live = booth.start()
    assert live.wait_newer(0, LIMIT_S) is not None
    assert live.error() is None
    live.stop()
    wait_until_over(live)
    assert live.state is LiveState.STOPPED


def test_a_link_lost_meanwhile_fails_the_view_with_its_error(booth: Booth) -> None:
    live = booth.start()
    assert live.wait_newer(0, LIMIT_S) is not None
    booth.device.is_plugged = False
    wait_until_over(live)
    assert live.state is LiveState.FAILED
    assert isinstance(live.error(), TransportError)
    assert booth.source.ended_count == 1


def test_a_defect_of_ours_fails_the_view_and_is_logged(
    booth: Booth, capsys: pytest.CaptureFixture[str]
) -> None:
    booth.source.defect = ZeroDivisionError("planted")
    live = booth.start()
    wait_until_over(live)
    assert live.state is LiveState.FAILED
    assert isinstance(live.error(), DriverError)
    assert "planted" in capsys.readouterr().out


def test_one_view_follows_the_other_on_the_same_device(booth: Booth) -> None:
    for _ in range(20):
        live = booth.start()
        assert live.wait_newer(0, LIMIT_S) is not None, live.error()
        live.stop()
    wait_until_over(live)
    assert booth.slot.status().state is SlotState.READY


def test_a_busy_device_fails_the_view(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.device_slot.LOCK_LIMIT_S", 0.1)
    first = booth.start()
    second = booth.start()
    assert second.state is LiveState.FAILED
    assert isinstance(second.error(), DeviceBusyError)
    assert first.is_running
    first.stop()


def test_stopping_does_not_wait_for_a_device_that_hangs(booth: Booth) -> None:
    live = booth.start()
    assert live.wait_newer(0, LIMIT_S) is not None
    booth.device.goes_on.clear()
    began_s = time.monotonic()
    live.stop()
    assert time.monotonic() - began_s < SHORT_S


def test_stopping_waits_for_an_attempt_that_is_being_checked(booth: Booth) -> None:
    booth.source.sees = READY
    live = booth.start()
    assert booth.source.judges.wait(LIMIT_S)
    assert live.state is LiveState.CHECKING
    threading.Timer(0.2, booth.source.may_judge.set).start()
    live.stop()
    assert booth.accepted == [STORED]
    wait_until_over(live)
    assert live.outcome() == STORED.attempt
    assert booth.accepted == [STORED]


def test_a_frame_that_was_being_looked_at_is_not_captured_after_the_stop(booth: Booth) -> None:
    booth.source.may_judge.set()
    live = booth.start()
    live.request_capture()
    assert live.wait_newer(0, LIMIT_S) is not None
    booth.source.may_look.clear()
    booth.source.looks.clear()
    assert booth.source.looks.wait(LIMIT_S)
    booth.source.sees = READY
    live.stop()
    booth.source.may_look.set()
    wait_until_over(live)
    assert booth.accepted == []


def test_a_view_that_was_stopped_before_it_began_ends(booth: Booth) -> None:
    live = LiveCapture(booth.slot, booth.source, accept=booth.accept, is_automatic=True)
    live.stop()
    live.start()
    wait_until_over(live)
    assert live.state is LiveState.STOPPED
    assert live.latest() is None


def test_a_silent_device_thread_is_said_until_it_comes_back(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.live.SILENT_LIMIT_S", 0.2)
    live = booth.start()
    first = live.wait_newer(0, LIMIT_S)
    assert first is not None
    assert live.error() is None
    booth.device.goes_on.clear()
    time.sleep(0.4)
    assert live.is_running
    assert isinstance(live.error(), DeviceHungError)
    booth.device.goes_on.set()
    latest = live.latest()
    assert latest is not None
    assert live.wait_newer(latest.number, LIMIT_S) is not None
    assert live.error() is None
    live.stop()


class SlowGlass(Glass):
    """Simulates a device that captures for seconds by itself, and has a preview meanwhile."""

    has_preview = True


class SlowSource(GlassSource):
    """Sees nothing finished until it is told so; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.is_captured = threading.Event()
        self.asked_s: list[float] = []
        self.glances = 0
        self.refusal: DriverError | None = None
        self.needs_empty_between = False

    def read(self, device: Glass, timeout_s: float, *, is_resting: bool) -> object:
        self.asked_s.append(timeout_s)
        device.look()
        if not self.is_captured.is_set():
            raise CaptureTimeoutError("nothing captured yet", device=device.name)
        return None

    def glance(self, device: Glass, timeout_s: float) -> View | None:
        self.glances += 1
        if self.refusal is not None:
            raise self.refusal
        return View(np.full((30, 40), 200, np.uint8), coach="as it captures", level="info")


class SlowBooth(Booth):
    def __init__(self) -> None:
        super().__init__()
        self.device = SlowGlass()
        self.slot = DeviceSlot(self.device, "glass")
        self.source = SlowSource()
        self.source.sees = READY
        self.source.may_judge.set()


@pytest.fixture
def slow_booth() -> Iterator[SlowBooth]:
    made = SlowBooth()
    yield made
    made.source.is_captured.set()
    made.slot.close()


def test_while_a_device_captures_by_itself_its_preview_is_shown(slow_booth: SlowBooth) -> None:
    live = slow_booth.start()
    shown = [live.wait_newer(number, LIMIT_S) for number in range(5)]
    assert {picture.coach for picture in shown if picture is not None} == {"as it captures"}
    assert max(slow_booth.source.asked_s) < 0.1  # or the preview would stand still meanwhile
    assert slow_booth.accepted == []
    slow_booth.source.is_captured.set()
    deadline_s = time.monotonic() + LIMIT_S
    while not slow_booth.accepted and time.monotonic() < deadline_s:
        time.sleep(0.005)
    live.stop()
    assert slow_booth.accepted == [STORED]


def test_a_refused_preview_is_logged_and_a_blank_shown_while_it_captures(
    slow_booth: SlowBooth, capsys: pytest.CaptureFixture[str]
) -> None:
    slow_booth.source.refusal = DeviceReportedError("SBI error 610", device="glass")
    live = slow_booth.start()
    shown = [live.wait_newer(number, LIMIT_S) for number in range(5)]
    assert {picture.coach for picture in shown if picture is not None} == {"wait"}
    assert slow_booth.source.glances == 1
    assert slow_booth.source.asked_s[-1] > 0.1  # there is nothing to show between
    assert "SBI error 610" in capsys.readouterr().out
    slow_booth.source.is_captured.set()
    deadline_s = time.monotonic() + LIMIT_S
    while not slow_booth.accepted and time.monotonic() < deadline_s:
        time.sleep(0.005)
    live.stop()
    assert slow_booth.accepted == [STORED]


def test_a_device_without_a_preview_is_never_asked_for_one(slow_booth: SlowBooth) -> None:
    slow_booth.device.has_preview = False
    live = slow_booth.start()
    assert live.wait_newer(3, LIMIT_S) is not None
    live.stop()
    assert slow_booth.source.glances == 0


def test_a_glass_that_images_nothing_counts_as_empty_between_two_attempts(
    slow_booth: SlowBooth,
) -> None:
    """A single-finger scanner gives no frame of an empty glass: it only times out."""
    source = slow_booth.source
    source.needs_empty_between = True
    empty = View(np.zeros((30, 40), np.uint8), coach="wait", level="info", is_empty=True)
    source.blank = lambda: empty
    source.is_captured.set()
    live = slow_booth.start()
    deadline_s = time.monotonic() + LIMIT_S
    while live.state is not LiveState.SHOWING:
        assert time.monotonic() < deadline_s
        time.sleep(0.005)
    time.sleep(0.2)
    assert len(slow_booth.accepted) == 1  # the finger still lies there
    source.is_captured.clear()
    while live.state is not LiveState.PREVIEWING:
        assert time.monotonic() < deadline_s
        time.sleep(0.005)
    source.is_captured.set()
    while len(slow_booth.accepted) < 2:
        assert time.monotonic() < deadline_s
        time.sleep(0.005)
    live.stop()
