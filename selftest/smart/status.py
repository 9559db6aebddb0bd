"""Whether a drive could be read at all, and what it says of itself as a whole.

The exit status of smartctl is a bit field (smartctl(8), "EXIT STATUS"); its block may be absent.
"""

from enum import IntFlag, StrEnum

from selftest.smart.attributes import attributes_of
from selftest.smart.fields import Fields, block, number, rows, text_of, truth


class Exit(IntFlag):
    """Bits of the exit status."""

    COMMAND_LINE = 1
    OPEN_FAILED = 2
    COMMAND_FAILED = 4
    FAILING = 8
    PREFAIL_NOW = 16
    PREFAIL_PAST = 32
    ERROR_LOG = 64
    SELF_TEST_LOG = 128


class Kind(StrEnum):
    """The words that a drive speaks."""

    ATA = "ATA"
    NVME = "NVMe"
    SCSI = "SCSI"


def exit_bits(smart: Fields) -> Exit:
    """Return the exit status; no bits where it is not told."""
    status = number(block(smart, "smartctl").get("exit_status"))
    return Exit(int(status) & 0xFF if status is not None and status >= 0 else 0)


def kind_of(smart: Fields) -> Kind | None:
    """Return what the drive speaks, as told or by the blocks that are there."""
    protocol = (text_of(block(smart, "device"), "protocol") or "").lower()
    for kind in Kind:
        if protocol == kind.value.lower():
            return kind
    found = [kind for kind in Kind if any(key.startswith(kind.lower() + "_") for key in smart)]
    return found[0] if found else None


def why_unreadable(smart: Fields) -> str:
    """Return why nothing can be said about the drive, in smartctl's words; "" where it can."""
    bits = exit_bits(smart)
    told = "; ".join(
        text
        for row in rows(block(smart, "smartctl").get("messages"))
        if (text := text_of(row, "string"))
    )
    if bits & (Exit.COMMAND_LINE | Exit.OPEN_FAILED):
        return f"smartctl exit {int(bits)}: {told or 'drive not opened'}"
    if not _has_health(smart):
        return told or "no status, no attributes and no health log"
    return ""


def has_passed(smart: Fields) -> bool | None:
    """Return the drive's own judgement; any word of failing wins. None where it gave none."""
    passed = truth(block(smart, "smart_status").get("passed"))
    return False if exit_bits(smart) & Exit.FAILING else passed


def _has_health(smart: Fields) -> bool:
    return (
        has_passed(smart) is not None
        or bool(attributes_of(smart))
        or bool(block(smart, "nvme_smart_health_information_log"))
        or bool(block(smart, "scsi_error_counter_log"))
        or number(smart.get("scsi_grown_defect_list")) is not None
    )
