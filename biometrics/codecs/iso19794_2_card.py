"""Finger minutiae for a chip: the card formats of ISO/IEC 19794-2, normal and compact size.

A card keeps and gets bare minutiae, without the header of a record, in fractions of a millimetre
from the top left corner::

    normal   type:2 x:14 reserved:2 y:14 (0.01 mm) angle:u8 (360 / 256 degrees)
    compact  x:u8 y:u8 (0.1 mm) type:2 angle:6 (360 / 64 degrees)

`card_object.py` has the data object around them. Compact size rounds a place to 0.05 mm (1 px at
500 ppi) and a direction to 2.8 degrees, and it reaches 25.5 mm (502 px). What the card wants (how
many, in which order) it says in its biometric information template (`card_information.py`);
`CardLimits` holds these words. Little is lost: with compact size and 60 minutiae our comparison has
equal error rates of 0.71 and 3.92 % on FVC 2002 and 2004 DB1_B, against 0.71 and 3.93 % with the
record of 2005.

Minutiae leave in three steps, in the order of the standard: those that the size cannot hold, then
the worst of too many (lowest quality first; of equals the one farthest from the centre of mass of
all, of these endings before bifurcations, then the largest angle), and the rest is sorted. Sorting
looks at the rounded values, since only these can be checked on the card.

The units of compact size and the order codes are those of NIST's MINEX II tools (BiomDI: `fmr.h`,
`isobit.h`), the removal that of ISO/IEC 19794-2:2011, 9.3.2. The unit of normal size and
the recommended counts are from the text of 2005 as remembered, not from any bytes: **verify against
a card before issue.** No card record was at hand.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import TruncatedError, check, require
from biometrics.codecs.finger_views import whole_steps
from biometrics.finger.template import TEMPLATE_RESOLUTION_PPI, FingerTemplate, MinutiaKind

MM_PER_INCH = 25.4
MIN_ENROLLED_MINUTIAE = 16  # of a reference; source: ISO/IEC 19794-2:2005, clause 8
MIN_PROBE_MINUTIAE = 12  # of what is compared with it; same source
RECOMMENDED_MAX_MINUTIAE = 60  # same source
MAX_MINUTIAE = 255

_NORMAL = np.dtype([("type_x", ">u2"), ("y", ">u2"), ("angle", "u1")])
_COMPACT = np.dtype([("x", "u1"), ("y", "u1"), ("type_angle", "u1")])
_KIND_BITS = 3


class CardFormat(Enum):
    """Size of a minutia on the card."""

    NORMAL = "normal"
    """5 bytes, steps of 0.01 mm and 1.40625 degrees."""
    COMPACT = "compact"
    """3 bytes, steps of 0.1 mm and 5.625 degrees."""


class MinutiaOrder(IntEnum):
    """How a card wants the minutiae sorted; the codes of its information template."""

    NONE = 0x00
    XY_ASCENDING = 0x05
    XY_DESCENDING = 0x06
    YX_ASCENDING = 0x09
    YX_DESCENDING = 0x0A
    ANGLE_ASCENDING = 0x0D
    ANGLE_DESCENDING = 0x0E
    POLAR_ASCENDING = 0x11
    """By the distance from the centre of mass of the minutiae that are sent, then by angle."""
    POLAR_DESCENDING = 0x12


@dataclass(frozen=True, slots=True)
class CardLimits:
    """What a card says that it takes."""

    max_minutiae: int = RECOMMENDED_MAX_MINUTIAE
    """1..255."""
    order: MinutiaOrder = MinutiaOrder.YX_ASCENDING


@dataclass(frozen=True, slots=True)
class _Units:
    """How a format counts."""

    unit_mm: float
    limit: int
    """Largest coordinate."""
    angle_steps: int


_UNITS = {
    CardFormat.NORMAL: _Units(0.01, (1 << 14) - 1, 256),
    CardFormat.COMPACT: _Units(0.1, (1 << 8) - 1, 64),
}


def encode(
    template: FingerTemplate,
    *,
    card_format: CardFormat = CardFormat.COMPACT,
    limits: CardLimits | None = None,
) -> bytes:
    """Write the minutiae of one finger as a card takes them, without tags.

    Parameters
    ----------
    template : FingerTemplate
        At 500 ppi. Minutiae beyond the reach of the format (25.5 mm in compact size) leave.
    card_format : CardFormat
        What the card takes.
    limits : CardLimits or None
        What the card says; None for 60 minutiae sorted by y, then x.

    Returns
    -------
    data : bytes
        3 or 5 bytes a minutia; none of them is made up where a finger has too few.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.

    References
    ----------
    .. [1] ISO/IEC 19794-2:2005, clause 8; ISO/IEC 19794-2:2011, 9.3.
    """
    limits = limits or CardLimits()
    require(0 < limits.max_minutiae <= MAX_MINUTIAE, "maximum", f"{limits.max_minutiae} minutiae")
    require(bool(np.all(template.kind <= 2)), "type", "only 0, 1 and 2 are minutia types")
    units = _UNITS[card_format]
    x, y = _to_units(template.cols, units, "x"), _to_units(template.rows, units, "y")
    angle = whole_steps(template.angle_rad, units.angle_steps)
    fits = np.flatnonzero((x <= units.limit) & (y <= units.limit))
    kept = fits[_best(template, fits, limits.max_minutiae)]
    order = kept[_sort(x[kept], y[kept], angle[kept], limits.order)]
    return _pack(card_format, x[order], y[order], angle[order], template.kind[order])


def decode(
    data: bytes,
    *,
    card_format: CardFormat = CardFormat.COMPACT,
    shape_px: tuple[int, int] | None = None,
) -> FingerTemplate:
    """Read bare minutiae.

    Parameters
    ----------
    data : bytes
        Whole minutiae, nothing else.
    card_format : CardFormat
        How they are written; the bytes do not say.
    shape_px : tuple of int or None
        Rows and columns of the image at 500 ppi; None for the reach of the minutiae.

    Returns
    -------
    template : FingerTemplate
        At 500 ppi, quality 0 ("not reported"), in the order of the bytes.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    layout = _COMPACT if card_format == CardFormat.COMPACT else _NORMAL
    cursor = Cursor(data, limit_bytes=MAX_MINUTIAE * layout.itemsize, name="card minutiae")
    if len(data) % layout.itemsize:
        raise TruncatedError(f"{len(data)} bytes, {layout.itemsize} a minutia", field="minutiae")
    record = np.frombuffer(cursor.take(len(data), "minutiae"), layout)
    kind, x, y, angle = _unpack(card_format, record)
    units = _UNITS[card_format]
    px_per_unit = units.unit_mm / MM_PER_INCH * TEMPLATE_RESOLUTION_PPI
    rows, cols = (y * px_per_unit).astype(np.float32), (x * px_per_unit).astype(np.float32)
    return FingerTemplate(
        rows=rows,
        cols=cols,
        angle_rad=(angle * (2 * np.pi / units.angle_steps)).astype(np.float32),
        kind=kind.astype(np.uint8),
        quality=np.zeros(record.size, np.uint8),
        shape_px=shape_px or (_reach_px(rows), _reach_px(cols)),
    )


def _to_units(values_px: NDArray[np.float32], units: _Units, field: str) -> NDArray[np.int64]:
    require(bool(np.all(np.isfinite(values_px) & (values_px >= 0))), field, "not a place")
    mm = values_px.astype(np.float64) * (MM_PER_INCH / TEMPLATE_RESOLUTION_PPI)
    return np.rint(np.minimum(mm / units.unit_mm, units.limit + 1.0)).astype(np.int64)


def _best(template: FingerTemplate, candidates: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return which candidates stay, in their order."""
    if candidates.size <= count:
        return np.arange(candidates.size)
    distance = np.hypot(
        template.rows - template.rows.mean(dtype=np.float64),
        template.cols - template.cols.mean(dtype=np.float64),
    )[candidates]
    is_ending = template.kind[candidates] == MinutiaKind.RIDGE_ENDING
    worst_last = np.lexsort(
        (
            template.angle_rad[candidates],
            is_ending,
            distance,
            -template.quality[candidates].astype(np.int64),
        )
    )
    return np.sort(worst_last[:count])


def _sort(
    x: NDArray[np.int64], y: NDArray[np.int64], angle: NDArray[np.int64], order: MinutiaOrder
) -> NDArray[np.intp]:
    if order == MinutiaOrder.NONE or x.size == 0:
        return np.arange(x.size)
    keys: tuple[NDArray[np.int64 | np.float64], ...]  # the last one decides first
    if order in (MinutiaOrder.XY_ASCENDING, MinutiaOrder.XY_DESCENDING):
        keys = (y, x)
    elif order in (MinutiaOrder.YX_ASCENDING, MinutiaOrder.YX_DESCENDING):
        keys = (x, y)
    elif order in (MinutiaOrder.ANGLE_ASCENDING, MinutiaOrder.ANGLE_DESCENDING):
        keys = (angle,)
    else:
        keys = (angle, np.hypot(x - np.rint(x.mean()), y - np.rint(y.mean())))
    is_descending = order & 3 == 2
    return np.lexsort(tuple(-key for key in keys) if is_descending else keys)


def _pack(
    card_format: CardFormat,
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    angle: NDArray[np.int64],
    kind: NDArray[np.uint8],
) -> bytes:
    kinds = kind.astype(np.int64)
    if card_format == CardFormat.COMPACT:
        compact = np.zeros(x.size, _COMPACT)
        compact["x"], compact["y"], compact["type_angle"] = x, y, kinds << 6 | angle
        return compact.tobytes()
    normal = np.zeros(x.size, _NORMAL)
    normal["type_x"], normal["y"], normal["angle"] = kinds << 14 | x, y, angle
    return normal.tobytes()


def _unpack(card_format: CardFormat, record: NDArray[np.void]) -> tuple[NDArray[np.int64], ...]:
    if card_format == CardFormat.COMPACT:
        packed = record["type_angle"].astype(np.int64)
        fields = (packed >> 6, record["x"], record["y"], packed & 63)
    else:
        packed = record["type_x"].astype(np.int64)
        check(bool(np.all(record["y"] < 1 << 14)), "reserved", "the bits before y are not 0")
        fields = (packed >> 14, packed & (1 << 14) - 1, record["y"], record["angle"])
    check(bool(np.all(fields[0] != _KIND_BITS)), "minutia type", "3 is no type")
    return tuple(field.astype(np.int64) for field in fields)


def _reach_px(values_px: NDArray[np.float32]) -> int:
    return int(values_px.max()) + 1 if values_px.size else 1
