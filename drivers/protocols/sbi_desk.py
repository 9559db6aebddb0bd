"""The captures of one SBI device: one runs at a time, and the last one stays in view for a while.

A device needs seconds for a capture and then gives one finished result; whoever looks at a live
scanner asks every second or two for "the next frame". Between them:

    idle --asked--> running --answer, verified--> held --HELD_READS or HELD_S--> idle
                    running --still nothing--> CaptureTimeoutError, and goes on running
                    running --other wish, cancel, error--> abandoned: the device may still be at it

A caller with less patience than `capture_s` finds the same capture running when it asks again. A
capture is never sent twice; "busy" while an abandoned one may still run is a time-out, no fault.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.errors import CaptureTimeoutError, DeviceBusyError, TransportTimeoutError
from drivers.protocols.sbi_evidence import SbiSample
from drivers.protocols.sbi_link import CancelCheck, PendingAnswer
from drivers.protocols.sbi_messages import CaptureOrder
from drivers.protocols.sbi_options import SbiOptions
from drivers.protocols.sbi_words import BodyPart

HELD_READS = 3  # `station.live` wants three good frames in a row after the first
HELD_S = 2.0
BUSY_PAUSE_S = 0.5
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class CaptureWish:
    """Which parts a driver wants."""

    sub_id: str
    parts: tuple[BodyPart, ...] = ()
    """Empty for a face."""
    exceptions: tuple[BodyPart, ...] = ()
    """What the resident lacks, of what the sub-device would see; for a photo of exceptions, all."""


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """A verified capture."""

    samples: tuple[SbiSample, ...]
    body: bytes
    """The answer as it came, with every signature."""
    captured_at_s: float
    """Monotonic clock, when the answer was here."""

    def scores(self) -> dict[str, float]:
        """Return the device's score of each part."""
        return {one.part.sub_type if one.part else "Face": one.score for one in self.samples}


@dataclass(frozen=True, slots=True)
class RunningCapture:
    """A capture that was ordered."""

    wish: CaptureWish
    order: CaptureOrder
    answer: PendingAnswer
    deadline_s: float
    """Monotonic clock; afterwards the service counts as silent."""


class CaptureDesk:
    """Orders captures and hands them out."""

    def __init__(self, name: str, options: SbiOptions, check_cancel: CancelCheck) -> None:
        self._name = name
        self._options = options
        self._check_cancel = check_cancel
        self._running: RunningCapture | None = None
        self._held: tuple[CaptureWish, Capture, int] | None = None
        self._abandoned_until_s = 0.0

    def take(
        self,
        wish: CaptureWish,
        *,
        timeout_s: float,
        begin: Callable[[CaptureWish, float], RunningCapture],
        verify: Callable[[RunningCapture, bytes], Capture],
    ) -> Capture:
        """Return the held capture or the running one when it is there; raises DriverError."""
        held = self._take_held(wish)
        if held is not None:
            return held
        if self._running is not None and self._running.wish != wish:
            self.abandon()
        if self._running is None:
            self._running = begin(wish, max(timeout_s, self._options.capture_s))
        running = self._running
        body = self._await(running, timeout_s)
        self._running = None
        capture = self._verified(running, body, verify)
        self._held = wish, capture, HELD_READS
        return capture

    def let_go(self) -> None:
        """Forget the held capture: the next one will be fresh."""
        self._held = None

    def abandon(self) -> None:
        """Wait no more for the running capture; the device cannot be told to stop."""
        running, self._running = self._running, None
        if running is not None:
            running.answer.close()
            self._abandoned_until_s = running.deadline_s

    def _take_held(self, wish: CaptureWish) -> Capture | None:
        held, self._held = self._held, None
        if held is None or held[0] != wish or held[2] == 0:
            return None
        if time.monotonic() - held[1].captured_at_s > HELD_S:
            return None
        self._held = wish, held[1], held[2] - 1
        return held[1]

    def _await(self, running: RunningCapture, timeout_s: float) -> bytes:
        """Return the answer's body; a capture that only needs longer goes on running."""
        margin_s = self._options.answer_margin_s
        patience_s = timeout_s + margin_s if timeout_s >= self._options.capture_s else timeout_s
        try:
            if running.answer.is_coming(timeout_s=patience_s):
                return running.answer.finish(timeout_s=margin_s).body
        except BaseException:
            self.abandon()
            raise
        if time.monotonic() < running.deadline_s:
            raise CaptureTimeoutError(
                f"nothing captured within {timeout_s:g} s yet", device=self._name
            )
        self.abandon()
        raise TransportTimeoutError(
            "no answer to RCAPTURE in time; restart the device's service", device=self._name
        )

    def _verified(
        self,
        running: RunningCapture,
        body: bytes,
        verify: Callable[[RunningCapture, bytes], Capture],
    ) -> Capture:
        try:
            return verify(running, body)
        except DeviceBusyError as error:
            if time.monotonic() >= self._abandoned_until_s:
                raise
            self._pause()
            raise CaptureTimeoutError(
                "the device still finishes a capture that was given up", device=self._name
            ) from error

    def _pause(self) -> None:
        end_s = time.monotonic() + BUSY_PAUSE_S
        while time.monotonic() < end_s:
            self._check_cancel()
            time.sleep(_POLL_S)
