"""Noise and defects of simulated cameras."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.faults import FaultSet
from drivers.simulation.randomness import generator

_NOISE_GL = 2.0
_MARGIN_PX = 41

Picture = NDArray[np.uint8]


class CameraSensor:
    """Adds what a sensor adds; works on pictures of one shape, grey or BGR."""

    def __init__(self, shape: tuple[int, ...], serial: str, faults: FaultSet) -> None:
        self._shape = shape
        self._serial = serial
        self._faults = faults
        self._rng = generator(serial, "readout")
        tile_shape = (shape[0] + _MARGIN_PX, shape[1] + _MARGIN_PX, *shape[2:])
        noise = generator(serial, "noise tile").standard_normal(tile_shape, dtype=np.float32)
        self._tile = np.rint(noise * np.float32(_NOISE_GL)).astype(np.int8)

    def read(self, picture: Picture) -> Picture:
        """Return one frame of a still picture."""
        frame = self._through_the_lens(picture)
        top, left = self._rng.integers(0, _MARGIN_PX, 2)
        tile = self._tile[top : top + self._shape[0], left : left + self._shape[1]]
        factor = (self._faults.strength("noise") or _NOISE_GL) / _NOISE_GL
        noisy = cv2.scaleAdd(tile.astype(np.int16), factor, frame.astype(np.int16))
        result = np.clip(noisy, 0, 255).astype(np.uint8)
        return self._with_dead_pixels(result)

    def _through_the_lens(self, picture: Picture) -> Picture:
        if self._faults.is_acting("cap_on") or self._faults.is_acting("blank"):
            return np.full_like(picture, 4)
        if (sigma_px := self._faults.strength("blur")) is not None:
            picture = cv2.GaussianBlur(picture, (0, 0), sigma_px).astype(np.uint8)
        if (factor := self._faults.strength("dim_light")) is not None:
            picture = cv2.convertScaleAbs(picture, alpha=factor).astype(np.uint8)
        if (ratio := self._faults.strength("lamp_out")) is not None:
            falls = np.linspace(1.0, 1 / ratio, picture.shape[1], dtype=np.float32)
            falls = falls if picture.ndim == 2 else falls[:, None]
            picture = (picture * falls).astype(np.uint8)
        if (cast := self._faults.strength("colour_cast")) is not None and picture.ndim == 3:
            gain = np.array([1 / np.sqrt(cast), 1.0, np.sqrt(cast)], dtype=np.float32)
            picture = np.clip(picture * gain, 0, 255).astype(np.uint8)
        return picture

    def _with_dead_pixels(self, frame: Picture) -> Picture:
        if (count := self._faults.strength("dead_pixels")) is not None:
            rng = generator(self._serial, "dead_pixels")
            rows = rng.integers(0, self._shape[0], int(count))
            cols = rng.integers(0, self._shape[1], int(count))
            frame[rows, cols] = 255
        return frame
