"""A camera for portraits: USB video class through V4L2, a network camera, or a video file.

A file stands in for a camera: it is played again and again at its own frame rate.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from drivers.devices import AttachedDevice, FaceCamera
from drivers.frames import DeviceIdentity, Frame
from drivers.transport.video import VideoLinkFactory
from drivers.transport.video_modes import VideoMode
from drivers.transport.video_port import VideoOptions, VideoPort
from drivers.transport.video_search import find_cameras


class UvcCameraOptions(VideoOptions):
    """Options of a camera."""

    rotate_deg: int = Field(0, ge=0, lt=360, multiple_of=90)
    """Clockwise rotation that puts the head upright."""
    mirror: bool = False
    """Swap left and right after rotation. Portraits for the card must not be mirrored."""


class UvcCamera(FaceCamera):
    """A camera behind a thread that keeps its newest frame."""

    options_model = UvcCameraOptions

    def __init__(
        self, name: str, options: UvcCameraOptions, make_link: VideoLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        self._camera_options = options
        self._port = VideoPort(name, options, make_link)

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the cameras of this machine."""
        return find_cameras()

    def offered_modes(self) -> tuple[VideoMode, ...]:
        """Return the sizes and rates that the camera offers; empty for a file or a stream."""
        return self._port.offered_modes()

    def _open(self) -> None:
        self._port.open()

    def _close(self) -> None:
        self._port.close()

    def _identity(self) -> DeviceIdentity:
        return self._port.identity

    def _read_frame(self, timeout_s: float) -> Frame:
        image = self._port.read_newest(timeout_s=timeout_s)
        pixels = self._turned(image.pixels)
        raw = image.jpeg if pixels is image.pixels else None
        return Frame(pixels, None, image.captured_at_s, self._port.identity, raw)

    def _turned(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        options = self._camera_options
        if not options.rotate_deg and not options.mirror:
            return pixels
        turned = np.rot90(pixels, -options.rotate_deg // 90)
        return np.ascontiguousarray(turned[:, ::-1] if options.mirror else turned)


DRIVER = UvcCamera
