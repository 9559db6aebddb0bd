"""A live emulated reader under libusb: our driver, and Debian's libfprint as an outside judge."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import drivers.models
from drivers.models.uareu4500 import Uareu4500, Uareu4500Options
from drivers.simulation.wire.uareu4500_device import DeviceSetup, UareuDevice
from drivers.simulation.wire.uareu4500_link import EmulatedUsbLink
from drivers.simulation.wire.uareu4500_picture import BLOCK_LISTS

ROOT = Path(drivers.models.__file__).parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
RUN_LIMIT_S = 60.0
LIMIT_S = 6.0

OUR_CLIENT = """
import hashlib, json, threading, time
from drivers.errors import DriverError
from drivers.models.uareu4500 import Uareu4500, Uareu4500Options

scanner = Uareu4500("reader", Uareu4500Options(transfer_timeout_s=0.5))
started_s = time.monotonic()
answer = {}
try:
    with scanner:
        frames = [scanner.read_frame(timeout_s=2.0) for _ in range(2)]
    answer["sha256"] = [hashlib.sha256(frame.pixels.tobytes()).hexdigest() for frame in frames]
except DriverError as error:
    answer["error"] = type(error).__name__
answer |= {"seconds": time.monotonic() - started_s, "threads": threading.active_count()}
print(json.dumps(answer))
"""
LIBFPRINT_CLIENT = """
import sys
import gi
gi.require_version("FPrint", "2.0")
from gi.repository import FPrint
context = FPrint.Context()
context.enumerate()
device = context.get_devices()[0]
device.open_sync(None)
image = device.capture_sync(True, None)
device.close_sync(None)
sys.stdout.buffer.write(bytes([image.get_width() % 256, image.get_height() % 256]))
sys.stdout.buffer.write(bytes(image.get_data()))
"""


def requires_introspection(*modules):
    """Skip, with the reason, where Debian's packages are absent."""
    script = "import gi\n" + "".join(
        f"gi.require_version({name!r}, {version!r})\nfrom gi.repository import {name}\n"
        for name, version in modules
    )
    if not shutil.which(SYSTEM_PYTHON):
        return pytest.mark.skip(reason="no system Python")
    found = subprocess.run(
        [SYSTEM_PYTHON, "-c", script], check=False, capture_output=True, timeout=60
    )
    names = ", ".join(name for name, _ in modules)
    return pytest.mark.skipif(found.returncode != 0, reason=f"gir1.2 packages absent: {names}")


pytestmark = requires_introspection(("UMockdev", "1.0"))
libfprint = requires_introspection(("UMockdev", "1.0"), ("FPrint", "2.0"))


@pytest.fixture(scope="module")
def picture(ridges, tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "rows.gray"
    path.write_bytes(ridges)
    return path


def run_under_emulator(picture, client, *options):
    """Return what the client wrote; at most a minute, and no process is left behind."""
    command = [
        SYSTEM_PYTHON, "-m", "drivers.simulation.wire.uareu4500_usb",
        "--picture", str(picture), *options, "--", *client,
    ]  # fmt: skip
    emulator = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        output, errors = emulator.communicate(timeout=RUN_LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(emulator.pid, signal.SIGKILL)
        _, errors = emulator.communicate()
        pytest.fail(f"stuck for {RUN_LIMIT_S} s: {errors[-2000:].decode()}")
    assert emulator.returncode == 0, errors.decode()
    return output


def run_our_client(picture, *options):
    return json.loads(run_under_emulator(picture, [sys.executable, "-c", OUR_CLIENT], *options))


def frame_without_usb(ridges, blocks):
    """What the driver reads from the same emulated reader in this process."""
    blocks, keys = BLOCK_LISTS[blocks]
    reader = UareuDevice(DeviceSetup(ridges, blocks, keys))
    options = Uareu4500Options(transfer_timeout_s=1.0)
    with Uareu4500("reader", options, lambda: EmulatedUsbLink(reader)) as scanner:
        return scanner.read_frame(timeout_s=1.0).pixels


@pytest.mark.parametrize("blocks", sorted(BLOCK_LISTS))
def test_our_driver_reads_the_picture_through_libusb(picture, ridges, blocks, tmp_path):
    log = tmp_path / "log.json"
    answer = run_our_client(picture, "--blocks", blocks, "--log", str(log))
    expected = hashlib.sha256(frame_without_usb(ridges, blocks).tobytes()).hexdigest()
    assert answer["sha256"] == [expected, expected]
    assert answer["threads"] == 1
    assert json.loads(log.read_text())["lost_pictures"] == 0


def test_the_reader_v2_is_answered(picture):
    assert "sha256" in run_our_client(picture, "--usb-id", "045e:00ca")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unplug:0", "TransportError"),
        ("unplug:7", "TransportError"),
        ("unplug:9", "TransportError"),
        ("stall:1", "TransportError"),
        ("stall:9", "TransportError"),
        ("short:9", "ProtocolError"),
        ("silent:2", "TransportTimeoutError"),
        ("silent:9", "TransportTimeoutError"),
    ],
)
def test_faults_reach_the_driver_through_libusb(picture, fault, error):
    answer = run_our_client(picture, "--fault", fault)
    assert answer["error"] == error
    assert answer["seconds"] < LIMIT_S
    assert answer["threads"] == 1


def with_noisy_top(ridges):
    """The picture with two rows of noise on top.

    At a key change libfprint looks again whether the first rows are scrambled. They are clear by
    then, so it takes the rest for clear too; rows that look like noise in clear keep it going.
    """
    noise = np.random.default_rng(4).integers(0, 256, 2 * 384, dtype=np.uint8)
    return noise.tobytes() + ridges[2 * 384 :]


@libfprint
@pytest.mark.parametrize("blocks", sorted(BLOCK_LISTS))
def test_libfprint_reads_the_same_picture(ridges, blocks, tmp_path):
    rows = with_noisy_top(ridges) if blocks == "key_changes" else ridges
    path = tmp_path / "rows.gray"
    path.write_bytes(rows)
    output = run_under_emulator(path, [SYSTEM_PYTHON, "-c", LIBFPRINT_CLIENT], "--blocks", blocks)
    assert output[:2] == bytes([384 % 256, 290 % 256])
    theirs = np.frombuffer(output[2:], np.uint8).reshape(290, 384)
    assert np.count_nonzero(theirs != frame_without_usb(rows, blocks)) == 0
