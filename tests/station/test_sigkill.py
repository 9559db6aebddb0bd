"""The station is killed at random moments of a recording; nothing accepted is lost or readable."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from station.build import build_station
from station.config import CONFIG_NAME, StationConfig

CHILD = Path(__file__).with_name("recording_child.py")
KILLS = 50  # acceptance: 50 random moments
LINE_LIMIT_S = 60.0
MARKERS = (b"61710155059", b"WARGA CONTOH", b"JL. CONTOH NO. 1", b"\x89PNG\r\n", b"attempt.json")
"""Biodata, the beginning of every stored picture, and of every stored attempt."""
SEED = 20261124


def scan_for(folder: Path, markers: tuple[bytes, ...]) -> list[str]:
    """Return every file below `folder` that holds one of the markers."""
    return [
        str(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(marker in path.read_bytes() for marker in markers)
    ]


class Recorder:
    """A child process that goes on with a recording and tells what was acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), "record", str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )

    def read_line(self) -> dict[str, object] | None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def kill(self) -> list[dict[str, object]]:
        """Kill it and return what it had said in the meantime."""
        self.process.send_signal(signal.SIGKILL)
        assert self.process.stdout is not None
        rest = [json.loads(line) for line in self.process.stdout if line.endswith("\n")]
        self.process.wait(10)
        self.process.stdout.close()
        return rest


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_fifty_kills_lose_nothing_that_was_accepted(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(CHILD), "prepare", str(tmp_path)], check=True, timeout=60)
    chance = random.Random(SEED)
    acknowledged: set[str] = set()
    case_id: object = None
    kills = 0
    while kills < KILLS:
        recorder = Recorder(tmp_path)
        first = recorder.read_line()
        assert first is not None
        if case_id is not None and not first["is_new"]:
            assert first["case_id"] == case_id
            missing = acknowledged - set(first["attempts"])
            assert not missing, f"asked again after kill {kills}: {missing}"
        else:
            acknowledged = set()
        case_id = first["case_id"]
        time.sleep(chance.uniform(0.0, 1.2))
        for said in recorder.kill():
            acknowledged.update(said.get("attempts", ()))
            if said.get("sealed"):
                case_id, acknowledged = None, set()
        kills += 1
        assert scan_for(tmp_path, MARKERS) == []
    station = build_station(StationConfig.load(tmp_path / CONFIG_NAME))
    station.audit.verify()
    station.close()
