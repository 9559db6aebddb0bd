"""Every fault at every transfer of one capture with the serial module, on two seams.

`link`: the emulator in place of the port, where silence needs no waiting. `terminal`: the emulator
on a pseudo-terminal under pyserial, at transfers of every kind.
"""

import time

import numpy as np
import pytest

from drivers.errors import DriverError, TransportError, TransportTimeoutError
from drivers.models.zfm20 import Zfm20, Zfm20Options
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import (
    EmulatedLine,
    EmulatedSerialLink,
    LineFault,
    LineFaultKind,
)
from drivers.simulation.wire.zfm_device import ModuleSetup, ZfmDevice

DATA_PACKETS = 144  # of 256 bytes
FIRST_DATA = 4  # after password, parameters, "taken", "sending"
LAST_DATA = FIRST_DATA + DATA_PACKETS - 1
TRANSFERS = LAST_DATA + 1
TIMEOUT_S = 0.6
LIMIT_S = 4.0
ON_TERMINAL = (0, 1, 2, 3, FIRST_DATA, FIRST_DATA + 70, LAST_DATA)


def make_scanner(open_link=None, port="emulated"):
    options = Zfm20Options(port=port, answer_timeout_s=TIMEOUT_S)
    return Zfm20("module", options, open_link)


def make_line(picture, fault=None):
    return EmulatedLine(ZfmDevice(ModuleSetup(picture, size_code=3)), fault)


def expected_error(kind, number):
    """Class and device of the error, or None where the driver gets over it by asking again."""
    match kind:
        case LineFaultKind.UNPLUG:
            return TransportError, "module"
        case LineFaultKind.STALL:
            return TransportTimeoutError, "module"
        case LineFaultKind.SKIP if number in (
            0,
            1,
            2,
            LAST_DATA,
        ):  # else the next packet comes out of turn
            return TransportTimeoutError, "module"
    return None


def capture(scanner):
    """Return class and device of the error, or None after a good capture."""
    try:
        with scanner:
            assert scanner.read_frame(timeout_s=0.3).pixels.shape == (288, 256)
    except DriverError as error:
        return type(error), error.device
    return None


def test_a_capture_without_fault_makes_these_transfers(packed_ridges):
    line = make_line(packed_ridges)
    assert capture(make_scanner(lambda: EmulatedSerialLink(line, device="module"))) is None
    assert line.transfers == TRANSFERS


@pytest.mark.parametrize("kind", LineFaultKind)
def test_faults_at_every_transfer(kind, packed_ridges, assert_no_new_threads):
    for number in range(TRANSFERS):
        line = make_line(packed_ridges, LineFault(kind, number))
        scanner = make_scanner(lambda line=line: EmulatedSerialLink(line, device="module"))
        started_s = time.monotonic()
        assert capture(scanner) == expected_error(kind, number), number
        assert time.monotonic() - started_s < LIMIT_S
        line.replug()
        assert capture(scanner) is None
    assert_no_new_threads()


@pytest.mark.parametrize("number", ON_TERMINAL)
@pytest.mark.parametrize("kind", LineFaultKind)
def test_faults_on_a_terminal(kind, number, packed_ridges, tmp_path, assert_no_new_threads):
    line = make_line(packed_ridges, LineFault(kind, number))
    with PseudoTerminal(line, link_path=tmp_path / "ttyUSB0") as terminal:
        scanner = make_scanner(port=terminal.port)
        started_s = time.monotonic()
        assert capture(scanner) == expected_error(kind, number)
        assert time.monotonic() - started_s < LIMIT_S
        terminal.replug()
        assert capture(scanner) is None
    assert_no_new_threads()


class DamagedLink(EmulatedSerialLink):
    """A line on which one byte of a whole session is damaged, wherever it is."""

    def __init__(self, line, damage, at_byte):
        super().__init__(line, device="module")
        self._damage = damage
        self._at_byte = at_byte

    def write(self, data):
        super().write(data)
        at_byte, self._at_byte = self._at_byte, self._at_byte - len(self._arrived)
        if 0 <= at_byte < len(self._arrived):
            self._damage(self._arrived, at_byte)


def flip(data, at):
    data[at] ^= 1 << at % 8


def drop(data, at):
    del data[at]


def double(data, at):
    data.insert(at, data[at])


def insert(data, at):
    data.insert(at, 0xEF)


def cut(data, at):
    del data[at:]


@pytest.mark.parametrize("damage", [flip, drop, double, insert, cut])
def test_a_byte_anywhere_in_a_session(damage, packed_ridges, assert_no_new_threads):
    """Whatever happens to one byte, the picture is the right one or there is an error."""
    with make_scanner(lambda: EmulatedSerialLink(make_line(packed_ridges))) as scanner:
        right = scanner.read_frame(timeout_s=0.3).pixels
    session_bytes = 12 + 28 + 12 + 12 + DATA_PACKETS * (11 + 256)
    places = (*range(12 + 28 + 24 + 12), *range(76, session_bytes, 331), session_bytes - 1)
    good = 0
    for at_byte in places:
        line = make_line(packed_ridges)
        scanner = make_scanner(
            lambda line=line, at_byte=at_byte: DamagedLink(line, damage, at_byte)
        )
        try:
            with scanner:
                pixels = scanner.read_frame(timeout_s=0.3).pixels
        except DriverError:
            continue
        assert np.array_equal(pixels, right), at_byte
        good += 1
    assert good > len(places) * 0.8  # most are read again; a cut of a whole answer is silence
    assert_no_new_threads()


@pytest.mark.parametrize("text", ["short", "short@", "short@-1", "short@x", "bent@3", "@3", ""])
def test_faults_are_named(text):
    with pytest.raises(ValueError, match="name@transfer; known are: unplug, stall"):
        LineFault.parse(text)
    assert LineFault.parse("short@3") == LineFault(LineFaultKind.SHORT, 3)
