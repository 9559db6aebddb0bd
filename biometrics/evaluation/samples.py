"""Read images and templates from files, and list the samples of a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.codecs import iso19794_2, jpeg2000, wsq
from biometrics.evaluation.xyt import read_xyt
from biometrics.finger.template import FingerTemplate

IMAGE_SUFFIXES = (".png", ".bmp", ".jpg", ".jpeg", ".tif", ".tiff", ".pgm", ".wsq", ".jp2")
TEMPLATE_SUFFIXES = (".fmr", ".xyt")
_OUR_DECODERS: dict[str, Callable[[bytes], NDArray[np.uint8]]] = {
    ".wsq": wsq.decode,
    ".jp2": jpeg2000.decode,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One impression of one finger in a folder."""

    finger: str
    impression: int
    path: Path


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image file as 8-bit gray.

    Parameters
    ----------
    path : Path
        PNG, BMP, JPEG, TIFF, WSQ or JPEG 2000.

    Returns
    -------
    pixels : (rows, cols) ndarray of uint8

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If its bytes are no image.
    """
    data = path.read_bytes()
    decoder = _OUR_DECODERS.get(path.suffix.lower(), _decode_gray)
    pixels = decoder(data)
    if pixels.ndim == 3:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    return pixels


def _decode_gray(data: bytes) -> NDArray[np.uint8]:
    # OpenCV answers no bytes with an exception of its own, and other bytes with None.
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if decoded is None:
        raise ValueError("the file is no image that can be read; convert it to PNG")
    return np.asarray(decoded, dtype=np.uint8)


def read_template(path: Path) -> FingerTemplate:
    """Read the first template of a file.

    Parameters
    ----------
    path : Path
        An ISO/IEC 19794-2 record (.fmr) or lines of x, y, theta, quality (.xyt).

    Returns
    -------
    template : FingerTemplate

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If its contents are no template.
    """
    if path.suffix.lower() == ".xyt":
        return read_xyt(path.read_text(encoding="ascii"))
    return iso19794_2.decode(path.read_bytes()).views[0].template


def is_template(path: Path) -> bool:
    """Tell by its name whether a file holds a template.

    Parameters
    ----------
    path : Path

    Returns
    -------
    answer : bool
    """
    return path.suffix.lower() in TEMPLATE_SUFFIXES


def list_samples(folder: Path, suffixes: tuple[str, ...]) -> list[Sample]:
    """List the files of a folder that are named <finger>_<impression>.

    Parameters
    ----------
    folder : Path
    suffixes : tuple of str
        Endings to look for, with the dot.

    Returns
    -------
    samples : list of Sample
        By finger, then impression.

    Raises
    ------
    OSError
        If the folder cannot be read.
    ValueError
        If it holds no such file.
    """
    samples = []
    for path in folder.iterdir():
        finger, _, impression = path.stem.rpartition("_")
        if path.suffix.lower() in suffixes and finger and impression.isdecimal():
            samples.append(Sample(finger, int(impression), path))
    if not samples:
        raise ValueError(
            f"{folder} holds no file named <finger>_<impression> ending in {', '.join(suffixes)}"
        )
    return sorted(samples, key=lambda sample: (sample.finger, sample.impression))


def finger_number(finger: str) -> int:
    """Return the number at the end of a finger's name.

    Parameters
    ----------
    finger : str
        Name whose last part, after an underscore, is a number.

    Returns
    -------
    number : int

    Raises
    ------
    ValueError
        If the last part is no number.
    """
    number = finger.rpartition("_")[2]
    if not number.isdecimal():
        raise ValueError(f"finger {finger!r} has no number; name images <finger>_<impression>.png")
    return int(number)
