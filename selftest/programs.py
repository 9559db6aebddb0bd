"""Run a program of the system and take what it writes; a test hands in recorded text instead."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from selftest.errors import NotReadyError

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
_PACKAGES = {
    "chronyc": "chrony",
    "last": "util-linux",
    "memtester": "memtester",
    "ping": "iputils-ping",
    "smartctl": "smartmontools",
}


@dataclass(frozen=True, slots=True)
class ProgramOutput:
    """How a program ended and what it wrote to standard output."""

    exit_code: int
    stdout: bytes = b""
    stderr: bytes = b""

    @property
    def text(self) -> str:
        """Standard output as text; bytes that are no UTF-8 are replaced."""
        return self.stdout.decode("utf-8", "replace")


RunProgram = Callable[[Sequence[str], float], ProgramOutput]
"""Command and time limit in seconds; NotReadyError where the program cannot be asked."""


def run_program(command: Sequence[str], timeout_s: float) -> ProgramOutput:
    """Run a program of the system in plain English; NotReadyError says what to install."""
    name = command[0]
    program = shutil.which(name, path=_PATH)
    if program is None:
        package = f": apt install {_PACKAGES[name]}" if name in _PACKAGES else ""
        raise NotReadyError(f"{name} belum dipasang / not installed{package}")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; arguments come from this package
            (program, *command[1:]),
            capture_output=True,
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise NotReadyError(f"{name}: tidak selesai / not done in {timeout_s:g} s") from error
    except OSError as error:
        raise NotReadyError(f"{name}: tidak dapat dijalankan / cannot be run: {error}") from error
    return ProgramOutput(done.returncode, done.stdout, done.stderr)
