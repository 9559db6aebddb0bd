"""The health log of NVMe drives (NVM Express base specification 1.4, figure 194)."""

from enum import IntFlag

from selftest.smart.fields import Fields, block, number


class Warned(IntFlag):
    """Bits of the critical warning."""

    SPARE_BELOW_THRESHOLD = 1
    TEMPERATURE = 2
    RELIABILITY_DEGRADED = 4
    READ_ONLY = 8
    VOLATILE_BACKUP = 16
    MEMORY_REGION = 32


def health_number(smart: Fields, key: str) -> float | None:
    """Return one number of the health log."""
    return number(block(smart, "nvme_smart_health_information_log").get(key))


def warnings_of(smart: Fields) -> Warned | None:
    """Return the critical warning, from the log or from the status; None where it is not told."""
    told = health_number(smart, "critical_warning")
    if told is None:
        told = number(block(smart, "smart_status", "nvme").get("value"))
    return None if told is None else Warned(int(told) & 0x3F)


def is_only_hot(smart: Fields) -> bool:
    """Tell whether heat alone makes the drive say "failed": that is no dying drive."""
    return warnings_of(smart) == Warned.TEMPERATURE
