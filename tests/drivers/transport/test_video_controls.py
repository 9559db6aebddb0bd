"""Controls of V4L2 cameras, over a kernel that is emulated at its ioctls."""

import errno

import cv2
import numpy as np
import pytest

from drivers.catalog import build_device
from drivers.errors import OptionsError, TransportError
from drivers.models.uvc_camera import UvcCameraOptions
from drivers.transport import video_controls as controls
from drivers.transport.video_controls import apply_controls, wish_controls

NOTHING = dict.fromkeys(("exposure_s", "gain", "focus", "white_balance_k", "power_line_hz"))


class EmulatedKernel:
    """A camera's control table behind the three ioctls; manual values are locked by automatics."""

    def __init__(self, *, missing=(), disabled=(), error=None, stuck=False):
        ranges = {
            controls.EXPOSURE_MODE: ("Auto Exposure", 0, 3, 3),
            controls.EXPOSURE_TIME: ("Exposure Time, Absolute", 3, 2047, 250),
            controls.GAIN: ("Gain", 0, 100, 10),
            controls.AUTO_FOCUS: ("Focus, Automatic Continuous", 0, 1, 1),
            controls.FOCUS: ("Focus, Absolute", 0, 250, 0),
            controls.AUTO_WHITE_BALANCE: ("White Balance, Automatic", 0, 1, 1),
            controls.WHITE_BALANCE_TEMPERATURE: ("White Balance Temperature", 2800, 6500, 4600),
            controls.POWER_LINE_FREQUENCY: ("Power Line Frequency", 0, 2, 2),
        }
        self.ranges = {key: value for key, value in ranges.items() if key not in missing}
        self.values = {key: value[3] for key, value in self.ranges.items()}
        self.disabled, self.error, self.stuck = disabled, error, stuck

    def ioctl(self, _node, number, data):
        if self.error is not None:
            raise OSError(self.error, "emulated")
        (control,) = controls.VALUE_STRUCT.unpack_from(data)[:1]
        if control not in self.ranges:
            raise OSError(errno.EINVAL, "Invalid argument")
        name, least, most, usual = self.ranges[control]
        if number == controls.QUERY:
            flags = controls.DISABLED if control in self.disabled else 0
            data[:] = controls.QUERY_STRUCT.pack(
                control, 1, name.encode(), least, most, 1, usual, flags
            )
        elif number == controls.WRITE:
            self._write(*controls.VALUE_STRUCT.unpack(data))
        else:
            assert number == controls.READ
            data[:] = controls.VALUE_STRUCT.pack(control, self.values[control])

    def _write(self, control, value):
        locks = {
            controls.EXPOSURE_TIME: self.values.get(controls.EXPOSURE_MODE) == 3,
            controls.FOCUS: self.values.get(controls.AUTO_FOCUS) == 1,
            controls.WHITE_BALANCE_TEMPERATURE: self.values.get(controls.AUTO_WHITE_BALANCE) == 1,
        }
        if locks.get(control):
            raise OSError(errno.EACCES, "Permission denied")
        if not self.stuck:
            self.values[control] = value


@pytest.fixture
def node(tmp_path):
    path = tmp_path / "video0"
    path.touch()
    return str(path)


def set_on(kernel, node, **wishes):
    apply_controls(node, wish_controls(**NOTHING | wishes), device="camera", ioctl=kernel.ioctl)


def test_the_structures_are_the_kernels():
    assert controls.QUERY_STRUCT.size == (controls.QUERY >> 16) & 0x3FFF == 68
    assert controls.VALUE_STRUCT.size == (controls.READ >> 16) & 0x3FFF == 8


def test_nothing_is_set_that_nobody_asked_for(node):
    kernel = EmulatedKernel()
    before = dict(kernel.values)
    set_on(kernel, node)
    assert kernel.values == before


def test_everything_is_set_and_automatics_are_switched_off_first(node):
    kernel = EmulatedKernel()
    set_on(kernel, node, exposure_s=0.02, gain=5, focus=30, white_balance_k=5000, power_line_hz=50)
    assert kernel.values == {
        controls.EXPOSURE_MODE: 1,
        controls.EXPOSURE_TIME: 200,
        controls.GAIN: 5,
        controls.AUTO_FOCUS: 0,
        controls.FOCUS: 30,
        controls.AUTO_WHITE_BALANCE: 0,
        controls.WHITE_BALANCE_TEMPERATURE: 5000,
        controls.POWER_LINE_FREQUENCY: 1,
    }


@pytest.mark.parametrize(
    ("kernel", "wish", "error", "text"),
    [
        (EmulatedKernel(), {"focus": 251}, OptionsError, "'Focus, Absolute' goes from 0 to 250"),
        (EmulatedKernel(), {"exposure_s": 0.5}, OptionsError, "from 3 to 2047 .* not to 5000"),
        (EmulatedKernel(missing=[controls.AUTO_FOCUS]), {"focus": 3}, OptionsError, "no control"),
        (
            EmulatedKernel(disabled=[controls.GAIN]),
            {"gain": 3},
            OptionsError,
            "no control for gain",
        ),
        (EmulatedKernel(stuck=True), {"gain": 3}, OptionsError, "took 10 in place of 3"),
        (EmulatedKernel(error=errno.ENOTTY), {"gain": 3}, OptionsError, "no control"),
        (EmulatedKernel(error=errno.EBUSY), {"gain": 3}, OptionsError, "not let gain be set now"),
        (EmulatedKernel(error=errno.ENODEV), {"gain": 3}, TransportError, "check the cable"),
    ],
)
def test_what_a_camera_does_not_take(kernel, wish, error, text, node):
    with pytest.raises(error, match=text):
        set_on(kernel, node, **wish)


def test_a_camera_that_is_gone():
    with pytest.raises(TransportError, match="cannot be opened"):
        set_on(EmulatedKernel(), "/dev/no_such_camera", gain=1)


def test_a_file_is_no_camera_to_the_real_kernel(node):
    with pytest.raises(OptionsError, match="no control for gain"):
        apply_controls(node, wish_controls(**NOTHING | {"gain": 1}), device="camera")


@pytest.mark.parametrize("source", ["http://127.0.0.1:9/stream", None])
def test_streams_and_files_have_no_controls(source, tmp_path):
    if source is None:
        source = str(tmp_path / "film.avi")
        writer = cv2.VideoWriter(source, cv2.VideoWriter.fourcc(*"MJPG"), 50, (64, 48))
        writer.write(np.zeros((48, 64, 3), np.uint8))
        writer.release()
    camera = build_device("camera", "uvc_camera", {"source": source, "focus": 3, "gain": 1})
    with pytest.raises(OptionsError, match="has no controls; leave out: gain, focus"):
        camera.open()
    camera.close()


def test_options_as_a_command_line_gives_them():
    options = UvcCameraOptions(power_line_hz="50", exposure_s="0.02", white_balance_k="5000")
    assert (options.power_line_hz, options.exposure_s) == (50, 0.02)
