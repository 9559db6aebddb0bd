"""How each kind of device captures for SBI: what can be asked, one look at it, one record of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs.representation import CaptureTime, QualityBlock, RepresentationStart
from drivers.devices import Device
from drivers.protocols.sbi_words import BodyPart, DeviceType

D = TypeVar("D", bound=Device)
Pixels = NDArray[np.uint8]
Publish = Callable[[Pixels], None]
"""Shows a frame to whoever watches the preview."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asked for, checked."""

    sub_id: str
    parts: tuple[BodyPart, ...]
    """Fingers or eyes still expected, from left to right; empty for a face."""
    is_exception_photo: bool = False
    """A face with exceptions: only that somebody is there counts."""


@dataclass(frozen=True, slots=True, eq=False)
class SamplePart:
    """One finger, eye or face of a look."""

    part: BodyPart | None
    pixels: Pixels
    score: int
    resolution_ppi: float = 0.0
    """0 where it has no meaning."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """All that was wanted, seen at once."""

    parts: tuple[SamplePart, ...]
    is_enough: bool = False
    """Whether no better score need be waited for."""

    @property
    def mean_score(self) -> float:
        """What SBI holds against the requested score."""
        return sum(one.score for one in self.parts) / len(self.parts)


class SbiKind(ABC, Generic[D]):
    """One kind of device as SBI sees it."""

    device_type: DeviceType
    sub_ids: tuple[str, ...]

    @abstractmethod
    def sub_type(self, device: D) -> str:
        """Return deviceSubType: "Slap", "Single", "Double", "Full face"."""

    @abstractmethod
    def group(self, sub_id: str, named: tuple[str, ...]) -> tuple[BodyPart, ...]:
        """Return what a sub-device sees, before exceptions; refuses an unknown one."""

    @abstractmethod
    def look(self, device: D, wish: Wish, *, timeout_s: float, publish: Publish) -> Look | None:
        """Read once and judge; None when not everything that was wanted is there yet."""

    @abstractmethod
    def preview(self, device: D, sub_id: str, *, timeout_s: float) -> Pixels:
        """Read one picture for the eye."""

    @abstractmethod
    def record(self, sample: SamplePart, start: RepresentationStart) -> bytes:
        """Return the ISO record, lossless."""

    def forget(self) -> None:
        """Begin a new capture: nothing seen before counts."""


def start_of(sample: SamplePart, now: datetime) -> RepresentationStart:
    """Return the header of a record: when, and the score."""
    return RepresentationStart(
        captured_at=CaptureTime.from_datetime(now), quality=(QualityBlock(sample.score),)
    )
