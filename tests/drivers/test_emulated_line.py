"""The line of emulated devices: faults at their moment, and the ports that lead to it."""

import os
import socket
import stat
import time

import pytest

from drivers.errors import DeviceNotFoundError, TransportError
from drivers.simulation.wire.pseudo_terminal import OwnSpeech, PseudoTerminal
from drivers.simulation.wire.serial_line import (
    EmulatedLine,
    EmulatedSerialLink,
    LineFault,
    LineUnpluggedError,
)
from drivers.simulation.wire.upsd_server import EmulatedServer
from drivers.transport.serial import PySerialLink, SerialSettings
from drivers.transport.tcp import TcpLink

SETTINGS = SerialSettings(baud=9600)


class Echo:
    """Answers each byte with an answer of four."""

    def __init__(self):
        self.restarts = 0

    def receive(self, data):
        return tuple(bytes([byte]) * 4 for byte in data)

    def restart(self):
        self.restarts += 1


class Talker:
    """Says so many bytes whenever it is asked, and answers nothing."""

    is_plugged = True

    def __init__(self, size=1):
        self.size = size
        self.said = 0

    def exchange(self, data):
        if not self.is_plugged:
            raise LineUnpluggedError
        self.said += self.size
        return b"t" * self.size

    def unplug(self):
        self.is_plugged = False

    def replug(self):
        self.is_plugged = True


@pytest.mark.parametrize(
    ("fault", "arriving"),
    [
        ("skip@1", [b"aaaa", b"", b"cccc"]),
        ("short@1", [b"aaaa", b"bb", b"cccc"]),
        ("flip@1", [b"aaaa", b"bbrb", b"cccc"]),
        ("noise@1", [b"aaaa", b"\x55\x00\xffbbbb", b"cccc"]),
        ("stall@1", [b"aaaa", b"", b""]),
        ("skip@7", [b"aaaa", b"bbbb", b"cccc"]),
    ],
)
def test_faults_at_their_moment(fault, arriving):
    line = EmulatedLine(Echo(), LineFault.parse(fault))
    assert [line.exchange(bytes([byte])) for byte in b"abc"] == arriving
    assert line.transfers == 3


def test_an_unplugged_device_is_gone_from_its_moment_on():
    line = EmulatedLine(Echo(), LineFault.parse("unplug@1"))
    assert line.exchange(b"abc") == b"aaaa"
    assert not line.is_plugged
    with pytest.raises(LineUnpluggedError):
        line.exchange(b"d")
    line.replug()
    assert line.exchange(b"e") == b"eeee"
    assert line.device.restarts == 1


def test_a_link_in_place_of_a_port():
    line = EmulatedLine(Echo())
    link = EmulatedSerialLink(line, device="echo")
    link.write(b"ab")
    assert link.read_some(5, timeout_s=1.0) == b"aaaab"
    link.discard_input()
    assert link.read_some(5, timeout_s=1.0) == b""
    link.write(b"c")
    line.unplug()
    assert link.read_some(9, timeout_s=1.0) == b"cccc"
    with pytest.raises(TransportError):
        link.read_some(1, timeout_s=1.0)
    with pytest.raises(TransportError):
        link.write(b"d")


def test_a_terminal_keeps_its_name(tmp_path, assert_no_new_threads):
    path = tmp_path / "ttyUSB0"
    with PseudoTerminal(EmulatedLine(Echo()), link_path=path) as terminal:
        assert terminal.port == str(path)
        for _ in range(3):
            link = PySerialLink(terminal.port, SETTINGS, device="echo")
            link.write(b"a")
            assert link.read_exactly(4, timeout_s=5.0) == b"aaaa"
            terminal.replug()
            with pytest.raises(TransportError):
                link.read_exactly(1, timeout_s=5.0)
            link.close()
        terminal.unplug()
        terminal.unplug()
        with pytest.raises(DeviceNotFoundError):
            PySerialLink(terminal.port, SETTINGS, device="echo")
    assert_no_new_threads()


def test_a_terminal_takes_as_long_as_a_line(assert_no_new_threads):
    with PseudoTerminal(EmulatedLine(Echo()), baud=9600) as terminal:
        link = PySerialLink(terminal.port, SETTINGS, device="echo")
        started_s = time.monotonic()
        link.write(b"x" * 64)
        assert link.read_exactly(256, timeout_s=5.0) == b"x" * 256
        assert time.monotonic() - started_s > 0.26
        link.close()
    assert_no_new_threads()


def test_a_terminal_nobody_reads_can_be_closed(assert_no_new_threads):
    with PseudoTerminal(EmulatedLine(Echo())) as terminal:
        link = PySerialLink(terminal.port, SETTINGS, device="echo")
        link.write(b"x" * 4000)
        time.sleep(0.1)
        link.close()
    assert_no_new_threads()


def test_what_speaks_by_itself_keeps_still_while_nobody_has_it_open(assert_no_new_threads):
    talker, opened = Talker(), []
    speech = OwnSpeech(0.002, lambda: opened.append(talker.said))
    with PseudoTerminal(talker, speech=speech) as terminal:
        time.sleep(0.05)
        assert (talker.said, opened) == (0, [])
        for times in (1, 2):
            link = PySerialLink(terminal.port, SETTINGS, device="talker")
            assert link.read_exactly(5, timeout_s=5.0) == b"ttttt"
            assert len(opened) == times
            link.close()
            time.sleep(0.05)
            said = talker.said
            time.sleep(0.05)
            assert talker.said == said
    assert_no_new_threads()


def test_a_program_that_leaves_in_the_middle_of_a_long_speech(assert_no_new_threads):
    with PseudoTerminal(Talker(1_000_000), speech=OwnSpeech(0.002)) as terminal:
        for _ in range(2):  # the second program is spoken to as the first one was
            link = PySerialLink(terminal.port, SETTINGS, device="talker")
            assert link.read_exactly(5, timeout_s=5.0) == b"ttttt"
            link.close()
            time.sleep(0.05)
        link = PySerialLink(terminal.port, SETTINGS, device="talker")
        link.read_exactly(1, timeout_s=5.0)
    link.close()
    assert_no_new_threads()


def test_a_talker_that_goes_away_hangs_up(tmp_path, assert_no_new_threads):
    talker, path = Talker(), tmp_path / "ttyUSB0"
    with PseudoTerminal(talker, speech=OwnSpeech(0.002), link_path=path) as terminal:
        link = PySerialLink(terminal.port, SETTINGS, device="talker")
        link.read_exactly(1, timeout_s=5.0)
        talker.unplug()
        with pytest.raises(TransportError):
            link.read_exactly(100_000, timeout_s=5.0)
        link.close()
        assert not path.is_symlink()
        terminal.replug()
        link = PySerialLink(terminal.port, SETTINGS, device="talker")
        assert link.read_exactly(1, timeout_s=5.0) == b"t"
        link.close()
    assert_no_new_threads()


def test_no_port_is_left_open_where_the_link_cannot_be_made(tmp_path):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counts itself both times
    with pytest.raises(OSError, match="No such file"):
        PseudoTerminal(EmulatedLine(Echo()), link_path=tmp_path / "missing" / "ttyUSB0")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_port_of_a_server_stays(assert_no_new_threads):
    with EmulatedServer(EmulatedLine(Echo())) as server:
        port = server.port
        for _ in range(3):
            link = TcpLink("127.0.0.1", port, device="echo")
            link.write(b"a")
            assert link.read_exactly(4, timeout_s=5.0) == b"aaaa"
            server.replug()
            with pytest.raises(TransportError):
                link.read_exactly(1, timeout_s=5.0)
            link.close()
        server.unplug()
        server.unplug()
        with pytest.raises(DeviceNotFoundError):
            TcpLink("127.0.0.1", port, device="echo")
    assert_no_new_threads()


def test_a_server_is_for_this_machine_only():
    with EmulatedServer(EmulatedLine(Echo())) as server:
        names = {address[4][0] for address in socket.getaddrinfo(socket.gethostname(), None)}
        for name in names - {"127.0.0.1", "127.0.1.1", "::1"}:
            with pytest.raises(OSError, match=r"refused|unreachable"):
                socket.create_connection((name, server.port), timeout=1.0)


def test_a_terminal_is_for_its_owner():
    with PseudoTerminal(EmulatedLine(Echo())) as terminal:
        mode = os.stat(terminal.port).st_mode  # noqa: PTH116 - a device node
        assert not stat.S_IMODE(mode) & (stat.S_IROTH | stat.S_IWOTH)
