"""Two clients that are not ours read the emulated module, bit by bit; our driver the same pixels.

adafruit-circuitpython-fingerprint does not look at checksums, pyfingerprint does: so faults of
the checksum are put before the second.
"""

import importlib
import warnings

import numpy as np
import pytest
import serial
from PIL import Image

from drivers.models.zfm20 import Zfm20, Zfm20Options
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import EmulatedLine, LineFault
from drivers.simulation.wire.zfm_device import ModuleSetup, ZfmDevice

PASSWORD = 0x00C0FFEE
TRANSFERS_BEFORE_IMAGE = 4  # password, parameters, "taken", "sending"


def load_judge(name):
    """Import a judge; what it warns of while it is loaded is not our business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


@pytest.fixture
def make_terminal(packed_ridges):
    """A function that opens a terminal with a module behind it."""
    opened = []

    def make(fault=None, **setup):
        setup.setdefault("password", PASSWORD)
        line = EmulatedLine(ZfmDevice(ModuleSetup(packed_ridges, **setup)), fault)
        opened.append(PseudoTerminal(line))
        return opened[-1]

    yield make
    for terminal in opened:
        terminal.close()


@pytest.fixture
def expected(packed_ridges):
    packed = np.frombuffer(packed_ridges, np.uint8)
    return (np.stack([packed >> 4, packed & 15], axis=1) * 17).reshape(288, 256)


def read_by_driver(terminal):
    options = Zfm20Options(port=terminal.port, password=PASSWORD)
    with Zfm20("module", options) as scanner:
        return scanner.read_frame(timeout_s=5.0).pixels


@pytest.mark.parametrize("size_code", [1, 2, 3])
def test_adafruit_reads_the_bytes(make_terminal, packed_ridges, expected, size_code):
    """It reads packets by recursion: 1,152 of 32 bytes are too deep for it, so those are left."""
    adafruit = load_judge("adafruit_fingerprint")
    terminal = make_terminal(size_code=size_code)
    with serial.Serial(terminal.port, 57_600, timeout=5.0) as port:
        module = adafruit.Adafruit_Fingerprint(port, tuple(PASSWORD.to_bytes(4, "big")))
        assert module.check_module()
        assert (module.system_id, module.data_packet_size, module.baudrate) == (9, size_code, 6)
        assert bytes(module.device_address) == b"\xff" * 4
        terminal.line.device.setup.finger_on = False
        assert [module.get_image(), module.get_image()] == [adafruit.NOFINGER] * 2
        terminal.line.device.setup.finger_on = True
        assert module.get_image() == adafruit.OK
        assert bytes(module.get_fpdata("image")) == packed_ridges
        assert (module.count_templates(), module.template_count) == (adafruit.OK, 0)
        assert module.set_sysparam(5, 2) == adafruit.OK
        with pytest.raises(RuntimeError, match="Command failed"):
            module.set_sysparam(6, 9)
    terminal.replug()
    assert np.array_equal(read_by_driver(terminal), expected)


def test_adafruit_is_refused_without_the_password(make_terminal):
    adafruit = load_judge("adafruit_fingerprint")
    terminal = make_terminal()
    with (
        serial.Serial(terminal.port, 57_600, timeout=5.0) as port,
        pytest.raises(RuntimeError, match="Failed to find sensor"),
    ):
        adafruit.Adafruit_Fingerprint(port)


def open_pyfingerprint(terminal, password=PASSWORD):
    module = load_judge("pyfingerprint.pyfingerprint")
    return module.PyFingerprint(terminal.port, 57_600, 0xFFFFFFFF, password)


def test_pyfingerprint_reads_the_pixels(make_terminal, expected, tmp_path):
    terminal = make_terminal()
    judge = open_pyfingerprint(terminal)
    assert judge.verifyPassword()
    assert judge.getSystemParameters() == (0, 9, 200, 3, 0xFFFFFFFF, 2, 6)
    assert judge.getMaxPacketSize() == 128
    assert judge.readImage()
    judge.downloadImage(str(tmp_path / "image.bmp"))
    judge.__del__()
    with Image.open(tmp_path / "image.bmp") as picture:
        assert np.array_equal(np.asarray(picture), expected)
    assert np.array_equal(read_by_driver(terminal), expected)


def test_pyfingerprint_with_a_wrong_password(make_terminal):
    judge = open_pyfingerprint(make_terminal(), password=1)
    assert judge.verifyPassword() is False
    with pytest.raises(Exception, match="0x21"):
        judge.readImage()
    judge.__del__()


def test_pyfingerprint_changes_settings(make_terminal):
    terminal = make_terminal()
    judge = open_pyfingerprint(terminal)
    assert judge.verifyPassword()
    judge.setSecurityLevel(5)
    assert judge.getSecurityLevel() == 5
    assert judge.setPassword(7)
    assert judge.verifyPassword()
    assert judge.setAddress(0x01020304)
    assert judge.getSystemParameters()[4] == 0x01020304
    assert judge.getTemplateIndex(0) == [False] * 256
    assert judge.getTemplateCount() == 0
    judge.__del__()


def test_pyfingerprint_sees_a_wrong_checksum(make_terminal, tmp_path):
    terminal = make_terminal(fault=LineFault.parse(f"flip@{TRANSFERS_BEFORE_IMAGE + 9}"))
    judge = open_pyfingerprint(terminal)
    assert judge.verifyPassword()
    judge.getSystemParameters()
    assert judge.readImage()
    with pytest.raises(Exception, match="checksum is wrong"):
        judge.downloadImage(str(tmp_path / "image.bmp"))
    judge.__del__()


def test_the_driver_reads_a_damaged_picture_again(make_terminal, expected):
    terminal = make_terminal(fault=LineFault.parse(f"flip@{TRANSFERS_BEFORE_IMAGE + 9}"))
    assert np.array_equal(read_by_driver(terminal), expected)
    assert terminal.line.device.commands.count(0x0A) == 2
