"""A digital still camera (DSLR) for portraits through libgphoto2: live view, full pictures.

Frames come from the live view; `read_still` releases the shutter and fetches the full picture,
which the camera then forgets. libgphoto2 may hang for as long as a cable is bad, so it runs in a
process of its own, which is ended when it does not answer in time. Needs the extra 'devices'.

Names of settings differ between makers; each option lists the names that libgphoto2 uses for it.
"""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from drivers.devices import AttachedDevice, DeviceOptions, FaceCamera
from drivers.errors import DeviceNotFoundError, OptionsError, ProtocolError
from drivers.frames import DeviceIdentity, Frame
from drivers.transport.gphoto import (
    CameraSetting,
    GphotoLink,
    GphotoLinkFactory,
    find_still_cameras,
    library_port,
)

JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
# libgphoto2 2.5 camlibs/ptp2/config.c: names by maker (Canon, Nikon, Sony ..., plain PTP).
SETTING_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "iso": ("iso",),
        "aperture": ("aperture", "f-number"),
        "shutter_speed": ("shutterspeed", "shutterspeed2"),
        "exposure_compensation": ("exposurecompensation",),
        "white_balance": ("whitebalance",),
        "focus_mode": ("focusmode", "autofocus"),
        "flash_mode": ("flashmode",),
        "image_quality": ("imageformat", "imagequality"),
        "image_size": ("imagesize",),
    }
)
INTERNAL_MEMORY = ("capturetarget", "Internal RAM")  # no portrait is left on the memory card


class GphotoCameraOptions(DeviceOptions):
    """Options of a still camera; settings are left as they are on the camera unless given."""

    port: str | None = None
    """Only the camera at this port as the kernel names it, for instance "1-10"."""
    live_view: Literal["auto", "preview", "still"] = "auto"
    """Frames from the live view, or each a full picture; "auto": full where no live view is."""
    iso: str | None = None
    """Sensitivity, for instance "200"."""
    aperture: str | None = None
    """For instance "8" (Canon) or "f/8" (Nikon)."""
    shutter_speed: str | None = None
    """For instance "1/125"."""
    exposure_compensation: str | None = None
    """In steps of exposure, for instance "0.3"."""
    white_balance: str | None = None
    """Name of a light, for instance "Flash"; "Auto" changes colours from picture to picture."""
    focus_mode: str | None = None
    """For instance "One Shot" or "AF-S"."""
    flash_mode: str | None = None
    """For instance "Flash off"."""
    image_quality: str | None = None
    """Must be a kind of JPEG, for instance "Large Fine JPEG"."""
    image_size: str | None = None
    """For instance "6016x4016"."""
    rotate_deg: int = Field(0, ge=0, lt=360, multiple_of=90)
    """Clockwise rotation that puts the head upright."""
    open_timeout_s: float = Field(8.0, gt=0, le=60)
    """How long the camera may take to wake up and to list its settings."""


class GphotoCamera(FaceCamera):
    """A still camera behind a worker process."""

    options_model = GphotoCameraOptions

    def __init__(
        self, name: str, options: GphotoCameraOptions, make_link: GphotoLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        self._camera_options = options
        self._make_link = make_link or (
            lambda: GphotoLink(device=name, check_cancel=self._raise_if_cancelled)
        )
        self._link: GphotoLink | None = None
        self._described = DeviceIdentity(make="unknown", model="still camera")
        self._has_live_view = True

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the still cameras that are plugged in and switched on."""
        return find_still_cameras()

    def read_settings(self, *, timeout_s: float) -> dict[str, CameraSetting]:
        """Return the camera's settings as they are now, by its own names."""
        self._require_open()
        return self._opened().read_settings(timeout_s=timeout_s)

    def _open(self) -> None:
        options = self._camera_options
        port = None if options.port is None else library_port(options.port, device=self.name)
        self._link = self._make_link()
        self._link.open(port, timeout_s=options.open_timeout_s)
        self._has_live_view = options.live_view != "still"
        settings = self._link.read_settings(timeout_s=options.open_timeout_s)
        self._described = _describe(settings, self._link.model)
        self._apply_settings(self._link, settings)

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _identity(self) -> DeviceIdentity:
        return self._described

    def _read_frame(self, timeout_s: float) -> Frame:
        if self._has_live_view:
            jpeg = self._opened().read_preview(timeout_s=timeout_s)
            if jpeg is not None:
                return self._frame(jpeg)
            if self._camera_options.live_view == "preview":
                raise OptionsError(
                    "this camera has no live view; set option live_view=still", device=self.name
                )
            self._has_live_view = False
        return self._read_still(timeout_s)

    def _read_still(self, timeout_s: float) -> Frame:
        return self._frame(self._opened().capture(timeout_s=timeout_s))

    def _frame(self, jpeg: bytes) -> Frame:
        captured_at_s = time.monotonic()
        pixels = self._decode(jpeg)
        turns = self._camera_options.rotate_deg // 90
        turned = np.ascontiguousarray(np.rot90(pixels, -turns)) if turns else pixels
        return Frame(turned, None, captured_at_s, self._described, None if turns else jpeg)

    def _decode(self, jpeg: bytes) -> NDArray[np.uint8]:
        """Decode a whole JPEG; OpenCV would fill up a cut one with grey without a word."""
        if not jpeg.startswith(JPEG_START):
            raise ProtocolError(
                "the picture is no JPEG; set the camera's picture quality to JPEG (no RAW)",
                device=self.name,
            )
        if not jpeg.rstrip(b"\0").endswith(JPEG_END):
            raise ProtocolError(
                f"a picture of {len(jpeg)} bytes is cut; use another cable", device=self.name
            )
        pixels = cv2.imdecode(
            np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        )
        if pixels is None:
            raise ProtocolError("the picture does not decode", device=self.name)
        return np.asarray(pixels, np.uint8)

    def _apply_settings(self, link: GphotoLink, settings: Mapping[str, CameraSetting]) -> None:
        timeout_s = self._camera_options.open_timeout_s
        target = settings.get(INTERNAL_MEMORY[0])
        if target is not None and INTERNAL_MEMORY[1] in (target.choices or ()):
            link.set(*INTERNAL_MEMORY, timeout_s=timeout_s)
        for option in SETTING_NAMES:
            wanted: str | None = getattr(self._camera_options, option)
            if wanted is not None:
                setting = self._find_setting(settings, option, wanted)
                link.set(setting.name, wanted, timeout_s=timeout_s)

    def _find_setting(
        self, settings: Mapping[str, CameraSetting], option: str, wanted: str
    ) -> CameraSetting:
        """Return the camera's setting for an option; OptionsError when it cannot be set so."""
        names = SETTING_NAMES[option]
        setting = next((settings[name] for name in names if name in settings), None)
        if setting is None:
            raise OptionsError(f"this camera has no setting for {option}", device=self.name)
        if setting.is_read_only:
            raise OptionsError(
                f"the camera does not let {option} be set now; turn its dial to M", device=self.name
            )
        if setting.choices is not None and wanted not in setting.choices:
            raise OptionsError(
                f"{option}={wanted} is not among: {', '.join(setting.choices)}", device=self.name
            )
        return setting

    def _opened(self) -> GphotoLink:
        if self._link is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        return self._link


def _describe(settings: Mapping[str, CameraSetting], model: str) -> DeviceIdentity:
    said = {name: setting.value or None for name, setting in settings.items()}
    return DeviceIdentity(
        make=said.get("manufacturer") or "unknown",
        model=said.get("cameramodel") or model,
        serial=said.get("serialnumber"),
        firmware=said.get("deviceversion"),
    )


DRIVER = GphotoCamera
