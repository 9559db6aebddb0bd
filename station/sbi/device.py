"""One device of the station behind the SBI service: capture, preview, and who may do it when.

    idle --RCAPTURE--> capturing --done--> idle       a second RCAPTURE meanwhile: 703
    idle | capturing --STREAM--> watched              a preview shows the capture's own frames

Every call to the device runs on the owner thread of its slot (`station.device_slot`).
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Generic, TypeVar

import numpy as np
import structlog

from drivers.devices import Device
from drivers.errors import (
    CaptureTimeoutError,
    DeviceBusyError,
    DriverError,
    TransportTimeoutError,
)
from drivers.frames import DeviceIdentity
from drivers.protocols.sbi_words import DeviceType, Status
from station.device_slot import DeviceSlot, SlotState
from station.live_source import encode_preview
from station.sbi.kinds import Look, Pixels, SbiKind, Wish
from station.sbi.refusals import SbiRefusal, refusal_of

D = TypeVar("D", bound=Device)

READ_LIMIT_S = 1.0  # one frame of a device that works
FRAME_WAIT_S = 0.3  # the specification asks for three frames a second
FROZEN_LIMIT_S = 2.0
SILENT_LIMIT_S = 10.0
CALL_MARGIN_S = 5.0  # a capture may end in the middle of a check
MAX_STREAMS = 2  # a client that opens its preview anew, and the old one not yet gone
PREVIEW_PAUSE_S = 0.05  # leaves the device thread to a capture that waits for it
_NAMESPACE = uuid.UUID("5b1c2f0e-6f0a-5d43-9c57-3e0d3f7a9c21")  # ours, made once at random
BLANK = np.full((120, 160), 235, np.uint8)
"""Shown while there is nothing to show."""

log = structlog.get_logger()


class SbiDevice(Generic[D]):
    """A configured device as SBI clients see it."""

    def __init__(
        self, device_id: str, slot: DeviceSlot[D], kind: SbiKind[D], fallback: str
    ) -> None:
        self.device_id = device_id
        self.slot = slot
        self.kind = kind
        self._fallback_serial = fallback
        self._identity: DeviceIdentity | None = None
        self._sub_type = ""
        self._capturing = threading.Lock()
        self._news = threading.Condition()
        self._frame: Pixels | None = None
        self._frame_number = 0
        self._streams = threading.Semaphore(MAX_STREAMS)

    @property
    def device_type(self) -> DeviceType:
        """Finger, Iris or Face."""
        return self.kind.device_type

    def meet(self) -> None:
        """Learn who the device is, if it is there; raises DriverError."""
        if self._identity is None:
            self._identity, self._sub_type = self.slot.call(
                lambda device: (device.identity(), self.kind.sub_type(device)),
                timeout_s=READ_LIMIT_S,
            )

    @property
    def identity(self) -> DeviceIdentity | None:
        """Make, model, serial; None until it was seen once."""
        return self._identity

    @property
    def serial(self) -> str:
        """Serial number, or a stable stand-in for devices without one."""
        known = self._identity.serial if self._identity is not None else None
        return known or self._fallback_serial

    @property
    def sub_type(self) -> str:
        """Return deviceSubType as SBI names it."""
        return self._sub_type

    @property
    def code(self) -> str:
        """Return the deviceCode of dialect 0.9.5: the same for the same device."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.device_type.value}/{self.serial}"))

    @property
    def is_capturing(self) -> bool:
        """Tell whether a capture runs."""
        return self._capturing.locked()

    def status(self) -> Status:
        """Return what discovery says of it."""
        if self.is_capturing:
            return Status.BUSY
        is_sound = self.slot.status().state in (SlotState.OFF, SlotState.READY, SlotState.BUSY)
        return Status.READY if is_sound else Status.NOT_READY

    def wish(
        self, sub_id: str, *, count: int, named: tuple[str, ...], exceptions: tuple[str, ...]
    ) -> Wish:
        """Return what a client's numbers mean; refuses what does not add up."""
        group = self.kind.group(sub_id, named)
        if self.device_type is DeviceType.FACE:
            if count != 1:
                raise SbiRefusal("109")
            return Wish(sub_id, (), is_exception_photo=bool(exceptions))
        whole = self.kind.group(sub_id, ())
        if not set(exceptions) <= {part.sub_type for part in whole}:
            raise SbiRefusal("109", "exception")
        parts = tuple(part for part in group if part.sub_type not in exceptions)
        if not parts or count != len(parts):
            raise SbiRefusal("109")
        return Wish(sub_id, parts)

    def capture(
        self, wish: Wish, *, transaction_id: str, requested_score: float, timeout_s: float
    ) -> Look:
        """Return the best look within the time; raises SbiRefusal."""
        if not self._capturing.acquire(blocking=False):
            raise SbiRefusal("703")
        try:
            return self.slot.call(
                lambda device: self._capture(
                    device, wish, transaction_id, requested_score, timeout_s
                ),
                timeout_s=timeout_s + CALL_MARGIN_S,
            )
        except DriverError as error:
            raise refusal_of(error) from error
        finally:
            self._capturing.release()

    def stream(self, sub_id: str, *, life_s: float) -> "Preview":
        """Return JPEG previews until the time is over; raises SbiRefusal at once."""
        if sub_id not in self.kind.sub_ids:
            raise SbiRefusal("119", "deviceSubId")
        if self.status() is Status.NOT_READY:
            raise SbiRefusal("110")
        if not self._streams.acquire(blocking=False):
            raise SbiRefusal("610")
        pictures = self._pictures(sub_id, time.monotonic() + life_s)
        return Preview(pictures, self._streams.release)

    def _capture(
        self, device: D, wish: Wish, transaction_id: str, requested_score: float, timeout_s: float
    ) -> Look:
        """Look again and again, on the device's thread; keep the best."""
        device.begin_transaction(transaction_id)
        whole = self.kind.group(wish.sub_id, ())
        device.declare_exceptions(tuple(one.part for one in whole if one not in wish.parts))
        self.kind.forget()
        best: Look | None = None
        deadline_s = time.monotonic() + timeout_s
        while (left_s := deadline_s - time.monotonic()) > 0:
            look = self._look(device, wish, min(left_s, READ_LIMIT_S))
            if look is not None and (best is None or look.mean_score > best.mean_score):
                best = look
            if best is not None and (best.is_enough or best.mean_score >= requested_score):
                return best
        if best is None:
            raise CaptureTimeoutError(f"nothing within {timeout_s:g} s", device=self.slot.name)
        return best

    def _look(self, device: D, wish: Wish, timeout_s: float) -> Look | None:
        try:
            return self.kind.look(device, wish, timeout_s=timeout_s, publish=self._publish)
        except CaptureTimeoutError:  # nothing on the glass in this second
            return None

    def _publish(self, pixels: Pixels) -> None:
        with self._news:
            self._frame, self._frame_number = pixels, self._frame_number + 1
            self._news.notify_all()

    def _pictures(self, sub_id: str, deadline_s: float) -> Iterator[bytes]:
        """Yield three pictures a second or more; a slow device repeats its last for a while."""
        try:
            reading = _Reading(self.slot, lambda device: self._preview(device, sub_id))
            while time.monotonic() < deadline_s:
                time.sleep(PREVIEW_PAUSE_S)
                picture = self._frame_of_capture() if self.is_capturing else reading.next_picture()
                yield encode_preview(picture)
        except DriverError as error:
            log.info("sbi preview ended", device=self.slot.name, issue=error.issue_id)

    def _preview(self, device: D, sub_id: str) -> Pixels:
        return self.kind.preview(device, sub_id, timeout_s=FRAME_WAIT_S)

    def _frame_of_capture(self) -> Pixels:
        """Return the next frame that the running capture looks at."""
        with self._news:
            number = self._frame_number
            self._news.wait_for(lambda: self._frame_number > number, FRAME_WAIT_S)
            return BLANK if self._frame is None else self._frame


class Preview(Iterator[bytes]):
    """JPEG pictures of a device; its place is free again once it is closed or at its end."""

    def __init__(self, pictures: Iterator[bytes], release: Callable[[], None]) -> None:
        self._pictures = pictures
        self._release: Callable[[], None] | None = release

    def __next__(self) -> bytes:
        """Return the next picture."""
        try:
            return next(self._pictures)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free the place; allowed twice, and before the first picture."""
        release, self._release = self._release, None
        if release is not None:
            release()


class _Reading(Generic[D]):
    """Frames read for one preview, never waited for longer than FRAME_WAIT_S."""

    def __init__(self, slot: DeviceSlot[D], read: Callable[[D], Pixels]) -> None:
        self._slot = slot
        self._read = read
        self._pending: Future[Pixels] | None = None
        self._asked_at_s = 0.0
        self._last = BLANK

    def next_picture(self) -> Pixels:
        """Return the newest frame, the last one again, or a blank; raises DriverError."""
        if self._pending is None:
            self._asked_at_s = time.monotonic()
            try:
                self._pending = self._slot.submit(self._read)
            except DeviceBusyError:  # a capture began just now: it shows its own frames
                return self._last
        try:
            self._last = self._pending.result(FRAME_WAIT_S)
        except FutureTimeoutError:
            self._forget_a_silent_device()
            return self._last
        except CaptureTimeoutError:  # nothing on the glass
            self._last = BLANK
        self._pending = None
        return self._last

    def _forget_a_silent_device(self) -> None:
        silent_s = time.monotonic() - self._asked_at_s
        if silent_s > SILENT_LIMIT_S:
            raise TransportTimeoutError(f"silent for {silent_s:.0f} s", device=self._slot.name)
        if silent_s > FROZEN_LIMIT_S:
            self._last = BLANK  # a frozen picture must not pass for a live one
