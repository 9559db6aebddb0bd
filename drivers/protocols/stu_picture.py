"""Pictures as an STU pad takes them.

Source: PROTOCOLS.md section 7.2: mono has the left pixel in the highest bit, white = 1, rows filled
up to whole bytes; RGB565 is big-endian words; BGR24 is blue, green, red.
"""

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.protocols.stu_reports import StuEncoding, StuEncodings

WHITE = 255
_MONO_THRESHOLD = 160  # gray level; thin dark strokes that scaling made lighter stay black


def fit_to_screen(picture: NDArray[np.uint8], screen_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the picture scaled to the screen, its proportions kept, on white.

    Raises ValueError for what is no BGR picture.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise ValueError(f"a picture is (rows, cols, 3), not {picture.shape}")
    rows, cols = screen_px
    scale = min(rows / picture.shape[0], cols / picture.shape[1])
    fitted_rows = max(1, round(picture.shape[0] * scale))
    fitted_cols = max(1, round(picture.shape[1] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted = cv2.resize(picture, (fitted_cols, fitted_rows), interpolation=how)
    screen = np.full((rows, cols, 3), WHITE, np.uint8)
    top, left = (rows - fitted_rows) // 2, (cols - fitted_cols) // 2
    screen[top : top + fitted_rows, left : left + fitted_cols] = fitted
    return screen


def choose_encoding(offered: StuEncodings, *, has_colour: bool) -> StuEncoding:
    """Return the best encoding that the pad takes; without colour the quickest one."""
    if has_colour and StuEncodings.BGR24 in offered:
        return StuEncoding.BGR24
    if has_colour and StuEncodings.RGB565 in offered:
        return StuEncoding.RGB565
    return StuEncoding.MONO_ZLIB if StuEncodings.ZLIB in offered else StuEncoding.MONO


def encode_picture(screen: NDArray[np.uint8], encoding: StuEncoding) -> bytes:
    """Return the bytes of a BGR picture that is as large as the screen."""
    match encoding:
        case StuEncoding.BGR24:
            return screen.tobytes()
        case StuEncoding.RGB565:
            blue, green, red = np.moveaxis(screen.astype(np.uint16), 2, 0)
            words = (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3
            return bytes(words.astype(">u2").tobytes())
        case StuEncoding.MONO:
            return _mono(screen)
        case StuEncoding.MONO_ZLIB:
            return zlib.compress(_mono(screen), level=9)


def _mono(screen: NDArray[np.uint8]) -> bytes:
    is_white = cv2.cvtColor(screen, cv2.COLOR_BGR2GRAY) >= _MONO_THRESHOLD
    fill = -is_white.shape[1] % 8
    return np.packbits(
        np.pad(is_white, ((0, 0), (0, fill)), constant_values=True), axis=1
    ).tobytes()
