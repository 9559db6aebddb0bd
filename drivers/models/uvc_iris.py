"""A near-infrared camera that sees both eyes side by side: USB video class, network, or a file.

One picture carries two eyes of 640 x 480 or more, next to each other. Seen from the camera, the
capture subject's right eye is on the picture's left; a camera that mirrors shows the other way
round, and is turned back before the eyes are cut out. A file stands in for a camera: it is played
again and again at its own frame rate.

The camera only sends pictures: it finds no eyes, measures no distance and says nothing of its
lamps, so both frames are always handed out and the check of irises judges them.
"""

import logging
import time

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from drivers.devices import AttachedDevice, IrisCamera
from drivers.errors import ProtocolError
from drivers.frames import DeviceIdentity, EyePair, Frame
from drivers.transport.video import VideoImage, VideoLinkFactory
from drivers.transport.video_modes import VideoMode
from drivers.transport.video_port import VideoOptions, VideoPort
from drivers.transport.video_search import find_cameras

EYE_ROWS, EYE_COLS = 480, 640  # the contract of IrisCamera
MAX_ASPECT_DEVIATION = 0.02  # a circle may be so much wider than high
JPEG_END = b"\xff\xd9"

log = logging.getLogger(__name__)


class UvcIrisOptions(VideoOptions):
    """Options of a two-eye camera."""

    width: int = Field(2 * EYE_COLS, ge=2 * EYE_COLS, le=16384)
    """Columns of both eyes together, asked of the camera."""
    height: int = Field(EYE_ROWS, ge=EYE_ROWS, le=16384)
    """Rows asked of the camera."""
    mirror: bool = False
    """The camera sends a mirror image."""
    upside_down: bool = False
    """The camera is mounted upside down."""


class UvcIris(IrisCamera):
    """A two-eye camera behind a thread that keeps its newest picture."""

    options_model = UvcIrisOptions

    def __init__(
        self, name: str, options: UvcIrisOptions, make_link: VideoLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        self._camera_options = options
        self._port = VideoPort(name, options, make_link)

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the cameras of this machine; which of them sees eyes they do not say."""
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

    def _read_eyes(self, timeout_s: float) -> EyePair:
        image = self._read_whole(timeout_s)
        left_half, right_half = self._halves(self._turned(image.pixels))
        return EyePair(right=self._frame(left_half, image), left=self._frame(right_half, image))

    def _read_whole(self, timeout_s: float) -> VideoImage:
        """Return the newest picture that came whole; OpenCV decodes cut ones without a word."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            image = self._port.read_newest(timeout_s=max(0.0, deadline_s - time.monotonic()))
            if image.jpeg is None or image.jpeg.rstrip(b"\0\r\n").endswith(JPEG_END):
                return image
            log.warning("%s: a JPEG of %d bytes is cut", self.name, len(image.jpeg))

    def _turned(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._camera_options.upside_down:
            pixels = pixels[::-1, ::-1]
        return pixels[:, ::-1] if self._camera_options.mirror else pixels

    def _halves(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Cut the picture in two; ProtocolError when it cannot hold two eyes."""
        rows, cols = pixels.shape[:2]
        eye_cols = cols // 2
        aspect = eye_cols / rows * EYE_ROWS / EYE_COLS
        if rows < EYE_ROWS or eye_cols < EYE_COLS or abs(aspect - 1) > MAX_ASPECT_DEVIATION:
            raise ProtocolError(
                f"a picture of {cols} x {rows} holds no two eyes of {EYE_COLS} x {EYE_ROWS}; "
                "check the options source, width and height",
                device=self.name,
            )
        return pixels[:, :eye_cols], pixels[:, cols - eye_cols :]

    def _frame(self, pixels: NDArray[np.uint8], image: VideoImage) -> Frame:
        gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
        if gray.shape != (EYE_ROWS, EYE_COLS):
            gray = cv2.resize(gray, (EYE_COLS, EYE_ROWS), interpolation=cv2.INTER_AREA)
        eye = np.ascontiguousarray(gray, dtype=np.uint8)
        return Frame(eye, None, image.captured_at_s, self._port.identity)


DRIVER = UvcIris
