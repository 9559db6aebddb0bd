"""What the portrait checks take and return."""

from dataclasses import dataclass, field
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.results import Reason


class Background(StrEnum):
    """Colour behind a portrait, told by its hue."""

    RED = "red"
    BLUE = "blue"
    ORANGE = "orange"


@dataclass(frozen=True, slots=True, eq=False)
class FaceModels:
    """The three networks, loaded from bytes; not to be used from two threads at once."""

    detector: cv2.dnn.Net
    landmarks: cv2.dnn.Net
    segmentation: cv2.dnn.Net

    @classmethod
    def load(cls, *, detector: bytes, landmarks: bytes, segmentation: bytes) -> "FaceModels":
        """Read the networks.

        Parameters
        ----------
        detector, landmarks, segmentation : bytes
            TFLite files: face detection short range, 478 landmarks, selfie segmentation.

        Returns
        -------
        FaceModels

        Raises
        ------
        cv2.error
            For bytes that are no such network.
        """
        return cls(*(_read(data) for data in (detector, landmarks, segmentation)))


def _read(data: bytes) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTFLite(np.frombuffer(data, np.uint8))


@dataclass(frozen=True, slots=True)
class Box:
    """A face, in pixels."""

    top: float
    left: float
    bottom: float
    right: float

    @property
    def width(self) -> float:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Rows."""
        return self.bottom - self.top

    def scaled(self, factor: float) -> "Box":
        """Return the box in a picture enlarged by `factor`."""
        return Box(self.top * factor, self.left * factor, self.bottom * factor, self.right * factor)


@dataclass(frozen=True, slots=True, eq=False)
class FaceCheck:
    """Quality of one portrait."""

    quality_score: int
    """0..100; 0 means there is not exactly one face."""
    reasons: tuple[Reason, ...]
    """Most important first; empty for a good portrait."""
    box: Box | None
    landmarks: NDArray[np.float64] | None
    """(478, 3) row, col, depth in pixels; None without the models."""
    components: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FacePreview:
    """What one live frame shows."""

    count: int
    box: tuple[float, float, float, float] | None
    """top, left, bottom, right as shares of the picture."""
    coach: str
    """One of COACH_CODES of `biometrics.face.preview`."""

    @property
    def is_ready(self) -> bool:
        """Tell whether the portrait may be taken now."""
        return self.coach == "good"
