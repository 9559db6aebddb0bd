"""The still camera driver: over an emulated worker, and over libgphoto2's own virtual camera."""

import importlib.util
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from drivers.errors import (
    CaptureCancelledError,
    DeviceNotFoundError,
    OptionsError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.models.gphoto_camera import GphotoCamera, GphotoCameraOptions
from drivers.transport.gphoto import WORKER, GphotoLink

EMULATOR = (sys.executable, "-m", "drivers.simulation.wire.gphoto_emulator")
LIMIT_S = 3.0  # from a fault to its error; most is the time limit that the test asks for
# Calls of a session: 0 open, 1 settings, 2 set capturetarget, 3 the first picture, 4 the second.
needs_gphoto2 = pytest.mark.skipif(
    importlib.util.find_spec("gphoto2") is None, reason="needs gphoto2 (extra 'devices')"
)


def make(*arguments, worker=EMULATOR, environment=None, **options):
    """A camera whose worker processes are kept in `camera.processes`."""
    processes = []

    def make_link():
        link = GphotoLink(
            device="camera",
            check_cancel=lambda: camera._raise_if_cancelled(),
            worker=(*worker, *arguments),
            environment=environment,
        )
        processes.append(link._worker._process)
        return link

    camera = GphotoCamera("camera", GphotoCameraOptions(**options), make_link)
    camera.processes = processes
    return camera


def test_live_view_and_full_pictures(assert_no_new_threads):
    camera = make()
    with camera:
        identity = camera.identity()
        frames = [camera.read_frame(timeout_s=10.0) for _ in range(3)]
        still = camera.read_still(timeout_s=10.0)
    assert (identity.make, identity.serial, identity.firmware) == ("Emulated", "E-1", "1.0")
    assert [frame.pixels.shape for frame in frames] == [(424, 640, 3)] * 3
    assert still.pixels.shape == (1000, 1500, 3)
    assert still.raw.startswith(b"\xff\xd8")
    assert still.resolution_ppi is None
    red, blue = still.pixels[-5, 5, 2], still.pixels[-5, 5, 0]  # rows go up in red; BGR
    assert red > 240
    assert blue < 15
    assert [process.poll() for process in camera.processes] == [0]
    assert_no_new_threads()


@pytest.mark.parametrize(("rotate_deg", "corner"), [(90, (5, 5)), (180, (5, -5)), (270, (-5, -5))])
def test_rotation_is_clockwise(rotate_deg, corner):
    """The bottom left, where red is full and green is not, goes where the clock takes it."""
    with make(rotate_deg=rotate_deg) as camera:
        frame = camera.read_frame(timeout_s=10.0)
    _, green, red = (int(value) for value in frame.pixels[corner])
    assert red > 240
    assert green < 20
    assert frame.raw is None


@pytest.mark.parametrize("live_view", ["auto", "still"])
def test_a_camera_without_live_view_gives_full_pictures(live_view):
    with make("--no-live-view", live_view=live_view) as camera:
        shapes = {camera.read_frame(timeout_s=10.0).pixels.shape for _ in range(2)}
    assert shapes == {(1000, 1500, 3)}


def test_a_camera_without_live_view_says_so_where_it_is_demanded():
    with (
        make("--no-live-view", live_view="preview") as camera,
        pytest.raises(OptionsError, match="live_view=still"),
    ):
        camera.read_frame(timeout_s=10.0)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"iso": "125"}, r"iso=125 is not among: 100, 200, 400"),
        ({"aperture": "8"}, "no setting for aperture"),
        ({"shutter_speed": "1/125"}, "turn its dial"),
    ],
)
def test_settings_that_the_camera_does_not_take(options, text):
    camera = make(**options)
    with pytest.raises(OptionsError, match=text):
        camera.open()
    assert camera.processes[0].poll() == 0


def test_a_setting_is_sent_and_pictures_stay_off_the_memory_card():
    with make(iso="200") as camera:
        settings = camera.read_settings(timeout_s=10.0)
    assert settings["iso"].value == "200"
    assert settings["capturetarget"].value == "Internal RAM"


@pytest.mark.parametrize(
    "options", [{"rotate_deg": 45}, {"live_view": "yes"}, {"zoom": 2}, {"open_timeout_s": 0}]
)
def test_options_out_of_range(options):
    with pytest.raises(ValidationError):
        GphotoCameraOptions(**options)


@pytest.mark.parametrize(
    ("fault", "text"), [("short@4", "is cut"), ("raw@3", "no JPEG; set the camera")]
)
def test_a_damaged_picture_is_a_protocol_error_and_the_next_one_is_good(fault, text):
    with make("--fault", fault) as camera:
        if fault == "short@4":
            camera.read_frame(timeout_s=10.0)
        with pytest.raises(ProtocolError, match=text):
            camera.read_frame(timeout_s=10.0)
        assert camera.read_frame(timeout_s=10.0).pixels.shape == (424, 640, 3)


def test_what_a_library_prints_is_no_answer():
    with make("--fault", "garbage@3") as camera:
        assert camera.read_frame(timeout_s=10.0).pixels.shape == (424, 640, 3)


def test_a_camera_that_hung_works_again_once_it_is_opened_anew():
    camera = make("--fault", "hang@3")
    camera.open()
    with pytest.raises(TransportTimeoutError, match="switch the device off and on"):
        camera.read_frame(timeout_s=0.3)
    with pytest.raises(TransportError):
        camera.read_frame(timeout_s=0.3)
    camera.close()
    with make() as again:
        again.read_frame(timeout_s=10.0)


def test_a_hanging_call_can_be_cancelled(assert_no_new_threads):
    with make("--fault", "hang@3") as camera:
        threading.Timer(0.2, camera.cancel).start()
        started_s = time.monotonic()
        with pytest.raises(CaptureCancelledError):
            camera.read_frame(timeout_s=30.0)
        assert time.monotonic() - started_s < LIMIT_S
    assert_no_new_threads()


# ---- libgphoto2 itself


@pytest.fixture
def virtual_camera(tmp_path):
    """Environment of libgphoto2's virtual PTP camera, with one picture on its card."""
    library = Path(importlib.util.find_spec("gphoto2").origin).parent / "libgphoto2" / "vusb"
    if not library.is_dir():
        pytest.skip("this build of gphoto2 has no virtual camera")
    card = tmp_path / "card" / "DCIM" / "100STATN"
    card.mkdir(parents=True)
    picture = np.full((240, 320, 3), (30, 120, 210), np.uint8)
    (card / "PIC_0001.JPG").write_bytes(cv2.imencode(".jpg", picture)[1].tobytes())
    return {"IOLIBS": str(library), "VCAMERADIR": str(tmp_path / "card")}


@needs_gphoto2
def test_a_picture_through_libgphoto2(virtual_camera, assert_no_new_threads):
    camera = make(worker=WORKER, environment=virtual_camera, aperture="f/8")
    with camera:
        identity = camera.identity()
        frame = camera.read_frame(timeout_s=20.0)
        still = camera.read_still(timeout_s=20.0)
    assert (identity.make, identity.model) == ("GP", "VC")
    assert frame.pixels.ndim == still.pixels.ndim == 3
    assert frame.pixels.shape[2] == 3
    assert camera.processes[0].poll() == 0
    assert_no_new_threads()


@needs_gphoto2
def test_a_setting_reaches_libgphoto2(virtual_camera):
    with make(worker=WORKER, environment=virtual_camera, aperture="f/11") as camera:
        settings = camera.read_settings(timeout_s=20.0)
    assert settings["f-number"].value == "f/11"
    assert "f/8" in settings["f-number"].choices
    assert settings["capturetarget"].value == "Internal RAM"


@needs_gphoto2
def test_no_camera_is_attached():
    camera = make(worker=WORKER)
    if GphotoCamera.find_attached():
        pytest.skip("a camera is attached to this machine")
    with pytest.raises(DeviceNotFoundError, match="switch it on"):
        camera.open()
    camera = make(worker=WORKER, port="1-99")
    with pytest.raises(DeviceNotFoundError, match="1-99"):
        camera.open()
    assert GphotoCamera.find_attached() == ()
