"""Benches of the video cameras, before an MJPEG stream on the loopback interface.

A camera of the kernel (V4L2) has no wire on which an emulator could stand; its thread and limits
are the same ones.
"""

from functools import cache

import cv2
import numpy as np

from drivers.errors import TransportError, TransportTimeoutError
from drivers.models.uvc_camera import UvcCamera, UvcCameraOptions
from drivers.models.uvc_iris import UvcIris, UvcIrisOptions
from drivers.simulation.wire.mjpeg_server import MjpegServer, StreamFault, StreamFaultKind
from tests.drivers.fault_walk import Bench, Fault

STREAM_KINDS = {
    Fault.UNPLUG: StreamFaultKind.UNPLUG,
    Fault.STALL: StreamFaultKind.STALL,
    Fault.SHORT: StreamFaultKind.SHORT,
    Fault.CUT: StreamFaultKind.CUT,
}
PICTURES = 6
SILENCE_S = 0.2


@cache
def make_jpeg(rows, cols):
    """A slope with stripes, so that every part of the picture differs and none is flat."""
    row, col = np.mgrid[:rows, :cols]
    levels = 60 * row / rows + 60 * col / cols + 60 * (1 + np.sin(col / 3 + row / 5))
    picture = np.repeat(levels.astype(np.uint8)[:, :, None], 3, axis=2)
    return cv2.imencode(".jpg", picture)[1].tobytes()


class StreamBench(Bench):
    """A capture looks at six pictures; whatever is cut is left out and the next ones are whole."""

    seam = "mjpeg"
    transfers = ("head", *["picture"] * PICTURES)
    kinds = STREAM_KINDS
    limit_s = 2.0

    def set_up(self):
        fault = self.emulated_fault(StreamFault)
        jpegs = (make_jpeg(*self.shape_px),)
        self.server = self.stack.enter_context(MjpegServer(jpegs, fault))
        self.device = self.make_device(self.server.url)

    def capture(self):
        with self.device:
            return [self.look() for _ in range(PICTURES)]

    def replug(self):
        self.server.replug()

    def made_transfers(self):
        """Return those of the capture; the stream runs on while the last picture is looked at."""
        return self.named(min(self.server.transfers, len(self.transfers)))

    def expected(self, hit, good):
        match hit.fault:
            case Fault.STALL:
                return TransportTimeoutError
            case Fault.SHORT | Fault.CUT if hit.number > 0:
                return good
        return TransportError


class CameraStream(StreamBench):
    """A portrait camera."""

    shape_px = (240, 320)

    def make_device(self, url):
        return UvcCamera("device", UvcCameraOptions(source=url, open_timeout_s=SILENCE_S))

    def look(self):
        return self.device.read_frame(timeout_s=1.0).pixels.tobytes()


class IrisStream(StreamBench):
    """A two-eye camera."""

    shape_px = (480, 1280)

    def make_device(self, url):
        return UvcIris("device", UvcIrisOptions(source=url, open_timeout_s=SILENCE_S))

    def look(self):
        pair = self.device.read_eyes(timeout_s=1.0)
        return pair.right.pixels.tobytes(), pair.left.pixels.tobytes()
