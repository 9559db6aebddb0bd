"""One damaged byte anywhere in a session; `test_every_driver_faults` has whole transfers."""

import numpy as np
import pytest

from drivers.errors import DriverError
from drivers.models.zfm20 import Zfm20, Zfm20Options
from drivers.simulation.wire.serial_line import (
    EmulatedLine,
    EmulatedSerialLink,
    LineFault,
    LineFaultKind,
)
from drivers.simulation.wire.zfm_device import ModuleSetup, ZfmDevice

DATA_PACKETS = 144  # of 256 bytes
TIMEOUT_S = 0.6


def make_scanner(open_link):
    options = Zfm20Options(port="emulated", answer_timeout_s=TIMEOUT_S)
    return Zfm20("module", options, open_link)


def make_line(picture):
    return EmulatedLine(ZfmDevice(ModuleSetup(picture, size_code=3)))


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
