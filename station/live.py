"""The live view of one step: preview, coaching, and the capture when all is well.

One thread (the device's own) reads frames, looks at them and, when the capture is due, judges the
frame and stores the attempt. Everybody else reads what it published: nobody waits for the device.
What is judged may be another picture than the one in view: a still camera takes it only then. A
device that gives finished captures (SBI) shows its preview until it has one.

    PREVIEWING --ready for some frames, or asked--> CHECKING --stored--> SHOWING
    SHOWING    --glass empty, or asked again------> PREVIEWING
    any        --DriverError--> FAILED        any --stop()--> STOPPED

A device that does not open fails the view too: it ends as the work on the device thread ends. While
that thread is silent for too long, `error` says so; the view goes on if it comes back.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import structlog

from drivers.devices import Device
from drivers.errors import CaptureCancelledError, CaptureTimeoutError, DriverError
from station.attempt_file import StoredAttempt
from station.device_slot import OPEN_LIMIT_S, DeviceSlot, SlotState
from station.errors import StationError
from station.live_source import LivePart, LiveSource, View, encode_preview
from station.recording import Attempt

D = TypeVar("D", bound=Device)

log = structlog.get_logger()

READY_FRAMES = 3  # consecutive good frames before the capture: 0.2 s at 15 frames/s; our choice
MANUAL_WAIT_S = (
    2.0  # after the key, how long to wait for a good frame before taking any; our choice
)
SHOW_S = 1.5  # how long a missed attempt stays in view before the next one; our choice
READ_LIMIT_S = 2.0  # one frame; MOSIP asks for at least 3 frames/s, so six are lost before
ASK_LIMIT_S = 0.001  # whether a capture is done, between two pictures of its preview
TAKE_LIMIT_S = 10.0  # a still camera focuses, flashes and sends 20 MB over USB 2; our choice
SILENT_LIMIT_S = OPEN_LIMIT_S + 2 * READ_LIMIT_S  # open, then read and judge a frame; our choice


class LiveState(StrEnum):
    """What the capture thread is doing."""

    PREVIEWING = "previewing"
    CHECKING = "checking"
    SHOWING = "showing"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class LivePicture:
    """One published frame of the preview."""

    number: int
    jpeg: bytes
    coach: str
    level: str
    parts: tuple[LivePart, ...]
    is_ready: bool
    state: LiveState


class LiveCapture(Generic[D]):
    """Runs a source on its device's thread and publishes what it sees."""

    def __init__(
        self,
        slot: DeviceSlot[D],
        source: LiveSource[D],
        *,
        accept: Callable[[StoredAttempt], Attempt],
        is_automatic: bool,
    ) -> None:
        self._slot = slot
        self._source = source
        self._accept = accept
        self._is_automatic = is_automatic
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._latest: LivePicture | None = None
        self._state = LiveState.PREVIEWING
        self._outcome: Attempt | None = None
        self._error: DriverError | StationError | None = None
        self._is_armed = True
        self._has_preview = False
        self._ready_count = 0
        self._asked_at_s: float | None = None
        self._shown_at_s = 0.0

    # ---- for everybody; never waits for the device

    @property
    def device_name(self) -> str:
        """Name of the device that is read."""
        return self._slot.name

    @property
    def state(self) -> LiveState:
        """What the capture thread is doing."""
        return self._state

    @property
    def is_running(self) -> bool:
        """Tell whether the capture thread still works on it."""
        return not self._is_over()

    def latest(self) -> LivePicture | None:
        """Return the newest picture, or None before the first."""
        return self._latest

    def wait_newer(self, number: int, timeout_s: float) -> LivePicture | None:
        """Wait for a picture after `number`; None when none came in time or the view ended."""
        with self._news:
            self._news.wait_for(lambda: self._is_newer(number) or self._is_over(), timeout_s)
            return self._latest if self._is_newer(number) else None

    def outcome(self) -> Attempt | None:
        """Return the last stored attempt of this live view."""
        return self._outcome

    def error(self) -> DriverError | StationError | None:
        """Return why the view failed, or that its device thread gives no sign of life now."""
        status = self._slot.status()
        if self.is_running and status.state is SlotState.HUNG:
            return status.error
        return self._error

    def request_capture(self) -> None:
        """Ask for a capture now (the operator's key); also arms the automatic one again."""
        with self._news:
            if self._asked_at_s is None:  # pressing again must not begin the wait anew
                self._asked_at_s = time.monotonic()
            self._is_armed = True

    def start(self) -> None:
        """Begin on the device's thread; a device that is busy or hangs fails the view."""
        try:
            work = self._slot.submit(self._preview, silent_limit_s=SILENT_LIMIT_S)
        except DriverError as error:
            self._finish(error)
        else:
            work.add_done_callback(self._end)

    def stop(self, *, timeout_s: float = 3.0) -> None:
        """End the view: when this returns, no attempt is stored any more.

        Waits for an attempt that is being checked, at most `timeout_s`, but not for the device,
        which is free within a frame. The next view waits for it by itself.
        """
        with self._news:
            self._stop.set()
            self._news.notify_all()
        self._slot.device.cancel()
        with self._news:
            self._news.wait_for(lambda: self._state is not LiveState.CHECKING, timeout_s)

    # ---- on the device thread

    def _preview(self, device: D) -> None:
        self._has_preview = device.has_preview
        self._source.begin(device)
        try:
            while not self._stop.is_set():
                self._turn(device)
        finally:
            with suppress(DriverError):  # after an error the device may be gone
                self._source.end(device)

    def _turn(self, device: D) -> None:
        with suppress(CaptureCancelledError):  # by stop(), or left over from an earlier one
            try:
                self._look(device)
            except CaptureTimeoutError:
                blank = self._source.blank()
                self._rearm(blank)
                self._publish(self._glance(device) or blank, self._state)

    def _look(self, device: D) -> None:
        is_resting = self._state is LiveState.SHOWING
        limit_s = ASK_LIMIT_S if self._has_preview and not is_resting else READ_LIMIT_S
        shot = self._source.read(device, limit_s, is_resting=is_resting)
        view = self._source.view(shot)
        self._rearm(view)
        self._publish(view, self._state)
        if self._is_due(view):
            self._publish(view, LiveState.CHECKING)  # "stay": a still may take seconds
            self._capture(self._source.take(device, shot, TAKE_LIMIT_S))

    def _glance(self, device: D) -> View | None:
        """Return what the device shows while it captures; a capture can do without."""
        if not self._has_preview:
            return None
        try:
            return self._source.glance(device, READ_LIMIT_S)
        except CaptureCancelledError:
            raise
        except DriverError as error:
            log.info("no preview while capturing", device=device.name, cause=error.message)
            self._has_preview = False
            return None

    def _rearm(self, view: View) -> None:
        """Go back to previewing when the next capture may come."""
        if self._state is not LiveState.SHOWING:
            return
        if self._asked_at_s is not None or self._may_go_on(view):
            self._is_armed = True
            self._state = LiveState.PREVIEWING

    def _may_go_on(self, view: View) -> bool:
        if self._source.is_settled():
            return False
        if self._source.needs_empty_between:
            return view.is_empty
        return time.monotonic() - self._shown_at_s >= SHOW_S

    def _is_due(self, view: View) -> bool:
        self._ready_count = self._ready_count + 1 if view.is_ready else 0
        with self._news:
            asked_at_s = self._asked_at_s
        if asked_at_s is not None:
            waited_s = time.monotonic() - asked_at_s
            return view.is_ready or (waited_s >= MANUAL_WAIT_S and not view.is_empty)
        return self._is_automatic and self._is_armed and self._ready_count >= READY_FRAMES

    def _capture(self, shot: object) -> None:
        """Judge and store; not before here, so that stop() never waits for a device."""
        with self._news:
            if self._stop.is_set():
                return
            self._state = LiveState.CHECKING
        self._slot.touch()
        attempt = self._accept(self._source.judge(shot))
        with self._news:
            self._outcome = attempt
            self._is_armed = False
            self._asked_at_s = None
            self._ready_count = 0
            self._shown_at_s = time.monotonic()
            self._state = LiveState.SHOWING
            self._news.notify_all()

    def _publish(self, view: View, state: LiveState) -> None:
        number = 1 if self._latest is None else self._latest.number + 1
        picture = LivePicture(
            number=number,
            jpeg=encode_preview(view.picture),
            coach=view.coach,
            level=view.level,
            parts=view.parts,
            is_ready=view.is_ready,
            state=state,
        )
        with self._news:
            self._latest = picture
            self._news.notify_all()
        self._slot.touch()

    def _end(self, work: "Future[None]") -> None:
        """Publish how the view ended; by now the device is free for the next one."""
        caught = work.exception()
        error = caught if isinstance(caught, (DriverError, StationError)) else None
        if caught is not None and error is None:  # a defect of ours: nobody may wait for ever
            log.error("the live view ended unexpectedly", exc_info=caught)
            error = DriverError("the live view ended unexpectedly", device=self._slot.name)
        self._finish(error)

    def _finish(self, error: DriverError | StationError | None) -> None:
        with self._news:
            self._state = LiveState.STOPPED if error is None else LiveState.FAILED
            self._error = error
            self._news.notify_all()

    def _is_newer(self, number: int) -> bool:
        return self._latest is not None and self._latest.number > number

    def _is_over(self) -> bool:
        return self._state in (LiveState.STOPPED, LiveState.FAILED)
