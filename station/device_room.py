"""The station's devices: one owner thread each, so that one that hangs never hangs the others.

Every call to a device runs on the thread of its slot and has a time limit. A call that does not
come back in time leaves the slot ``hung``: calls fail at once until the device thread returns.

    off --open--> ready <--> busy        busy --no answer in time--> hung --answer--> ready
    any --DriverError--> missing | faulty --probe--> ready
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar, cast

from drivers.devices import Device
from drivers.errors import (
    DeviceBusyError,
    DeviceNotFoundError,
    DriverError,
    TransportError,
    TransportTimeoutError,
)

D = TypeVar("D", bound=Device)
R = TypeVar("R")

OPEN_LIMIT_S = 10.0  # the slowest supported start: U.are.U with three restarts (PROTOCOLS.md 4.3)
PROBE_INTERVAL_S = 5.0  # a replugged device is back on the strip within this time; our choice
LOCK_LIMIT_S = 3.0  # how long a new call waits for the one before it; our choice


class SlotState(StrEnum):
    """What the device strip shows."""

    OFF = "off"
    READY = "ready"
    BUSY = "busy"
    MISSING = "missing"
    FAULTY = "faulty"
    HUNG = "hung"


class DeviceHungError(TransportTimeoutError):
    """The device's thread has not come back; unplug and replug the device."""

    issue_id = "DEV-011"


@dataclass(frozen=True, slots=True)
class SlotStatus:
    """What is known of a device now."""

    name: str
    kind: str
    driver: str
    state: SlotState
    since_s: float
    """Monotonic time of the last change of state."""
    error: DriverError | None


class DeviceSlot(Generic[D]):
    """One configured device and its owner thread."""

    def __init__(self, device: D, driver: str) -> None:
        self.device = device
        self.driver = driver
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"device-{device.name}")
        self._turn = threading.Lock()
        self._state_lock = threading.Lock()
        self._state = SlotState.OFF
        self._since_s = time.monotonic()
        self._error: DriverError | None = None

    @property
    def name(self) -> str:
        """Name of the device in the configuration."""
        return self.device.name

    def status(self) -> SlotStatus:
        """Return the present state; never waits for the device."""
        with self._state_lock:
            return SlotStatus(
                self.device.name,
                self.device.kind,
                self.driver,
                self._state,
                self._since_s,
                self._error,
            )

    def call(self, work: Callable[[D], R], *, timeout_s: float) -> R:
        """Open the device if need be and run `work` on its thread; raises DriverError.

        A call that is still running after `timeout_s` is cancelled and given one second; if even
        that does not end it, the slot is hung.
        """
        return self.wait(self.submit(work), timeout_s=timeout_s)

    def submit(self, work: Callable[[D], R], *, is_probe: bool = False) -> "Future[R]":
        """Begin `work` on the device's thread; raises DeviceBusyError or DeviceHungError at once.

        A probe does not show as "busy": the state stays what it was until the outcome is known.
        """
        if self.status().state is SlotState.HUNG:
            raise DeviceHungError("its last call never came back", device=self.name)
        if not self._turn.acquire(timeout=LOCK_LIMIT_S):
            raise DeviceBusyError("another capture is using it", device=self.name)
        if not is_probe:
            self._set_state(SlotState.BUSY, None)
        return self._executor.submit(self._run, work)

    def wait(self, future: "Future[R]", *, timeout_s: float) -> R:
        """Wait for a submitted call; raises what it raised, or DeviceHungError."""
        try:
            return future.result(timeout_s + OPEN_LIMIT_S)
        except FutureTimeoutError:
            self.device.cancel()
        try:
            return future.result(1.0)
        except FutureTimeoutError as error:
            hung = DeviceHungError(f"no answer within {timeout_s:g} s", device=self.name)
            self._set_state(SlotState.HUNG, hung)
            raise hung from error

    def probe(self) -> None:
        """Open an idle device to see whether it is there; leaves a busy or hung one alone."""
        if self.status().state in (SlotState.BUSY, SlotState.HUNG):
            return
        with suppress(DriverError):  # the slot's state tells the outcome
            future = self.submit(lambda device: device.identity(), is_probe=True)
            self.wait(future, timeout_s=OPEN_LIMIT_S)

    def close(self) -> None:
        """Close the device and end its thread; a hung thread is left behind."""
        self.device.cancel()
        is_hung = self.status().state is SlotState.HUNG
        if not is_hung:
            self._executor.submit(self.device.close)
        self._executor.shutdown(wait=not is_hung, cancel_futures=False)
        self._set_state(SlotState.OFF, None)

    def _run(self, work: Callable[[D], R]) -> R:
        error: DriverError | None = None
        try:
            self.device.open()
            return work(self.device)
        except DriverError as caught:
            error = caught
            raise
        finally:
            self._settle(error)
            self._turn.release()

    def _settle(self, error: DriverError | None) -> None:
        """After a link failure the device is closed, so that the next call opens it afresh."""
        if isinstance(error, DeviceNotFoundError):
            self._set_state(SlotState.MISSING, error)
        elif isinstance(error, TransportError):
            self.device.close()
            self._set_state(SlotState.MISSING, error)
        elif error is not None and not self.device.is_open:
            self._set_state(SlotState.FAULTY, error)
        else:
            self._set_state(SlotState.READY, None)

    def _set_state(self, state: SlotState, error: DriverError | None) -> None:
        with self._state_lock:
            if state is not self._state:
                self._since_s = time.monotonic()
            self._state, self._error = state, error


class DeviceRoom:
    """All slots, and one prober thread per device that notices plugging and unplugging."""

    def __init__(self, slots: Iterable[DeviceSlot[Device]]) -> None:
        self._slots = {slot.name: slot for slot in slots}
        self._stop = threading.Event()
        self._probers: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to watch the devices."""
        for slot in self._slots.values():
            prober = threading.Thread(
                target=self._watch, args=(slot,), name=f"probe-{slot.name}", daemon=True
            )
            prober.start()
            self._probers.append(prober)

    def first_probe(self) -> None:
        """Look at every device once, one after the other; for the start and for tests."""
        for slot in self._slots.values():
            slot.probe()

    def slots(self) -> tuple[DeviceSlot[Device], ...]:
        """Return the slots in the order of the configuration."""
        return tuple(self._slots.values())

    def status(self) -> tuple[SlotStatus, ...]:
        """Return what is known of every device; never waits for one."""
        return tuple(slot.status() for slot in self._slots.values())

    def first(self, kind: type[D]) -> DeviceSlot[D]:
        """Return the first configured device of a kind; raises DeviceNotFoundError."""
        for slot in self._slots.values():
            if isinstance(slot.device, kind):
                return cast(DeviceSlot[D], slot)
        raise DeviceNotFoundError("no device of this kind is configured", device=kind.kind)

    def has(self, kind: type[Device]) -> bool:
        """Tell whether a device of this kind is configured."""
        return any(isinstance(slot.device, kind) for slot in self._slots.values())

    def close(self) -> None:
        """Stop watching and close every device."""
        self._stop.set()
        for prober in self._probers:
            prober.join(timeout=2.0)
        for slot in self._slots.values():
            slot.close()

    def _watch(self, slot: DeviceSlot[Device]) -> None:
        while not self._stop.is_set():
            slot.probe()
            self._stop.wait(PROBE_INTERVAL_S)
