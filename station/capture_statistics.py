"""Numbers about the scanner, taken from ordinary captures, for the self-test's daily statistics.

No capture waits for it: measuring and writing happen on a thread of its own, and a failure there
is logged and costs a number, never an attempt. What is kept cannot be traced to a resident.
"""

import datetime
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np
import structlog
from numpy.typing import NDArray

from biometrics.finger.results import SlapFinger
from drivers.frames import DeviceIdentity, Frame
from selftest.daily import DailyStatistics
from selftest.history import History, unit_of
from selftest.report import Asset
from selftest.scanner.finger import Box, measure_background, measure_finger

log = structlog.get_logger()

_LONGEST_QUEUE = 20  # captures; a slow disk then costs numbers and no memory; our choice
_CLOSE_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Capture:
    unit: str
    pixels: NDArray[np.uint8]
    resolution_ppi: float
    fingers: tuple[SlapFinger, ...]
    is_accepted: bool


class CaptureStatistics:
    """Adds captures to the statistics in the self-test's history file."""

    def __init__(self, history_file: Path, now: Callable[[], datetime.datetime]) -> None:
        self._history_file = history_file
        self._now = now
        self._captures: queue.Queue[_Capture | None] = queue.Queue(_LONGEST_QUEUE)
        self._thread = threading.Thread(target=self._work, name="capture-statistics", daemon=True)
        self._thread.start()

    def add_fingers(
        self,
        frame: Frame,
        pixels: NDArray[np.uint8],
        fingers: Sequence[SlapFinger],
        *,
        is_accepted: bool,
    ) -> None:
        """Add one attempt; a unit without a serial number has no history and is left out."""
        if frame.device.serial is None:
            return
        capture = _Capture(
            _unit(frame.device),
            pixels,
            frame.resolution_ppi or 500.0,
            tuple(fingers),
            is_accepted,
        )
        try:
            self._captures.put_nowait(capture)
        except queue.Full:
            log.warning("statistics of a capture left out: the disk is slow")

    def close(self) -> None:
        """Write what is waiting and end the thread."""
        self._captures.put(None)
        self._thread.join(_CLOSE_LIMIT_S)

    def _work(self) -> None:
        while (capture := self._captures.get()) is not None:
            try:
                self._add(capture)
            except (apsw.Error, OSError) as error:
                log.warning("statistics of a capture not kept", error=str(error))

    def _add(self, capture: _Capture) -> None:
        statistics = DailyStatistics(History(self._history_file))
        day = self._now().date()
        names = ("attempts", "accepted") if capture.is_accepted else ("attempts",)
        statistics.count(capture.unit, day, names)
        boxes = [_box(finger) for finger in capture.fingers]
        background = measure_background(capture.pixels, boxes)
        if background is not None:
            statistics.add(capture.unit, day, {"background_level": background})
        for finger in capture.fingers:
            statistics.add(capture.unit, day, _figures(finger, capture.resolution_ppi))


def _figures(finger: SlapFinger, resolution_ppi: float) -> dict[str, float]:
    figures = measure_finger(finger.pixels, resolution_ppi)
    return {
        "quality_score": finger.check.quality_score,
        "grey_levels": figures.grey_levels,
        "gaps": figures.gap_percent,
        "ridge_period": figures.ridge_period_px,
        "ridge_excess": figures.ridge_excess_db,
    }


def _box(finger: SlapFinger) -> Box:
    corners = finger.quadrilateral
    top, left = np.floor(corners.min(axis=0)).astype(int)
    bottom, right = np.ceil(corners.max(axis=0)).astype(int)
    return int(top), int(left), int(bottom), int(right)


def _unit(device: DeviceIdentity) -> str:
    return unit_of(
        Asset(name="", role="", make=device.make, model=device.model, serial=device.serial)
    )
