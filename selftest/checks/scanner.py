"""The fingerprint scanner: there, open, fast enough, and clean and even on its empty platen."""

import time

import numpy as np

from drivers.devices import FingerprintScanner
from drivers.errors import CaptureTimeoutError, DriverError
from selftest.blank_platen import (
    BLOCK_PX,
    BlankStack,
    adjacent_difference_gl,
    bad_lines,
    block_means_gl,
    has_cluster,
    lowest_share_within,
    ridge_excess_db,
)
from selftest.check import Measured, Skip, Value, check, measured
from selftest.errors import NotReadyError
from selftest.limits import load_limits
from selftest.presence import open_device, see_presence
from selftest.subject import Subject

FRAMES = 8
_FRAME_LIMIT_S = 5.0  # "no frame within 5 s" is the failure of FPS-006


def take_stack(subject: Subject) -> tuple[BlankStack, float]:
    """Read frames of the empty platen; return them with the rate after the first."""
    scanner = subject.opened(FingerprintScanner)
    if scanner.is_platen_empty(timeout_s=_FRAME_LIMIT_S) is False:
        raise NotReadyError("kaca tidak kosong, angkat jari / the platen is not empty")
    frames = [scanner.read_frame(timeout_s=_FRAME_LIMIT_S)]
    began_s = time.monotonic()
    frames += [scanner.read_frame(timeout_s=_FRAME_LIMIT_S) for _ in range(FRAMES)]
    rate_fps = FRAMES / max(time.monotonic() - began_s, 1e-6)
    return BlankStack(np.stack([frame.pixels for frame in frames])), rate_fps


def stack_of(subject: Subject) -> BlankStack:
    """Return the stack of this run; NotReadyError where the scanner gave none."""
    try:
        stack, _ = subject.once(take_stack)
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar / no frames: {error}") from error
    if min(stack.mean.shape) < BLOCK_PX:
        raise NotReadyError("gambar terlalu kecil / frames smaller than a quarter inch")
    return stack


@check("scanner", "FPS-001")
def presence(subject: Subject) -> Measured | Skip:
    """Whether a scanner is attached."""
    return see_presence(subject, FingerprintScanner)


@check("scanner", "FPS-002", time_limit_s=15)
def opening(subject: Subject) -> Measured | Skip:
    """Whether it opens and says who it is."""
    return open_device(subject, FingerprintScanner)


@check("scanner", "FPS-006", time_limit_s=30)
def preview_rate(subject: Subject) -> Measured | Skip:
    """Frames per second of the preview."""
    try:
        stack, rate_fps = subject.once(take_stack)
    except CaptureTimeoutError as error:
        return Skip(f"hanya memotret saat disentuh / images touched platens only: {error}")
    except DriverError as error:
        return measured("preview_rate", 0.0, n=0, evidence=str(error))
    return measured("preview_rate", rate_fps, n=len(stack.frames) - 1)


@check("scanner", "FPS-101", essential=False)
def blank_level(subject: Subject) -> Measured | Skip:
    """Level of the empty platen against the baseline of this unit."""
    return measured("blank_level", float(stack_of(subject).mean.mean()))


@check("scanner", "FPS-102")
def block_spread(subject: Subject) -> Measured | Skip:
    """Difference between the lightest and the darkest quarter-inch block."""
    blocks = block_means_gl(stack_of(subject).mean)
    return measured("block_spread", float(np.ptp(blocks)), n=blocks.size)


@check("scanner", "FPS-103")
def adjacent_lines(subject: Subject) -> Measured | Skip:
    """Steps between neighbouring rows and columns."""
    return measured("adjacent_p99", adjacent_difference_gl(stack_of(subject).mean))


@check("scanner", "FPS-104")
def pixels_in_block(subject: Subject) -> Measured | Skip:
    """Share of pixels near the mean of their block, in the worst block."""
    return measured("share_within", 100 * lowest_share_within(stack_of(subject).without_specks))


@check("scanner", "FPS-105")
def dead_pixels(subject: Subject) -> Measured | Skip:
    """Pixels that differ from their neighbours."""
    stack = stack_of(subject)
    count, cluster = int(stack.bad_pixels.sum()), has_cluster(stack.bad_pixels)
    if count and ridge_excess_db(stack.without_specks) > _residue_limit_db():
        return Skip("bekas jari menutupi, bersihkan dulu / residue covers it, clean first: FPS-108")
    return Measured((Value("bad_pixels", count, stack.mean.size), Value("cluster", float(cluster))))


def _residue_limit_db() -> float:
    """Return from where on ridges on the glass pass for defects of the sensor."""
    limit = load_limits().find("FPS-108", "ridge_excess")[0].warn_above
    return limit if limit is not None else float("inf")


@check("scanner", "FPS-106")
def lines(subject: Subject) -> Measured | Skip:
    """Rows and columns that differ from their neighbours."""
    mean = stack_of(subject).mean
    rows, cols = bad_lines(mean, 0), bad_lines(mean, 1)
    adjacent = any(bool((np.diff(found) == 1).any()) for found in (rows, cols))
    named = [f"baris/row {row}" for row in rows[:5]] + [f"kolom/column {col}" for col in cols[:5]]
    count = float(rows.size + cols.size)
    return Measured(
        (Value("bad_lines", count), Value("adjacent_lines", float(adjacent))), ", ".join(named)
    )


@check("scanner", "FPS-107")
def blobs(subject: Subject) -> Measured | Skip:
    """Specks of dust and scratches."""
    return measured("blobs", stack_of(subject).blobs)


@check("scanner", "FPS-108", time_limit_s=20)
def residue(subject: Subject) -> Measured | Skip:
    """Ridges of an earlier finger on the empty platen."""
    return measured("ridge_excess", ridge_excess_db(stack_of(subject).without_specks))


@check("scanner", "FPS-109")
def temporal_noise(subject: Subject) -> Measured | Skip:
    """Noise of the same pixel from frame to frame."""
    stack = stack_of(subject)
    noise_gl = float(np.sqrt(np.mean(np.square(stack.temporal_gl))))
    return measured("temporal_noise", noise_gl, n=len(stack.frames))


@check("scanner", "FPS-110")
def white_clipping(subject: Subject) -> Measured | Skip:
    """Headroom above the empty platen."""
    return measured("white_mean", float(stack_of(subject).mean.mean()))
