"""The unmodified drivers, pyusb and libusb on a live emulated STU-540 or ePad behind umockdev."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import drivers.models
from drivers.simulation.wire.stu_signature import sign

ROOT = Path(drivers.models.__file__).parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
RUN_LIMIT_S = 60.0
AREA = (10800, 6480, 1023)

CLIENT = """
import json, threading, time
import numpy as np
from drivers.errors import DriverError
from drivers.models.wacom_stu import WacomStu, WacomStuOptions

pad = WacomStu("pad", WacomStuOptions(transfer_timeout_s=0.5))
started_s = time.monotonic()
answer = {"attached": [one.description for one in WacomStu.find_attached()]}
samples = []
try:
    with pad:
        pad.show(np.full((48, 80, 3), 255, np.uint8))
        pad.start_inking()
        quiet_until_s = time.monotonic() + 3.0
        while time.monotonic() < quiet_until_s:
            fresh = pad.read_samples(timeout_s=0.1)
            samples += fresh
            if fresh:
                quiet_until_s = time.monotonic() + 1.2
        answer["model"] = pad.identity().model
        answer["lost"] = pad.lost_reports
        pad.stop_inking()
except DriverError as error:
    answer["error"] = type(error).__name__
answer["samples"] = [
    (round(1000 * s.time_s), s.x_mm, s.y_mm, s.pressure, s.is_touching) for s in samples
]
answer |= {"seconds": time.monotonic() - started_s, "threads": threading.active_count()}
print(json.dumps(answer))
"""


def has_umockdev():
    script = "import gi\ngi.require_version('UMockdev', '1.0')\nfrom gi.repository import UMockdev"
    if not shutil.which(SYSTEM_PYTHON):
        return False
    found = subprocess.run(
        [SYSTEM_PYTHON, "-c", script], check=False, capture_output=True, timeout=60
    )
    return found.returncode == 0


pytestmark = pytest.mark.skipif(not has_umockdev(), reason="gir1.2-umockdev-1.0 is absent")


def run_client(points, tmp_path, *options, client=("-c", CLIENT)):
    """What the client said and what the pad noted; no process is left behind."""
    path, log = tmp_path / "points.json", tmp_path / "log.json"
    path.write_text(json.dumps([(p.time_s, p.x, p.y, p.pressure, p.is_touching) for p in points]))
    command = [
        SYSTEM_PYTHON, "-m", "drivers.simulation.wire.stu_usb", "--points", str(path),
        "--log", str(log), *options, "--", sys.executable, *client,
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
    return json.loads(output), json.loads(log.read_text())


def test_every_point_pressure_and_time_arrives_through_libusb(tmp_path):
    points = sign("budi", area=AREA)
    answer, log = run_client(points, tmp_path)
    assert answer["attached"] == ["056a:00a8"]
    assert (answer["model"], answer["lost"]) == ("STU-540", 0)
    assert log.count("write 25") == 1
    times_ms = [sample[0] for sample in answer["samples"]]
    assert [t - times_ms[0] for t in times_ms] == [round(1000 * p.time_s) for p in points]
    assert [sample[1:] for sample in answer["samples"]] == [
        [108.0 * p.x / 10800, 64.8 * p.y / 6480, p.pressure / 1023, p.is_touching] for p in points
    ]
    assert answer["threads"] == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unplug@0", "TransportError"),
        ("unplug@15", "TransportError"),
        ("stall@8", "TransportError"),
        ("short@2", "ProtocolError"),
        ("short@14", "ProtocolError"),
        ("silent@3", "TransportTimeoutError"),
        ("silent@14", "TransportTimeoutError"),
    ],
)
def test_faults_reach_the_driver_through_libusb(tmp_path, dash, fault, error):
    answer, _ = run_client(dash, tmp_path, "--fault", fault)
    assert answer["error"] == error
    assert answer["seconds"] < 6.0
    assert answer["threads"] == 1


def test_an_epad_is_probed_through_libusb(tmp_path):
    points = [replace(p, time_s=p.time_s + 1.0) for p in sign("agus", area=(2896, 1370, 127))]
    probe = ("-m", "drivers", "probe", "epad", "--json", "--timeout", "8")
    answer, log = run_client(points, tmp_path, "--epad", client=probe)
    assert (answer["make"], answer["model"]) == ("ePadLink", "ePad")
    assert answer["samples"] == sum(point.is_touching for point in points)
    assert answer["strokes"] >= 1
    assert log.count("pen") == len(points)
