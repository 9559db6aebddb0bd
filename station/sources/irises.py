"""Both irises at once, from the iris camera."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics import iris
from biometrics.finger.results import Reason
from drivers.devices import IrisCamera
from drivers.frames import EyePair, Frame
from station.attempt_file import StoredAttempt, compress_picture
from station.live_source import LivePart, LiveSource, View
from station.recording import PartResult, Step
from station.sources.context import OpenCase

IRIS_THRESHOLD = 60  # FIELD.md 4.5: MOSIP's gate for irises, on our own score
EYE_SHAPE = (480, 640)
GAP_PX = 16
CIRCLE_CORNERS = 12


@dataclass(frozen=True, slots=True, eq=False)
class EyeShot:
    """A pair of frames and what each shows."""

    pair: EyePair
    previews: dict[str, iris.IrisPreview]


class IrisSource(LiveSource[IrisCamera]):
    """Reads both eyes; a part that is excepted is not asked for."""

    def __init__(self, opened: OpenCase) -> None:
        self._open = opened
        self._declared: tuple[str, ...] | None = None
        self._previous: dict[str, iris.IrisPreview] = {}

    def begin(self, device: IrisCamera) -> None:
        """Tell the device whose eyes come."""
        device.begin_transaction(self._open.file.case.case_id)
        self._declared = None

    def is_settled(self) -> bool:
        """Tell whether both eyes are taken."""
        return self._open.file.case.is_settled(Step.IRISES)

    def read(self, device: IrisCamera, timeout_s: float, *, is_resting: bool) -> EyeShot:
        """Read the newest pair."""
        self._declared = self._open.declare_exceptions(device, self._declared)
        pair = device.read_eyes(timeout_s=timeout_s)
        frames = {part: _frame_of(pair, part) for part in self._parts()}
        previews = {
            part: iris.preview(frame.pixels, previous=self._previous.get(part))
            for part, frame in frames.items()
            if frame is not None
        }
        self._previous = previews
        return EyeShot(pair, previews)

    def view(self, shot: EyeShot) -> View:
        """Show both eyes as the camera sees them: the right eye on the left."""
        coaches = [
            shot.previews[part].coach if part in shot.previews else "eye_not_found"
            for part in self._parts()
        ]
        coach = next((code for code in coaches if code != "good"), "good")
        return View(
            picture=_side_by_side(shot.pair),
            coach=coach,
            level="good" if coach == "good" else "warn",
            parts=tuple(_live_part(part, shot.previews.get(part)) for part in self._parts()),
            is_ready=coach == "good",
            is_empty=all(code == "eye_not_found" for code in coaches),
        )

    def glance(self, device: IrisCamera, timeout_s: float) -> View:
        """Show the eyes while the camera captures; it judges them by itself until then."""
        frame = device.read_preview(timeout_s=timeout_s)
        return View(frame.pixels, coach="eye_not_found", level="info")

    def blank(self) -> View:
        """Return an empty picture."""
        picture = _side_by_side(EyePair(None, None))
        return View(picture, coach="eye_not_found", level="info", is_empty=True)

    def judge(self, shot: EyeShot) -> StoredAttempt:
        """Check every eye that is asked for."""
        results, pictures, originals = [], {}, {}
        device = next(
            frame.device for frame in (shot.pair.right, shot.pair.left) if frame is not None
        )
        for part in self._parts():
            frame = _frame_of(shot.pair, part)
            results.append(_judge_eye(part, frame))
            if frame is not None:
                pictures[part] = compress_picture(frame.pixels)
            if frame is not None and frame.raw is not None:
                originals[part] = frame.raw
        attempt = self._open.new_attempt(
            Step.IRISES,
            device,
            tuple(results),
            is_usable=all(result.score for result in results),
            pictures=tuple(pictures),
        )
        return StoredAttempt(attempt, pictures, originals=originals)

    def _parts(self) -> tuple[str, ...]:
        return self._open.file.case.expected_parts(Step.IRISES)


def _frame_of(pair: EyePair, part: str) -> Frame | None:
    return pair.right if part == "right_iris" else pair.left


def _judge_eye(part: str, frame: Frame | None) -> PartResult:
    if frame is None:
        reasons = (Reason("eye_not_found", 0.0, 1.0),)
        return PartResult(
            part=part, score=None, threshold=IRIS_THRESHOLD, is_passed=False, reasons=reasons
        )
    found = iris.check(frame.pixels)
    return PartResult(
        part=part,
        score=found.quality_score,
        threshold=IRIS_THRESHOLD,
        is_passed=found.quality_score >= IRIS_THRESHOLD and not found.reasons,
        reasons=found.reasons,
    )


def _side_by_side(pair: EyePair) -> NDArray[np.uint8]:
    eyes = [
        np.full(EYE_SHAPE, 235, np.uint8) if frame is None else frame.pixels
        for frame in (pair.right, pair.left)
    ]
    gap = np.full((EYE_SHAPE[0], GAP_PX), 255, np.uint8)
    return np.concatenate([eyes[0], gap, eyes[1]], axis=1)


def _live_part(part: str, preview: iris.IrisPreview | None) -> LivePart:
    """Draw the limbus as a polygon in the picture of both eyes."""
    if preview is None or preview.iris is None:
        return LivePart(part, None, IRIS_THRESHOLD, ())
    width = 2 * EYE_SHAPE[1] + GAP_PX
    offset = 0 if part == "right_iris" else EYE_SHAPE[1] + GAP_PX
    angles = np.arange(CIRCLE_CORNERS) * 2 * np.pi / CIRCLE_CORNERS
    rows = (preview.iris.row - preview.iris.radius_px * np.sin(angles)) / EYE_SHAPE[0]
    cols = (preview.iris.col + offset + preview.iris.radius_px * np.cos(angles)) / width
    corners = tuple((float(row), float(col)) for row, col in zip(rows, cols, strict=True))
    return LivePart(part, None, IRIS_THRESHOLD, corners)
