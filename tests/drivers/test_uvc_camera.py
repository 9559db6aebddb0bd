"""The camera driver over files and scripted sources."""

import time

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from drivers.errors import DeviceNotFoundError, TransportTimeoutError
from drivers.models.uvc_camera import UvcCamera, UvcCameraOptions
from drivers.transport.video import VideoImage, VideoLink, VideoSource

CORNERS = np.zeros((4, 6, 3), np.uint8)
CORNERS[0, 0] = 1, 2, 3  # top left, blue green red
CORNERS[0, -1] = 50


class OnePicture(VideoSource):
    """Gives the same picture again and again, or nothing."""

    def __init__(self, *, jpeg=None, is_silent=False):
        self.jpeg = jpeg
        self.is_silent = is_silent

    def open(self):
        pass

    def read(self):
        time.sleep(0.5 if self.is_silent else 0.01)
        if self.is_silent:
            raise TransportTimeoutError("silent", device="camera")
        return VideoImage(CORNERS.copy(), time.monotonic(), self.jpeg)

    def close(self):
        pass


def make(source, **options):
    return UvcCamera(
        "camera", UvcCameraOptions(**options), lambda: VideoLink(source, device="camera")
    )


def read(source, **options):
    with make(source, **options) as camera:
        return camera.read_frame(timeout_s=2.0)


def test_a_frame_is_handed_out_as_it_came():
    frame = read(OnePicture(jpeg=b"jpeg"))
    assert np.array_equal(frame.pixels, CORNERS)
    assert frame.raw == b"jpeg"
    assert frame.resolution_ppi is None


@pytest.mark.parametrize(
    ("rotate_deg", "mirror", "corner", "shape"),
    [
        (90, False, (0, -1), (6, 4, 3)),  # clockwise: the top left goes to the top right
        (180, False, (-1, -1), (4, 6, 3)),
        (270, False, (-1, 0), (6, 4, 3)),
        (0, True, (0, -1), (4, 6, 3)),
        (90, True, (0, 0), (6, 4, 3)),
    ],
)
def test_rotation_is_clockwise_and_mirroring_comes_after_it(rotate_deg, mirror, corner, shape):
    frame = read(OnePicture(jpeg=b"jpeg"), rotate_deg=rotate_deg, mirror=mirror)
    assert frame.pixels.shape == shape
    assert frame.pixels[corner].tolist() == [1, 2, 3]
    assert frame.pixels.flags.c_contiguous
    assert frame.raw is None  # the JPEG shows the picture unturned


def test_silence_is_a_timeout_in_time(assert_no_new_threads):
    with make(OnePicture(is_silent=True)) as camera:
        started_s = time.monotonic()
        with pytest.raises(TransportTimeoutError, match="no new picture"):
            camera.read_frame(timeout_s=0.2)
        assert time.monotonic() - started_s < 0.45
    assert_no_new_threads()


def test_a_camera_can_be_opened_again(assert_no_new_threads):
    camera = make(OnePicture())
    for _ in range(2):
        with camera:
            camera.read_frame(timeout_s=2.0)
        camera.close()
        with pytest.raises(DeviceNotFoundError):
            camera.read_frame(timeout_s=1.0)
    assert_no_new_threads()


def test_a_file_stands_in_for_a_camera(tmp_path):
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50, (64, 48))
    for _ in range(3):
        writer.write(np.full((48, 64, 3), 120, np.uint8))
    writer.release()
    with UvcCamera("camera", UvcCameraOptions(source=str(path), rotate_deg=90)) as camera:
        frames = [camera.read_frame(timeout_s=2.0) for _ in range(5)]
        assert camera.identity().model == "film.avi"
    assert {frame.pixels.shape for frame in frames} == {(64, 48, 3)}
    times_s = [frame.captured_at_s for frame in frames]
    assert times_s == sorted(set(times_s))


def test_no_camera():
    camera = UvcCamera("camera", UvcCameraOptions(source="/dev/video99"))
    with pytest.raises(DeviceNotFoundError, match="/dev/video99"):
        camera.open()
    camera.close()
    assert not camera.is_open


@pytest.mark.parametrize(
    "options",
    [{"rotate_deg": 45}, {"rotate_deg": 360}, {"width": 0}, {"fps": 0}, {"zoom": 2}],
)
def test_options_out_of_range(options):
    with pytest.raises(ValidationError):
        UvcCameraOptions(**options)


def test_options_as_a_command_line_gives_them():
    options = UvcCameraOptions(source=1, rotate_deg="90", mirror="true", width="1920")
    assert (options.source, options.rotate_deg, options.mirror) == ("1", 90, True)
