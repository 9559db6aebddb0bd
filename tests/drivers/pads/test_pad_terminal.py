"""The emulated pads as a product: run from the command line, probed by the drivers' own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

import drivers.models
from drivers.simulation.wire.stu_signature import sign

ROOT = Path(drivers.models.__file__).parents[2]
START_LIMIT_S = 20.0


@pytest.fixture
def run_pad(tmp_path):
    """A function that starts an emulated pad and gives its port; ended after the test."""
    running = []

    def start(*arguments):
        port = tmp_path / "ttyPAD"
        command = [sys.executable, "-m", "drivers.simulation.wire.stu_terminal"]
        process = subprocess.Popen(
            [*command, arguments[0], str(port), "--seconds", "60", *arguments[1:]], cwd=ROOT
        )
        running.append(process)
        deadline_s = time.monotonic() + START_LIMIT_S
        while not port.is_symlink() and time.monotonic() < deadline_s:
            time.sleep(0.02)
        assert port.is_symlink()
        return port

    yield start
    for process in running:
        process.terminate()
        assert process.wait(timeout=10) == 0


def probe(name, *arguments):
    result = subprocess.run(
        [sys.executable, "-m", "drivers", "probe", name, "--json", "--timeout", "8", *arguments],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return result.returncode, json.loads(result.stdout)


def expected_samples(name):
    area = (10800, 6480, 1023) if name == "wacom_stu" else (2150, 1400, 1023)
    return sum(point.is_touching for point in sign("budi", area=area))


@pytest.mark.parametrize(
    ("name", "option", "model"),
    [
        ("wacom_stu", "serial_port", "STU-540"),
        ("topaz_siglite", "port", "SigLite 1x5"),
    ],
)
def test_a_signature_is_probed(run_pad, tmp_path, name, option, model):
    port = run_pad(name, "--resident", "budi")
    out = tmp_path / "signature.png"
    code, answer = probe(name, "--option", f"{option}={port}", "--out", str(out))
    assert code == 0, answer
    assert answer["model"] == model
    assert answer["strokes"] >= 1
    assert answer["samples"] == expected_samples(name)
    with Image.open(out) as picture:
        assert picture.getextrema() == (0, 255)


@pytest.mark.parametrize(
    ("name", "option"), [("wacom_stu", "serial_port"), ("topaz_siglite", "port")]
)
def test_nobody_at_the_pad(run_pad, name, option):
    port = run_pad(name, "--nobody")
    code, answer = probe(name, "--option", f"{option}={port}", "--timeout", "0.5")
    assert (code, answer["error"]) == (1, "CaptureTimeoutError")


def test_a_fault_by_name_is_found_bad(run_pad):
    port = run_pad("wacom_stu", "--fault", "unplug@30")
    code, answer = probe("wacom_stu", "--option", f"serial_port={port}")
    assert code == 1
    assert (answer["error"], answer["issue_id"]) == ("TransportError", "DEV-004")


def test_an_unknown_fault_names_the_known_ones(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "drivers.simulation.wire.stu_terminal", "wacom_stu",
         str(tmp_path / "x"), "--fault", "coffee"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode != 0
    assert "stuck_pen" in result.stderr
