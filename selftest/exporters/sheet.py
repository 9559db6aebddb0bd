"""An A4 page to draw on: fonts that know every letter, rows of label and text, coloured bands.

The fonts are DejaVu Sans as matplotlib brings it (extra `report`); they are embedded, so that the
sheet prints alike everywhere.
"""

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from selftest.errors import SelftestError

MARGIN_MM = 12.0
PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210.0, 297.0  # ISO 216 A4
TEXT_WIDTH_MM = PAGE_WIDTH_MM - 2 * MARGIN_MM
FAMILY = "sheet"
Colour = tuple[int, int, int]
BLACK, GREY, WHITE = (20, 20, 20), (105, 105, 105), (255, 255, 255)
RED, AMBER, GREEN, VIOLET = (176, 0, 32), (178, 98, 0), (0, 110, 51), (110, 40, 130)
_LABEL_MM = 19.0
_LINE_PER_POINT_MM = 0.44  # 1 pt = 0.353 mm, times 1.25 of leading


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its text."""

    label: str
    text: str
    is_bold: bool = False
    colour: Colour = BLACK
    size_pt: float = 8.0


class Sheet(FPDF):
    """Pages with our fonts, margins and a foot line."""

    def __init__(self, foot: str, made: datetime.datetime) -> None:
        super().__init__(format="A4", unit="mm")
        self._foot = foot
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=MARGIN_MM)
        self.set_creation_date(made)
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font(FAMILY, style, find_fonts() / name)
        self.set_font(FAMILY)

    def footer(self) -> None:
        """Write the foot line of a page; fpdf calls this."""
        self.set_y(-9)
        self.write_line(f"{self._foot}   {self.page_no()}/{{nb}}", size_pt=6, colour=GREY)

    def write_line(
        self, text: str, *, size_pt: float = 8.0, is_bold: bool = False, colour: Colour = BLACK
    ) -> None:
        """Write text over the whole width, below what is there."""
        self._style(size_pt, is_bold, colour)
        height_mm = size_pt * _LINE_PER_POINT_MM
        self.multi_cell(0, height_mm, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def write_rows(self, rows: Sequence[Row], *, width_mm: float = TEXT_WIDTH_MM) -> None:
        """Write rows, labels in a column of their own."""
        for row in rows:
            top_mm = self.get_y()
            self._style(row.size_pt - 1, is_bold=False, colour=GREY)
            self.cell(_LABEL_MM, row.size_pt * _LINE_PER_POINT_MM, row.label)
            self._style(row.size_pt, row.is_bold, row.colour)
            self.set_xy(MARGIN_MM + _LABEL_MM, top_mm)
            self._text(row, width_mm, dry_run=False)

    def rows_height_mm(self, rows: Sequence[Row], *, width_mm: float = TEXT_WIDTH_MM) -> float:
        """Return how much `write_rows` would take."""
        return sum(self._measured(row, width_mm) for row in rows)

    def band(self, height_mm: float, colour: Colour) -> None:
        """Fill a band of the text's width below what is there, and stay at its top."""
        self.set_fill_color(*colour)
        self.rect(MARGIN_MM, self.get_y(), TEXT_WIDTH_MM, height_mm, style="F")

    def _measured(self, row: Row, width_mm: float) -> float:
        self._style(row.size_pt, row.is_bold, row.colour)
        return float(self._text(row, width_mm, dry_run=True))

    def _text(self, row: Row, width_mm: float, *, dry_run: bool) -> float:
        height = self.multi_cell(
            width_mm - _LABEL_MM,
            row.size_pt * _LINE_PER_POINT_MM,
            row.text,
            align="L",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            dry_run=dry_run,
            output=MethodReturnValue.HEIGHT,
        )
        return cast("float", height)  # as asked of `output`

    def lines_of(self, text: str, *, size_pt: float) -> list[str]:
        """Return the lines that `write_line` would break a text into."""
        self._style(size_pt, is_bold=False, colour=BLACK)
        lines = self.multi_cell(0, 1, text, dry_run=True, output=MethodReturnValue.LINES)
        return cast("list[str]", lines)  # as asked of `output`

    def picture(
        self, png: bytes, left_mm: float, top_mm: float, box_mm: tuple[float, float]
    ) -> None:
        """Draw a picture within a box, as large as its shape allows."""
        width_mm, height_mm = box_mm
        self.image(io.BytesIO(png), left_mm, top_mm, width_mm, height_mm, keep_aspect_ratio=True)

    def _style(self, size_pt: float, is_bold: bool, colour: Colour) -> None:
        self.set_font(FAMILY, style="B" if is_bold else "", size=size_pt)
        self.set_text_color(*colour)


def find_fonts() -> Path:
    """Return the folder of the fonts; SelftestError that says what to install."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise SelftestError("the PDF needs the extra `report`: run `make setup`")
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
