"""Whatever a device answers, a driver ends with a result or a DriverError, and in few reads."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.errors import DriverError
from drivers.models.megatec_ups import MegatecUps, MegatecUpsOptions
from drivers.models.nut_ups import NutUps, NutUpsOptions
from drivers.models.zfm20 import Zfm20, Zfm20Options
from drivers.transport.serial import SerialLink

MOST_READS = 2000


class AnsweringLink(SerialLink):
    """Gives one of the answers after each write; then nothing more."""

    device = "device"

    def __init__(self, answers):
        self._answers = list(answers)
        self._arrived = b""
        self._reads = 0

    def write(self, data):
        if self._answers:
            self._arrived += self._answers.pop(0)

    def read_some(self, max_bytes, *, timeout_s):
        self._reads += 1
        assert self._reads < MOST_READS, "hangs"
        data, self._arrived = self._arrived[:max_bytes], self._arrived[max_bytes:]
        return data

    def discard_input(self):
        self._arrived = b""

    def close(self):
        pass


def pieces(*words):
    """Answers of whole and cut protocol words between any bytes."""
    piece = st.sampled_from(words) | st.binary(max_size=12)
    cut = st.builds(
        lambda text, at: text[: max(1, at % (len(text) + 1))], piece, st.integers(0, 60)
    )
    return st.lists(st.lists(piece | cut, max_size=4).map(b"".join), max_size=12)


ZFM_OK = bytes.fromhex("ef01ffffffff07000300000a")
ZFM_NO_FINGER = bytes.fromhex("ef01ffffffff07000302000c")
ZFM_PARAMETERS = bytes.fromhex("ef01ffffffff070013000000000900c80003ffffffff0002000604f2")
ZFM_LAST = bytes.fromhex("ef01ffffffff080002000a")


@pytest.mark.parametrize("packet", [ZFM_OK, ZFM_NO_FINGER, ZFM_PARAMETERS, ZFM_LAST])
def test_the_words_for_modules_are_sound(packet):
    assert sum(packet[6:-2]) == int.from_bytes(packet[-2:], "big")


@given(pieces(ZFM_OK, ZFM_NO_FINGER, ZFM_PARAMETERS, ZFM_LAST, b"\xef\x01"))
@example([ZFM_OK, ZFM_PARAMETERS, ZFM_OK, ZFM_OK + ZFM_LAST])
def test_a_fingerprint_module(answers):
    link = AnsweringLink(answers)
    scanner = Zfm20("module", Zfm20Options(port="x", answer_timeout_s=0.001), lambda: link)
    with pytest.raises(DriverError), scanner:
        scanner.read_frame(timeout_s=0.0)


@given(
    pieces(
        b"(221.4 221.4 219.8 018 50.0 13.6 28.0 00001001\r",
        b"#220.0 005 12.00 50.0\r",
        b"#ICA             CT1382B    V1.0\r",
        *(b"Q1\r", b"QS\r", b"D\r", b"I\r", b"F\r", b"NAK\r", b"\r"),
    )
)
def test_a_serial_ups(answers):
    link = AnsweringLink(answers)
    options = MegatecUpsOptions(port="x", answer_timeout_s=0.001)
    try:
        with MegatecUps("ups", options, lambda: link) as ups:
            reading = ups.read_power(timeout_s=1.0)
    except DriverError:
        return
    assert reading.input_voltage_v == 221.4


@given(
    pieces(
        b"upsd 2.8.0\n",
        b'BEGIN LIST UPS\nUPS a "x"\nEND LIST UPS\n',
        b"BEGIN LIST CMD a\nCMD a load.off\nEND LIST CMD a\n",
        b'BEGIN LIST VAR a\nVAR a ups.status "OB"\nEND LIST VAR a\n',
        *(b"ERR DATA-STALE\n", b"ERR ACCESS-DENIED\n", b"OK\n", b'"\n', b"\n"),
    )
)
def test_upsd(answers):
    link = AnsweringLink(answers)
    options = NutUpsOptions(answer_timeout_s=0.001)
    try:
        with NutUps("ups", options, lambda: link) as ups:
            ups.read_power(timeout_s=1.0)
    except DriverError:
        return
