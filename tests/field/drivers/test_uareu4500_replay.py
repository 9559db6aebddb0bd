"""The unmodified driver, pyusb and libusb on recorded USB traffic of two real readers.

umockdev replays the traffic under the child process. It is strict: a byte too many, a transfer in
another order or another scramble seed, and the replay is stuck. The pictures are personal data:
they are compared as numbers, and the only file lives in the test's temporary folder.
`REPLAY_RUNS=20` repeats more often.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
RECORDINGS = ROOT.parent / "shared" / "data" / "recordings"
USB_PORT = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-10"
SEED = 0x51EA2124  # libfprint's fixed seed of the recordings
RUN_LIMIT_S = 60.0
RUNS = int(os.environ.get("REPLAY_RUNS", "3"))

FULL_SESSION = """
import hashlib, json, sys, threading, time
from drivers.models.uareu4500 import Uareu4500, Uareu4500Options

started_s = time.monotonic()
scanner = Uareu4500("reader", Uareu4500Options(scramble_seed=sys.argv[1]))
with scanner:
    opened_s = time.monotonic()
    frame = scanner.read_frame(timeout_s=20.0)
    read_s = time.monotonic()
    is_empty = scanner.is_platen_empty(timeout_s=5.0)
closed_s = time.monotonic()
print(json.dumps({
    "sha256": hashlib.sha256(frame.pixels.tobytes()).hexdigest(),
    "shape": frame.pixels.shape,
    "ppi": frame.resolution_ppi,
    "is_empty": is_empty,
    "threads": threading.active_count(),
    "has_serial": bool(frame.device.serial),
    "open_s": opened_s - started_s,
    "read_s": read_s - opened_s,
    "close_s": closed_s - read_s,
}))
"""


@dataclass(frozen=True)
class Recording:
    folder: str
    make: str
    versions: str
    sha256: str
    """Of the grey bytes, row by row, as PROTOCOLS.md 2.1 has it."""


READERS = [
    Recording(
        "uru4000-4500",
        "DigitalPersona",
        "0115, 0010",
        "8ba5d9303f6672904992883ef7025257c9b3ea111cb51275c684808cf46d8a96",
    ),
    Recording(
        "uru4000-msv2",
        "Microsoft",
        "0034, 0059",
        "addbbec8a92a552c7c72d17bcbd0c73ea922e5b6c7be541b6d5b8d08a7221e79",
    ),
]
every_reader = pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.folder)


@pytest.fixture(scope="module")
def recordings():
    """The folder of recordings, unchanged since they were made."""
    if not RECORDINGS.is_dir():
        pytest.skip("shared recordings not present")
    if shutil.which("umockdev-run") is None:
        pytest.skip("umockdev not installed")
    for line in (RECORDINGS / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        data = (RECORDINGS / name.lstrip("*")).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest, f"{name} was changed"
    return RECORDINGS


def replay(folder, *arguments):
    """Run Python under a replay, at most for a minute, and leave no process behind."""
    command = [
        "umockdev-run",
        "--device", str(folder / "device"),
        "--pcap", f"{USB_PORT}={folder / 'capture.pcapng'}",
        "--", sys.executable, *arguments,
    ]  # fmt: skip
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = child.communicate(timeout=RUN_LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, errors = child.communicate()
        pytest.fail(f"stuck for {RUN_LIMIT_S} s: {errors[-2000:]}")
    return child.returncode, output, errors


def load(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


@every_reader
@pytest.mark.parametrize("run", range(RUNS))
def test_the_command_line_takes_the_recorded_picture(recordings, reader, run, tmp_path):
    out = tmp_path / "frame.png"
    arguments = ["probe", "uareu4500", "--option", f"scramble_seed={SEED}", "--json", "--out", out]
    code, output, errors = replay(
        recordings / reader.folder, "-m", "drivers", *(str(one) for one in arguments)
    )
    assert code == 0, errors
    answer = json.loads(output)
    assert answer["make"].startswith(reader.make)
    assert answer["firmware"] == reader.versions
    with (
        Image.open(out) as picture,
        Image.open(recordings / reader.folder / "capture.png") as golden,
    ):
        pixels, expected = np.asarray(picture), np.asarray(golden)
    out.unlink()
    assert pixels.shape == expected.shape[:2] == (290, 384)
    differing = np.count_nonzero(pixels[:, :, np.newaxis] != expected)
    assert differing == 0


@every_reader
@pytest.mark.parametrize("run", range(RUNS))
def test_a_whole_session_to_finger_off_and_close(recordings, reader, run):
    code, output, errors = replay(recordings / reader.folder, "-c", FULL_SESSION, hex(SEED))
    assert code == 0, errors
    answer = json.loads(output)
    assert answer["sha256"] == reader.sha256
    assert answer["shape"] == [290, 384]
    assert answer["ppi"] == 512.0
    assert answer["is_empty"] is True
    assert answer["threads"] == 1
    assert answer["has_serial"]
    assert answer["close_s"] < 3.0


@every_reader
def test_another_seed_fails_and_gives_no_picture(recordings, reader, tmp_path):
    out = tmp_path / "frame.png"
    options = ("--option", f"scramble_seed={SEED + 1}", "--option", "transfer_timeout_s=1.5")
    code, output, _ = replay(
        recordings / reader.folder,
        "-m", "drivers", "probe", "uareu4500", *options, "--json", "--out", str(out),
    )  # fmt: skip
    assert code == 1
    assert json.loads(output)["error"] == "TransportTimeoutError"
    assert not out.exists()


@every_reader
def test_the_attached_reader_is_listed(recordings, reader):
    code, output, errors = replay(recordings / reader.folder, "-m", "drivers", "list", "--json")
    assert code == 0, errors
    rows = {row["driver"]: row for row in json.loads(output)}
    (attached,) = rows["uareu4500"]["attached"]
    assert attached["place"] == "USB 1-10"
    assert "Fingerprint Reader" in attached["description"]
    assert rows["uareu4500"]["state"] == "attached"
