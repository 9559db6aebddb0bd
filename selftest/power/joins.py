"""What happened together: times of one kind near times of another."""

import bisect
import datetime
from collections.abc import Iterable

USB_RESET_S = 5.0
"""A USB reset this near to a transfer belongs to it; CHECKS row 82."""
FAULT_S = 86400.0
"""A fault of a device may follow an event of the mains within a day; CHECKS C.4."""


def joined(
    times: Iterable[datetime.datetime],
    others: Iterable[datetime.datetime],
    *,
    within_s: float,
) -> tuple[datetime.datetime, ...]:
    """Return the times that have another within `within_s` before or after, in their order."""
    marks = sorted(other.timestamp() for other in others)
    return tuple(moment for moment in times if _is_near(moment.timestamp(), marks, within_s))


def _is_near(moment_s: float, marks: list[float], within_s: float) -> bool:
    place = bisect.bisect_left(marks, moment_s - within_s)
    return place < len(marks) and marks[place] <= moment_s + within_s
