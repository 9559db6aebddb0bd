"""What only SCSI and SAS drives tell: grown defects and uncorrected errors."""

from selftest.check import Measured, Skip, check, measured
from selftest.drive_readings import readable_smart
from selftest.smart.scsi import grown_defects, uncorrected_errors
from selftest.smart.status import Kind
from selftest.subject import Subject

_NOT_TOLD = "cakram tidak memberi angka / the drive does not tell"


@check("drive", "DSK-140", essential=False)
def grown(subject: Subject) -> Measured | Skip:
    """Blocks replaced since the drive was made."""
    count = grown_defects(readable_smart(subject, Kind.SCSI))
    return Skip(_NOT_TOLD) if count is None else measured("grown", count)


@check("drive", "DSK-141", essential=False)
def uncorrected(subject: Subject) -> Measured | Skip:
    """Errors of reading, writing and verifying that stayed uncorrected."""
    count = uncorrected_errors(readable_smart(subject, Kind.SCSI))
    return Skip(_NOT_TOLD) if count is None else measured("uncorrected", count)
