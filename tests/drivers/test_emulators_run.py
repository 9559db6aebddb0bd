"""`python -m drivers.simulation.wire`: emulated devices that any program may open."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import drivers
from drivers.catalog import build_device
from drivers.frames import PowerState

ROOT = Path(drivers.__file__).parents[1]
LIMIT_S = 60


@pytest.fixture
def run():
    """A function that starts an emulator and returns it with its first line of output."""
    with contextlib.ExitStack() as stack:

        def start(*arguments):
            process = subprocess.Popen(
                [sys.executable, "-m", "drivers.simulation.wire", *map(str, arguments)],
                cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"},
            )  # fmt: skip
            stack.enter_context(process)
            stack.callback(process.kill)
            return process, process.stdout.readline()

        yield start


def end(process, number=signal.SIGTERM):
    process.send_signal(number)
    return process.wait(LIMIT_S)


@pytest.mark.parametrize(("model", "shape"), [("r30x", (288, 256)), ("r503", (192, 192))])
def test_a_fingerprint_module_with_a_residents_finger(run, tmp_path, model, shape):
    process, line = run("zfm20", "--link", tmp_path / "zfm", "--model", model)
    assert line == f"serial port {tmp_path / 'zfm'}; Ctrl-C ends it\n"
    with build_device("module", "zfm20", {"port": str(tmp_path / "zfm")}) as scanner:
        pixels = scanner.read_frame(timeout_s=5.0).pixels
    assert pixels.shape == shape
    assert len(np.unique(pixels)) > 8
    assert 20 < pixels.std() < 110
    assert end(process, signal.SIGINT) == 0


def test_a_ups_on_a_serial_line(run, tmp_path):
    faults = ("--fault", "on_battery=9@3", "--fault", "overload=120", "--line-fault", "flip@3")
    process, _ = run("megatec-ups", "--link", tmp_path / "ups", "--question", "QS", *faults)
    with build_device("ups", "megatec_ups", {"port": str(tmp_path / "ups")}) as ups:
        readings = [ups.read_power(timeout_s=5.0) for _ in range(3)]
    assert readings[-1].state is PowerState.BATTERY
    assert readings[-1].load_percent == 120
    assert end(process) == 0


def test_upsd(run):
    process, line = run("upsd", "--fault", "low_battery")
    address = line.partition(";")[0]
    assert address.startswith("virtual@127.0.0.1:")
    options = {"port": int(address.rpartition(":")[2]), "ups": "virtual"}
    with build_device("ups", "nut_ups", options) as ups:
        assert ups.read_power(timeout_s=5.0).state is PowerState.LOW_BATTERY
    assert end(process) == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["zfm20", "--model", "r9"], "known models are: r30x, r503"),
        (["zfm20", "--line-fault", "bent@3"], "not of the form"),
        (["megatec-ups", "--fault", "flood"], "no fault of a power_supply"),
        (["upsd", "--port", "99999"], "less than or equal to 65535"),
        (["megatec-ups", "--link", "/no/such/folder/ups"], "link cannot be made"),
    ],
)
def test_what_cannot_run(arguments, text):
    result = subprocess.run(
        [sys.executable, "-m", "drivers.simulation.wire", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200"},
    )  # fmt: skip
    assert result.returncode == 2
    assert text in " ".join(result.stderr.split())


def test_a_port_that_is_taken(run):
    process, line = run("upsd")
    port = line.partition(";")[0].rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "-m", "drivers.simulation.wire", "upsd", "--port", port],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert second.returncode == 2
    assert "cannot be used" in " ".join(second.stderr.split())
    assert end(process) == 0
