"""Drives and what SMART says of them: asked of smartctl, or read from a file that it wrote."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from selftest.drive_speed import read_speed_mb_per_s
from selftest.errors import NotReadyError
from selftest.host_files import read_number
from selftest.programs import RunProgram, run_program
from selftest.report import Asset
from selftest.smart.fields import block, number, rows, text_of

Smart = dict[str, Any]
"""What `smartctl --json --xall` says, parsed; smartctl's own keys."""
MAX_DUMP_BYTES = 64 * 1024 * 1024  # real ones are below 0.1 MB; ours, against a wrong file
_SMARTCTL_LIMIT_S = 20.0  # a drive that spins up takes up to 10 s
_COMMAND = ("smartctl", "--json", "--xall")
_BRIDGE_KINDS = ("sat", "sntjmicron", "sntasmedia", "sntrealtek")
"""Device types to try behind a USB bridge that smartctl does not know (smartctl(8), -d)."""


class Drive(Protocol):
    """One drive."""

    @property
    def name(self) -> str:
        """Device file, or the name of the dump."""

    def read(self) -> Smart:
        """Return what SMART says; NotReadyError where that cannot be had."""

    def read_speed_mb_per_s(self) -> float:
        """Measure sequential reading for a moment; NotReadyError where that cannot be done."""


@dataclass(frozen=True, slots=True)
class SmartctlDrive:
    """A drive of this computer."""

    name: str
    """Device file."""
    kind: str | None = None
    """smartctl's device type, where its scan told one."""
    run: RunProgram = run_program

    def read(self) -> Smart:
        """Ask smartctl, also by the types of USB bridges where it asks for one."""
        told = self._ask(self.kind)
        if not _wants_a_kind(told):
            return told
        for kind in _BRIDGE_KINDS:
            again = self._ask(kind)
            if not is_unreadable(again):
                return again
        return told

    def read_speed_mb_per_s(self) -> float:
        """Read the device for a moment."""
        return read_speed_mb_per_s(Path(self.name))

    def _ask(self, kind: str | None) -> Smart:
        wanted = ("--device", kind) if kind else ()
        done = self.run((*_COMMAND, *wanted, self.name), _SMARTCTL_LIMIT_S)
        return parse_smart(done.stdout, "smartctl")


@dataclass(frozen=True, slots=True)
class DumpedDrive:
    """A drive of any computer, as a file that `smartctl --json --xall` wrote."""

    name: str
    place: Path

    def read(self) -> Smart:
        """Read the file; NotReadyError where it is none of smartctl's."""
        try:
            size_bytes = self.place.stat().st_size
            if size_bytes > MAX_DUMP_BYTES:
                raise NotReadyError(f"{self.place}: terlalu besar / too large: {size_bytes} bytes")
            content = self.place.read_bytes()
        except OSError as error:
            words = f"tidak terbaca / not readable: {error.strerror}"
            raise NotReadyError(f"{self.place}: {words}; {_HOW_TO}") from error
        return parse_smart(content, str(self.place))

    def read_speed_mb_per_s(self) -> float:
        """Never: a file tells no speed."""
        raise NotReadyError("berkas tidak memberi kecepatan / a dump tells no speed")


def find_drives(run: RunProgram = run_program, root: Path = Path("/")) -> tuple[Drive, ...]:
    """Return the fixed drives that smartctl sees; NotReadyError without smartctl.

    A courier's stick in the port is no drive of the station, and has no SMART data to prove.
    """
    done = run(("smartctl", "--json", "--scan"), _SMARTCTL_LIMIT_S)
    listed = rows(parse_smart(done.stdout, "smartctl").get("devices"))
    named = ((text_of(row, "name"), text_of(row, "type")) for row in listed)
    return tuple(
        SmartctlDrive(name, kind, run) for name, kind in named if name and not _is_stick(name, root)
    )


def _is_stick(name: str, root: Path) -> bool:
    return read_number(root / "sys/block" / Path(name).name / "removable") == 1


def parse_smart(text: bytes, origin: str) -> Smart:
    """Parse smartctl's JSON; NotReadyError says what is wrong with it and what to do."""
    if not text.strip():
        raise NotReadyError(f"{origin}: kosong / empty; {_HOW_TO}")
    try:
        smart = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadyError(
            f"{origin}: bukan JSON smartctl / no smartctl JSON: {error}; {_HOW_TO}"
        ) from error
    if not isinstance(smart, dict):
        raise NotReadyError(f"{origin}: bukan JSON smartctl / no smartctl JSON; {_HOW_TO}")
    return smart


def drive_asset(name: str, smart: Smart) -> Asset:
    """Return who the drive says it is."""
    return Asset(
        name=name,
        role="drive",
        make=text_of(smart, "model_family") or text_of(smart, "scsi_vendor", "vendor") or "?",
        model=text_of(smart, "model_name", "scsi_model_name", "product") or "?",
        serial=text_of(smart, "serial_number"),
        firmware=text_of(smart, "firmware_version", "revision"),
        place=text_of(block(smart, "device"), "name") or name,
    )


def is_unreadable(smart: Smart) -> bool:
    """Tell whether smartctl did not understand or could not open the drive."""
    status = number(block(smart, "smartctl").get("exit_status"))
    return status is not None and int(status) & 0b11 != 0


def _wants_a_kind(smart: Smart) -> bool:
    return is_unreadable(smart) and "specify device type" in str(smart.get("smartctl"))


_HOW_TO = "buat dengan / make it by: smartctl --json --xall /dev/sda > FILE.json"
