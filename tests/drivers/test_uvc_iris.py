"""The two-eye camera over scripted sources and a video file."""

import time

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from biometrics import iris
from drivers.errors import (
    DeviceNotFoundError,
    ProtocolError,
    TransportTimeoutError,
)
from drivers.models.uvc_iris import UvcIris, UvcIrisOptions
from drivers.simulation.iris import EyeView, draw_eye, render_eye
from drivers.transport.video import VideoImage, VideoLink, VideoSource


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
