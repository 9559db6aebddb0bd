"""A station that is told to stop closes what it opened."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from station.config import CONFIG_NAME, write_default
from tests.station.panel.conftest import free_port

START_LIMIT_S = 60
STOP_LIMIT_S = 30


@pytest.mark.parametrize("moment_s", [0.0, 1.0])
def test_a_stop_ends_the_pull_interface_too(tmp_path: Path, moment_s):
    log, folder = tmp_path / "log", tmp_path / "station"
    folder.mkdir()
    place = folder / CONFIG_NAME
    write_default(place, code="61.71.01", name="Contoh", simulated=True)
    text = place.read_text(encoding="utf-8").replace("port = 8461", f"port = {free_port()}")
    place.write_text(text.replace("port = 8462", "port = 0"), encoding="utf-8")
    command = (sys.executable, "-m", "station.cli", "run", "--simulated", "--data")
    with log.open("wb") as output:
        station = subprocess.Popen([*command, str(folder)], stdout=output)
    try:
        wait_until(lambda: b"Ctrl-C" in log.read_bytes(), START_LIMIT_S)
        children = psutil.Process(station.pid).children(recursive=True)
        assert children
        time.sleep(moment_s)
        os.kill(station.pid, signal.SIGTERM)
        assert station.wait(STOP_LIMIT_S) == 0
        assert psutil.wait_procs(children, timeout=STOP_LIMIT_S)[1] == []
    finally:
        station.kill()
        station.wait()


def wait_until(is_true, limit_s):
    deadline_s = time.monotonic() + limit_s
    while not is_true():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
