"""What drivers of video cameras share: their options, and the life of their link."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from drivers.devices import DeviceOptions
from drivers.errors import DeviceNotFoundError
from drivers.frames import DeviceIdentity
from drivers.transport.video import VideoImage, VideoLink, VideoLinkFactory, VideoSettings
from drivers.transport.video_controls import ControlWish, wish_controls
from drivers.transport.video_modes import VideoMode
from drivers.transport.video_search import describe_source, list_source_modes, make_video_link


def _number(value: object) -> object:
    """Read what a command line gives as text: pydantic compares literals as they are."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class VideoOptions(DeviceOptions):
    """Options of every video camera."""

    source: Annotated[str, BeforeValidator(str)] = "0"
    """Camera number, "/dev/video0", a video file, or the http(s) address of an MJPEG stream."""
    width: int | None = Field(None, ge=16, le=16384)
    """Columns asked of the camera, before rotation; its own choice if left out."""
    height: int | None = Field(None, ge=16, le=16384)
    """Rows asked of the camera, before rotation."""
    fps: float | None = Field(None, gt=0, le=240)
    """Frames per second asked of the camera; for a file, in place of its own rate."""
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

    def control_wishes(self) -> tuple[ControlWish, ...]:
        """Return what to set in a V4L2 camera."""
        return wish_controls(
            exposure_s=self.exposure_s,
            gain=self.gain,
            focus=self.focus,
            white_balance_k=self.white_balance_k,
            power_line_hz=self.power_line_hz,
        )


class VideoPort:
    """The camera that the options name; can be opened again and again."""

    def __init__(
        self, name: str, options: VideoOptions, make_link: VideoLinkFactory | None = None
    ) -> None:
        self._name = name
        self._options = options
        self._make_link = make_link or self._make_configured_link
        self._link: VideoLink | None = None
        self.identity = DeviceIdentity(make="unknown", model="camera")
        """What the system says of the camera, from the first opening on."""

    def open(self) -> None:
        """Open the camera; raises DriverError."""
        self.identity = describe_source(self._options.source)
        self._link = self._make_link()
        self._link.open(timeout_s=self._options.open_timeout_s)

    def close(self) -> None:
        """Give the camera back; allowed in every state."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def read_newest(self, *, timeout_s: float) -> VideoImage:
        """Return the newest picture that was not returned yet; raises DriverError."""
        if self._link is None:
            raise DeviceNotFoundError("used before it was opened", device=self._name)
        return self._link.read_newest(timeout_s=timeout_s)

    def offered_modes(self) -> tuple[VideoMode, ...]:
        """Return what the camera offers; empty for a file or a stream. Raises DriverError."""
        return list_source_modes(self._options.source, device=self._name)

    def _make_configured_link(self) -> VideoLink:
        options = self._options
        return make_video_link(
            options.source,
            VideoSettings(options.width, options.height, options.fps, options.control_wishes()),
            device=self._name,
            timeout_s=options.open_timeout_s,
        )
