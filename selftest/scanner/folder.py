"""A scanner that is a folder of pictures of its empty platen."""

import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.devices import CaptureTarget, DeviceOptions, FingerprintScanner
from drivers.frames import DeviceIdentity, Frame
from selftest.errors import BenchError
from selftest.scanner.stack import LEAST_FRAMES

_LEAST_DARK_FRAMES = 1
Grey = NDArray[np.uint8]


class FolderScanner(FingerprintScanner):
    """Gives the pictures of a folder in the order of their names, and again from the first."""

    def __init__(
        self, folder: Path, *, resolution_ppi: float = 500.0, dark_folder: Path | None = None
    ) -> None:
        """Read the pictures; raises BenchError that names what cannot be used."""
        super().__init__(folder.name, DeviceOptions())
        self.frames = _load(folder, LEAST_FRAMES)
        dark = _load(dark_folder, _LEAST_DARK_FRAMES) if dark_folder is not None else ()
        if dark and dark[0].shape != self.frames[0].shape:
            raise BenchError(f"{dark_folder}: not of the size of the pictures in {folder}")
        self._dark_frames = dark
        self._resolution_ppi = resolution_ppi
        self._taken = 0
        self._dark_taken = 0

    def _open(self) -> None:
        self._taken = self._dark_taken = 0

    def _close(self) -> None:
        return

    def _identity(self) -> DeviceIdentity:
        return DeviceIdentity("folder", self.name)

    def _read_frame(self, target: CaptureTarget | None, timeout_s: float) -> Frame:
        pixels = self.frames[self._taken % len(self.frames)]
        self._taken += 1
        return self._frame(pixels)

    def _read_dark_frame(self, timeout_s: float) -> Frame | None:
        if not self._dark_frames:
            return None
        pixels = self._dark_frames[self._dark_taken % len(self._dark_frames)]
        self._dark_taken += 1
        return self._frame(pixels)

    def _frame(self, pixels: Grey) -> Frame:
        return Frame(pixels.copy(), self._resolution_ppi, time.monotonic(), self._identity())


def _load(folder: Path, least: int) -> tuple[Grey, ...]:
    if not folder.is_dir():
        raise BenchError(f"{folder}: no such folder; name one with PNG pictures of the platen")
    places = sorted(place for place in folder.iterdir() if place.suffix.lower() == ".png")
    if len(places) < least:
        raise BenchError(f"{folder}: {len(places)} PNG pictures, {least} are needed; take more")
    frames = tuple(_decode(place) for place in places)
    for place, frame in zip(places, frames, strict=True):
        if frame.shape != frames[0].shape:
            raise BenchError(
                f"{place}: {frame.shape[1]} x {frame.shape[0]} pixels, the first has "
                f"{frames[0].shape[1]} x {frames[0].shape[0]}; keep one scanner's pictures there"
            )
    return frames


def _decode(place: Path) -> Grey:
    data = np.frombuffer(place.read_bytes(), dtype=np.uint8)
    pixels = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if pixels is None:
        raise BenchError(f"{place}: no PNG picture; take it again or remove it")
    return pixels.astype(np.uint8, copy=False)
