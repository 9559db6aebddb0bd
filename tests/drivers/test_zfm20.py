"""The serial fingerprint driver against an emulated module and a transcript of it."""

import threading
import time

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.devices import CaptureTarget
from drivers.errors import (
    AccessDeniedError,
    CaptureCancelledError,
    CaptureTimeoutError,
    DeviceReportedError,
    OptionsError,
    ProtocolError,
)
from drivers.models.zfm20 import Zfm20, Zfm20Options
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import EmulatedLine, EmulatedSerialLink, LineFault
from drivers.simulation.wire.zfm_device import ModuleSetup, ZfmDevice
from drivers.transport.replay import ReplayTransport
from drivers.transport.transcript import TranscriptWriter, load_transcript


def make(picture, *, fault=None, options=None, **setup):
    line = EmulatedLine(ZfmDevice(ModuleSetup(picture, **setup)), fault)
    checked = Zfm20Options(port="emulated", answer_timeout_s=0.3, **(options or {}))
    return line, Zfm20("module", checked, lambda: EmulatedSerialLink(line))


@pytest.mark.parametrize("size_code", [0, 1, 2, 3])
def test_the_picture_is_what_lies_on_the_platen(packed_ridges, size_code):
    _, scanner = make(packed_ridges, size_code=size_code)
    with scanner:
        frame = scanner.read_frame(timeout_s=1.0)
        assert scanner.identity().model == "module, system id 0009"
    assert frame.pixels.shape == (288, 256)
    assert frame.pixels.dtype == np.uint8
    assert frame.resolution_ppi == 500.0
    flat = frame.pixels.ravel()
    assert flat[0::2].tolist() == [17 * (byte >> 4) for byte in packed_ridges]
    assert flat[1::2].tolist() == [17 * (byte & 15) for byte in packed_ridges]


def test_a_square_picture_of_an_r503(packed_ridges):
    _, scanner = make(packed_ridges[:18_432])
    with scanner:
        assert scanner.read_frame(timeout_s=1.0).pixels.shape == (192, 192)


def test_it_is_for_looking_only(packed_ridges):
    line, scanner = make(packed_ridges)
    assert scanner.targets == frozenset()
    assert not scanner.is_enrolment_grade
    with scanner:
        assert scanner.read_frame(timeout_s=1.0).gray_levels == 16
        before = line.transfers
        for target in CaptureTarget:
            with pytest.raises(OptionsError, match="preview only"):
                scanner.read_frame(target=target, timeout_s=1.0)
    assert line.transfers == before


def test_nothing_in_the_module_is_changed(packed_ridges):
    line, scanner = make(packed_ridges)
    with scanner:
        scanner.read_frame(timeout_s=1.0)
        scanner.is_platen_empty(timeout_s=1.0)
    assert line.device.commands == [0x13, 0x0F, 0x01, 0x0A, 0x01]


def test_no_finger(packed_ridges):
    line, scanner = make(packed_ridges, finger_on=False)
    with scanner:
        assert scanner.is_platen_empty(timeout_s=1.0)
        with pytest.raises(CaptureTimeoutError, match="no finger within"):
            scanner.read_frame(timeout_s=0.1)
        line.device.setup.finger_on = True
        assert not scanner.is_platen_empty(timeout_s=1.0)
        assert scanner.read_frame(timeout_s=1.0).pixels.std() > 20


def test_a_wait_for_a_finger_is_cancelled(packed_ridges):
    _, scanner = make(packed_ridges, finger_on=False)
    with scanner:
        threading.Timer(0.1, scanner.cancel).start()
        started_s = time.monotonic()
        with pytest.raises(CaptureCancelledError):
            scanner.read_frame(timeout_s=5.0)
        assert time.monotonic() - started_s < 1.0


def test_a_password(packed_ridges):
    _, scanner = make(packed_ridges, password=0xC0FFEE, options={"password": "0x00C0FFEE"})
    with scanner:
        assert scanner.read_frame(timeout_s=1.0)
    _, wrong = make(packed_ridges, password=0xC0FFEE)
    with pytest.raises(AccessDeniedError, match="'password'"):
        wrong.open()
    assert not wrong.is_open


def test_an_address(packed_ridges):
    _, scanner = make(packed_ridges, address=0x01020304, options={"address": "0x01020304"})
    with scanner:
        assert scanner.read_frame(timeout_s=1.0)


def test_a_sensor_that_takes_no_image(packed_ridges):
    _, scanner = make(packed_ridges, is_dead=True)
    with scanner, pytest.raises(DeviceReportedError, match=r"03 \(it could not take an image\)"):
        scanner.read_frame(timeout_s=1.0)


@pytest.mark.parametrize("count", [0, 1000, 36_864 - 128, 36_864 + 128, 80_000])
def test_a_picture_of_another_size(packed_ridges, count):
    picture = (packed_ridges * 3)[:count] or b"\0"
    _, scanner = make(picture)
    with scanner, pytest.raises(ProtocolError, match="no whole picture"):
        scanner.read_frame(timeout_s=1.0)


def test_noise_before_an_answer_is_skipped(packed_ridges):
    line, scanner = make(packed_ridges, fault=LineFault.parse("noise@1"))
    with scanner:
        assert line.transfers == 2


def test_bad_options():
    for wrong in ({"baud": 12345}, {"baud": 240_000}, {"address": "0x123456789"}, {"port": None}):
        with pytest.raises(ValidationError):
            Zfm20Options(**({"port": "/dev/ttyUSB0"} | wrong))


def test_a_recorded_capture_replays(packed_ridges, tmp_path):
    path = tmp_path / "capture.jsonl"
    _, scanner = make(packed_ridges)
    with TranscriptWriter(path) as transcript:
        scanner.record_to(transcript)
        with scanner:
            seen = scanner.read_frame(timeout_s=1.0)
    link = ReplayTransport(load_transcript(path))
    options = Zfm20Options(port="replay", answer_timeout_s=0.3)
    with Zfm20("module", options, lambda: link) as replayed:
        assert np.array_equal(replayed.read_frame(timeout_s=1.0).pixels, seen.pixels)
    link.assert_finished()


def test_on_a_terminal_at_line_speed(packed_ridges, assert_no_new_threads):
    """115200 baud: 40,000 bytes take 3.5 s and not less."""
    line = EmulatedLine(ZfmDevice(ModuleSetup(packed_ridges, baud_steps=12)))
    with PseudoTerminal(line, baud=115_200) as terminal:
        options = Zfm20Options(port=terminal.port, baud=115_200)
        with Zfm20("module", options) as scanner:
            started_s = time.monotonic()
            frame = scanner.read_frame(timeout_s=1.0)
            assert 3.4 < time.monotonic() - started_s < 15.0
    assert frame.pixels.shape == (288, 256)
    assert_no_new_threads()


def test_a_cancelled_picture_does_not_disturb_the_next(packed_ridges):
    """The module sends on for 1.7 s after the host stopped to listen."""
    line = EmulatedLine(ZfmDevice(ModuleSetup(packed_ridges[:18_432])))
    with PseudoTerminal(line, baud=115_200) as terminal:
        options = Zfm20Options(port=terminal.port, baud=115_200, answer_timeout_s=0.5)
        with Zfm20("module", options) as scanner:
            threading.Timer(0.4, scanner.cancel).start()
            with pytest.raises(CaptureCancelledError):
                scanner.read_frame(timeout_s=1.0)
            assert scanner.read_frame(timeout_s=1.0).pixels.shape == (192, 192)
