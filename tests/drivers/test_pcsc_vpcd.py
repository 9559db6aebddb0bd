"""The card reader driver over pyscard, a real pcscd and our virtual card in its virtual reader.

vpcd listens on all interfaces, so pcscd runs in a network of its own, anew for each test.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import drivers
from drivers.errors import (
    CaptureTimeoutError,
    DeviceBusyError,
    DeviceNotFoundError,
    DriverError,
    ProtocolError,
    TransportTimeoutError,
)
from drivers.models.pcsc_reader import PcscReader, PcscReaderOptions
from drivers.simulation.wire.card_vpcd import CHIP_ATR, GET_UID, UID

ROOT = Path(drivers.__file__).parents[1]
VPCD = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET = Path("/run/pcscd/pcscd.comm")
PORT = 35963
START_LIMIT_S = 20.0
# Brings the loopback up (SIOCSIFFLAGS, IFF_UP) and becomes the program that is named.
IN_OWN_NETWORK = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="needs pyscard (extra 'card')"
    ),
    pytest.mark.skipif(shutil.which("pcscd") is None, reason="needs Debian's pcscd"),
    pytest.mark.skipif(not VPCD.exists(), reason="needs Debian's vsmartcard-vpcd"),
    pytest.mark.skipif(os.geteuid() != 0, reason="pcscd in a network of its own needs root"),
]


def wait_until(is_so, limit_s=START_LIMIT_S):
    deadline_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not become so in time"
        time.sleep(0.05)


def end(process):
    process.terminate()
    try:
        process.wait(5.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def is_answering():
    try:
        with make():
            return True
    except DriverError:
        return False


@pytest.fixture
def pcscd(tmp_path):
    """The service, in a network of its own; other tests' and users' readers are left alone."""
    if SOCKET.exists() and is_answering():
        pytest.skip("another pcscd runs on this machine")
    config = tmp_path / "reader.conf"
    config.write_text(
        f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{PORT:#x}\n'
        f"LIBPATH {VPCD}\nCHANNELID {PORT:#x}\n"
    )
    command = ["unshare", "--net", sys.executable, "-c", IN_OWN_NETWORK]
    command += ["pcscd", "--foreground", "--config", str(config)]
    SOCKET.parent.mkdir(exist_ok=True)
    service = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(is_answering)
        yield service
    finally:
        end(service)
        SOCKET.unlink(missing_ok=True)


@pytest.fixture
def put_card(pcscd):
    """A function that lays a card on the reader and returns its process."""
    with contextlib.ExitStack() as stack:

        def put(*arguments):
            command = ["nsenter", f"--net=/proc/{pcscd.pid}/ns/net", sys.executable]
            command += ["-m", "drivers.simulation.wire.card_vpcd", "--port", str(PORT), *arguments]
            card = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
            stack.callback(end, card)
            return card

        yield put


def make(**options):
    return PcscReader("reader", PcscReaderOptions(**options))


def test_a_card_comes_answers_and_goes(put_card, assert_no_new_threads):
    with make(reader="virtual pcd") as reader:
        assert reader.identity().model.startswith("Virtual PCD")
        assert reader.read_atr(timeout_s=5.0) is None
        card = put_card()
        assert reader.wait_for_card(timeout_s=10.0) == CHIP_ATR
        assert reader.has_chip(timeout_s=5.0)
        answer = reader.exchange(GET_UID + b"\0", timeout_s=5.0)
        assert (answer.data, answer.status) == (UID, 0x9000)
        reader.release_card(timeout_s=5.0)
        end(card)
        wait_until(lambda: reader.read_atr(timeout_s=5.0) is None)
        with pytest.raises(CaptureTimeoutError, match="no card"):
            reader.exchange(GET_UID, timeout_s=5.0)
    assert_no_new_threads()


def test_one_program_at_a_time_talks_to_the_card(put_card):
    put_card()
    with make() as first, make() as second:
        first.wait_for_card(timeout_s=10.0)
        first.exchange(GET_UID + b"\0", timeout_s=5.0)
        with pytest.raises(DeviceBusyError, match="another program talks to the card"):
            second.exchange(GET_UID + b"\0", timeout_s=5.0)
        assert second.read_atr(timeout_s=5.0) == CHIP_ATR
        first.release_card(timeout_s=5.0)
        assert second.exchange(GET_UID + b"\0", timeout_s=5.0).data == UID


@pytest.mark.parametrize(
    ("fault", "error"),
    [("silent", TransportTimeoutError), ("short", ProtocolError), ("vanish", DriverError)],
)
def test_faults_of_the_card_come_in_time(put_card, fault, error, assert_no_new_threads):
    card = put_card("--fault", f"{fault}@0")
    with make() as reader:
        reader.wait_for_card(timeout_s=10.0)
        started_s = time.monotonic()
        with pytest.raises(error):
            reader.exchange(GET_UID + b"\0", timeout_s=2.0)
        assert time.monotonic() - started_s < 4.0
    end(card)
    assert_no_new_threads()
    with make() as again:  # another card in its place vpcd may overlook, so none is put there
        assert again.identity().model.startswith("Virtual PCD")
        wait_until(lambda: again.read_atr(timeout_s=5.0) is None)


def test_a_reader_that_is_not_there(pcscd):
    with pytest.raises(DeviceNotFoundError, match=r"named 'acme'; attached: Virtual PCD"):
        make(reader="acme").open()
