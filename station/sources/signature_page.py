"""The page on the pad's screen: the data that the resident approves by signing."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from station.resident import Resident

_MARGIN_SHARE = 0.03  # of the screen's height
_TEXT_SHARE = 0.075  # of the screen's height: six lines in its upper half
_LEAST_TEXT_PX = 11  # smaller letters cannot be read on a pad
_WHITE, _BLACK, _GREY = 255, 0, 140
_RULE_AT = 0.58  # share of the height at which the field to sign in begins


def draw_signature_page(resident: Resident, screen_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a (rows, cols, 3) BGR picture of the biodata above a field to sign in."""
    rows, cols = screen_px
    margin, size = round(_MARGIN_SHARE * rows), max(_LEAST_TEXT_PX, round(_TEXT_SHARE * rows))
    page = Image.new("L", (cols, rows), _WHITE)
    pen = ImageDraw.Draw(page)
    top = margin
    for line in _lines(resident):
        pen.text((margin, top), line, _BLACK, _fitting_font(line, size, cols - 2 * margin))
        top += round(1.15 * size)
    rule = max(top + margin, round(_RULE_AT * rows))
    pen.line([(margin, rule), (cols - margin, rule)], _GREY)
    request = "Benar? Tanda tangan di sini / Correct? Sign here"
    font = _fitting_font(request, max(_LEAST_TEXT_PX, round(0.7 * size)), cols - 2 * margin)
    pen.text((margin, rule + margin // 2), request, _GREY, font)
    return np.repeat(np.asarray(page, np.uint8)[..., None], 3, axis=2)


def _lines(resident: Resident) -> tuple[str, ...]:
    born = f"{resident.birth_place}, {resident.birth_date:%d-%m-%Y}"
    sex = "LAKI-LAKI" if resident.sex == "L" else "PEREMPUAN"
    return (
        resident.full_name,
        f"NIK {resident.nik}",
        f"{born}  {sex}",
        f"{resident.address} RT/RW {resident.rt_rw} {resident.village}",
        f"{resident.religion}, {resident.marital_status}, {resident.occupation}",
    )


def _fitting_font(text: str, size: float, width_px: int) -> ImageFont.FreeTypeFont:
    """Return the largest font up to `size` in which the text is no wider than the page."""
    font = _font(size)
    length_px = font.getlength(text)
    return font if length_px <= width_px else _font(max(6.0, size * width_px / length_px))


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType; install the wheel that the lock names")
    return font
