"""Read the strokes that the browser sends for a signature on the screen.

strokes   [[[x_mm, y_mm, pressure, time_s], ...], ...]     one list per stroke, pen down only
geometry  [width_mm, height_mm]
"""

from typing import Annotated

from annotated_types import Len
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from drivers.frames import PadGeometry, PenSample, SignatureStroke
from station.errors import StationError

LARGEST_MM = 1000.0  # wider than any screen a desk carries
LONGEST_S = 600.0
SCREEN_RATE_HZ = 60.0  # once per frame; the page fills in for a pen that rests (capture.js)
PRESSURE_LEVELS = 256  # browsers give pressure as a float; most digitisers behind it have 8 bits

Millimetre = Annotated[float, Field(ge=-LARGEST_MM, le=LARGEST_MM, allow_inf_nan=False)]
Pressure = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Second = Annotated[float, Field(ge=0.0, le=LONGEST_S, allow_inf_nan=False)]
Sample = tuple[Millimetre, Millimetre, Pressure, Second]
Stroke = Annotated[list[Sample], Len(1, 20_000)]
_STROKES = TypeAdapter(Annotated[list[Stroke], Len(1, 500)])


class BadInkError(StationError):
    """For instance: no stroke, a number that is none."""

    issue_id = "STA-720"
    text_id = "Tanda tangan tidak terbaca. Hapus, lalu tanda tangani sekali lagi."
    text_en = "The signature cannot be read. Clear it and sign again."


class _Area(BaseModel):
    model_config = ConfigDict(extra="forbid")

    width_mm: Annotated[float, Field(gt=0, le=LARGEST_MM)]
    height_mm: Annotated[float, Field(gt=0, le=LARGEST_MM)]


def read_strokes(text: str) -> tuple[SignatureStroke, ...]:
    """Read strokes; raises BadInkError."""
    try:
        strokes = _STROKES.validate_json(text)
    except ValidationError as error:
        raise BadInkError(f"strokes: {error.error_count()} problems") from error
    return tuple(SignatureStroke(tuple(_sample(*sample) for sample in each)) for each in strokes)


def read_geometry(text: str) -> PadGeometry:
    """Read the writing area; raises BadInkError."""
    try:
        width_mm, height_mm = TypeAdapter(tuple[float, float]).validate_json(text)
        area = _Area(width_mm=width_mm, height_mm=height_mm)
    except ValidationError as error:
        raise BadInkError(f"geometry: {error.error_count()} problems") from error
    return PadGeometry(
        width_mm=area.width_mm,
        height_mm=area.height_mm,
        sample_rate_hz=SCREEN_RATE_HZ,
        pressure_levels=PRESSURE_LEVELS,
    )


def _sample(x_mm: float, y_mm: float, pressure: float, time_s: float) -> PenSample:
    return PenSample(x_mm, y_mm, pressure, time_s, is_touching=True)
