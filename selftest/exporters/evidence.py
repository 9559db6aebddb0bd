"""What shows a measured value at a glance: a bar of its limits with a mark where the value is."""

import itertools
import math

from selftest.exporters.sheet import AMBER, BLACK, FAMILY, GREEN, GREY, RED, Colour, Sheet
from selftest.exporters.words import number_text
from selftest.report import Measurement

_BAR_MM = 4.0
_MARGIN_SHARE = 0.15
"""Room beside the outermost number, as a share of the span."""
_PALE = 0.55
"""How far the colours of the zones go towards white."""


def draw_limits(
    sheet: Sheet, item: Measurement, left_mm: float, top_mm: float, width_mm: float
) -> bool:
    """Draw a value among its limits; False, and nothing drawn, where there is nothing to show."""
    bounds = _bounds(item)
    if not bounds or not math.isfinite(item.value):
        return False
    low, high = _span([item.value, *bounds])
    edges = [low, *sorted(bounds), high]
    per_unit_mm = width_mm / (high - low)
    for start, end in itertools.pairwise(edges):
        sheet.set_fill_color(*_pale(_zone(item, (start + end) / 2)))
        sheet.rect(
            left_mm + (start - low) * per_unit_mm, top_mm, (end - start) * per_unit_mm, _BAR_MM, "F"
        )
    for bound in sorted(set(bounds)):
        _number(sheet, number_text(bound), left_mm + (bound - low) * per_unit_mm, top_mm + _BAR_MM)
    _mark(sheet, left_mm + (item.value - low) * per_unit_mm, top_mm)
    return True


def _bounds(item: Measurement) -> list[float]:
    named = (
        item.info_below,
        item.info_above,
        item.warn_below,
        item.warn_above,
        item.fail_below,
        item.fail_above,
    )
    return [bound for bound in named if bound is not None]


def _span(numbers: list[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    room = (high - low) * _MARGIN_SHARE or max(abs(high), 1.0) * _MARGIN_SHARE
    return low - room, high + room


def _zone(item: Measurement, value: float) -> Colour:
    if _is_beyond(value, item.fail_below, item.fail_above):
        return RED
    if _is_beyond(value, item.warn_below, item.warn_above):
        return AMBER
    return GREY if _is_beyond(value, item.info_below, item.info_above) else GREEN


def _is_beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _pale(colour: Colour) -> Colour:
    red, green, blue = (round(part + (255 - part) * _PALE) for part in colour)
    return red, green, blue


def _number(sheet: Sheet, text: str, middle_mm: float, top_mm: float) -> None:
    sheet.set_font(FAMILY, size=5.5)
    sheet.set_text_color(*GREY)
    sheet.text(middle_mm - sheet.get_string_width(text) / 2, top_mm + 2.4, text)


def _mark(sheet: Sheet, middle_mm: float, top_mm: float) -> None:
    sheet.set_fill_color(*BLACK)
    corners = [
        (middle_mm - 1.3, top_mm - 1.8),
        (middle_mm + 1.3, top_mm - 1.8),
        (middle_mm, top_mm + 0.4),
    ]
    sheet.polygon(corners, style="F")
    sheet.set_draw_color(*BLACK)
    sheet.set_line_width(0.4)
    sheet.line(middle_mm, top_mm, middle_mm, top_mm + _BAR_MM)
    sheet.set_line_width(0.2)
