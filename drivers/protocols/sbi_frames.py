"""From captured parts to the frames that drivers hand out.

An SBI scanner cuts the fingers out by itself and sends each alone. The frame puts them on a glass
of their own, side by side and as far below each other as fingertips of a hand usually are, so that
what looks at slaps works; a margin keeps a finger from seeming cut off. Their place is drawn, not
measured: nothing about hand or order may be concluded from it; the device's word for each finger is
in the region's name.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import FrameRegion
from drivers.protocols.sbi_words import BodyPart, part_of_sub_type

EYE_SHAPE_PX = (480, 640)  # what `IrisCamera.read_eyes` promises
MM_PER_INCH = 25.4
MARGIN_MM = 2.5
TIP_DISTANCE_MM = 20.0  # between neighbouring fingertips; adult anthropometry
PAPER_PERCENTILE = 90.0  # of the border: ridges cross some of it; our choice
# Usual place of a fingertip below the middle finger's; adult anthropometry.
TIP_BELOW_MM = {"index": 8.0, "middle": 0.0, "ring": 5.0, "little": 21.0, "thumb": 0.0}


def to_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return grey of what some services store as colour; ValueError for true colour."""
    if pixels.ndim == 2:
        return pixels
    if np.ptp(pixels, axis=2).any():
        raise ValueError("the image is in colour")
    return np.ascontiguousarray(pixels[:, :, 0])


def shown_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return grey of a preview, whose markings are often in colour."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


def to_colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return BGR of a grey or colour image."""
    if pixels.ndim == 3:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)


def lay_side_by_side(
    regions: Sequence[FrameRegion], order: Sequence[BodyPart], resolution_ppi: float
) -> NDArray[np.uint8]:
    """Return one picture of the fingers, in `order` from left to right."""
    px_per_mm = resolution_ppi / MM_PER_INCH
    margin_px = round(MARGIN_MM * px_per_mm)
    by_part = {part_of_sub_type(region.name): region.pixels for region in regions}
    present = [(part, by_part[part]) for part in order if part in by_part]
    tops = [margin_px + round(_below_mm(part, present) * px_per_mm) for part, _ in present]
    lefts = _lefts([pixels.shape[1] for _, pixels in present], px_per_mm, margin_px)
    rows = max(top + len(pixels) for top, (_, pixels) in zip(tops, present, strict=True))
    cols = lefts[-1] + present[-1][1].shape[1]
    canvas = np.full((rows + margin_px, cols + margin_px), _paper_of(present), np.uint8)
    for top, left, (_, pixels) in zip(tops, lefts, present, strict=True):
        canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return canvas


def to_eye_frame(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an eye in the middle of 480 x 640; ValueError for a larger one.

    Cropped records (type K3) are smaller; the surroundings repeat the border, so that no edge
    appears that is not in the eye. Eyes are not scaled: radii stay in pixels of the sensor.
    """
    free = np.array(EYE_SHAPE_PX) - pixels.shape
    if (free < 0).any():
        raise ValueError(f"an eye of {pixels.shape[0]} x {pixels.shape[1]} px")
    top, left = (free // 2).tolist()
    bottom, right = (free - free // 2).tolist()
    return np.asarray(
        cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8
    )


def _below_mm(part: BodyPart, present: Sequence[tuple[BodyPart, NDArray[np.uint8]]]) -> float:
    highest = min(TIP_BELOW_MM[_digit(other)] for other, _ in present)
    return TIP_BELOW_MM[_digit(part)] - highest


def _paper_of(present: Sequence[tuple[BodyPart, NDArray[np.uint8]]]) -> np.uint8:
    """Return the grey of the glass beside the fingers: around them no edge shall appear."""
    borders = [
        np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        for _, pixels in present
    ]
    return np.uint8(np.percentile(np.concatenate(borders), PAPER_PERCENTILE))


def _digit(part: BodyPart) -> str:
    return part.part.partition("_")[2]


def _lefts(widths: Sequence[int], px_per_mm: float, margin_px: int) -> list[int]:
    """Return left edges: tips as far apart as in a hand, and at least a margin between pictures."""
    lefts = [margin_px]
    for before, width in pairwise(widths):
        middle = lefts[-1] + before / 2 + TIP_DISTANCE_MM * px_per_mm
        lefts.append(max(round(middle - width / 2), lefts[-1] + before + margin_px))
    return lefts
