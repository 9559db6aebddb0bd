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
from drivers.transport.replay import ReplayTransport
from drivers.transport.transcript import load_transcript
from tests.drivers.fault_benches.usb_scanners import (
    USB_KINDS,
    Uareu4500OnLink,
    UareuV2UnderPyusb,
    uareu_error,
)
from tests.drivers.fault_walk import Fault

ROOT = Path(drivers.models.__file__).parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
RUN_LIMIT_S = 60.0
LIMIT_S = 6.0
SEED = 0x51EA2124
IDS = ("045e:00bb", "045e:00bc", "045e:00bd", "045e:00ca", "05ba:0007", "05ba:0008", "05ba:000a")
EVERY_TRANSFER = range(len(Uareu4500OnLink.transfers) - 1)  # at the last it is closed
FAULTS = [
    ("05ba:000a", Fault.UNPLUG, EVERY_TRANSFER),
    ("05ba:000a", Fault.REFUSE, EVERY_TRANSFER),
    ("05ba:000a", Fault.SHORT, EVERY_TRANSFER),
    ("05ba:000a", Fault.STALL, (2, 9)),  # every one in test_every_driver_faults.py
    ("045e:00ca", Fault.UNPLUG, UareuV2UnderPyusb.numbers),
    ("045e:00ca", Fault.REFUSE, UareuV2UnderPyusb.numbers),
    ("045e:00ca", Fault.SHORT, UareuV2UnderPyusb.numbers),
]

OUR_CLIENT = """
import hashlib, json, sys, threading, time
from drivers.errors import DriverError
from drivers.models.uareu4500 import Uareu4500, Uareu4500Options

sessions, frames, finger_timeout_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
scanner = Uareu4500("reader", Uareu4500Options(transfer_timeout_s=0.5))
answers = []
for _ in range(sessions):
    started_s = time.monotonic()
    try:
        with scanner:
            taken = [scanner.read_frame(timeout_s=finger_timeout_s) for _ in range(frames)]
        result = [hashlib.sha256(frame.pixels.tobytes()).hexdigest() for frame in taken]
    except DriverError as error:
        result = type(error).__name__
    seconds = time.monotonic() - started_s
    answers.append({"result": result, "seconds": seconds, "threads": threading.active_count()})
print(json.dumps(answers))
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


def run_our_client(picture, *options, sessions=1, frames=2, finger_timeout_s=2.0):
    numbers = (sessions, frames, finger_timeout_s)
    client = [sys.executable, "-c", OUR_CLIENT, *(str(number) for number in numbers)]
    return json.loads(run_under_emulator(picture, client, *options))


def frame_without_usb(ridges, blocks, usb_id="05ba:000a"):
    """What the driver reads from the same emulated reader in this process."""
    blocks, keys = BLOCK_LISTS[blocks]
    vendor, product = (int(part, 16) for part in usb_id.split(":"))
    setup = DeviceSetup(ridges, blocks, keys, vendor, product, usb_id == "045e:00ca")
    reader = UareuDevice(setup)
    options = Uareu4500Options(transfer_timeout_s=1.0)
    with Uareu4500("reader", options, lambda: EmulatedUsbLink(reader)) as scanner:
        return scanner.read_frame(timeout_s=1.0).pixels


def digest(pixels):
    return hashlib.sha256(pixels.tobytes()).hexdigest()


@pytest.mark.parametrize("blocks", sorted(BLOCK_LISTS))
def test_our_driver_reads_the_picture_through_libusb(picture, ridges, blocks, tmp_path):
    log = tmp_path / "log.json"
    (answer,) = run_our_client(picture, "--blocks", blocks, "--log", str(log))
    expected = digest(frame_without_usb(ridges, blocks))
    assert answer["result"] == [expected, expected]
    assert answer["threads"] == 1
    assert json.loads(log.read_text())["lost_pictures"] == 0


@pytest.mark.parametrize("usb_id", IDS)
def test_every_reader_of_the_family_is_read_through_libusb(picture, ridges, usb_id):
    (answer,) = run_our_client(picture, "--usb-id", usb_id, frames=1)
    assert answer["result"] == [digest(frame_without_usb(ridges, "scrambled", usb_id))]


def test_a_live_preview_gives_frame_after_frame(picture, ridges):
    (answer,) = run_our_client(picture, frames=20)
    assert answer["result"] == [digest(frame_without_usb(ridges, "scrambled"))] * 20


def test_what_the_command_line_records_replays_to_the_same_picture(picture, ridges, tmp_path):
    path = tmp_path / "capture.jsonl"
    options = ["--option", f"scramble_seed={SEED}"]
    record = [sys.executable, "-m", "drivers", "record", "uareu4500", *options, str(path)]
    run_under_emulator(picture, record)
    link = ReplayTransport(load_transcript(path))
    with Uareu4500("reader", Uareu4500Options(scramble_seed=SEED), lambda: link) as scanner:
        pixels = scanner.read_frame(timeout_s=1.0).pixels
    assert np.array_equal(pixels, frame_without_usb(ridges, "scrambled"))


@pytest.mark.parametrize(("usb_id", "fault", "numbers"), FAULTS)
def test_a_fault_at_every_transfer_through_libusb_and_a_new_plug_after_each(
    picture, ridges, tmp_path, usb_id, fault, numbers
):
    log = tmp_path / "log.json"
    faults = [f"--fault={USB_KINDS[fault]}:{number}" for number in numbers]
    answers = run_our_client(
        picture, "--usb-id", usb_id, "--log", str(log), *faults,
        sessions=2 * len(faults), frames=1, finger_timeout_s=1.0,
    )  # fmt: skip
    whole = [digest(frame_without_usb(ridges, "scrambled", usb_id))]
    told = json.loads(log.read_text())["sessions"]
    assert len(told) == len(answers)
    for number, answer, transfers in zip(numbers, answers[0::2], told[0::2], strict=True):
        expected = uareu_error(fault, transfers, number)
        assert answer["result"] == (expected.__name__ if expected else whole), transfers
    assert [answer["result"] for answer in answers[1::2]] == [whole] * len(faults)
    assert max(answer["seconds"] for answer in answers) < LIMIT_S
    assert {answer["threads"] for answer in answers} == {1}


def with_noisy_top(ridges):
    """The picture with two rows of noise on top.

    At a key change libfprint looks again whether the first rows are scrambled. They are clear by
    then, so it takes the rest for clear too; rows that look like noise in clear keep it going.
    """
    noise = np.random.default_rng(4).integers(0, 256, 2 * 384, dtype=np.uint8)
    return noise.tobytes() + ridges[2 * 384 :]


def libfprint_frame(path, *options):
    """What libfprint reads from the emulator."""
    output = run_under_emulator(path, [SYSTEM_PYTHON, "-c", LIBFPRINT_CLIENT], *options)
    assert output[:2] == bytes([384 % 256, 290 % 256])
    return np.frombuffer(output[2:], np.uint8).reshape(290, 384)


@libfprint
@pytest.mark.parametrize("blocks", sorted(BLOCK_LISTS))
def test_libfprint_reads_the_same_picture(ridges, blocks, tmp_path):
    rows = with_noisy_top(ridges) if blocks == "key_changes" else ridges
    path = tmp_path / "rows.gray"
    path.write_bytes(rows)
    theirs = libfprint_frame(path, "--blocks", blocks)
    assert np.count_nonzero(theirs != frame_without_usb(rows, blocks)) == 0


@libfprint
@pytest.mark.parametrize(
    ("usb_id", "blocks"),
    [*((usb_id, "scrambled") for usb_id in IDS), ("045e:00ca", "plain"), ("05ba:0007", "plain")],
)
def test_libfprint_reads_the_same_picture_from_every_reader_of_the_family(
    picture, ridges, usb_id, blocks
):
    theirs = libfprint_frame(picture, "--usb-id", usb_id, "--blocks", blocks)
    assert np.count_nonzero(theirs != frame_without_usb(ridges, blocks, usb_id)) == 0
