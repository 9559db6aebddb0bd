"""A live view always ends, and says how: nobody who watches it waits for ever."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from drivers.devices import Device, DeviceOptions
from drivers.errors import DeviceNotFoundError, DriverError, TransportError
from drivers.frames import DeviceIdentity
from station.attempt_file import StoredAttempt
from station.device_room import DeviceHungError, DeviceSlot, SlotState
from station.live import LiveCapture, LiveSource, LiveState, View
from station.recording import Attempt

LIMIT_S = 10.0
BLANK = View(np.zeros((30, 40), np.uint8), coach="wait", level="info")


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
        return DeviceIdentity("Simulated", "Glass")

    def look(self) -> None:
        self.goes_on.wait(LIMIT_S)
        self._raise_if_cancelled()
        if not self.is_plugged:
            raise TransportError("the cable is out", device=self.name)
        time.sleep(0.005)


class GlassSource(LiveSource[Glass]):
    """Sees an empty glass for ever, unless it is told to break."""

    def __init__(self) -> None:
        self.defect: Exception | None = None
        self.ended_count = 0

    def end(self, device: Glass) -> None:
        self.ended_count += 1

    def read(self, device: Glass, timeout_s: float, *, is_resting: bool) -> object:
        device.look()
        if self.defect is not None:
            raise self.defect
        return None

    def view(self, shot: object) -> View:
        return BLANK

    def judge(self, shot: object) -> StoredAttempt:
        raise AssertionError("an empty glass is never judged")

    def blank(self) -> View:
        return BLANK


class Booth:
    """A device, its slot, and live views on it."""

    def __init__(self) -> None:
        self.device = Glass()
        self.slot = DeviceSlot(self.device, "glass")
        self.source = GlassSource()

    def start(self) -> LiveCapture[Glass]:
        live = LiveCapture(self.slot, self.source, accept=never_accept, is_automatic=False)
        live.start()
        return live


def never_accept(stored: StoredAttempt) -> Attempt:
    raise AssertionError("nothing was captured")


@pytest.fixture
def booth() -> Iterator[Booth]:
    made = Booth()
    yield made
    made.device.goes_on.set()
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


def test_who_waits_for_the_first_picture_learns_at_once_that_none_comes(booth: Booth) -> None:
    booth.device.is_plugged = False
    live = booth.start()
    began_s = time.monotonic()
    live.stop(timeout_s=LIMIT_S)
    assert time.monotonic() - began_s < LIMIT_S / 2
    assert not live.is_running


def test_after_it_is_plugged_in_the_next_view_opens_it(booth: Booth) -> None:
    booth.device.is_plugged = False
    wait_until_over(booth.start())
    booth.device.is_plugged = True
    live = booth.start()
    assert live.wait_newer(0, LIMIT_S) is not None
    assert live.error() is None
    live.stop()
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


def test_the_device_is_free_for_the_next_view_as_soon_as_one_is_over(booth: Booth) -> None:
    for _ in range(20):
        live = booth.start()
        assert live.wait_newer(0, LIMIT_S) is not None
        live.stop()
        assert booth.slot.status().state is SlotState.READY


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
