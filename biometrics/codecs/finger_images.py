"""Values of the finger image records, and the checks that their editions share."""

from dataclasses import dataclass, field
from enum import IntEnum

from biometrics.codecs.errors import check
from biometrics.codecs.finger_views import CM_PER_INCH
from biometrics.codecs.representation import RepresentationStart

MAX_RECORD_BYTES = 64 << 20  # fourteen lossless slaps
MAX_IMAGES = 42  # more than any capture; the field would hold 65,535
MAX_IMAGE_SIDE_PX = 0xFFFF

POSITIONS = frozenset((*range(11), 13, 14, 15, *range(20, 37), *range(40, 51)))
IMPRESSIONS = frozenset((*range(16), *range(20, 30)))


class Compression(IntEnum):
    """How the image inside is coded (table of compression algorithms, 2011)."""

    RAW = 0
    RAW_PACKED = 1
    WSQ = 2
    JPEG = 3
    JPEG_2000_LOSSY = 4
    JPEG_2000_LOSSLESS = 5
    PNG = 6


@dataclass(frozen=True, slots=True)
class FingerImage:
    """One finger or slap image and what the record says about it."""

    position: int
    """A `FingerPosition`, or 13 right slap, 14 left slap, 15 thumbs, 20..36 palms, 40..50 pairs."""
    payload: bytes
    """The image as coded."""
    compression: Compression
    shape_px: tuple[int, int]
    """Rows and columns."""
    resolution_ppi: tuple[float, float] = (500.0, 500.0)
    """Of the image: (rows, cols), pixels per inch."""
    scan_resolution_ppi: tuple[float, float] = (500.0, 500.0)
    impression: int = 0
    """0 live-scan plain, 1 live-scan rolled, 8 swipe, 24 contactless, 29 unknown."""
    number: int = 0
    """Counts representations of the same finger."""
    start: RepresentationStart = field(default_factory=RepresentationStart)
    certifications: tuple[tuple[int, int], ...] = ()
    """(authority, scheme) of each certification of the device."""
    extended: tuple[tuple[int, bytes], ...] = ()
    """Type code and bytes of each extended data block."""


@dataclass(frozen=True, slots=True)
class FingerImageRecord:
    """A whole record."""

    images: tuple[FingerImage, ...]
    edition: int
    """2011 or 2005."""
    acquisition_level: int = 31
    """2005 only: 31 for 500 ppi of a live-scan device, 41 for 1000."""


def check_image(position: int, impression: int, depth: int) -> None:
    """Refuse codes that no table has; raises FieldValueError."""
    check(position in POSITIONS, "position", f"{position} is unknown")
    check(impression in IMPRESSIONS, "impression", f"{impression} is unknown")
    check(depth == 8, "bit depth", f"{depth}, only 8 is read")


def checked_image_shape(rows_px: int, cols_px: int) -> tuple[int, int]:
    """Return rows and columns; raises FieldValueError."""
    check(rows_px > 0 and cols_px > 0, "image size", f"{rows_px} x {cols_px} px")
    return rows_px, cols_px


def to_ppi(along_rows: int, along_cols: int, unit: int) -> tuple[float, float]:
    """Return (rows, cols) in pixels per inch; raises FieldValueError."""
    check(unit in (1, 2), "scale units", f"{unit} is neither inch nor cm")
    check(along_rows > 0 and along_cols > 0, "resolution", "0")
    factor = 1.0 if unit == 1 else CM_PER_INCH
    return along_rows * factor, along_cols * factor
