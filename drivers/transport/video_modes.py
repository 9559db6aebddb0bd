"""Picture sizes and rates that a V4L2 camera offers, by three ioctls of the kernel.

Source: Linux include/uapi/linux/videodev2.h. Each counts an index up until EINVAL.

    VIDIOC_ENUM_FMT              index, 1 (capture)          -> pixel format
    VIDIOC_ENUM_FRAMESIZES       index, format               -> size, or sizes from .. to, in steps
    VIDIOC_ENUM_FRAMEINTERVALS   index, format, cols, rows   -> seconds per picture, as a fraction
"""

import errno
import fcntl
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from drivers.errors import TransportError
from drivers.transport.video_node import Ioctl, opened_node

# As the macro _IOWR makes them of 'V', 2, 74 or 75 and the size of the structure.
ENUM_FORMATS, ENUM_SIZES, ENUM_INTERVALS = 0xC0405602, 0xC02C564A, 0xC034564B
FORMAT_STRUCT = struct.Struct("=III32sII12x")  # index, buffer type, flags, name, format, bus code
SIZE_STRUCT = struct.Struct("=III6I8x")  # index, format, kind, columns and rows
INTERVAL_STRUCT = struct.Struct("=IIIII6I8x")  # index, format, columns, rows, kind, fractions
CAPTURE = 1
DISCRETE = 1  # else from .. to: continuous 2, in steps 3
BIG_ENDIAN = 1 << 31
MAX_ENTRIES = 64  # of one enumeration; no camera at hand has half as many
_ENDS = (errno.EINVAL, errno.ENOTTY, errno.ENODATA)


@dataclass(frozen=True, slots=True)
class Steps:
    """Numbers from the least to the most, a step apart; a single one where both are the same."""

    least: int
    most: int
    step: int = 1

    def __str__(self) -> str:
        return str(self.most) if self.least == self.most else f"{self.least}..{self.most}"


@dataclass(frozen=True, slots=True)
class VideoMode:
    """One size that a camera offers in one pixel format, with its rates."""

    pixel_format: str
    """Four letters, for instance MJPG (compressed) or YUYV."""
    cols: Steps
    rows: Steps
    rates_hz: tuple[float, ...] = ()
    """Fastest first, at the largest size; empty where the camera does not tell."""
    is_rate_range: bool = False
    """Any rate between the two is offered."""

    def __str__(self) -> str:
        size = f"{self.pixel_format} {self.cols} x {self.rows}"
        rates = [f"{rate_hz:g}" for rate_hz in self.rates_hz]
        between = " to " if self.is_rate_range else ", "
        return f"{size} ({between.join(rates)} /s)" if rates else size


@runtime_checkable
class TellsModes(Protocol):
    """A device that knows what its camera offers."""

    def offered_modes(self) -> tuple[VideoMode, ...]:
        """Return what the camera offers; empty for what is no V4L2 camera."""


def list_modes(path: str, *, device: str, ioctl: Ioctl = fcntl.ioctl) -> tuple[VideoMode, ...]:
    """Ask the camera at a device node what it offers, largest sizes of a format first.

    Starts no stream, and disturbs none that runs. May block for as long as the camera does. Empty
    where the camera tells nothing; raises TransportError where it is gone.
    """
    with opened_node(path, "picture sizes", device=device) as node:
        camera = _Camera(node, device, ioctl)
        return tuple(mode for code in camera.formats() for mode in camera.modes(code))


def describe_modes(modes: Sequence[VideoMode]) -> str:
    """Return all modes in words."""
    return "; ".join(str(mode) for mode in modes) or "none are told; only V4L2 cameras tell them"


def summarize_modes(modes: Sequence[VideoMode]) -> str:
    """Return the largest size of each format in words; empty where nothing is told."""
    largest: dict[str, VideoMode] = {}
    for mode in modes:
        largest.setdefault(mode.pixel_format, mode)
    return "; ".join(f"up to {mode}" for mode in largest.values())


@dataclass(frozen=True, slots=True)
class _Camera:
    node: int
    device: str
    ioctl: Ioctl

    def formats(self) -> Iterator[int]:
        for *_, code, _ in self._each(ENUM_FORMATS, FORMAT_STRUCT, CAPTURE):
            yield code

    def modes(self, code: int) -> list[VideoMode]:
        modes = []
        for _, _, kind, *numbers in self._each(ENUM_SIZES, SIZE_STRUCT, code):
            cols, rows = _sizes(kind, numbers)
            rates_hz, is_range = self._rates(code, cols.most, rows.most)
            modes.append(VideoMode(_letters(code), cols, rows, rates_hz, is_range))
        return sorted(modes, key=lambda mode: -mode.cols.most * mode.rows.most)

    def _rates(self, code: int, cols: int, rows: int) -> tuple[tuple[float, ...], bool]:
        rates_hz: set[float] = set()
        is_range = False
        for found in self._each(ENUM_INTERVALS, INTERVAL_STRUCT, code, cols, rows):
            kind, fractions = found[4], found[5:]
            is_range = kind != DISCRETE
            pairs = (fractions[:2], fractions[2:4]) if is_range else (fractions[:2],)
            rates_hz |= {below / above for above, below in pairs if above}
            if is_range:
                break  # such a camera has one entry
        return tuple(sorted((round(one, 3) for one in rates_hz), reverse=True)), is_range

    def _each(self, number: int, layout: struct.Struct, *head: int) -> Iterator[tuple[Any, ...]]:
        for index in range(MAX_ENTRIES):
            data = bytearray(layout.size)
            struct.pack_into(f"={1 + len(head)}I", data, 0, index, *head)
            try:
                self.ioctl(self.node, number, data)
            except OSError as error:
                if error.errno in _ENDS:
                    return
                raise TransportError(
                    f"the camera does not tell its picture sizes: {error.strerror}; check the "
                    "cable",
                    device=self.device,
                ) from error
            yield layout.unpack(data)


def _sizes(kind: int, numbers: Sequence[int]) -> tuple[Steps, Steps]:
    if kind == DISCRETE:
        cols, rows = numbers[:2]
        return Steps(cols, cols), Steps(rows, rows)
    return Steps(*numbers[:3]), Steps(*numbers[3:])


def _letters(code: int) -> str:
    text = struct.pack("<I", code & ~BIG_ENDIAN).decode("ascii", "replace").strip("\0 ")
    return f"{text}-BE" if code & BIG_ENDIAN else text
