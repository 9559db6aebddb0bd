"""The newest picture of a source, in time, whatever the source does."""

import itertools
import threading
import time

import cv2
import numpy as np
import pytest

from drivers.errors import (
    AccessDeniedError,
    DeviceNotFoundError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.transport.video import VideoImage, VideoLink, VideoSettings, VideoSource
from drivers.transport.video_search import describe_source, find_cameras, make_video_link


class ScriptedSource(VideoSource):
    """Gives grey pictures 0, 1, 2 .. when told to; can hang, fail, or raise OpenCV's error."""

    def __init__(self, *, open_error=None, read_error=None, hangs_at=None):
        self.open_error = open_error
        self.read_error = read_error
        self.hangs_at = hangs_at
        self.allowed = threading.Semaphore(0)
        self.released = threading.Event()
        self.count = 0
        self.is_closed = False

    def open(self):
        if self.hangs_at == "open":
            self.released.wait(20)
        if self.open_error is not None:
            raise self.open_error

    def read(self):
        if not self.allowed.acquire(timeout=0.2) and self.hangs_at == "read":
            self.released.wait(20)
        if self.read_error is not None:
            raise self.read_error
        self.count += 1
        return VideoImage(np.full((2, 2, 3), self.count - 1, np.uint8), time.monotonic())

    def close(self):
        self.is_closed = True


def open_link(source, timeout_s=1.0):
    link = VideoLink(source, device="camera")
    link.open(timeout_s=timeout_s)
    return link


def test_the_newest_picture_wins(assert_no_new_threads):
    source = ScriptedSource()
    link = open_link(source)
    source.allowed.release(5)
    while source.count < 5:
        time.sleep(0.005)
    time.sleep(0.02)
    assert link.read_newest(timeout_s=1.0).pixels[0, 0, 0] == 4
    link.close()
    link.close()
    assert source.is_closed
    assert_no_new_threads()


def test_a_picture_is_handed_out_once(assert_no_new_threads):
    source = ScriptedSource(hangs_at="read")
    source.allowed.release(1)
    link = open_link(source)
    link.read_newest(timeout_s=1.0)
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError, match=r"no new picture in 0\.3 s"):
        link.read_newest(timeout_s=0.3)
    assert time.monotonic() - started_s < 1.5
    source.released.set()
    link.close()
    assert_no_new_threads()


def test_a_camera_that_hangs_while_opening_does_not_hang_the_caller(assert_no_new_threads):
    source = ScriptedSource(hangs_at="open")
    link = VideoLink(source, device="camera")
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError, match=r"did not open in 0\.2 s"):
        link.open(timeout_s=0.2)
    assert time.monotonic() - started_s < 1.0
    source.released.set()
    link.close()
    assert source.is_closed
    assert_no_new_threads()


def test_a_camera_that_hangs_for_ever_is_left_behind(caplog, monkeypatch):
    monkeypatch.setattr("drivers.transport.video._JOIN_TIMEOUT_S", 0.3)
    source = ScriptedSource(hangs_at="read")
    link = open_link(source)
    time.sleep(0.3)
    started_s = time.monotonic()
    link.close()
    assert time.monotonic() - started_s < 1.5
    assert "hangs" in caplog.text
    source.released.set()


@pytest.mark.parametrize(
    "source",
    [
        ScriptedSource(open_error=ProtocolError("no", device="camera")),
        ScriptedSource(open_error=cv2.error("no")),
    ],
)
def test_a_source_that_does_not_open(source, assert_no_new_threads):
    link = VideoLink(source, device="camera")
    with pytest.raises((ProtocolError, TransportError), match="no"):
        link.open(timeout_s=1.0)
    link.close()
    assert source.is_closed
    assert_no_new_threads()


def test_a_source_that_fails_later_says_so_each_time():
    source = ScriptedSource(read_error=TransportError("unplugged", device="camera"))
    link = open_link(source)
    for _ in range(2):
        with pytest.raises(TransportError, match="unplugged"):
            link.read_newest(timeout_s=1.0)
    link.close()


# ---- files and streams


@pytest.fixture
def video_file(tmp_path):
    """Ten pictures, 50 per second, grey 0, 20, 40 .. 180."""
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50, (64, 48))
    for number in range(10):
        writer.write(np.full((48, 64, 3), number * 20, np.uint8))
    writer.release()
    return path


def read_grays(link, count):
    grays = []
    for _ in range(count):
        grays.append(float(link.read_newest(timeout_s=2.0).pixels.mean()))
    return grays


def test_a_file_plays_again_and_again_at_its_pace(video_file, assert_no_new_threads):
    link = make_video_link(str(video_file), VideoSettings(), device="camera", timeout_s=5.0)
    link.open(timeout_s=5.0)
    started_s = time.monotonic()
    grays = read_grays(link, 25)
    elapsed_s = time.monotonic() - started_s
    link.close()
    assert max(grays) > 150
    assert min(grays) < 30
    drops = sum(1 for one, two in itertools.pairwise(grays) if two < one - 50)
    assert drops >= 2  # it began anew
    assert elapsed_s > 0.3  # 25 pictures at 50 per second, some perhaps skipped
    assert_no_new_threads()


def test_a_files_pace_can_be_changed(video_file):
    settings = VideoSettings(rate_hz=10.0)
    link = make_video_link(str(video_file), settings, device="camera", timeout_s=5.0)
    link.open(timeout_s=5.0)
    started_s = time.monotonic()
    read_grays(link, 5)
    assert time.monotonic() - started_s > 0.3
    link.close()


def test_a_file_that_is_no_video(tmp_path):
    path = tmp_path / "film.avi"
    path.write_bytes(b"no film" * 100)
    link = make_video_link(str(path), VideoSettings(), device="camera", timeout_s=5.0)
    with pytest.raises(ProtocolError, match="no video"):
        link.open(timeout_s=5.0)
    link.close()


@pytest.mark.parametrize("source", ["/dev/video99", "99", "film.avi"])
def test_sources_that_are_not_there(source):
    with pytest.raises(DeviceNotFoundError, match="there is no"):
        make_video_link(source, VideoSettings(), device="camera", timeout_s=1.0)


def test_a_source_that_may_not_be_read(video_file, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may read everything
    with pytest.raises(AccessDeniedError, match="group video"):
        make_video_link(str(video_file), VideoSettings(), device="camera", timeout_s=1.0)


def test_a_network_camera(camera, make_jpeg, assert_no_new_threads):
    parts = [
        b"--frame\r\nContent-Length: %d\r\n\r\n" % len(one) + one
        for one in (b"damaged", make_jpeg(90))
    ]
    content_type = {"Content-Type": "multipart/x-mixed-replace; boundary=frame"}
    camera.paths["/mjpeg"] = (200, content_type, parts)
    link = make_video_link(camera.url + "/mjpeg", VideoSettings(), device="camera", timeout_s=1.0)
    link.open(timeout_s=2.0)
    image = link.read_newest(timeout_s=2.0)
    assert image.pixels.shape == (48, 64, 3)
    assert abs(float(image.pixels.mean()) - 90) < 2
    assert image.jpeg == make_jpeg(90)
    camera.release()
    with pytest.raises(TransportError, match="ended"):
        link.read_newest(timeout_s=2.0)
    link.close()


def test_a_network_camera_of_damaged_pictures(camera):
    part = b"--frame\r\nContent-Length: 3\r\n\r\nbad"
    content_type = {"Content-Type": "multipart/x-mixed-replace; boundary=frame"}
    camera.paths["/mjpeg"] = (200, content_type, [part] * 10)
    link = make_video_link(camera.url + "/mjpeg", VideoSettings(), device="camera", timeout_s=1.0)
    link.open(timeout_s=2.0)
    with pytest.raises(ProtocolError, match="damaged"):
        link.read_newest(timeout_s=2.0)
    link.close()


def test_this_machines_cameras_can_be_searched():
    assert isinstance(find_cameras(), tuple)


def test_sources_are_described():
    assert describe_source("http://host/x").model == "MJPEG camera"
    assert describe_source("/tmp/film.avi").model == "film.avi"  # noqa: S108 - not opened
    assert describe_source("0").model
