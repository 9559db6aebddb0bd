"""The card reader driver over pyscard, a real pcscd and our virtual card in its virtual reader.

vpcd listens on all interfaces, and pcscd's socket has one name for the whole machine. So each test
has a pcscd of its own with a network and a /run of its own; one that runs on the machine is left
alone, and so are the readers on its USB.
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
PORT = 35963
START_LIMIT_S = 20.0
# Empties /run and the drivers for USB readers for itself, brings the loopback up (SIOCSIFFLAGS,
# IFF_UP) and becomes the program that is named.
IN_OWN_ROOM = """
import fcntl, os, socket, struct, subprocess, sys
for folder in ("/run", "/usr/lib/pcsc/drivers"):
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""
# Prints how often pcscd saw a card come or go (upper half of a reader's state). A program of its
# own, since pcsc-lite reads the name of the socket once.
COUNT_CHANGES = """
from smartcard import scard
_, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
_, names = scard.SCardListReaders(context, [])
_, states = scard.SCardGetStatusChange(context, 0, [(names[0], scard.SCARD_STATE_UNAWARE)])
print(states[0][1] >> 16)
"""
UNSHARE = ["unshare", "--net", "--mount"]


def may_unshare():
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="needs pyscard (`make card`)"
    ),
    pytest.mark.skipif(shutil.which("pcscd") is None, reason="needs Debian's pcscd"),
    pytest.mark.skipif(not VPCD.exists(), reason="needs Debian's vsmartcard-vpcd"),
    pytest.mark.skipif(
        not may_unshare(), reason="pcscd in a network of its own needs root (CAP_SYS_ADMIN)"
    ),
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


def is_answering(service):
    assert service.poll() is None, "pcscd ended by itself"
    try:
        with make():
            return True
    except DriverError:
        return False


@pytest.fixture
def pcscd(tmp_path, monkeypatch):
    """The service; the driver's workers find it by an environment variable of pcsc-lite."""
    driver = shutil.copy(VPCD, tmp_path)
    config = tmp_path / "reader.conf"
    config.write_text(
        f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{PORT:#x}\n'
        f"LIBPATH {driver}\nCHANNELID {PORT:#x}\n"
    )
    command = [*UNSHARE, sys.executable, "-c", IN_OWN_ROOM]
    command += ["pcscd", "--foreground", "--config", str(config)]
    with (tmp_path / "pcscd.log").open("wb") as log:
        service = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    socket = f"/proc/{service.pid}/root/run/pcscd/pcscd.comm"
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", socket)
    try:
        wait_until(lambda: is_answering(service))
        yield service
    finally:
        end(service)


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


def make(reader="virtual pcd"):
    return PcscReader("reader", PcscReaderOptions(reader=reader))


def count_changes():
    command = [sys.executable, "-c", COUNT_CHANGES]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)


def test_a_card_comes_answers_and_goes(put_card, assert_no_new_threads):
    with make() as reader:
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
    # pcscd resets the card of a client that left. Where that fails because the card left too, it
    # says "no card" at once, but looks only every 0.4 s: a card put there in between it takes for
    # the old one, and says "no card" until that one is taken away.
    wait_until(lambda: count_changes() == 2)
    put_card()
    with make() as again:
        assert again.wait_for_card(timeout_s=10.0) == CHIP_ATR
        assert again.exchange(GET_UID + b"\0", timeout_s=5.0).data == UID


def test_a_reader_that_is_not_there(pcscd):
    with pytest.raises(DeviceNotFoundError, match=r"named 'acme'; attached: Virtual PCD"):
        make(reader="acme").open()
