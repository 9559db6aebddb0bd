"""What only ATA drives tell: attributes and the error log (CHECKS C.3)."""

from selftest.check import Measured, Skip, Value, check, measured
from selftest.drive_readings import counted, readable_smart
from selftest.smart.attributes import (
    COMMAND_TIMEOUT,
    CRC_ERRORS,
    OFFLINE_UNCORRECTABLE,
    PENDING,
    REALLOCATED,
    REPORTED_UNCORRECT,
    Attribute,
    Failed,
    attributes_of,
)
from selftest.smart.logs import ata_error_count
from selftest.smart.status import Exit, Kind, exit_bits
from selftest.subject import Subject


@check("drive", "DSK-102", essential=False)
def below_threshold_now(subject: Subject) -> Measured | Skip:
    """Prefail attributes at or below their threshold now."""
    smart = readable_smart(subject, Kind.ATA)
    known = attributes_of(smart).values()
    found = [item for item in known if item.is_prefail and item.failed is Failed.NOW]
    count = len(found)
    if not known:
        if not exit_bits(smart) & Exit.PREFAIL_NOW:
            return Skip(_NO_TABLE)
        count = 1
    return measured("below_now", count, evidence=_names(found))


@check("drive", "DSK-103", essential=False)
def below_threshold_past(subject: Subject) -> Measured | Skip:
    """Attributes that were below their threshold once, and those that only tell age."""
    smart = readable_smart(subject, Kind.ATA)
    known = attributes_of(smart).values()
    if not known:
        return Skip(_NO_TABLE)
    failed = [item for item in known if item.failed is not Failed.NEVER]
    past = [item for item in failed if item.is_prefail and item.failed is Failed.PAST]
    aged = [item for item in failed if not item.is_prefail]
    values = (Value("prefail_past", len(past)), Value("aged", len(aged)))
    return Measured(values, evidence=_names(past + aged))


@check("drive", "DSK-110", essential=False)
def reallocated(subject: Subject) -> Measured | Skip:
    """Sectors that the drive replaced by spare ones."""
    return _counter(subject, REALLOCATED, "reallocated")


@check("drive", "DSK-111", essential=False)
def pending(subject: Subject) -> Measured | Skip:
    """Sectors that the drive could not read and will replace when they are written."""
    return _counter(subject, PENDING, "pending")


@check("drive", "DSK-112", essential=False)
def offline_uncorrectable(subject: Subject) -> Measured | Skip:
    """Sectors that the drive's own scan could not read."""
    return _counter(subject, OFFLINE_UNCORRECTABLE, "offline_uncorrectable")


@check("drive", "DSK-113", essential=False)
def reported_uncorrect(subject: Subject) -> Measured | Skip:
    """Errors that the drive could not correct and told the computer."""
    return _counter(subject, REPORTED_UNCORRECT, "uncorrect")


@check("drive", "DSK-114", essential=False)
def command_timeouts(subject: Subject) -> Measured | Skip:
    """Commands that took too long; the low word of what Seagate packs."""
    return _counter(subject, COMMAND_TIMEOUT, "timeouts")


@check("drive", "DSK-115", essential=False)
def error_log(subject: Subject) -> Measured | Skip:
    """Entries in the drive's log of errors."""
    smart = readable_smart(subject, Kind.ATA)
    count = ata_error_count(smart)
    if count is None and exit_bits(smart) & Exit.ERROR_LOG:
        count = 1.0
    if count is None:
        return Skip("tidak ada catatan kesalahan / no error log")
    return measured("logged", count)


@check("drive", "DSK-120", essential=False)
def crc_errors(subject: Subject) -> Measured | Skip:
    """Transfers that arrived damaged: the cable, not the drive; only growth counts."""
    return _counter(subject, CRC_ERRORS, "crc")


_NO_TABLE = "tidak ada tabel atribut / no table of attributes"


def _counter(subject: Subject, attribute_id: int, name: str) -> Measured | Skip:
    smart = readable_smart(subject, Kind.ATA)
    count = counted(smart, attribute_id)
    item = attributes_of(smart)[attribute_id]
    packed = f"; mentah / raw {item.raw:.0f}" if item.raw != count else ""
    return measured(name, count, evidence=f"{item.name} {count:.0f}{packed}")


def _names(found: list[Attribute]) -> str:
    return ", ".join(f"{item.name} ({item.failed})" for item in found)
