"""Run the pull interface as a process of its own beside the station.

It is given paths only: sealed packages, the inbox, public keys. It cannot read the database.
"""

import subprocess
import sys
import threading
from pathlib import Path

import structlog

from station.config import StationConfig
from station.keys import StationKeys

log = structlog.get_logger()

READY_LIMIT_S = 15.0  # start of Python, TLS, and the check of its own door
STOP_LIMIT_S = 8.0  # the process lets running transfers end for 5 s, then it still has to close
CHECKPOINT_NAME = "audit-checkpoint"
READINESS_NAME = "readiness.json"


class PullService:
    """The pull process of one station."""

    def __init__(self, config: StationConfig, keys: StationKeys) -> None:
        self._config = config
        self._keys = keys
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._ready = threading.Event()
        self._lines: list[str] = []
        self.url: str | None = None

    @property
    def checkpoint_file(self) -> Path:
        """Where the station writes the signed head of its audit log."""
        return self._config.paths.reports.parent / CHECKPOINT_NAME

    @property
    def readiness_file(self) -> Path:
        """Where the station writes what it can record now."""
        return self._config.paths.reports.parent / READINESS_NAME

    def start(self) -> bool:
        """Start the process and wait until it serves; False while no centre is enrolled.

        Raises ChildProcessError with what the process said when it cannot run.
        """
        if self._keys.centre() is None:
            return False
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read_lines, name="pull-output", daemon=True)
        self._reader.start()
        if not self._ready.wait(READY_LIMIT_S) or self.url is None:
            said = "; ".join(self._lines[-3:]) or "nothing"
            self.stop()
            raise ChildProcessError(f"the pull interface did not start; it said: {said}")
        return True

    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the process; waits, then insists."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_LIMIT_S)
        if self._reader is not None:  # it ends with the process's last line
            self._reader.join(STOP_LIMIT_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def _command(self) -> list[str]:
        paths, centre = self._config.paths, self._keys.centre_folder
        options = {
            "--spool": paths.spool,
            "--inbox": paths.inbox,
            "--reports": paths.reports,
            "--certificate": self._keys.tls_certificate_path,
            "--key": self._keys.tls_key_path,
            "--client-ca": centre / "ca.pem",
            "--receipt-keys": centre / "receipt-keys.json",
            "--checkpoint": self.checkpoint_file,
            "--readiness": self.readiness_file,
            "--station": self._keys.station_code,
            "--host": self._config.pull.host,
            "--port": self._config.pull.port,
        }
        words = [str(word) for option in options.items() for word in option]
        return [sys.executable, "-m", "station.pull", *words]

    def _read_lines(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            text = line.strip()
            self._lines = [*self._lines[-20:], text]
            if text.startswith("pull interface: "):
                self.url = text.removeprefix("pull interface: ")
                self._ready.set()
            else:
                log.info("pull interface", said=text)
        self._ready.set()
