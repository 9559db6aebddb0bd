"""Defects and errors of SCSI and SAS drives."""

from selftest.smart.fields import Fields, block, number


def grown_defects(smart: Fields) -> float | None:
    """Return how many blocks were replaced since the drive was made."""
    return number(smart.get("scsi_grown_defect_list"))


def uncorrected_errors(smart: Fields) -> float | None:
    """Return the errors of reading, writing and verifying that stayed uncorrected."""
    log = block(smart, "scsi_error_counter_log")
    counts = [number(block(log, act).get("total_uncorrected_errors")) for act in log]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
