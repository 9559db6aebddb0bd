"""One device of the station and the thread that owns it.

Every call to a device runs on the thread of its slot and has a time limit. A call that does not
come back in time leaves the slot ``hung``: calls fail at once until the device thread returns.

    off --open--> ready <--> busy        busy --no answer in time--> hung --answer--> ready
    any --DriverError--> missing | faulty --probe--> ready

Work that goes on without end (a live view) gives signs of life instead of ending in time; without
one for too long its slot is hung as well.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import structlog

from drivers.devices import Device
from drivers.errors import (
    DeviceBusyError,
    DeviceNotFoundError,
    DriverError,
    TransportError,
    TransportTimeoutError,
)
from station.owner_thread import OwnerThread

D = TypeVar("D", bound=Device)
R = TypeVar("R")

log = structlog.get_logger()

OPEN_LIMIT_S = 10.0  # the slowest supported start: U.are.U with three restarts (PROTOCOLS.md 4.3)
CLOSE_LIMIT_S = 8.0  # the slowest close: a camera that is waited for 5 s; our choice
CAPTURE = "another capture is using it"
LOCK_LIMIT_S = 3.0  # how long a new call waits for the one before it; our choice


class SlotState(StrEnum):
    """What the device strip shows."""

    OFF = "off"
    READY = "ready"
    BUSY = "busy"
    MISSING = "missing"
    FAULTY = "faulty"
    HUNG = "hung"


SOUND_STATES = frozenset({SlotState.READY, SlotState.BUSY})


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
        self._thread = OwnerThread(f"device-{device.name}")
        self._turn = threading.Lock()
        self._state_lock = threading.Lock()
        self._state = SlotState.OFF
        self._since_s = time.monotonic()
        self._error: DriverError | None = None
        self._silent_limit_s: float | None = None
        self._alive_at_s = 0.0
        self._used_for = CAPTURE

    @property
    def name(self) -> str:
        """Name of the device in the configuration."""
        return self.device.name

    def status(self) -> SlotStatus:
        """Return the present state; never waits for the device."""
        with self._state_lock:
            state, error = self._state, self._error
            silence = self._silence() if state is SlotState.BUSY else None
            if silence is not None:
                state, error = SlotState.HUNG, silence
            return SlotStatus(
                self.device.name, self.device.kind, self.driver, state, self._since_s, error
            )

    def touch(self) -> None:
        """Give a sign of life; called by work that has a `silent_limit_s`."""
        self._alive_at_s = time.monotonic()

    def call(self, work: Callable[[D], R], *, timeout_s: float) -> R:
        """Open the device if need be and run `work` on its thread; raises DriverError.

        A call that is still running after `timeout_s` is cancelled and given one second; if even
        that does not end it, the slot is hung.
        """
        return self.wait(self.submit(work), timeout_s=timeout_s)

    def submit(
        self,
        work: Callable[[D], R],
        *,
        is_probe: bool = False,
        silent_limit_s: float | None = None,
    ) -> "Future[R]":
        """Begin `work` on the device's thread; raises DeviceBusyError or DeviceHungError soon.

        A probe does not show as "busy": the state stays what it was until the outcome is known.
        Work that nobody waits for says by `silent_limit_s` how often it calls `touch`.
        """
        self._take_turn()
        self._used_for = CAPTURE
        self._silent_limit_s = silent_limit_s
        if not is_probe:
            self._set_state(SlotState.BUSY, None)
        return self._thread.submit(lambda: self._run(work))

    def lend(self, work: Callable[[D], R], *, silent_limit_s: float, used_for: str) -> "Future[R]":
        """Begin work that opens the device by itself, or not at all; raises as `submit` does.

        `used_for` is what those are told who want the device meanwhile.
        """
        self._take_turn()
        self._used_for = used_for
        self._silent_limit_s = silent_limit_s
        self._set_state(SlotState.BUSY, None)
        return self._thread.submit(lambda: self._run(work, is_opening=False))

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

    def probe(self, *, is_doubted: bool = False) -> None:
        """Open an idle device to see whether it is there; leaves a busy or hung one alone.

        One that `is_doubted` is opened anew: most drivers notice only then that it is gone.
        """
        if self.status().state in (SlotState.BUSY, SlotState.HUNG):
            return
        with suppress(DriverError):  # the slot's state tells the outcome
            future = self.submit(_open_anew if is_doubted else _look, is_probe=True)
            self.wait(future, timeout_s=OPEN_LIMIT_S)

    def places(self) -> frozenset[str] | None:
        """Return where devices of this model are attached; None where the system cannot tell."""
        try:
            attached = self.device.find_attached()
        except DriverError as error:
            log.info("attached devices cannot be listed", device=self.name, cause=error.message)
            return None
        return None if attached is None else frozenset(one.place for one in attached)

    def close(self) -> None:
        """Close the device and end its thread; a hung thread is left behind. Allowed twice."""
        self.device.cancel()
        is_hung = self.status().state is SlotState.HUNG
        if self.status().state is not SlotState.OFF:
            self._thread.submit(self.device.close)
        if not self._thread.end(timeout_s=0.0 if is_hung else CLOSE_LIMIT_S):
            log.error("the device hangs; its thread is left behind", device=self.name)
        self._set_state(SlotState.OFF, None)

    def _silence(self) -> DeviceHungError | None:
        """Return that the running work gives no sign of life, if so."""
        silent_for_s = time.monotonic() - self._alive_at_s
        if self._silent_limit_s is None or silent_for_s < self._silent_limit_s:
            return None
        return DeviceHungError(f"silent for {silent_for_s:.0f} s", device=self.name)

    def _take_turn(self) -> None:
        if self.status().state is SlotState.HUNG:
            raise DeviceHungError("its last call never came back", device=self.name)
        if not self._turn.acquire(timeout=LOCK_LIMIT_S):
            raise DeviceBusyError(self._used_for, device=self.name)
        self.touch()

    def _run(self, work: Callable[[D], R], *, is_opening: bool = True) -> R:
        error: DriverError | None = None
        try:
            if is_opening:
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


def _look(device: Device) -> None:
    device.identity()


def _open_anew(device: Device) -> None:
    device.close()
    device.open()
    device.identity()
