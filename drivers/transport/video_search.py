"""Find cameras and decide how to open what the configuration names."""

import os
import stat
from pathlib import Path

from drivers.devices import AttachedDevice
from drivers.errors import AccessDeniedError, DeviceNotFoundError, OptionsError
from drivers.frames import DeviceIdentity
from drivers.transport.video import CaptureSource, MjpegSource, VideoLink, VideoSettings
from drivers.transport.video_modes import VideoMode, list_modes

_SYSFS_CAMERAS = Path("/sys/class/video4linux")
_DEVICE_NODES = Path("/dev")
_GROUP_ADVICE = "the station's user must be in group video"


def find_cameras() -> tuple[AttachedDevice, ...]:
    """Return the V4L2 cameras of this machine, ordered by number."""
    nodes = sorted(_DEVICE_NODES.glob("video[0-9]*"), key=lambda node: int(node.name[5:]))
    return tuple(
        AttachedDevice(
            place=str(node),
            description=_kernel_text(node.name, "name") or "video device",
            problem=None if _is_accessible(node) else f"no permission; {_GROUP_ADVICE}",
        )
        for node in nodes
        if _kernel_text(node.name, "index") in (None, "0")  # the others carry no pictures
    )


def make_video_link(
    source: str, settings: VideoSettings, *, device: str, timeout_s: float
) -> VideoLink:
    """Return the link to a camera number, a device node, a file or an http(s) address.

    Opens nothing. Raises DeviceNotFoundError or AccessDeniedError for what is plainly not there,
    OptionsError for controls that only a V4L2 camera has.
    """
    if source.startswith(("http://", "https://")):
        _require_no_controls(settings, source, device)
        return VideoLink(MjpegSource(source, device=device, timeout_s=timeout_s), device=device)
    path = _path_of(source)
    if not path.exists():
        raise DeviceNotFoundError(
            f"there is no {path}; check the cable, or the option source", device=device
        )
    if not _is_accessible(path):
        raise AccessDeniedError(f"no permission for {path}; {_GROUP_ADVICE}", device=device)
    is_file = not stat.S_ISCHR(path.stat().st_mode)
    if is_file:
        _require_no_controls(settings, source, device)
    capture = CaptureSource(str(path), settings, is_file=is_file, device=device)
    return VideoLink(capture, device=device)


def _require_no_controls(settings: VideoSettings, source: str, device: str) -> None:
    if settings.controls:
        options = ", ".join(dict.fromkeys(wish.option for wish in settings.controls))
        raise OptionsError(
            f"{source} has no controls; leave out: {options}, or set them in the camera itself",
            device=device,
        )


def describe_source(source: str) -> DeviceIdentity:
    """Return what the system says of a source without opening it."""
    if source.startswith(("http://", "https://")):
        return DeviceIdentity(make="network", model="MJPEG camera")
    path = _path_of(source)
    if path.parent != _DEVICE_NODES:
        return DeviceIdentity(make="file", model=path.name)
    return DeviceIdentity(
        make=_kernel_text(path.name, "device/../manufacturer") or "unknown",
        model=_kernel_text(path.name, "name") or path.name,
        serial=_kernel_text(path.name, "device/../serial"),
        firmware=_kernel_text(path.name, "device/../bcdDevice"),
    )


def list_source_modes(source: str, *, device: str) -> tuple[VideoMode, ...]:
    """Return what the V4L2 camera of a source offers; empty for a file or a stream.

    May block for as long as the camera does. Raises TransportError where the camera is gone.
    """
    if source.startswith(("http://", "https://")):
        return ()
    path = _path_of(source)
    return () if path.is_file() else list_modes(str(path), device=device)


def _path_of(source: str) -> Path:
    return _DEVICE_NODES / f"video{source}" if source.isdecimal() else Path(source)


def _is_accessible(path: Path) -> bool:
    mode = os.R_OK | os.W_OK if path.is_char_device() else os.R_OK
    return os.access(path, mode)


def _kernel_text(node_name: str, attribute: str) -> str | None:
    try:
        text = (_SYSFS_CAMERAS / node_name / attribute).read_text("utf-8", "replace")
    except OSError:
        return None
    return text.strip() or None
