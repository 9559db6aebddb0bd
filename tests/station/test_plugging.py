"""What is plugged in is found at once, what is pulled out is missed at once, and a burst is one."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from drivers.devices import AttachedDevice, Device, DeviceOptions
from drivers.errors import DeviceNotFoundError, DriverError, TransportError
from drivers.frames import DeviceIdentity
from drivers.transport.hotplug import DeviceChange
from station.device_room import DeviceRoom
from station.device_slot import DeviceSlot, SlotState
from station.plugging import PlugBell, PlugNews
from tests.station.told_plugs import ToldPlugs

LIMIT_S = 10.0
NEVER_S = 600.0
CAME = DeviceChange(True, "1-3", "Emulated", None)
WENT = DeviceChange(False, "1-3", "Emulated", None)


class Reader(Device):
    """Simulates a device that notices only when it is opened whether it is there."""

    kind = "reader"

    def __init__(self) -> None:
        super().__init__("reader", DeviceOptions())
        self.is_plugged = True
        self.opened_count = 0
        self.looked_count = 0
        self.attached: tuple[str, ...] | None = None
        self.goes_on = threading.Event()
        self.goes_on.set()

    def find_attached(self) -> tuple[AttachedDevice, ...] | None:  # of this reader, for the test
        if self.attached is None:
            return None
        return tuple(AttachedDevice(place, "reader") for place in self.attached)

    def work(self) -> None:
        self.goes_on.wait(LIMIT_S)

    def _open(self) -> None:
        self.opened_count += 1
        if not self.is_plugged:
            raise DeviceNotFoundError("not on the bus", device=self.name)

    def _close(self) -> None:
        pass

    def _identity(self) -> DeviceIdentity:
        self.looked_count += 1
        return DeviceIdentity("Simulated", "Reader")


class Desk:
    """A room with one reader, and the source of events."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.slot = DeviceSlot(self.reader, "reader")
        self.plugs = ToldPlugs()
        self.room = DeviceRoom([self.slot], watch_plugging=self.plugs)

    def start(self, *, state: SlotState = SlotState.READY) -> None:
        self.room.start()
        self.wait_for(lambda: self.slot.status().state is state)

    def plug(self, *, is_plugged: bool) -> None:
        self.reader.is_plugged = is_plugged
        self.plugs.tell(has_come=is_plugged)

    def wait_for(self, is_reached: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + LIMIT_S
        while not is_reached():
            assert time.monotonic() < deadline_s, self.slot.status()
            time.sleep(0.005)

    def wait_until_looked(self) -> None:
        """Wait until the look that a change asked for is over."""
        before = self.reader.looked_count
        self.wait_for(lambda: self.reader.looked_count > before)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("station.device_room.PROBE_INTERVAL_S", NEVER_S)
    monkeypatch.setattr("station.plugging.QUIET_S", 0.1)
    made = Desk()
    yield made
    made.reader.goes_on.set()
    made.room.close()


def test_a_device_that_is_plugged_in_is_found_without_the_slow_probe(desk: Desk) -> None:
    desk.reader.is_plugged = False
    desk.start(state=SlotState.MISSING)
    desk.plug(is_plugged=True)
    desk.wait_for(lambda: desk.slot.status().state is SlotState.READY)


def test_a_device_that_is_pulled_out_while_idle_is_missed(desk: Desk) -> None:
    desk.start()
    desk.plug(is_plugged=False)
    desk.wait_for(lambda: desk.slot.status().state is SlotState.MISSING)
    assert isinstance(desk.slot.status().error, DeviceNotFoundError)
    desk.plug(is_plugged=True)
    desk.wait_for(lambda: desk.slot.status().state is SlotState.READY)


def test_a_burst_of_ten_changes_is_one_probe(desk: Desk) -> None:
    desk.start()
    before = desk.reader.looked_count
    for _ in range(10):
        desk.plugs.tell(has_come=True)
    desk.wait_until_looked()
    time.sleep(0.5)
    assert desk.reader.looked_count == before + 1


def test_two_bursts_are_two_probes(desk: Desk) -> None:
    desk.start()
    before = desk.reader.looked_count
    for _ in range(2):
        desk.plugs.tell(has_come=True)
        desk.wait_until_looked()
    assert desk.reader.looked_count == before + 2


def test_a_memory_stick_that_goes_leaves_an_open_device_alone(desk: Desk) -> None:
    desk.reader.attached = ("USB 1-3",)
    desk.start()
    desk.plugs.tell(has_come=False)
    desk.wait_until_looked()
    assert desk.reader.opened_count == 1


def test_one_of_two_devices_of_a_model_that_goes_makes_both_be_opened_anew(desk: Desk) -> None:
    desk.reader.attached = ("USB 1-3", "USB 1-4")
    desk.start()
    time.sleep(0.1)  # the places are read right after the first probe
    desk.reader.attached = ("USB 1-3",)
    desk.plugs.tell(has_come=False)
    desk.wait_until_looked()
    assert desk.reader.opened_count == 2


def test_a_device_that_went_and_came_in_one_burst_is_opened_anew(desk: Desk) -> None:
    desk.reader.attached = ("USB 1-3",)
    desk.start()
    desk.plugs.tell(has_come=False)
    desk.plugs.tell(has_come=True)
    desk.wait_until_looked()
    assert desk.reader.opened_count == 2


def test_what_its_driver_makes_ready_late_is_looked_at_once_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.device_room.SECOND_LOOK_S", 0.2)
    desk.reader.is_plugged = False
    desk.start(state=SlotState.MISSING)
    desk.plugs.tell(has_come=True)
    desk.wait_for(lambda: desk.reader.opened_count == 2)
    desk.reader.is_plugged = True
    desk.wait_for(lambda: desk.slot.status().state is SlotState.READY)


def test_a_device_in_use_is_left_alone(desk: Desk) -> None:
    desk.start()
    desk.reader.goes_on.clear()
    running = desk.slot.submit(lambda reader: reader.work())
    before = desk.reader.looked_count
    desk.plugs.tell(has_come=False)
    time.sleep(0.4)
    assert desk.slot.status().state is SlotState.BUSY
    assert desk.reader.looked_count == before
    desk.reader.goes_on.set()
    running.result(LIMIT_S)
    assert desk.reader.opened_count == 1


def test_without_events_the_slow_probe_still_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.device_room.PROBE_INTERVAL_S", 0.05)

    def refuse(_: object) -> ToldPlugs:
        raise TransportError("plugging cannot be watched: no libudev", device="udev")

    desk = Desk()
    desk.reader.is_plugged = False
    desk.room = DeviceRoom([desk.slot], watch_plugging=refuse)
    desk.start(state=SlotState.MISSING)
    desk.reader.is_plugged = True
    desk.wait_for(lambda: desk.slot.status().state is SlotState.READY)
    desk.room.close()


def test_that_plugging_is_not_told_is_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: object) -> ToldPlugs:
        raise TransportError("plugging cannot be watched: no libudev", device="udev")

    room = DeviceRoom([], watch_plugging=refuse)
    room.start()
    room.close()
    assert "no libudev" in capsys.readouterr().out


def test_a_model_that_cannot_be_listed_is_doubted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DriverError("the bus does not answer", device="reader")

    desk.start()
    monkeypatch.setattr(desk.reader, "find_attached", fail)
    desk.plugs.tell(has_come=False)
    desk.wait_until_looked()
    assert desk.reader.opened_count == 2


def test_closing_ends_the_probers_and_the_source() -> None:
    desk = Desk()
    desk.start()
    assert desk.plugs.is_heard
    began_s = time.monotonic()
    desk.room.close()
    assert time.monotonic() - began_s < 2.0  # a prober that sleeps on is waited for so long
    assert not desk.plugs.is_heard
    assert "probe-reader" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("news", "before", "now", "is_doubted"),
    [
        (PlugNews(), {"a"}, {"a"}, False),
        (PlugNews(has_come=True), {"a"}, {"a", "b"}, False),
        (PlugNews(has_gone=True), {"a"}, {"a"}, False),
        (PlugNews(has_gone=True), {"a"}, set(), True),
        (PlugNews(has_gone=True), None, None, True),
        (PlugNews(has_come=True, has_gone=True), {"a"}, {"a"}, True),
    ],
)
def test_which_news_make_an_open_device_doubted(
    news: PlugNews, before: set[str] | None, now: set[str] | None, is_doubted: bool
) -> None:
    places = [None if one is None else frozenset(one) for one in (before, now)]
    assert news.may_mean_gone(*places) is is_doubted


def test_nothing_is_new_where_nothing_came() -> None:
    bell = PlugBell()
    assert bell.wait(0.01) == PlugNews()
    bell.ring(CAME)
    bell.ring(WENT)
    assert bell.wait(LIMIT_S) == PlugNews(has_come=True, has_gone=True)
    assert bell.wait(0.01) == PlugNews()


def test_a_loose_contact_does_not_keep_the_prober_waiting_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("station.plugging.LONGEST_BURST_S", 0.3)
    bell = PlugBell()
    is_over = threading.Event()

    def rattle() -> None:
        while not is_over.wait(0.01):
            bell.ring(WENT)

    rattling = threading.Thread(target=rattle)
    rattling.start()
    try:
        assert bell.wait(LIMIT_S).has_gone
    finally:
        is_over.set()
        rattling.join()


def test_an_ended_bell_keeps_nobody_waiting() -> None:
    bell = PlugBell()
    threading.Timer(0.05, bell.end).start()
    began_s = time.monotonic()
    bell.wait(LIMIT_S)
    bell.wait(LIMIT_S)
    assert time.monotonic() - began_s < LIMIT_S / 2
