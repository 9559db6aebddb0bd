"""NUT of the system as the other side: its drivers and its server, on the loopback interface.

Nothing of the system's own NUT is read or touched: configuration and sockets live in a folder of
their own with a short name (a socket's path has at most 107 bytes), and only processes that were
started here are ended.
"""

import contextlib
import getpass
import importlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import pytest

PROGRAMS = Path("/lib/nut")  # Debian; /usr/sbin/upsd is a wrapper that wants the system's set-up
START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
USERS = """\
[station]
    password = "secret \\"word\\""
    instcmds = ALL
"""
PASSWORD = 'secret "word"'


class NutPeer:
    """A running NUT with some UPS."""

    def __init__(self, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._sections = {}
        self._processes = {}
        (folder / "state").mkdir(mode=0o700)

    def add(self, name, driver, port, **settings):
        """Add a UPS to the configuration."""
        self._sections[name] = {"driver": driver, "port": port} | settings

    def start(self):
        """Start all drivers, then the server, and wait until it has data of every UPS."""
        self._write_configuration()
        for name, settings in self._sections.items():
            self._run(name, settings["driver"], "-a", name)
        self._run("upsd", "upsd")
        deadline_s = time.monotonic() + START_LIMIT_S
        for name in self._sections:
            while not self._has_data(name):
                assert time.monotonic() < deadline_s, f"no data of {name}: {self.log()}"
                time.sleep(0.1)

    def stop(self, *names):
        """End some of the processes, or all."""
        for name in names or tuple(self._processes):
            process = self._processes.pop(name)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_LIMIT_S)
            if process.poll() is None:
                process.kill()
                process.wait(STOP_LIMIT_S)

    def upsc(self, name):
        """Return what NUT's own client shows."""
        shown = subprocess.run(
            ["upsc", f"{name}@127.0.0.1:{self.port}"],
            capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
        pairs = (line.partition(": ") for line in shown.stdout.splitlines())
        return {variable: value for variable, _, value in pairs}

    def log(self):
        """Return the end of what the processes said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def _write_configuration(self):
        sections = (
            f"[{name}]\n" + "".join(f"    {key} = {value}\n" for key, value in settings.items())
            for name, settings in self._sections.items()
        )
        files = {
            "nut.conf": "MODE=standalone\n",
            "ups.conf": "".join(sections),
            "upsd.conf": f"LISTEN 127.0.0.1 {self.port}\n",
            "upsd.users": USERS,
        }
        for file_name, text in files.items():
            path = self.folder / file_name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)

    def _run(self, name, program, *arguments):
        places = {"NUT_CONFPATH": str(self.folder), "NUT_STATEPATH": str(self.folder / "state")}
        with (self.folder / "log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [PROGRAMS / program, *arguments, "-F", "-u", getpass.getuser()],
                env=os.environ | places, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def _has_data(self, name):
        """Tell whether upsd has data: while it starts nobody listens, or the status is WAIT."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as asking:
                asking.sendall(f"GET VAR {name} ups.status\n".encode())
                answer = asking.recv(200)
                return answer.startswith(b"VAR") and b"WAIT" not in answer
        except OSError:
            return False


@pytest.fixture(scope="module")
def make_peer():
    """A function that makes a NUT to be configured and started; all are ended."""
    missing = [
        name for name in ("upsd", "dummy-ups", "nutdrv_qx") if not (PROGRAMS / name).exists()
    ]
    if missing:
        pytest.skip(f"NUT is not installed (nut-server): {', '.join(missing)}")
    with contextlib.ExitStack() as stack:

        def make():
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nut-"))
            peer = NutPeer(Path(folder))
            stack.callback(peer.stop)
            return peer

        yield make


@pytest.fixture(scope="session")
def pynut2():
    """A client that is not ours; it needs telnetlib, which Python 3.13 has no more."""
    if sys.version_info >= (3, 13):
        pytest.skip("pynut2 needs telnetlib, gone since Python 3.13")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module("pynut2.nut2")


@pytest.fixture(scope="session")
def nut_password():
    return PASSWORD
