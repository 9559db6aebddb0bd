"""Minutiae as NIST's tools read them: one line of x, y, theta, quality each.

The pixel origin is bottom left, theta is in whole degrees counterclockwise. The format has neither
minutia types nor the size of the image.
"""

import numpy as np

from biometrics.finger.template import FingerTemplate, MinutiaKind

_FIELDS = 4


def write_xyt(template: FingerTemplate) -> str:
    """Write a template as lines.

    Parameters
    ----------
    template : FingerTemplate

    Returns
    -------
    text : str
        One line per minutia, each with a line feed.
    """
    cols = np.rint(template.cols).astype(int)
    heights = template.shape_px[0] - np.rint(template.rows).astype(int)
    degrees = np.rint(np.degrees(template.angle_rad)).astype(int) % 360
    lines = zip(cols, heights, degrees, template.quality, strict=True)
    return "".join(f"{x} {y} {theta} {quality}\n" for x, y, theta, quality in lines)


def read_xyt(text: str) -> FingerTemplate:
    """Read a template from lines.

    Parameters
    ----------
    text : str
        As `write_xyt` writes it; quality may be absent.

    Returns
    -------
    template : FingerTemplate
        As high as its highest minutia, because the lines do not tell the image's size.

    Raises
    ------
    ValueError
        If a line does not hold whole numbers.
    """
    rows = [_read_line(number, line) for number, line in enumerate(text.splitlines(), start=1)]
    table = np.array(rows, dtype=np.int64).reshape(-1, _FIELDS)
    x, y, degrees, quality = table.T
    height, width = int(y.max(initial=0)), int(x.max(initial=0)) + 1
    return FingerTemplate(
        rows=(height - y).astype(np.float32),
        cols=x.astype(np.float32),
        angle_rad=np.radians(degrees % 360).astype(np.float32),
        kind=np.full(len(x), MinutiaKind.OTHER, np.uint8),
        quality=np.clip(quality, 1, 100).astype(np.uint8),
        shape_px=(height + 1, width),
    )


def _read_line(number: int, line: str) -> list[int]:
    try:
        fields = [int(field) for field in line.split()]
    except ValueError as error:
        raise ValueError(f"line {number} of the minutiae is not whole numbers: {line!r}") from error
    if len(fields) not in (_FIELDS - 1, _FIELDS):
        raise ValueError(f"line {number} of the minutiae has {len(fields)} fields, not {_FIELDS}")
    return [*fields, 100][:_FIELDS]
