"""The two-eye camera over scripted sources, a video file and an MJPEG stream with faults."""

import http.server
import threading
import time

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from biometrics import iris
from drivers.errors import (
    DeviceNotFoundError,
    DriverError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.models.uvc_iris import UvcIris, UvcIrisOptions
from drivers.simulation.iris import EyeView, draw_eye, render_eye
from drivers.transport.video import VideoImage, VideoLink, VideoSource

LIMIT_S = 3.0
SILENCE_S = 0.3


@pytest.fixture(scope="session")
def eyes():
    """Both eyes of a virtual resident: right, left."""
    rng = np.random.default_rng(1)
    return tuple(
        render_eye(draw_eye("resident", is_right=is_right), EyeView(), rng)
        for is_right in (True, False)
    )


def as_camera_sees(eyes, *, mirror=False, upside_down=False):
    """One BGR picture: the right eye is on the left."""
    picture = np.repeat(np.hstack(eyes)[:, :, None], 3, axis=2)
    if mirror:
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture[::-1, ::-1] if upside_down else picture)


class OnePicture(VideoSource):
    """Gives the same picture again and again."""

    def __init__(self, pixels, jpegs=(None,)):
        self.pixels = pixels
        self.jpegs = list(jpegs)

    def open(self):
        pass

    def read(self):
        time.sleep(0.02)
        jpeg = self.jpegs.pop(0) if len(self.jpegs) > 1 else self.jpegs[0]
        return VideoImage(self.pixels.copy(), time.monotonic(), jpeg)

    def close(self):
        pass


def make(source, **options):
    return UvcIris("iris", UvcIrisOptions(**options), lambda: VideoLink(source, device="iris"))


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("upside_down", [False, True])
def test_each_eye_is_the_subjects_own_and_upright(eyes, mirror, upside_down):
    picture = as_camera_sees(eyes, mirror=mirror, upside_down=upside_down)
    with make(OnePicture(picture), mirror=mirror, upside_down=upside_down) as camera:
        pair = camera.read_eyes(timeout_s=2.0)
    for frame, eye in ((pair.right, eyes[0]), (pair.left, eyes[1])):
        assert np.array_equal(frame.pixels, eye)
        assert frame.pixels.flags.c_contiguous
        assert (frame.resolution_ppi, frame.raw) == (None, None)
    assert pair.right.captured_at_s == pair.left.captured_at_s
    assert pair.distance_mm is None


def test_the_irises_are_found_and_told_apart(eyes):
    with make(OnePicture(as_camera_sees(eyes))) as camera:
        pair = camera.read_eyes(timeout_s=2.0)
    for frame in (pair.right, pair.left):
        assert iris.check(frame.pixels).quality_score > 50


def test_a_larger_picture_is_made_smaller(eyes):
    large = cv2.resize(as_camera_sees(eyes), (2560, 960), interpolation=cv2.INTER_CUBIC)
    with make(OnePicture(large)) as camera:
        pair = camera.read_eyes(timeout_s=2.0)
    difference = np.abs(pair.right.pixels.astype(int) - eyes[0].astype(int))
    assert difference.mean() < 3


@pytest.mark.parametrize(("cols", "rows"), [(640, 480), (1280, 400), (1200, 480), (1920, 480)])
def test_a_picture_that_holds_no_two_eyes(cols, rows):
    with (
        make(OnePicture(np.zeros((rows, cols, 3), np.uint8))) as camera,
        pytest.raises(ProtocolError, match=f"{cols} x {rows}.*options"),
    ):
        camera.read_eyes(timeout_s=2.0)


def test_a_cut_jpeg_is_skipped_and_a_filled_one_is_not(eyes):
    picture = as_camera_sees(eyes)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    with make(OnePicture(picture, [jpeg[:-300], jpeg[:-2], jpeg + b"\0\0"])) as camera:
        started_s = time.monotonic()
        camera.read_eyes(timeout_s=2.0)
        assert time.monotonic() - started_s > 0.03  # the third picture
    with make(OnePicture(picture, [jpeg[:-300]])) as camera, pytest.raises(TransportTimeoutError):
        camera.read_eyes(timeout_s=0.3)


def test_a_file_stands_in_for_a_camera(eyes, tmp_path):
    path = tmp_path / "eyes.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (1280, 480))
    for _ in range(3):
        writer.write(as_camera_sees(eyes))
    writer.release()
    with UvcIris("iris", UvcIrisOptions(source=str(path))) as camera:
        pairs = [camera.read_eyes(timeout_s=2.0) for _ in range(5)]
        assert camera.identity().model == "eyes.avi"
    times_s = [pair.right.captured_at_s for pair in pairs]
    assert times_s == sorted(set(times_s))
    difference = np.abs(pairs[-1].left.pixels.astype(int) - eyes[1].astype(int))
    assert difference.mean() < 4  # JPEG


def test_no_camera():
    camera = UvcIris("iris", UvcIrisOptions(source="/dev/video99"))
    with pytest.raises(DeviceNotFoundError, match="/dev/video99"):
        camera.open()
    camera.close()


@pytest.mark.parametrize("options", [{"width": 640}, {"height": 240}, {"fps": 0}, {"lamp": 1}])
def test_options_out_of_range(options):
    with pytest.raises(ValidationError):
        UvcIrisOptions(**options)


class EyeServer:
    """An MJPEG camera on the loopback interface; `fault` is (what, at part n) or None."""

    def __init__(self, jpeg):
        self.jpeg = jpeg
        self.fault = None
        self._stop = threading.Event()
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                camera._answer(self)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="pad on loopback"
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/eyes"

    def close(self):
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)

    def _answer(self, request):
        threading.current_thread().name = "pad on loopback"
        what, at = self.fault or (None, None)
        if what == "refuse":
            request.send_error(503)
            return
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        request.end_headers()
        try:
            for number in range(1000):
                if number == at and what == "unplug":
                    return
                if number == at and what == "stall":
                    self._stop.wait(5.0)
                    return
                self._send(request, is_short=number == at and what == "short")
                if self._stop.wait(0.02):
                    return
        except OSError:
            return

    def _send(self, request, *, is_short):
        jpeg = self.jpeg[: len(self.jpeg) // 2] if is_short else self.jpeg
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        request.wfile.write(head.encode() + jpeg + b"\r\n")


@pytest.fixture
def server(eyes):
    server = EyeServer(cv2.imencode(".jpg", as_camera_sees(eyes))[1].tobytes())
    yield server
    server.close()


def read_pairs(server, count):
    options = UvcIrisOptions(source=server.url, open_timeout_s=SILENCE_S)
    with UvcIris("iris", options) as camera:
        return [camera.read_eyes(timeout_s=1.0) for _ in range(count)]


def new_threads(before):
    deadline_s = time.monotonic() + 1.0
    while time.monotonic() < deadline_s:
        left = {t for t in set(threading.enumerate()) - before if "loopback" not in t.name}
        if not left:
            return set()
        time.sleep(0.01)
    return left


@pytest.mark.parametrize(
    ("what", "at", "expected"),
    [
        ("refuse", None, ProtocolError),
        *[("unplug", at, TransportError) for at in range(4)],
        *[("stall", at, TransportTimeoutError) for at in range(4)],
        *[("short", at, None) for at in range(4)],  # the next one is whole
    ],
)
def test_fault(server, what, at, expected):
    before = set(threading.enumerate())
    server.fault = (what, at)
    started_s = time.monotonic()
    error, pairs = None, []
    try:
        pairs = read_pairs(server, 6)
    except DriverError as caught:
        error = caught
    assert time.monotonic() - started_s < LIMIT_S
    assert type(error) is (expected or type(None)), error
    assert error is None or error.device == "iris"
    assert len(pairs) == (0 if expected else 6)
    assert all(pair.left.pixels[240:].std() > 5 for pair in pairs)  # no half of a picture
    assert new_threads(before) == set()

    server.fault = None
    assert len(read_pairs(server, 2)) == 2
    assert new_threads(before) == set()
