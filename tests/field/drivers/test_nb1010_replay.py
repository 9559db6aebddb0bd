"""The unmodified driver, pyusb and libusb on the recorded USB traffic of a real NB-1010-U.

umockdev replays the traffic under the child process and is strict: a byte too many or another
sequence number, and nothing is answered. The picture is personal data: it is compared as numbers,
and the only file lives in the test's temporary folder. `REPLAY_RUNS=20` repeats more often.
"""

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
from PIL import Image

ROOT = Path(__file__).parents[3]
RECORDINGS = ROOT.parent / "shared" / "data" / "recordings"
NODE = "/dev/bus/usb/001/003"
SHA256 = "109c2187aeb38c6414524f69b3c55032103205219f9a76226dafbe2a0b88477f"
"""Of the grey bytes, row by row, as PROTOCOLS.md 2.1 has it."""
NUMBERS = "1,3,4"  # libfprint's sequence numbers of the recording
RUN_LIMIT_S = 60.0
RUNS = int(os.environ.get("REPLAY_RUNS", "3"))

SESSION = """
import hashlib, json, sys, threading
from drivers.models.nb1010 import Nb1010, Nb1010Options

with Nb1010("reader", Nb1010Options(sequence_numbers=sys.argv[1])) as scanner:
    frame = scanner.read_frame(timeout_s=5.0)
print(json.dumps({
    "sha256": hashlib.sha256(frame.pixels.tobytes()).hexdigest(),
    "shape": frame.pixels.shape,
    "ppi": frame.resolution_ppi,
    "threads": threading.active_count(),
}))
"""


@pytest.fixture(scope="module")
def recording():
    """The folder of the recording, unchanged since it was made."""
    if not RECORDINGS.is_dir():
        pytest.skip("shared recordings not present")
    if shutil.which("umockdev-run") is None:
        pytest.skip("umockdev not installed")
    for line in (RECORDINGS / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        data = (RECORDINGS / name.lstrip("*")).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest, f"{name} was changed"
    return RECORDINGS / "nb1010"


def replay(folder, *arguments):
    """Run Python under a replay, at most for a minute, and leave no process behind."""
    command = [
        "umockdev-run",
        "--device", str(folder / "device"),
        "--ioctl", f"{NODE}={folder / 'capture.ioctl'}",
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


def probe(recording, numbers, out):
    options = ("--option", f"sequence_numbers={numbers}", "--option", "transfer_timeout_s=1.0")
    return replay(
        recording,
        "-m", "drivers", "probe", "nb1010", *options, "--json", "--out", str(out),
    )  # fmt: skip


@pytest.mark.parametrize("run", range(RUNS))
def test_the_command_line_takes_the_recorded_picture(recording, run, tmp_path):
    out = tmp_path / "frame.png"
    code, output, errors = probe(recording, NUMBERS, out)
    assert code == 0, errors
    answer = json.loads(output)
    assert answer["make"] == "NEXT Biometrics"
    assert answer["model"] == "NB-1010-U"
    with Image.open(out) as picture, Image.open(recording / "capture.png") as golden:
        pixels, expected = np.asarray(picture), np.asarray(golden)
    out.unlink()
    assert pixels.shape == expected.shape[:2] == (180, 256)
    differing = np.count_nonzero(pixels[:, :, np.newaxis] != expected)
    assert differing == 0


@pytest.mark.parametrize("run", range(RUNS))
def test_a_session_gives_the_recorded_bytes(recording, run):
    code, output, errors = replay(recording, "-c", SESSION, NUMBERS)
    assert code == 0, errors
    assert json.loads(output) == {
        "sha256": SHA256, "shape": [180, 256], "ppi": 385.0, "threads": 1,
    }  # fmt: skip


@pytest.mark.parametrize("numbers", ["2,3,4", "1,2,3", "1,3,5"])
def test_other_sequence_numbers_give_no_picture(recording, numbers, tmp_path):
    out = tmp_path / "frame.png"
    code, output, _ = probe(recording, numbers, out)
    assert code == 1
    # After a refused look the driver reads what may be left over, and the replay gives it parts.
    assert json.loads(output)["error"] == (
        "ProtocolError" if numbers == "2,3,4" else "TransportError"
    )
    assert not out.exists()


def test_the_attached_reader_is_listed(recording):
    code, output, errors = replay(recording, "-m", "drivers", "list", "--json")
    assert code == 0, errors
    rows = {row["driver"]: row for row in json.loads(output)}
    (attached,) = rows["nb1010"]["attached"]
    assert attached["place"] == "USB 1-7"
    assert rows["nb1010"]["state"] == "attached"
