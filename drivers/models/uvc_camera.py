"""A camera for portraits: USB video class through V4L2, a network camera, or a video file.

A file stands in for a camera: it is played again and again at its own frame rate.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from drivers.devices import AttachedDevice, DeviceOptions, FaceCamera
from drivers.errors import DeviceNotFoundError
from drivers.frames import DeviceIdentity, Frame
from drivers.transport.video import VideoLink, VideoLinkFactory, VideoSettings
from drivers.transport.video_controls import ControlWish, wish_controls
from drivers.transport.video_search import describe_source, find_cameras, make_video_link


def _number(value: object) -> object:
    """Read what a command line gives as text: pydantic compares literals as they are."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class UvcCameraOptions(DeviceOptions):
    """Options of a camera."""

    source: Annotated[str, BeforeValidator(str)] = "0"
    """Camera number, "/dev/video0", a video file, or the http(s) address of an MJPEG stream."""
    width: int | None = Field(None, ge=16, le=16384)
    """Columns asked of the camera, before rotation; its own choice if left out."""
    height: int | None = Field(None, ge=16, le=16384)
    """Rows asked of the camera, before rotation."""
    fps: float | None = Field(None, gt=0, le=240)
    """Frames per second asked of the camera; for a file, in place of its own rate."""
    rotate_deg: int = Field(0, ge=0, lt=360, multiple_of=90)
    """Clockwise rotation that puts the head upright."""
    mirror: bool = False
    """Swap left and right after rotation. Portraits for the card must not be mirrored."""
    exposure_s: float | None = Field(None, gt=0, le=1)
    """Exposure time, for instance 0.02; automatic if left out. Only V4L2 cameras, as all below."""
    gain: int | None = None
    """In the camera's own units."""
    focus: int | None = None
    """In the camera's own units, far to near; automatic if left out."""
    white_balance_k: int | None = Field(None, ge=1000, le=20000)
    """Colour temperature of the light; automatic if left out, and then skin changes colour."""
    power_line_hz: Annotated[Literal[50, 60] | None, BeforeValidator(_number)] = None
    """Mains frequency, against flicker of lamps: 50 in Indonesia."""
    open_timeout_s: float = Field(5.0, gt=0, le=60)
    """How long the camera may take to open, or a network camera to answer."""


class UvcCamera(FaceCamera):
    """A camera behind a thread that keeps its newest frame."""

    options_model = UvcCameraOptions

    def __init__(
        self, name: str, options: UvcCameraOptions, make_link: VideoLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        self._camera_options = options
        self._make_link = make_link or self._make_configured_link
        self._link: VideoLink | None = None
        self._described = DeviceIdentity(make="unknown", model="camera")

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the cameras of this machine."""
        return find_cameras()

    def _make_configured_link(self) -> VideoLink:
        options = self._camera_options
        settings = VideoSettings(options.width, options.height, options.fps, _wishes(options))
        return make_video_link(
            options.source, settings, device=self.name, timeout_s=options.open_timeout_s
        )

    def _open(self) -> None:
        self._described = describe_source(self._camera_options.source)
        self._link = self._make_link()
        self._link.open(timeout_s=self._camera_options.open_timeout_s)

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _identity(self) -> DeviceIdentity:
        return self._described

    def _read_frame(self, timeout_s: float) -> Frame:
        if self._link is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        image = self._link.read_newest(timeout_s=timeout_s)
        pixels = self._turned(image.pixels)
        raw = image.jpeg if pixels is image.pixels else None
        return Frame(pixels, None, image.captured_at_s, self._described, raw)

    def _turned(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        options = self._camera_options
        if not options.rotate_deg and not options.mirror:
            return pixels
        turned = np.rot90(pixels, -options.rotate_deg // 90)
        return np.ascontiguousarray(turned[:, ::-1] if options.mirror else turned)


def _wishes(options: UvcCameraOptions) -> tuple[ControlWish, ...]:
    return wish_controls(
        exposure_s=options.exposure_s,
        gain=options.gain,
        focus=options.focus,
        white_balance_k=options.white_balance_k,
        power_line_hz=options.power_line_hz,
    )


DRIVER = UvcCamera
