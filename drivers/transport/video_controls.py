"""Exposure, focus and white balance of a V4L2 camera, by three ioctls of the kernel.

Source: Linux include/uapi/linux/videodev2.h and v4l2-controls.h.

    VIDIOC_QUERYCTRL   id -> name, least, most, step, flags      which the camera has
    VIDIOC_G_CTRL      id -> value
    VIDIOC_S_CTRL      id, value
"""

import errno
import fcntl
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.errors import DriverError, OptionsError, TransportError
from drivers.transport.video_node import Ioctl, opened_node

QUERY, READ, WRITE = 0xC0445624, 0xC008561B, 0xC008561C  # _IOWR('V', 36 | 27 | 28, ...)
QUERY_STRUCT = struct.Struct("=II32siiiiI8x")
VALUE_STRUCT = struct.Struct("=Ii")
DISABLED = 0x0001

AUTO_WHITE_BALANCE = 0x0098090C
GAIN = 0x00980913
POWER_LINE_FREQUENCY = 0x00980918
WHITE_BALANCE_TEMPERATURE = 0x0098091A
EXPOSURE_MODE = 0x009A0901
EXPOSURE_TIME = 0x009A0902  # in units of 100 us
FOCUS = 0x009A090A  # in the camera's own units, far to near
AUTO_FOCUS = 0x009A090C
MANUAL_EXPOSURE = 1
EXPOSURE_UNITS_PER_S = 10_000
POWER_LINE_VALUES = {50: 1, 60: 2}


@dataclass(frozen=True, slots=True)
class ControlWish:
    """A value that a control shall have."""

    control: int
    value: int
    option: str
    """Name of the driver's option that asked for it, for messages."""


def wish_controls(
    *,
    exposure_s: float | None,
    gain: int | None,
    focus: int | None,
    white_balance_k: int | None,
    power_line_hz: int | None,
) -> tuple[ControlWish, ...]:
    """Return what to set, automatics first: their manual values are locked while they run."""
    wishes: list[ControlWish] = []
    if exposure_s is not None:
        units = round(exposure_s * EXPOSURE_UNITS_PER_S)
        wishes.append(ControlWish(EXPOSURE_MODE, MANUAL_EXPOSURE, "exposure_s"))
        wishes.append(ControlWish(EXPOSURE_TIME, units, "exposure_s"))
    if gain is not None:
        wishes.append(ControlWish(GAIN, gain, "gain"))
    if focus is not None:
        wishes.append(ControlWish(AUTO_FOCUS, 0, "focus"))
        wishes.append(ControlWish(FOCUS, focus, "focus"))
    if white_balance_k is not None:
        wishes.append(ControlWish(AUTO_WHITE_BALANCE, 0, "white_balance_k"))
        wishes.append(ControlWish(WHITE_BALANCE_TEMPERATURE, white_balance_k, "white_balance_k"))
    if power_line_hz is not None:
        value = POWER_LINE_VALUES[power_line_hz]
        wishes.append(ControlWish(POWER_LINE_FREQUENCY, value, "power_line_hz"))
    return tuple(wishes)


def apply_controls(
    path: str, wishes: Iterable[ControlWish], *, device: str, ioctl: Ioctl = fcntl.ioctl
) -> None:
    """Set controls of the camera at a device node; may block for as long as the camera does.

    Raises OptionsError for a control that the camera lacks or a value out of its range.
    """
    with opened_node(path, "controls", device=device) as node:
        for wish in wishes:
            _apply(node, wish, device, ioctl)


def _apply(node: int, wish: ControlWish, device: str, ioctl: Ioctl) -> None:
    try:
        _check_range(node, wish, device, ioctl)
        ioctl(node, WRITE, bytearray(VALUE_STRUCT.pack(wish.control, wish.value)))
        answer = bytearray(VALUE_STRUCT.pack(wish.control, 0))
        ioctl(node, READ, answer)
    except OSError as error:
        raise _translate(error, wish, device) from error
    _, value = VALUE_STRUCT.unpack(answer)
    if value != wish.value:
        raise OptionsError(
            f"the camera took {value} in place of {wish.value} for {wish.option}", device=device
        )


def _check_range(node: int, wish: ControlWish, device: str, ioctl: Ioctl) -> None:
    query = bytearray(QUERY_STRUCT.pack(wish.control, 0, b"", 0, 0, 0, 0, 0))
    ioctl(node, QUERY, query)
    _, _, name, least, most, step, _, flags = QUERY_STRUCT.unpack(query)
    if flags & DISABLED:
        raise OSError(errno.EINVAL, "disabled")
    if not least <= wish.value <= most:
        words = name.rstrip(b"\0").decode("utf-8", "replace")
        raise OptionsError(
            f"{wish.option}: the camera's '{words}' goes from {least} to {most} in steps of "
            f"{step}, not to {wish.value}",
            device=device,
        )


def _translate(error: OSError, wish: ControlWish, device: str) -> DriverError:
    if error.errno in (errno.EINVAL, errno.ENOTTY):
        return OptionsError(
            f"this camera has no control for {wish.option}; leave the option out", device=device
        )
    if error.errno in (errno.EBUSY, errno.EACCES, errno.ERANGE):
        return OptionsError(
            f"the camera does not let {wish.option} be set now ({error.strerror})", device=device
        )
    return TransportError(
        f"the camera failed while setting {wish.option}: {error.strerror}; check the cable",
        device=device,
    )
