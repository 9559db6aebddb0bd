"""What a live view needs of a step: how it reads its device, looks at a frame, and judges it.

read -> view -> (a capture is due) take -> judge        read in vain -> glance | blank
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.devices import Device
from station.attempt_file import StoredAttempt

D = TypeVar("D", bound=Device)

PREVIEW_EDGE_PX = 800  # longest edge of the preview picture sent to the browser
PREVIEW_JPEG_QUALITY = 80  # LIBRARIES.md section 2: 0.75 ms at 480 x 640


@dataclass(frozen=True, slots=True)
class LivePart:
    """A finger or eye seen in the preview."""

    part: str
    score: int | None
    threshold: int | None
    quadrilateral: tuple[tuple[float, float], ...]
    """Corners as (row, col) in 0..1 of the picture; empty where the part has no place."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a source makes of one frame."""

    picture: NDArray[np.uint8]
    coach: str
    level: str
    """info | good | warn | bad"""
    parts: tuple[LivePart, ...] = ()
    is_ready: bool = False
    is_empty: bool = False


class LiveSource(ABC, Generic[D]):
    """How one step reads, looks and judges; knows the device kind, not the panel."""

    needs_empty_between: bool = False
    """Whether nothing may lie on the glass before the next capture (BSI TR-03121 rule 5)."""

    def begin(self, device: D) -> None:
        """Prepare the device; called once on the device thread."""

    def end(self, device: D) -> None:
        """Undo `begin`; called on the device thread also after an error."""

    @abstractmethod
    def read(self, device: D, timeout_s: float, *, is_resting: bool) -> Any:  # noqa: ANN401
        """Return the next frame or frames, whatever type this source works with.

        While `is_resting` nothing is asked of the resident: a result is being shown.
        """

    @abstractmethod
    def view(self, shot: Any) -> View:  # noqa: ANN401 - what `read` returned
        """Look at a frame quickly."""

    def take(self, device: D, shot: Any, timeout_s: float) -> Any:  # noqa: ANN401 - as `read`
        """Return what is judged now that a capture is due: the shot itself, or a better one.

        May take much longer than `read`; raises CaptureTimeoutError when there is none yet.
        """
        return shot

    @abstractmethod
    def judge(self, shot: Any) -> StoredAttempt:  # noqa: ANN401 - what `take` returned
        """Check a frame wholly; the attempt's number and series are given by the case."""

    def glance(self, device: D, timeout_s: float) -> View | None:
        """Return what a device with `has_preview` sees while it captures; None shows `blank`."""
        return None

    @abstractmethod
    def blank(self) -> View:
        """Return the view when the device saw nothing in time."""

    def is_settled(self) -> bool:
        """Tell whether the step needs nothing more."""
        return False


def encode_preview(picture: NDArray[np.uint8]) -> bytes:
    """Return a JPEG whose longest edge is at most PREVIEW_EDGE_PX."""
    rows, cols = picture.shape[:2]
    scale = PREVIEW_EDGE_PX / max(rows, cols)
    if scale < 1.0:
        size = (round(cols * scale), round(rows * scale))  # cv2: (width, height)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_JPEG_QUALITY]
    _, data = cv2.imencode(".jpg", picture, quality)
    return bytes(data)
