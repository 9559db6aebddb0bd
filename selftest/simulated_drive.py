"""A simulated drive: what smartctl would say of a healthy one, with faults on demand.

Faults, as "name" or "name=number": status_failed, unreadable, silent (no status), dump_damaged;
prefail_now, prefail_past; reallocated, pending, offline, uncorrect, timeouts (packed as Seagate
does), crc, log (errors logged), self_test_failed, unsafe, hot, slow. Of NVMe drives: warning
(bits), media_errors, wear, spare. Of SCSI drives: grown, uncorrected.

Not modelled: time, self-tests that run, logs beyond their counts.
"""

from dataclasses import dataclass
from typing import Any

from selftest.errors import NotReadyError
from selftest.smart.status import Kind

_HEALTHY_SPEED_MB_PER_S = 480.0
_NOTHING: dict[str, float] = {}
_PREFAIL_FLAGS, _OLD_AGE_FLAGS = 0x33, 0x32


@dataclass(frozen=True)
class SimulatedDrive:
    """A drive that is not there."""

    faults: tuple[str, ...] = ()
    kind: Kind = Kind.ATA
    rotation_rate: int = 0
    """0: no platters."""
    name: str = "sim_drive"

    def read(self) -> dict[str, Any]:
        """Return what smartctl would say."""
        faults = parse_faults(self.faults)
        if "dump_damaged" in faults:
            raise NotReadyError("sim_drive: bukan JSON smartctl / no smartctl JSON")
        if "unreadable" in faults:
            return {"smartctl": {"exit_status": 2, "messages": [{"string": "open failed"}]}}
        makers = {Kind.ATA: _ata, Kind.NVME: _nvme, Kind.SCSI: _scsi}
        return {**self._identity(faults), **makers[self.kind](faults)}

    def read_speed_mb_per_s(self) -> float:
        """Return a speed."""
        return _HEALTHY_SPEED_MB_PER_S / parse_faults(self.faults).get("slow", 1.0)

    def _identity(self, faults: dict[str, float]) -> dict[str, Any]:
        failed = "status_failed" in faults
        told = {
            "smartctl": {"version": [7, 3], "exit_status": 8 if failed else 0},
            "device": {"name": "/dev/sim", "protocol": self.kind.value},
            "model_name": "Simulated drive",
            "serial_number": "SIM-0001",
            "firmware_version": "1",
            "temperature": {"current": faults.get("hot", 36)},
            "rotation_rate": self.rotation_rate,
        }
        status = {"smart_status": {"passed": not failed}}
        return told if "silent" in faults else told | status


def parse_faults(faults: tuple[str, ...]) -> dict[str, float]:
    """Return faults by name with their numbers, 1 where none is given."""
    parted = [fault.partition("=") for fault in faults]
    return {name: float(value) if value else 1.0 for name, _, value in parted}


def _ata(faults: dict[str, float]) -> dict[str, Any]:
    timeouts = int(faults.get("timeouts", 0))
    table = [
        _row(5, "Reallocated_Sector_Ct", faults.get("reallocated", 0), faults, threshold=10),
        _row(187, "Reported_Uncorrect", faults.get("uncorrect", 0)),
        _row(188, "Command_Timeout", timeouts * 0x0001_0001_0001),
        _row(192, "Unsafe_Shutdown_Count", faults.get("unsafe", 3)),
        _row(197, "Current_Pending_Sector", faults.get("pending", 0)),
        _row(198, "Offline_Uncorrectable", faults.get("offline", 0)),
        _row(199, "UDMA_CRC_Error_Count", faults.get("crc", 0)),
    ]
    failed = "self_test_failed" in faults
    said = "Completed: read failure" if failed else "Completed without error"
    status = {"value": 0x79 if failed else 0, "string": said, "passed": not failed}
    return {
        "ata_smart_attributes": {"table": table},
        "ata_smart_error_log": {"summary": {"count": int(faults.get("log", 0))}},
        "ata_smart_self_test_log": {"standard": {"table": [{"status": status}]}},
    }


def _row(
    id_: int, name: str, raw: float, faults: dict[str, float] = _NOTHING, *, threshold: int = 0
) -> dict[str, Any]:
    when = "now" if "prefail_now" in faults else "past" if "prefail_past" in faults else ""
    return {
        "id": id_,
        "name": name,
        "value": 100,
        "worst": 100,
        "thresh": threshold,
        "when_failed": when,
        "flags": {"value": _PREFAIL_FLAGS if threshold else _OLD_AGE_FLAGS},
        "raw": {"value": int(raw), "string": str(int(raw))},
    }


def _nvme(faults: dict[str, float]) -> dict[str, Any]:
    return {
        "nvme_smart_health_information_log": {
            "critical_warning": int(faults.get("warning", 0)),
            "temperature": faults.get("hot", 36),
            "available_spare": faults.get("spare", 100),
            "available_spare_threshold": 10,
            "percentage_used": faults.get("wear", 4),
            "unsafe_shutdowns": faults.get("unsafe", 3),
            "media_errors": faults.get("media_errors", 0),
        }
    }


def _scsi(faults: dict[str, float]) -> dict[str, Any]:
    log = {"total_uncorrected_errors": faults.get("uncorrected", 0)}
    return {
        "scsi_grown_defect_list": faults.get("grown", 0),
        "scsi_error_counter_log": {"read": log, "write": {"total_uncorrected_errors": 0}},
    }
