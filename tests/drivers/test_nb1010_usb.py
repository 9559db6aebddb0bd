"""A live emulated NB-1010-U under libusb: our driver, and Debian's libfprint as a judge."""

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
from drivers.models.nb1010 import Nb1010, Nb1010Options
from drivers.transport.replay import ReplayTransport
from drivers.transport.transcript import load_transcript

ROOT = Path(drivers.models.__file__).parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
RUN_LIMIT_S = 60.0
LIMIT_S = 4.0
FAULTS_AT = (*range(8), *range(18, 95, 19), 95)
"""All that is said before the first part of a picture, and some parts; all parts are damaged in
test_nb1010_faults.py."""

OUR_CLIENT = """
import hashlib, json, sys, threading, time
from drivers.errors import DriverError
from drivers.models.nb1010 import Nb1010, Nb1010Options

scanner = Nb1010("reader", Nb1010Options(transfer_timeout_s=0.5))
answers = []
for _ in range(int(sys.argv[1])):
    started_s = time.monotonic()
    try:
        with scanner:
            pixels = scanner.read_frame(timeout_s=2.0).pixels
        result = hashlib.sha256(pixels.tobytes()).hexdigest()
    except DriverError as error:
        result = type(error).__name__
    answers.append([result, time.monotonic() - started_s, threading.active_count()])
print(json.dumps(answers))
"""
LIBFPRINT_CLIENT = """
import sys
import gi
gi.require_version("FPrint", "2.0")
from gi.repository import FPrint
context = FPrint.Context()
context.enumerate()
(device,) = context.get_devices()
device.open_sync(None)
image = device.capture_sync(True, None)
device.close_sync(None)
assert (image.get_width(), image.get_height()) == (256, 180)
sys.stdout.buffer.write(device.get_driver().encode() + b"\\n" + bytes(image.get_data()))
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
def rows():
    """180 rows of 256, no two alike. No real print."""
    row, col = np.mgrid[:180, :256]
    return (128 - 100 * np.sin(col / 1.1 + 0.05 * row) + row / 8).astype(np.uint8).tobytes()


@pytest.fixture(scope="module")
def picture(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "rows.gray"
    path.write_bytes(rows)
    return path


def run_under_emulator(picture, client, *options):
    """Return what the client wrote; at most a minute, and no process is left behind."""
    command = [
        SYSTEM_PYTHON, "-m", "drivers.simulation.wire.nb1010_usb",
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


def run_our_client(picture, count, *options):
    client = [sys.executable, "-c", OUR_CLIENT, str(count)]
    return json.loads(run_under_emulator(picture, client, *options))


@pytest.mark.parametrize("left_over", [0, 7])
def test_our_driver_reads_the_picture_through_libusb(picture, rows, left_over):
    answers = run_our_client(picture, 2, "--left-over", str(left_over))
    expected = hashlib.sha256(rows).hexdigest()
    assert [answer[0] for answer in answers] == [expected, expected]
    assert [answer[2] for answer in answers] == [1, 1]


@pytest.mark.parametrize(
    ("kind", "first_errors", "error"),
    [
        ("unplug", ["TransportError"] * 2, "TransportError"),
        ("stall", [None] * 2, "TransportError"),
        ("short", [None] * 2, "ProtocolError"),
    ],
)
def test_faults_through_libusb_and_a_new_plug_after_each(picture, rows, kind, first_errors, error):
    faults = [f"--fault={kind}:{number}" for number in FAULTS_AT]
    answers = run_our_client(picture, 2 * len(faults), *faults)
    whole = hashlib.sha256(rows).hexdigest()
    expected = [name or whole for name in first_errors] + [error] * (len(faults) - 2)
    if kind == "short":
        expected[2] = expected[4] = "TransportError"  # writes that were taken in part
    assert [answer[0] for answer in answers[0::2]] == expected
    assert [answer[0] for answer in answers[1::2]] == [whole] * len(faults)
    assert max(answer[1] for answer in answers) < LIMIT_S
    assert {answer[2] for answer in answers} == {1}


@pytest.mark.parametrize("number", [0, 1, 5, 6, 95])
def test_a_silent_reader_is_given_up_in_time(picture, rows, number):
    (silent, _, _), (again, _, _) = answers = run_our_client(picture, 2, f"--fault=silent:{number}")
    assert silent == "TransportTimeoutError"
    assert again == hashlib.sha256(rows).hexdigest()
    assert max(answer[1] for answer in answers) < LIMIT_S


def test_what_the_command_line_records_replays_to_the_same_picture(picture, rows, tmp_path):
    path = tmp_path / "capture.jsonl"
    record = [sys.executable, "-m", "drivers", "record", "nb1010", str(path)]
    run_under_emulator(picture, record)
    transcript = load_transcript(path)
    assert str(transcript.usb.usb_id) == "298d:1010"
    link = ReplayTransport(transcript)
    with Nb1010("reader", Nb1010Options(), lambda: link) as scanner:
        assert scanner.read_frame(timeout_s=1.0).pixels.tobytes() == rows
    link.assert_finished()


@libfprint
def test_libfprint_reads_the_same_picture(picture, rows):
    output = run_under_emulator(picture, [SYSTEM_PYTHON, "-c", LIBFPRINT_CLIENT])
    driver, _, theirs = output.partition(b"\n")
    assert driver == b"nb1010"
    assert theirs == rows
