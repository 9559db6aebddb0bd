"""Sizes and rates of V4L2 cameras, from structures written byte by byte."""

import errno
from pathlib import Path

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.catalog import build_device
from drivers.errors import TransportError
from drivers.transport import video_modes as modes
from drivers.transport.attachment import find_offers
from drivers.transport.video import CaptureSource, VideoSettings
from drivers.transport.video_modes import (
    Steps,
    TellsModes,
    VideoMode,
    describe_modes,
    list_modes,
    summarize_modes,
)

HEAD_WORDS = {modes.ENUM_FORMATS: 2, modes.ENUM_SIZES: 2, modes.ENUM_INTERVALS: 4}
LETTERS = b"MJPG"


def words(*numbers):
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def told_format(index, letters=LETTERS):
    """index, capture, flags, name, letters, bus code, three reserved."""
    return words(index, 1, 1) + b"Motion-JPEG".ljust(32, b"\0") + letters + words(0) + bytes(12)


def told_size(index, cols, rows, letters=LETTERS):
    """Kind 1 and a pair in the place of six numbers, two reserved."""
    return words(index) + letters + words(1, cols, rows) + bytes(16) + bytes(8)


def told_interval(index, cols, rows, above, below, letters=LETTERS):
    """Kind 1 and a fraction in the place of three, two reserved."""
    return words(index) + letters + words(cols, rows, 1, above, below) + bytes(16) + bytes(8)


class Kernel:
    """Answers what was written for it, where the caller's first words are those of the answer."""

    def __init__(self, formats=(), sizes=(), intervals=(), *, error=errno.EINVAL):
        self.answers = {
            modes.ENUM_FORMATS: formats,
            modes.ENUM_SIZES: sizes,
            modes.ENUM_INTERVALS: intervals,
        }
        self.error = error
        self.calls = 0

    def ioctl(self, _node, number, data):
        self.calls += 1
        head = 4 * HEAD_WORDS[number]
        assert not any(data[head:])
        for answer in self.answers[number]:
            if answer[:head] == data[:head]:
                assert len(answer) == len(data) == number >> 16 & 0x3FFF
                data[:] = answer
                return
        raise OSError(self.error, "emulated")


WEBCAM = {
    "formats": [told_format(0), told_format(1, b"YUYV")],
    "sizes": [
        told_size(0, 640, 480),
        told_size(1, 1920, 1080),
        told_size(0, 640, 480, b"YUYV"),
    ],
    "intervals": [
        told_interval(0, 1920, 1080, 1, 30),
        told_interval(1, 1920, 1080, 1, 15),
        told_interval(0, 640, 480, 1001, 30000),
        told_interval(0, 640, 480, 2, 15, b"YUYV"),
    ],
}


@pytest.fixture
def node(tmp_path):
    path = tmp_path / "video0"
    path.touch()
    return str(path)


def modes_on(node, kernel):
    return list_modes(node, device="camera", ioctl=kernel.ioctl)


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOTTY, errno.ENODATA])
def test_a_camera_that_tells_nothing(node, error):
    assert modes_on(node, Kernel(error=error)) == ()
    assert modes_on(node, Kernel([told_format(0)], error=error)) == ()


def test_a_size_without_rates(node):
    (mode,) = modes_on(node, Kernel([told_format(0)], [told_size(0, 640, 480)]))
    assert (str(mode), mode.rates_hz) == ("MJPG 640 x 480", ())


def test_a_camera_that_is_gone(node):
    with pytest.raises(TransportError, match=r"does not tell its picture sizes.*check the cable"):
        modes_on(node, Kernel(error=errno.ENODEV))
    with pytest.raises(TransportError, match="cannot be opened for its picture sizes"):
        modes_on("/dev/no_such_camera", Kernel())


def test_a_file_is_no_camera_to_the_real_kernel(node):
    assert list_modes(node, device="camera") == ()


def test_everything_that_a_webcam_offers_largest_first(node):
    offered = modes_on(node, Kernel(**WEBCAM))
    assert offered == (
        VideoMode("MJPG", Steps(1920, 1920), Steps(1080, 1080), (30.0, 15.0)),
        VideoMode("MJPG", Steps(640, 640), Steps(480, 480), (29.97,)),
        VideoMode("YUYV", Steps(640, 640), Steps(480, 480), (7.5,)),
    )
    assert describe_modes(offered) == (
        "MJPG 1920 x 1080 (30, 15 /s); MJPG 640 x 480 (29.97 /s); YUYV 640 x 480 (7.5 /s)"
    )
    assert summarize_modes(offered) == (
        "up to MJPG 1920 x 1080 (30, 15 /s); up to YUYV 640 x 480 (7.5 /s)"
    )


def test_a_camera_of_any_size_in_steps(node):
    size = words(0) + LETTERS + words(3, 32, 1280, 16, 24, 960, 8) + bytes(8)
    # Seconds per picture from 1/60 to 1/5, in steps of 1/60.
    rate = words(0) + LETTERS + words(1280, 960, 3, 1, 60, 1, 5, 1, 60) + bytes(8)
    (mode,) = modes_on(node, Kernel([told_format(0)], [size], [rate]))
    assert str(mode) == "MJPG 32..1280 x 24..960 (60 to 5 /s)"


def test_letters_of_odd_formats(node):
    formats = [told_format(0, b"Y16\xa0"), told_format(1, b"Y8\0\0")]
    sizes = [told_size(0, 640, 480, one) for one in (b"Y16\xa0", b"Y8\0\0")]
    offered = modes_on(node, Kernel(formats, sizes))
    assert [mode.pixel_format for mode in offered] == ["Y16-BE", "Y8"]


def test_a_rate_that_is_no_number_is_left_out(node):
    kernel = Kernel([told_format(0)], [told_size(0, 8, 8)], [told_interval(0, 8, 8, 0, 30)])
    assert modes_on(node, kernel)[0].rates_hz == ()


def test_a_camera_that_never_comes_to_an_end_is_left_in_time(node):
    endless = Kernel([told_format(index) for index in range(1000)])
    assert modes_on(node, endless) == ()
    assert endless.calls == 2 * modes.MAX_ENTRIES  # each format was asked for sizes


PAIRS = st.tuples(st.integers(1, 16384), st.integers(1, 16384))


@given(st.lists(PAIRS, max_size=12, unique=True), st.integers(1, 1000), st.integers(1, 1000))
def test_all_sizes_come_back(tmp_path_factory, pairs, above, below):
    node = tmp_path_factory.getbasetemp() / "video0"
    node.touch()
    sizes = [told_size(index, *pair) for index, pair in enumerate(pairs)]
    intervals = [told_interval(0, *pair, above, below) for pair in pairs]
    offered = modes_on(str(node), Kernel([told_format(0)], sizes, intervals))
    assert {(mode.cols.most, mode.rows.most) for mode in offered} == set(pairs)
    assert all(mode.rates_hz == (round(below / above, 3),) for mode in offered)
    areas = [mode.cols.most * mode.rows.most for mode in offered]
    assert areas == sorted(areas, reverse=True)


class NearestCapture:
    """As cv2.VideoCapture on a camera that takes the nearest mode it has."""

    def open(self, _path, backend):
        return backend == cv2.CAP_V4L2

    def set(self, _setting, _value):
        return True

    def get(self, setting):
        return {
            cv2.CAP_PROP_FRAME_WIDTH: 640.0,
            cv2.CAP_PROP_FRAME_HEIGHT: 480.0,
            cv2.CAP_PROP_FPS: 29.97,
        }[setting]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (VideoSettings(), None),
        (VideoSettings(640, 480, 30.0), None),
        (VideoSettings(1000, 700), "gives 640 x 480 at 29.97 /s, not 1000 x 700 at any /s"),
        (VideoSettings(rate_hz=50.0), "not any x any at 50.0 /s"),
    ],
)
def test_what_was_asked_and_is_not_offered_is_told_with_what_is(settings, told, node, caplog):
    kernel = Kernel(**WEBCAM)
    source = CaptureSource(node, settings, is_file=False, device="camera", ioctl=kernel.ioctl)
    source._capture = NearestCapture()
    source.open()
    assert (told in caplog.text) if told else not caplog.text
    assert ("that it has: MJPG 1920 x 1080 (30, 15 /s); MJPG 640" in caplog.text) == bool(told)


@pytest.mark.parametrize(
    ("error", "text"),
    [(errno.EINVAL, "none are told"), (errno.ENODEV, "check the cable")],
)
def test_a_camera_that_cannot_be_asked_is_no_failure(node, caplog, error, text):
    kernel = Kernel(error=error)
    settings = VideoSettings(1000, 700)
    source = CaptureSource(node, settings, is_file=False, device="camera", ioctl=kernel.ioctl)
    source._capture = NearestCapture()
    source.open()
    assert text in caplog.text


@pytest.mark.parametrize("driver", ["uvc_camera", "uvc_iris"])
def test_drivers_tell_modes_and_files_and_streams_have_none(driver, node):
    for source in (node, "http://127.0.0.1:9/stream"):
        camera = build_device("camera", driver, {"source": source})
        assert isinstance(camera, TellsModes)
        assert camera.offered_modes() == ()
    gone = build_device("camera", driver, {"source": "/dev/video99"})
    with pytest.raises(TransportError, match="video99 cannot be opened"):
        gone.offered_modes()


def test_a_list_of_devices_says_what_a_camera_offers(node):
    kernel = Kernel(**WEBCAM)
    offers = find_offers(Path(node), ioctl=kernel.ioctl)
    assert offers.startswith("up to MJPG 1920 x 1080 (30, 15 /s); up to YUYV")
    gone = Kernel(error=errno.ENODEV)
    assert "check the cable" in find_offers(Path(node), ioctl=gone.ioctl)


@pytest.mark.parametrize("name", ["video99", "ttyUSB0"])
def test_what_is_not_there_or_no_camera_is_not_opened(tmp_path, name):
    kernel = Kernel()
    place = tmp_path / name
    if name == "ttyUSB0":
        place.touch()
    assert find_offers(place, ioctl=kernel.ioctl) == ""
    assert kernel.calls == 0
