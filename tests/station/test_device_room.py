"""A device may vanish, hang or fail: its slot says so, and nothing else waits."""

import threading
import time

import pytest

from drivers.catalog import build_device
from drivers.devices import CaptureTarget, Device, DeviceOptions
from drivers.errors import DeviceReportedError, DriverError, TransportError
from drivers.frames import DeviceIdentity
from station.device_room import DeviceRoom
from station.device_slot import DeviceHungError, DeviceSlot, SlotState


class StubbornDevice(Device):
    """Simulates a driver whose vendor library does not come back."""

    kind = "stubborn"

    def __init__(self, name: str) -> None:
        super().__init__(name, DeviceOptions())
        self.release = threading.Event()

    def _open(self) -> None:
        pass

    def _close(self) -> None:
        pass

    def _identity(self) -> DeviceIdentity:
        return DeviceIdentity("Simulated", "Stubborn")

    def hang(self) -> str:
        self.release.wait(20.0)
        return "back"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.device_slot.OPEN_LIMIT_S", 0.2)


def test_a_call_opens_the_device_and_returns_its_answer() -> None:
    slot = DeviceSlot(StubbornDevice("one"), "stubborn")
    assert slot.status().state is SlotState.OFF
    assert slot.call(lambda device: device.identity().model, timeout_s=1.0) == "Stubborn"
    assert slot.status().state is SlotState.READY
    slot.close()
    assert slot.status().state is SlotState.OFF


@pytest.mark.usefixtures("quick")
def test_a_hanging_call_ends_in_time_and_the_slot_says_hung() -> None:
    device = StubbornDevice("one")
    slot = DeviceSlot(device, "stubborn")
    began_s = time.monotonic()
    with pytest.raises(DeviceHungError):
        slot.call(lambda hanging: hanging.hang(), timeout_s=0.1)
    assert time.monotonic() - began_s < 3.0
    assert slot.status().state is SlotState.HUNG
    with pytest.raises(DeviceHungError):
        slot.call(lambda other: other.identity(), timeout_s=0.1)
    device.release.set()
    deadline_s = time.monotonic() + 5.0
    while slot.status().state is SlotState.HUNG and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert slot.status().state is SlotState.READY
    slot.close()


@pytest.mark.usefixtures("quick")
def test_one_hanging_device_does_not_delay_the_others() -> None:
    hanging, healthy = StubbornDevice("hanging"), StubbornDevice("healthy")
    room = DeviceRoom([DeviceSlot(hanging, "stubborn"), DeviceSlot(healthy, "stubborn")])
    slots = {slot.name: slot for slot in room.slots()}
    slots["hanging"].submit(lambda device: device.hang())
    began_s = time.monotonic()
    slots["healthy"].call(lambda device: device.identity(), timeout_s=1.0)
    statuses = {status.name: status.state for status in room.status()}
    assert time.monotonic() - began_s < 0.15
    assert statuses == {"hanging": SlotState.BUSY, "healthy": SlotState.READY}
    hanging.release.set()
    room.close()


def test_an_unplugged_scanner_is_missing_and_comes_back() -> None:
    options = {"scene": "device-room", "faults": ["unplug_at=2"]}
    scanner = build_device("scanner", "sim_scanner", options)
    slot = DeviceSlot(scanner, "sim_scanner")

    def read(device: object) -> None:
        for _ in range(5):
            scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)

    with pytest.raises(TransportError):
        slot.call(read, timeout_s=5.0)
    assert slot.status().state is SlotState.MISSING
    assert isinstance(slot.status().error, DriverError)
    scanner.unit.faults.clear()
    slot.probe()
    assert slot.status().state is SlotState.READY
    slot.close()


def test_a_fault_reported_by_the_device_leaves_it_usable() -> None:
    slot = DeviceSlot(StubbornDevice("one"), "stubborn")

    def report(device: Device) -> None:
        raise DeviceReportedError("hardware fault", device=device.name)

    with pytest.raises(DeviceReportedError):
        slot.call(report, timeout_s=1.0)
    assert slot.status().state is SlotState.READY
    slot.close()


def test_work_without_signs_of_life_is_hung_until_it_gives_one() -> None:
    device = StubbornDevice("one")
    slot = DeviceSlot(device, "stubborn")
    running = slot.submit(lambda hanging: hanging.hang(), silent_limit_s=0.1)
    assert slot.status().state is SlotState.BUSY
    time.sleep(0.2)
    assert slot.status().state is SlotState.HUNG
    assert isinstance(slot.status().error, DeviceHungError)
    began_s = time.monotonic()
    with pytest.raises(DeviceHungError):  # at once, not after waiting for its turn
        slot.submit(lambda other: other.identity())
    assert time.monotonic() - began_s < 1.0
    slot.touch()
    assert slot.status().state is SlotState.BUSY
    device.release.set()
    assert running.result(5.0) == "back"
    assert slot.status().state is SlotState.READY
    slot.close()


def test_a_slot_may_be_closed_twice_and_before_it_was_used() -> None:
    slot = DeviceSlot(StubbornDevice("one"), "stubborn")
    slot.close()
    slot.close()
    assert slot.status().state is SlotState.OFF


def test_a_slot_whose_device_hangs_is_closed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.device_slot.CLOSE_LIMIT_S", 0.2)
    device = StubbornDevice("one")
    slot = DeviceSlot(device, "stubborn")
    running = slot.submit(lambda hanging: hanging.hang())
    began_s = time.monotonic()
    slot.close()
    assert time.monotonic() - began_s < 3.0
    device.release.set()
    running.result(5.0)
