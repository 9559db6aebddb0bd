"""The master print: the whole skin of one finger, grown once and seen by every sensor.

A master holds ridges (what distinguishes fingers) and relief (pores, creases and scars, which
belong to the same skin but are no ridges). Growing takes about 0.25 s; masters are kept in memory
and, if a folder is given, on disk.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.finger import MASTER_SHAPE_PX, TIP_ROW_PX, FingerTraits
from drivers.simulation.flow import grow_flow
from drivers.simulation.randomness import digest_number, generator
from drivers.simulation.ridges import grow_ridges

GROWTH_VERSION = 2  # raise it when growth changes, so that kept masters are grown again
_MASTERS_IN_MEMORY = 48  # about 0.6 MB each


@dataclass(frozen=True, slots=True, eq=False)
class MasterPrint:
    """Skin of one finger at 500 ppi; both arrays are read-only."""

    traits: FingerTraits
    ridges: NDArray[np.int8]
    """(656, 432) ridge height, -127 (valley) to 127 (ridge)."""
    relief: NDArray[np.int8]
    """(656, 432) what pores, creases and scars take away, -127 to 0."""

    def height(self) -> NDArray[np.float32]:
        """Return ridge height and relief together, -2 to 1."""
        return np.asarray(
            self.ridges.astype(np.float32) / 127 + self.relief.astype(np.float32) / 63.5,
            dtype=np.float32,
        )


def master_print(traits: FingerTraits, folder: Path | None = None) -> MasterPrint:
    """Return the master of a finger: from memory, from `folder`, or grown (and kept in both)."""
    return _cached_master(traits, folder)


@functools.lru_cache(maxsize=_MASTERS_IN_MEMORY)
def _cached_master(traits: FingerTraits, folder: Path | None) -> MasterPrint:
    if folder is None:
        return grow_master(traits)
    path = folder / f"master-{digest_number(GROWTH_VERSION, traits):032x}.npy"
    if path.exists():
        ridges, relief = np.load(path, allow_pickle=False)
        return MasterPrint(traits, _frozen(ridges), _frozen(relief))
    master = grow_master(traits)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npy")
    np.save(unfinished, np.stack([master.ridges, master.relief]), allow_pickle=False)
    unfinished.replace(path)
    return master


def grow_master(traits: FingerTraits) -> MasterPrint:
    """Grow a finger's skin; the same traits give the same skin."""
    ridges = grow_ridges(traits, grow_flow(traits))
    relief = _pores(traits, ridges) + _creases(traits)
    return MasterPrint(
        traits,
        _frozen(np.rint(127 * ridges).astype(np.int8)),
        _frozen(np.rint(127 * np.clip(relief, -1, 0)).astype(np.int8)),
    )


def _frozen(array: NDArray[np.int8]) -> NDArray[np.int8]:
    array.setflags(write=False)
    return array


def _pores(traits: FingerTraits, ridges: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sweat pores sit on ridges, about one per 1.3 ridge periods of ridge length."""
    rng = generator(traits.seed, "pores")
    share = 1 / (1.3 * traits.ridge_period_px**2 * 0.35)
    holes = (rng.random(MASTER_SHAPE_PX) < share) & (ridges > 0.72)
    depth = rng.uniform(0.5, 2.4, MASTER_SHAPE_PX).astype(np.float32)
    return -np.asarray(
        cv2.GaussianBlur(np.where(holes, depth, 0).astype(np.float32) * 3.2, (0, 0), 0.85),
        dtype=np.float32,
    )


def _creases(traits: FingerTraits) -> NDArray[np.float32]:
    """Draw the crease between the phalanges and a few white lines across the pad."""
    rng = generator(traits.seed, "creases")
    canvas = np.zeros(MASTER_SHAPE_PX, dtype=np.uint8)
    crease_row = TIP_ROW_PX + traits.length_px
    for offset_px, thickness in ((0.0, 13), (rng.uniform(14, 22), 6)):
        _draw_crossing(canvas, rng, crease_row + offset_px, thickness)
    for _ in range(int(rng.integers(0, 4))):
        _draw_white_line(canvas, rng, traits)
    soft = cv2.GaussianBlur(canvas, (0, 0), 1.6).astype(np.float32) / 255
    return -np.asarray(soft, dtype=np.float32)


def _draw_crossing(
    canvas: NDArray[np.uint8], rng: np.random.Generator, row: float, thickness: int
) -> None:
    cols = np.arange(0, canvas.shape[1] + 1, 36)
    rows = row + np.cumsum(rng.normal(0, 2.2, cols.size)) + 6 * np.sin(cols / canvas.shape[1] * 3)
    points = np.stack([cols, rows], axis=1).round().astype(np.int32)
    cv2.polylines(canvas, [points], False, 255, thickness, cv2.LINE_AA)


def _draw_white_line(
    canvas: NDArray[np.uint8], rng: np.random.Generator, traits: FingerTraits
) -> None:
    row = TIP_ROW_PX + rng.uniform(0.25, 0.95) * traits.length_px
    col = canvas.shape[1] / 2 + rng.uniform(-0.4, 0.4) * traits.width_px
    angle, half = rng.normal(0.2, 0.6), rng.uniform(14, 45)
    down, right = np.sin(angle) * half, np.cos(angle) * half
    points = np.array([[col - right, row - down], [col, row + rng.normal(0, 3)]])
    points = np.vstack([points, [col + right, row + down]]).round().astype(np.int32)
    cv2.polylines(canvas, [points], False, 190, 2, cv2.LINE_AA)
