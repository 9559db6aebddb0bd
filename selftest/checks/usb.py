"""The ports of the computer: a shorted device or plug makes the hub switch a port off."""

from selftest.check import Measured, Skip, Value, check
from selftest.counters import growth_in
from selftest.host_files import uptime_days
from selftest.subject import Subject
from selftest.usb_tree import over_current_counts

_WEEK_DAYS = 7.0


@check("usb", "USB-101", essential=False)
def over_current(subject: Subject) -> Measured | Skip:
    """How often ports carried too much, by growth within a week; the log does not tell it."""
    counts = over_current_counts(subject.bench.root)
    if not counts:
        return Skip("kernel tidak memberi hitungan / the kernel tells no counts")
    total = sum(counts.values())
    values = [Value("over_current_count", total, len(counts))]
    week = growth_in(subject, "USB-101", "over_current_count", total, days=_WEEK_DAYS)
    if week is None and (not total or uptime_days(subject.bench.root) <= _WEEK_DAYS):
        week = total  # everything since the start came within the week
    if week is not None:
        values.append(Value("over_current_week", week))
    hit = ", ".join(f"{port}: {count:.0f}" for port, count in counts.items() if count)
    return Measured(tuple(values), evidence=hit)
