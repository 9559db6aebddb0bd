"""Drives and what SMART says of them: asked of smartctl, or read from a file that it wrote."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from selftest.errors import NotReadyError
from selftest.report import Asset

Smart = dict[str, Any]
"""What `smartctl --json --xall` says, parsed; smartctl's own keys."""
_SMARTCTL_LIMIT_S = 20.0  # a drive that spins up takes up to 10 s
_COMMAND = ("--json", "--xall")


class Drive(Protocol):
    """One drive."""

    @property
    def name(self) -> str:
        """Device file, or the name of the dump."""

    def read(self) -> Smart:
        """Return what SMART says; NotReadyError where that cannot be had."""


@dataclass(frozen=True, slots=True)
class SmartctlDrive:
    """A drive of this computer."""

    name: str
    """Device file."""
    kind: str | None = None
    """smartctl's device type, where its scan told one."""

    def read(self) -> Smart:
        """Ask smartctl."""
        kind = ("--device", self.kind) if self.kind else ()
        return _run_smartctl(*_COMMAND, *kind, self.name)


@dataclass(frozen=True, slots=True)
class DumpedDrive:
    """A drive of any computer, as a file that `smartctl --json --xall` wrote."""

    name: str
    place: Path

    def read(self) -> Smart:
        """Read the file."""
        return parse_smart(self.place.read_bytes(), str(self.place))


def find_drives() -> tuple[Drive, ...]:
    """Return the drives that smartctl sees; NotReadyError without smartctl."""
    listed = _run_smartctl("--json", "--scan").get("devices", [])
    return tuple(SmartctlDrive(str(x["name"]), str(x.get("type", "")) or None) for x in listed)


def parse_smart(text: bytes, origin: str) -> Smart:
    """Parse smartctl's JSON; NotReadyError says what is wrong with it."""
    try:
        smart = json.loads(text)
    except ValueError as error:
        raise NotReadyError(f"{origin}: bukan JSON smartctl / no smartctl JSON: {error}") from error
    if not isinstance(smart, dict):
        raise NotReadyError(f"{origin}: bukan JSON smartctl / no smartctl JSON")
    return smart


def drive_asset(name: str, smart: Smart) -> Asset:
    """Return who the drive says it is."""
    model = str(smart.get("model_name") or smart.get("scsi_model_name") or "?")
    serial = smart.get("serial_number")
    firmware = smart.get("firmware_version")
    return Asset(
        name=name,
        role="drive",
        make=str(smart.get("model_family") or smart.get("scsi_vendor") or "?"),
        model=model,
        serial=None if serial is None else str(serial),
        firmware=None if firmware is None else str(firmware),
        place=str(smart.get("device", {}).get("name", name)),
    )


def _run_smartctl(*arguments: str) -> Smart:
    program = shutil.which("smartctl", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin")
    if program is None:
        raise NotReadyError("smartctl belum dipasang / not installed: apt install smartmontools")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, names from its own scan
            (program, *arguments), capture_output=True, timeout=_SMARTCTL_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NotReadyError(f"smartctl: tidak selesai / not done in {error.timeout:g} s") from error
    return parse_smart(done.stdout, "smartctl")
