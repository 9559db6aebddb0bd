"""What only NVMe drives tell: warnings, media errors, wear and spare."""

from selftest.check import Measured, Skip, Value, check, measured
from selftest.drive_readings import readable_smart
from selftest.errors import NotReadyError
from selftest.smart.nvme import Warned, health_number, warnings_of
from selftest.smart.status import Kind
from selftest.subject import Subject


@check("drive", "DSK-130", essential=False)
def critical_warning(subject: Subject) -> Measured | Skip:
    """Bits by which the drive warns; heat alone is no dying drive."""
    warned = warnings_of(readable_smart(subject, Kind.NVME))
    if warned is None:
        return Skip(_NOT_TOLD)
    grave = warned & ~Warned.TEMPERATURE
    values = (
        Value("warnings", int(grave).bit_count()),
        Value("too_hot", bool(warned & Warned.TEMPERATURE)),
    )
    return Measured(values, evidence=", ".join((bit.name or "?").lower() for bit in warned))


@check("drive", "DSK-131", essential=False)
def media_errors(subject: Subject) -> Measured | Skip:
    """Data that the drive could not read back."""
    return _health(subject, "media_errors", "media_errors")


@check("drive", "DSK-132", essential=False)
def wear(subject: Subject) -> Measured | Skip:
    """Share of the drive's life that is used; may pass 100."""
    return _health(subject, "percentage_used", "used")


@check("drive", "DSK-133", essential=False)
def spare(subject: Subject) -> Measured | Skip:
    """Spare blocks above the drive's own threshold."""
    smart = readable_smart(subject, Kind.NVME)
    left, threshold = (
        health_number(smart, key) for key in ("available_spare", "available_spare_threshold")
    )
    if left is None or threshold is None:
        return Skip(_NOT_TOLD)
    return measured("spare_margin", left - threshold, evidence=f"{left:.0f} % - {threshold:.0f} %")


_NOT_TOLD = "cakram tidak memberi angka / the drive does not tell"


def _health(subject: Subject, key: str, name: str) -> Measured | Skip:
    told = health_number(readable_smart(subject, Kind.NVME), key)
    if told is None:
        raise NotReadyError(_NOT_TOLD)
    return measured(name, told)
