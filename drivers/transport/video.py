"""Moving pictures from cameras, files and MJPEG streams; always the newest one.

A camera may hang inside the kernel for as long as it likes. So a thread of its own opens and reads
it, and the caller only ever waits for that thread, with a time limit.

    VideoLink (thread, newest picture, limits)
    +-- CaptureSource   cv2.VideoCapture: V4L2 cameras; files, played again and again at their pace
    +-- MjpegSource     HTTP multipart streams
"""

import fcntl
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.errors import (
    DeviceBusyError,
    DriverError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.transport.http import MjpegStream
from drivers.transport.video_controls import ControlWish, apply_controls
from drivers.transport.video_modes import describe_modes, list_modes
from drivers.transport.video_node import Ioctl

_FALLBACK_RATE_HZ = 25.0  # for files that do not tell theirs
_MAX_RATE_HZ = 240.0
_RATE_TOLERANCE = 0.01  # a camera of 29.97 has the 30 that were asked
_MAX_BAD_JPEGS = 10
_JOIN_TIMEOUT_S = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """What is asked of a camera; None leaves the camera's own choice."""

    width_px: int | None = None
    height_px: int | None = None
    rate_hz: float | None = None
    controls: tuple[ControlWish, ...] = ()
    """Exposure, focus and the like, for V4L2 cameras."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoImage:
    """One picture in BGR."""

    pixels: NDArray[np.uint8]
    captured_at_s: float
    """Monotonic clock, when the picture had been read."""
    jpeg: bytes | None = None
    """As received, from cameras that send JPEG over the network."""


class VideoSource(ABC):
    """Where pictures come from; used by one thread only, and may block."""

    @abstractmethod
    def open(self) -> None:
        """Connect; raises DriverError."""

    @abstractmethod
    def read(self) -> VideoImage:
        """Return the next picture; raises DriverError."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back; allowed in every state."""


class VideoLink:
    """Reads a source in a thread and keeps the newest picture. Used once: open, read, close."""

    def __init__(self, source: VideoSource, *, device: str) -> None:
        self.device = device
        self._source = source
        self._changed = threading.Condition()
        self._is_open = False
        self._is_stopping = False
        self._newest: VideoImage | None = None
        self._error: DriverError | None = None
        self._thread = threading.Thread(target=self._run, name=f"{device} video", daemon=True)

    def open(self, *, timeout_s: float) -> None:
        """Start the thread and wait until the source is open; raises DriverError."""
        self._thread.start()
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_open or self._error, timeout_s):
                raise TransportTimeoutError(
                    f"the camera did not open in {timeout_s:g} s; unplug it and plug it in again",
                    device=self.device,
                )
            if self._error is not None and not self._is_open:
                raise self._error

    def read_newest(self, *, timeout_s: float) -> VideoImage:
        """Return the newest picture that was not returned yet; raises DriverError."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._error, timeout_s)
            image, self._newest = self._newest, None
            error = self._error
        if image is not None:
            return image
        if error is not None:
            raise error
        raise TransportTimeoutError(f"no new picture in {timeout_s:g} s", device=self.device)

    def close(self) -> None:
        """Stop the thread; one that hangs in the camera's driver is left behind and logged."""
        with self._changed:
            self._is_stopping = True
        if self._thread.ident is None:
            return
        self._thread.join(_JOIN_TIMEOUT_S)
        if self._thread.is_alive():
            log.error("%s: the camera hangs; its thread is left behind", self.device)

    def _run(self) -> None:
        try:
            self._source.open()
            self._publish(is_open=True)
            while not self._is_stopping:
                self._publish(image=self._source.read())
        except DriverError as error:
            self._publish(error=error)
        except cv2.error as error:
            self._publish(error=TransportError(f"OpenCV failed: {error}", device=self.device))
        finally:
            self._source.close()

    def _publish(
        self,
        *,
        is_open: bool = False,
        image: VideoImage | None = None,
        error: DriverError | None = None,
    ) -> None:
        with self._changed:
            self._is_open = self._is_open or is_open
            self._newest = image or self._newest
            self._error = error or self._error
            self._changed.notify_all()


VideoLinkFactory = Callable[[], VideoLink]
"""Makes a link anew at every call."""


class CaptureSource(VideoSource):
    """A V4L2 camera or a video file through OpenCV."""

    def __init__(
        self,
        path: str,
        settings: VideoSettings,
        *,
        is_file: bool,
        device: str,
        ioctl: Ioctl = fcntl.ioctl,
    ) -> None:
        self._path = path
        self._settings = settings
        self._is_file = is_file
        self._device = device
        self._ioctl = ioctl
        self._capture = cv2.VideoCapture()
        self._period_s = 0.0
        self._due_at_s = 0.0

    def open(self) -> None:
        """Open and apply the settings."""
        backend = cv2.CAP_FFMPEG if self._is_file else cv2.CAP_V4L2
        if not self._capture.open(self._path, backend):
            raise self._open_error()
        if self._is_file:
            self._period_s = 1.0 / self._file_rate_hz()
        else:
            self._configure_camera()

    def read(self) -> VideoImage:
        """Return the next picture; a file begins anew after its last, and keeps its pace."""
        has_image, pixels = self._capture.read()
        if not has_image and self._is_file:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            has_image, pixels = self._capture.read()
        if not has_image:
            raise TransportError(
                f"{self._path} gives no picture; check the cable", device=self._device
            )
        self._keep_pace()
        return VideoImage(np.asarray(pixels, dtype=np.uint8), time.monotonic())

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()

    def _open_error(self) -> DriverError:
        if self._is_file:
            return ProtocolError(f"{self._path} is no video that OpenCV reads", device=self._device)
        return DeviceBusyError(
            f"{self._path} does not open: another program uses it, or it is no camera",
            device=self._device,
        )

    def _configure_camera(self) -> None:
        # Uncompressed pictures of full size do not fit USB 2 at 30 frames/s; MJPG does.
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        wanted = (
            (cv2.CAP_PROP_FRAME_WIDTH, self._settings.width_px),
            (cv2.CAP_PROP_FRAME_HEIGHT, self._settings.height_px),
            (cv2.CAP_PROP_FPS, self._settings.rate_hz),
        )
        for setting, value in wanted:
            if value is not None and not self._capture.set(setting, value):
                log.warning("%s: the camera refuses setting %d=%s", self._device, setting, value)
        self._compare_choice()
        if self._settings.controls:
            apply_controls(self._path, self._settings.controls, device=self._device)

    def _compare_choice(self) -> None:
        """Say when the camera chose otherwise: V4L2 takes the nearest that it has, unasked."""
        wanted = self._settings
        cols = round(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        rows = round(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate_hz = self._capture.get(cv2.CAP_PROP_FPS)  # 0 where it is not known
        is_same_size = wanted.width_px in (None, cols) and wanted.height_px in (None, rows)
        is_same_rate = not (wanted.rate_hz and rate_hz) or (
            abs(rate_hz / wanted.rate_hz - 1) <= _RATE_TOLERANCE
        )
        if is_same_size and is_same_rate:
            return
        log.warning(
            "%s: the camera gives %d x %d at %g /s, not %s x %s at %s /s; give options width, "
            "height and fps that it has: %s",
            *(self._device, cols, rows, rate_hz, wanted.width_px or "any"),
            *(wanted.height_px or "any", wanted.rate_hz or "any", self._offered()),
        )

    def _offered(self) -> str:
        try:
            return describe_modes(list_modes(self._path, device=self._device, ioctl=self._ioctl))
        except DriverError as error:
            return error.message

    def _file_rate_hz(self) -> float:
        rate_hz = self._settings.rate_hz or self._capture.get(cv2.CAP_PROP_FPS)
        return rate_hz if 0 < rate_hz <= _MAX_RATE_HZ else _FALLBACK_RATE_HZ

    def _keep_pace(self) -> None:
        time.sleep(max(0.0, self._due_at_s - time.monotonic()))
        self._due_at_s = max(self._due_at_s, time.monotonic() - self._period_s) + self._period_s


class MjpegSource(VideoSource):
    """A network camera that sends MJPEG over HTTP."""

    def __init__(self, url: str, *, device: str, timeout_s: float) -> None:
        self._url = url
        self._device = device
        self._timeout_s = timeout_s
        self._stream: MjpegStream | None = None

    def open(self) -> None:
        """Connect."""
        self._stream = MjpegStream(self._url, device=self._device, timeout_s=self._timeout_s)

    def read(self) -> VideoImage:
        """Return the next picture; damaged ones are skipped, but not without end."""
        if self._stream is None:
            raise TransportError("read before it was opened", device=self._device)
        for _ in range(_MAX_BAD_JPEGS):
            jpeg = self._stream.read_jpeg()
            pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
            if pixels is not None:
                return VideoImage(np.asarray(pixels, np.uint8), time.monotonic(), jpeg)
            log.warning("%s: a JPEG of %d bytes does not decode", self._device, len(jpeg))
        raise ProtocolError(f"{_MAX_BAD_JPEGS} damaged pictures in a row", device=self._device)

    def close(self) -> None:
        """Close the connection."""
        if self._stream is not None:
            self._stream.close()
