"""Real prints that stand in for the virtual resident's: a folder of <finger>_<impression>.png.

The folder's fingers, in the order of their names, become the ten fingers of the residents: the
first ten belong to one resident, the next ten to another, and a folder of exactly ten serves every
resident. Each attempt takes the next impression of a finger, so that no two captures are the same.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.finger import FingerName
from drivers.simulation.placement import FingerTruth, Impression
from drivers.simulation.randomness import digest_number
from drivers.simulation.scene import Offer

PLATEN_PPI = 500.0
PAPER_PERCENTILE = 95.0  # grey level of the empty glass in a print with a margin
GLASS_TOLERANCE_GREY = 12.0  # below the paper: still glass, not skin
# Rows by which the middle of each fingertip lies below the highest one (drawn from a flat hand).
DROP_PX = {"thumb": 0, "index": 90, "middle": 0, "ring": 60, "little": 260}
TOP_SHARE = 0.36  # of the platen's height: where the middle of the highest finger lies
_NAME = re.compile(r"(\w+)_(\w+)\.(?:png|bmp|tif|tiff)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrintsFolder:
    """The impressions of a folder by finger."""

    fingers: tuple[tuple[Path, ...], ...]
    """One tuple of impressions per finger, in the order of the names."""
    resolution_ppi: float

    @classmethod
    def load(cls, folder: Path, resolution_ppi: float) -> "PrintsFolder":
        """List a folder; raises ValueError where there are fewer than ten fingers in it."""
        found: dict[str, list[Path]] = {}
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            name = _NAME.fullmatch(path.name)
            if name is not None:
                found.setdefault(name[1], []).append(path)
        if len(found) < len(FingerName):
            raise ValueError(
                f"{folder} has prints of {len(found)} fingers named <finger>_<impression>.png; "
                f"a resident needs {len(FingerName)}"
            )
        return cls(tuple(tuple(found[key]) for key in sorted(found)), resolution_ppi)

    def lay(self, offer: Offer, shape_px: tuple[int, int]) -> tuple[Impression, ...]:
        """Place the prints of an offer side by side on a platen of 500 ppi, fingertips up."""
        count = len(offer.fingers)
        impressions = []
        for place, name in enumerate(offer.fingers):
            middle = (
                TOP_SHARE * shape_px[0] + DROP_PX[name.digit] if count > 1 else shape_px[0] / 2,
                shape_px[1] * (place + 0.5) / max(1, count),
            )
            impressions.append(self._impression(offer, name, middle))
        return tuple(impressions)

    def _impression(
        self, offer: Offer, name: FingerName, middle: tuple[float, float]
    ) -> Impression:
        files = self.fingers[self._finger_index(offer, name)]
        darkness = _as_darkness(files[(offer.attempt - 1) % len(files)], self.resolution_ppi)
        rows, cols = darkness.shape
        top, left = round(middle[0] - rows / 2), round(middle[1] - cols / 2)
        corners = np.array(
            [(top, left), (top, left + cols), (top + rows, left + cols), (top + rows, left)],
            dtype=np.float64,
        )
        truth = FingerTruth(name, corners, 0.0, str(files[0].stem))
        return Impression(top, left, darkness, np.zeros_like(darkness), truth)

    def _finger_index(self, offer: Offer, name: FingerName) -> int:
        """Return which finger of the folder stands in; somebody else's are other ones."""
        fingers_per_person = len(FingerName)
        people = len(self.fingers) // fingers_per_person
        person = 0 if people == 1 else digest_number(offer.person.seed, "folder") % people
        place = list(FingerName).index(name)
        if offer.behaviour.other_person and people == 1:
            place = (place + 5) % fingers_per_person
        return person * fingers_per_person + place


def _as_darkness(path: Path, resolution_ppi: float) -> NDArray[np.uint8]:
    """Read a print as the share of light taken away, at 500 ppi, without the glass around it."""
    data = np.frombuffer(path.read_bytes(), np.uint8)
    grey = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32)
    if resolution_ppi != PLATEN_PPI:
        scale = PLATEN_PPI / resolution_ppi
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    paper = float(np.percentile(grey, PAPER_PERCENTILE))
    taken = np.clip(paper - GLASS_TOLERANCE_GREY - grey, 0, None) / max(1.0, paper)
    return np.asarray(np.clip(255 * taken * 1.25, 0, 255), np.uint8)
