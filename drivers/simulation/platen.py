"""The optical sensor under the glass: light, its unevenness, noise and what is broken in it.

A healthy sensor shows an empty platen at about 240 with 0.8 grey levels of temporal noise and a
fixed pattern of 0.4 (the figures of the simulated sensor in the self-test's reference tables). The
fixed pattern and the place of every defect belong to the serial number. With the light off 6 grey
levels are left.

Not modelled: halo around wet fingers, warming up, dark current that grows with heat.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.faults import FaultSet
from drivers.simulation.randomness import generator

BACKGROUND_GL = 240.0
TEMPORAL_NOISE_GL = 0.8
FIXED_PATTERN_GL = 0.4
DARK_GL = 6.0
_FALL_OFF_GL = 3.0  # corners are this much darker than the middle
_SCALE = 16  # fixed point: 1/16 grey level
_TILE_MARGIN_PX = 61

Grey = NDArray[np.uint8]
Field = NDArray[np.float32]


class Platen:
    """A platen with its sensor; frames are (rows, cols) of uint8, ridges dark."""

    def __init__(self, shape_px: tuple[int, int], serial: str, faults: FaultSet) -> None:
        self.shape_px = shape_px
        self._serial = serial
        self._faults = faults
        self._rng = generator(serial, "readout")
        self._light = _healthy_light(shape_px, serial)
        self._tile = _noise_tile(shape_px, serial)
        self.latent: Grey | None = None
        """Darkness of the print that earlier hands left, seen while the fault "residue" acts."""
        self._resting: tuple[object, NDArray[np.int16]] | None = None

    def read(self, darkness: Grey | None, *, still_key: object = None) -> Grey:
        """Return one frame of what takes light away (255 = all of it).

        With a `still_key` the picture without noise is kept and reused while the key stays.
        """
        key = (still_key, self._faults.acting())
        if still_key is None or self._resting is None or self._resting[0] != key:
            steady = self._steady(darkness)
            self._resting = (key, steady) if still_key is not None else None
        else:
            steady = self._resting[1]
        return self._add_noise(steady)

    def read_dark(self) -> Grey:
        """Return one frame with the scanner's own light off, of whatever lies on the glass."""
        light = np.full(self.shape_px, DARK_GL, dtype=np.float32)
        return self._add_noise(self._as_counted(light, is_dark=True))

    def read_target(self, reflectance: Field, *, still_key: object) -> Grey:
        """Return one frame of a card that sends back this share of the light.

        What the lens does to it is in `reflectance`; the picture is reused while the key stays.
        """
        key = (still_key, self._faults.acting())
        if self._resting is None or self._resting[0] != key:
            light = np.float32(DARK_GL) + (self._lit() - np.float32(DARK_GL)) * reflectance
            self._resting = (key, self._as_counted(light))
        return self._add_noise(self._resting[1])

    def _lit(self) -> Field:
        """Return the light that an empty platen sends back."""
        light = self._light
        if (factor := self._faults.strength("dim_light")) is not None:
            light = light * np.float32(factor)
        if (strength := self._faults.strength("led_bank")) is not None:
            slope = np.linspace(0, strength, light.shape[1], dtype=np.float32)
            light = light - slope[None, :]
        return light

    def _steady(self, darkness: Grey | None) -> NDArray[np.int16]:
        light = self._lit()
        if (strength := self._faults.strength("residue")) is not None and self.latent is not None:
            light = light - self.latent.astype(np.float32) * np.float32(strength / 178)
        if darkness is not None and not self._faults.is_acting("blank"):
            remaining = cv2.subtract(np.full_like(darkness, 255), darkness)
            seen = cv2.multiply(light, remaining, scale=1 / 255, dtype=cv2.CV_32F)
            light = np.asarray(seen, dtype=np.float32)
        return self._as_counted(light)

    def _as_counted(self, light: Field, *, is_dark: bool = False) -> NDArray[np.int16]:
        """Return light with the sensor's defects, in fixed point."""
        light = self._with_defects(light, _LIGHT_ONLY if is_dark else frozenset())
        if (exponent := self._faults.strength("gamma")) is not None:
            curved = 255 * (np.clip(light, 0, 255) / 255) ** exponent
            light = np.asarray(curved, dtype=np.float32)
        return np.clip(light * _SCALE, 0, 255 * _SCALE).astype(np.int16)

    def _with_defects(self, light: Field, hidden: frozenset[str]) -> Field:
        light = light.copy()
        for name, strength in self._faults.acting():
            if name in _DEFECTS and name not in hidden:
                _DEFECTS[name](light, generator(self._serial, name), strength)
        return light

    def _add_noise(self, steady: NDArray[np.int16]) -> Grey:
        top, left = self._rng.integers(0, _TILE_MARGIN_PX, 2)
        rows, cols = self.shape_px
        tile = self._tile[top : top + rows, left : left + cols]
        if (strength := self._faults.strength("noise")) is not None:
            tile = (tile * np.float32(strength / TEMPORAL_NOISE_GL)).astype(np.int16)
        noisy = cv2.add(steady, tile)
        frame = cv2.convertScaleAbs(np.maximum(noisy, 0), alpha=1 / _SCALE).astype(
            np.uint8, copy=False
        )
        return self._with_dead_pixels(frame)

    def _with_dead_pixels(self, frame: Grey) -> Grey:
        if (count := self._faults.strength("dead_pixels")) is not None:
            rng = generator(self._serial, "dead_pixels")
            rows = rng.integers(0, frame.shape[0], int(count))
            cols = rng.integers(0, frame.shape[1], int(count))
            frame[rows, cols] = np.where(rng.random(int(count)) < 0.8, 0, 255)
        if (side := self._faults.strength("dead_cluster")) is not None:
            top, left = generator(self._serial, "dead_cluster").integers(
                20, min(frame.shape) - 20, 2
            )
            frame[top : top + int(side), left : left + int(side)] = 0
        return frame


def _healthy_light(shape_px: tuple[int, int], serial: str) -> Field:
    rng = generator(serial, "fixed pattern")
    rows = np.linspace(-1, 1, shape_px[0], dtype=np.float32)[:, None]
    cols = np.linspace(-1, 1, shape_px[1], dtype=np.float32)[None, :]
    light = BACKGROUND_GL - np.float32(_FALL_OFF_GL / 2) * (rows**2 + cols**2)
    light += np.float32(FIXED_PATTERN_GL) * rng.standard_normal(shape_px, dtype=np.float32)
    return np.asarray(light, dtype=np.float32)


def _noise_tile(shape_px: tuple[int, int], serial: str) -> NDArray[np.int16]:
    rng = generator(serial, "noise tile")
    shape = shape_px[0] + _TILE_MARGIN_PX, shape_px[1] + _TILE_MARGIN_PX
    noise = rng.standard_normal(shape, dtype=np.float32) * np.float32(TEMPORAL_NOISE_GL * _SCALE)
    return np.asarray(np.rint(noise), dtype=np.int16)


def _darken_column(light: Field, rng: np.random.Generator, strength: float) -> None:
    light[:, int(rng.integers(light.shape[1] // 8, light.shape[1] * 7 // 8))] -= strength


def _darken_columns(light: Field, rng: np.random.Generator, strength: float) -> None:
    first = int(rng.integers(light.shape[1] // 8, light.shape[1] * 7 // 8))
    light[:, first : first + int(strength)] -= 12.0


def _darken_row(light: Field, rng: np.random.Generator, strength: float) -> None:
    light[int(rng.integers(light.shape[0] // 8, light.shape[0] * 7 // 8))] -= strength


def _band_rows(light: Field, rng: np.random.Generator, strength: float) -> None:
    light[::2] -= strength


def _add_ambient(light: Field, rng: np.random.Generator, strength: float) -> None:
    """Daylight through the glass from one side lifts dark and bright parts alike."""
    light += np.linspace(strength, strength / 4, light.shape[1], dtype=np.float32)[None, :]


def _add_dust(light: Field, rng: np.random.Generator, strength: float) -> None:
    specks = np.zeros(light.shape, dtype=np.uint8)
    for _ in range(int(strength)):
        centre = rng.integers(20, light.shape[1] - 20), rng.integers(20, light.shape[0] - 20)
        axes = int(rng.integers(6, 11)), int(rng.integers(5, 9))
        middle = int(centre[0]), int(centre[1])
        cv2.ellipse(specks, middle, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    light -= cv2.GaussianBlur(specks, (0, 0), 1.2).astype(np.float32) * np.float32(35 / 255)


def _scratch(light: Field, rng: np.random.Generator, strength: float) -> None:
    """Draw a line over a third of the platen, 3 px wide, not along rows or columns."""
    line = np.zeros(light.shape, dtype=np.uint8)
    rows, cols = light.shape
    angle_rad = float(rng.uniform(0.3, 1.2))
    left, top = int(cols * rng.uniform(0.2, 0.4)), int(rows * rng.uniform(0.2, 0.4))
    length_px = min(rows, cols) / 3
    end = int(left + length_px * np.cos(angle_rad)), int(top + length_px * np.sin(angle_rad))
    cv2.line(line, (left, top), end, 255, 3)
    light -= cv2.GaussianBlur(line, (0, 0), 1.0).astype(np.float32) * np.float32(strength / 255)


def _heat_pixels(light: Field, rng: np.random.Generator, strength: float) -> None:
    rows = rng.integers(0, light.shape[0], int(strength))
    cols = rng.integers(0, light.shape[1], int(strength))
    light[rows, cols] += rng.uniform(35, 90, int(strength)).astype(np.float32)


def _drift_offset(light: Field, rng: np.random.Generator, strength: float) -> None:
    light += np.linspace(0, strength, light.shape[0], dtype=np.float32)[:, None]


def _band_offset(light: Field, rng: np.random.Generator, strength: float) -> None:
    light[1::2] += strength


_LIGHT_ONLY = frozenset({"banding", "dead_column", "dead_columns", "dead_row", "dust", "scratch"})
"""Gain and dirt: nothing of them is left when the light is off."""
_DEFECTS = {
    "dead_column": _darken_column,
    "dead_columns": _darken_columns,
    "dead_row": _darken_row,
    "banding": _band_rows,
    "ambient": _add_ambient,
    "dust": _add_dust,
    "scratch": _scratch,
    "hot_pixels": _heat_pixels,
    "dark_drift": _drift_offset,
    "dark_banding": _band_offset,
}
