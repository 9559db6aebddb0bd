"""How a finger lies on the platen, and the impression that it leaves there.

An impression is the master seen through contact: skin touches the glass where ridge height and
local pressure exceed the roughness between skin and glass. Pressure falls off towards the outline
of the pad, so that ridges thin out and end there; dry skin is rough (broken ridges), wet skin
fills its valleys. The skin also stretches and twists a little each time.

Not modelled: bandages, cuts, smears while the finger moves, latent sweat that spreads with time.
"""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.finger import MASTER_SHAPE_PX, TIP_ROW_PX, FingerName, FingerTraits
from drivers.simulation.master import MasterPrint

Field = NDArray[np.float32]

# A single finger is laid down at a slant: less of its pad touches than in a slap. The shares give
# the 170 to 240 mm2 that single-finger optical scanners see (public FVC sets: about 200 mm2).
_SINGLE_WIDTH = 0.87
_SINGLE_LENGTH = 0.78


@dataclass(frozen=True, slots=True)
class Skin:
    """State of the skin and the hand during one impression."""

    pressure: float = 0.0
    """-1 (barely touching) .. 1 (pressed hard)."""
    moisture: float = 0.0
    """-1 (dry) .. 1 (wet)."""
    distortion_px: float = 3.0
    """Largest usual displacement of the skin against its rest shape."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the middle of a pad lies and how it is turned."""

    row_px: float
    col_px: float
    rotation_rad: float = 0.0
    """Counterclockwise; 0 has the fingertip up."""
    roll: float = 0.0
    """-1..1: contact moved towards the left or right flank of the finger."""
    pitch: float = 0.0
    """-1..1: contact moved towards the tip (negative) or towards the crease."""
    share: float = 1.0
    """Of the pad's length that touches: less when the rest of the finger is in the air."""
    shows_middle_phalanx: bool = True
    """In a slap the fingers lie flat; on a small sensor usually only the pad touches."""
    skin: Skin = field(default_factory=Skin)

    def moved(self, rows_px: float, cols_px: float) -> "Placement":
        """Return the placement shifted on the platen."""
        return replace(self, row_px=self.row_px + rows_px, col_px=self.col_px + cols_px)


@dataclass(frozen=True, slots=True, eq=False)
class FingerTruth:
    """What is really on the platen, for one finger."""

    name: FingerName
    quadrilateral: NDArray[np.float64]
    """(4, 2) corners of the pad (tip to crease) as (row, col): own top left first, clockwise."""
    rotation_rad: float
    seed: str
    """Which finger of which person."""


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """What one finger leaves on the platen."""

    top_px: int
    left_px: int
    darkness: NDArray[np.uint8]
    """(rows, cols) share of light taken away, 255 = all."""
    arrival: NDArray[np.uint8]
    """(rows, cols) order of touching while the finger comes down, 0 = first."""
    truth: FingerTruth


def render_impression(
    master: MasterPrint, placement: Placement, rng: np.random.Generator
) -> Impression:
    """Press the finger onto a platen of 500 ppi; `rng` decides what differs between impressions."""
    quadrilateral = pad_quadrilateral(master.traits, placement)
    top, left, shape = _surrounding_box(master.traits, placement, quadrilateral)
    rows, cols = np.mgrid[top : top + shape[0], left : left + shape[1]].astype(np.float32)
    across, along = finger_coordinates(placement, rows, cols)
    pressure = _pressure_map(master.traits, placement, across, along)
    height = _stretched_height(master, placement, rng, across, along)
    darkness = touch(height, pressure, placement.skin, rng)
    arrival = np.clip(200 * (0.55 - pressure), 0, 255).astype(np.uint8)
    truth = FingerTruth(
        master.traits.name, quadrilateral, placement.rotation_rad, master.traits.seed
    )
    return Impression(top, left, darkness, arrival, truth)


def pad_quadrilateral(traits: FingerTraits, placement: Placement) -> NDArray[np.float64]:
    """Return the corners of the pad, tip to crease, as (row, col): own top left, then clockwise."""
    half_length, half_width = traits.length_px / 2, traits.width_px / 2
    corners = np.array(
        [
            (-half_length, -half_width),
            (-half_length, half_width),
            (half_length, half_width),
            (half_length, -half_width),
        ]
    )
    return to_platen(placement, corners)


def to_platen(placement: Placement, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn (down, right) offsets in the finger's frame into (row, col) on the platen."""
    sine, cosine = np.sin(placement.rotation_rad), np.cos(placement.rotation_rad)
    rows = placement.row_px + cosine * points[:, 0] - sine * points[:, 1]
    cols = placement.col_px + sine * points[:, 0] + cosine * points[:, 1]
    return np.stack([rows, cols], axis=1)


def _surrounding_box(
    traits: FingerTraits, placement: Placement, quadrilateral: NDArray[np.float64]
) -> tuple[int, int, tuple[int, int]]:
    below = MASTER_SHAPE_PX[0] - TIP_ROW_PX - traits.length_px / 2
    below = below if placement.shows_middle_phalanx else traits.length_px / 2 + 30
    half_width = 0.58 * traits.width_px  # pressed hard and near the crease it is this wide
    end = to_platen(placement, np.array([(below, -half_width), (below, half_width)]))
    points = np.vstack([quadrilateral, end])
    top, left = np.floor(points.min(axis=0)).astype(int) - 24
    bottom, right = np.ceil(points.max(axis=0)).astype(int) + 24
    return int(top), int(left), (int(bottom - top), int(right - left))


def finger_coordinates(placement: Placement, rows: Field, cols: Field) -> tuple[Field, Field]:
    """Return offsets from the middle of the pad across (right) and along (down) the finger."""
    sine, cosine = np.sin(placement.rotation_rad), np.cos(placement.rotation_rad)
    down, right = rows - np.float32(placement.row_px), cols - np.float32(placement.col_px)
    across = np.float32(cosine) * right - np.float32(sine) * down
    along = np.float32(sine) * right + np.float32(cosine) * down
    return across, along


def _pressure_map(traits: FingerTraits, placement: Placement, across: Field, along: Field) -> Field:
    """1 in the middle of the pad, 0 where contact ends, below 0 outside."""
    half_width, half_length = traits.width_px / 2, traits.length_px / 2
    size = 1 + 0.07 * placement.skin.pressure
    width = half_width * size * (1.0 if placement.shows_middle_phalanx else _SINGLE_WIDTH)
    length = half_length * (1.0 if placement.shows_middle_phalanx else _SINGLE_LENGTH * size)
    length *= placement.share
    x = (across - 0.12 * placement.roll * half_width) / width
    tipwards = 0.8 * (1 - placement.share) * half_length  # what touches less is the lower part
    y = (along + tipwards - 0.12 * placement.pitch * half_length) / length
    narrowing = 1 + 0.10 * np.clip(y, -1, 1)  # a pad is wider near the crease than at the tip
    lower_end = 5.0 if placement.shows_middle_phalanx else 3.0
    pad = 1 - (np.abs(x / narrowing) ** 2.4 + np.abs(y) ** np.where(y < 0, 2.4, lower_end))
    if not placement.shows_middle_phalanx:
        return np.asarray(pad, dtype=np.float32)
    below = (along - half_length) / half_length
    phalanx = 0.45 - np.abs(x / 0.86) ** 2.4 - np.clip(below - 0.30, 0, None) * 2.2
    phalanx = np.where(below > 0.02, phalanx, -1.0)
    return np.asarray(np.maximum(pad, phalanx), dtype=np.float32)


def _stretched_height(
    master: MasterPrint,
    placement: Placement,
    rng: np.random.Generator,
    across: Field,
    along: Field,
) -> Field:
    """Sample the master where the stretched skin lies."""
    traits, size_px = master.traits, placement.skin.distortion_px
    twist = np.float32(rng.normal(0, 0.35) * size_px / traits.width_px)
    radius = np.hypot(across, along) / np.float32(traits.width_px / 2)
    turn = twist * radius
    shape = (across.shape[1], across.shape[0])
    push = [
        cv2.resize(
            rng.normal(0, 0.5 * size_px, (5, 4)).astype(np.float32),
            shape,
            interpolation=cv2.INTER_CUBIC,
        )
        for _ in range(2)
    ]
    source_cols = MASTER_SHAPE_PX[1] / 2 + across - turn * along + push[0]
    source_rows = TIP_ROW_PX + traits.length_px / 2 + along + turn * across + push[1]
    return cv2.remap(
        master.height(),
        source_cols.astype(np.float32),
        source_rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=-2.0,
    ).astype(np.float32)


def touch(
    height: Field, pressure: Field, skin: Skin, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return how much light the contact between skin and glass takes away."""
    dryness, wetness = max(0.0, -skin.moisture), max(0.0, skin.moisture)
    lift = height + _edge(pressure) + np.float32(0.12 + 0.30 * skin.pressure)
    lift += smooth_noise(rng, height.shape, 0.8) * np.float32(0.34 + 0.30 * dryness)
    lift += smooth_noise(rng, height.shape, 1.9) * np.float32(0.12 + 0.70 * dryness)
    lift += smooth_noise(rng, height.shape, 14.0) * np.float32(
        0.16 + 0.45 * dryness + 0.50 * wetness
    )
    lift += np.float32(1.75 * wetness - 1.05 * dryness)
    contact = 1 / (1 + np.exp(-np.clip(lift / np.float32(0.18), -30, 30)))
    inside = np.clip(pressure * 6, 0, 1)
    depth = 0.62 + 0.12 * np.clip(pressure, 0, 0.8) - 0.16 * dryness + 0.05 * wetness
    film = np.float32(0.36 * wetness) * inside
    darkness = np.maximum(contact * depth, film).astype(np.float32)
    soft = cv2.GaussianBlur(darkness, (0, 0), 0.75 + 0.9 * wetness)
    return np.asarray(np.clip(255 * soft, 0, 255), dtype=np.uint8)


def _edge(pressure: Field) -> Field:
    """Return -1 at the outline of the contact, 0 well inside, and steeply less beyond."""
    edge = np.minimum(pressure, 0.5) * 2.0 - 1.0
    return np.asarray(np.where(edge < -1.0, edge * 3.0 + 2.0, edge), dtype=np.float32)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma_px: float) -> Field:
    """Return smooth noise of standard deviation 1."""
    step = max(1, int(sigma_px // 2))
    small = rng.standard_normal((shape[0] // step + 1, shape[1] // step + 1), dtype=np.float32)
    soft: Field = np.asarray(cv2.GaussianBlur(small, (0, 0), sigma_px / step), dtype=np.float32)
    soft /= np.float32(float(soft.std()) + 1e-6)
    if step > 1:
        wide = cv2.resize(soft, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
        soft = np.asarray(wide, dtype=np.float32)
    return soft[: shape[0], : shape[1]].astype(np.float32, copy=False)
