"""The month's sheet of a site: evidence for the electricity company (CHECKS.md B.5)."""

import calendar
import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from selftest.history import History
from selftest.power.events import (
    POLL_NOTE_EN,
    POLL_NOTE_ID,
    EventKind,
    duration_class,
)
from selftest.power.figures import (
    HIGH_SHARE,
    HIGHEST_SHARE,
    LOW_SHARE,
    LOWEST_SHARE,
    Stretch,
    frequency_percent,
    read_stretch,
    share_percent,
)
from selftest.power.joins import FAULT_S, USB_RESET_S, joined
from selftest.power.log import PowerLog

_ALL = 99.0  # parts of nominal: no upper bound
_UNSAFE = ("DSK-135", "unsafe_shutdowns")
"""The drives' own counters: SMART 192, NVMe unsafe_shutdowns."""


class Extreme(BaseModel):
    """The lowest or highest reading and when it was."""

    model_config = ConfigDict(frozen=True)

    volts: float
    at: datetime.datetime


class MonthSheet(BaseModel):
    """Everything the sheet says; a number that nobody measured is None."""

    model_config = ConfigDict(frozen=True)

    schema_name: str = "ktpel-power-sheet/1"
    station_code: str
    source: str
    month: str
    begin: datetime.datetime
    end: datetime.datetime
    """End of the month, or the time of writing where it still lasts."""
    nominal_v: float
    hours_known: float
    hours_unknown: float
    hours_on_battery: float
    hours_out: float
    """Sustained interruptions."""
    outages: dict[str, int]
    """Interruptions by length: momentary, temporary, sustained."""
    sags: int
    swells: int
    undervoltages: int
    overvoltages: int
    swings: int
    longest_outage_minutes: float
    means: int
    """Ten-minute means that the shares are of."""
    below_low_percent: float | None
    """Of the means below 0.9 of nominal (207 V)."""
    above_high_percent: float | None
    """Above 1.05 of nominal (241.5 V)."""
    outside_wide_percent: float | None
    """Outside 0.85 to 1.1 of nominal (195.5 to 253 V)."""
    lowest: Extreme | None
    highest: Extreme | None
    frequency_hours: float
    outside_49_51_percent: float | None
    outside_47_52_percent: float | None
    transfers: int
    transfers_per_day: float | None
    """By the days that are known."""
    ups_shutdowns: int
    unsafe_shutdowns: int
    """The station died on battery."""
    drive_unsafe_shutdowns: float | None
    """Growth of the drives' own counters; None without two readings."""
    usb_resets_joined: int | None
    """USB resets within 5 s of a transfer; None where the kernel's log is not readable."""
    faults_joined: int | None = None
    """Faults of devices within a day of an outage or voltage event; None where none were given."""
    note_id: str = POLL_NOTE_ID
    note_en: str = POLL_NOTE_EN


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month of the office."""

    year: int
    number: int
    zone: datetime.tzinfo | None

    @property
    def begin(self) -> datetime.datetime:
        """Return its first moment."""
        return datetime.datetime(self.year, self.number, 1, tzinfo=self.zone)

    @property
    def end(self) -> datetime.datetime:
        """Return the first moment after it."""
        days = calendar.monthrange(self.year, self.number)[1]
        return self.begin + datetime.timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Happened:
    """Times from elsewhere to be joined with the log; None where they are not known."""

    usb_resets: Sequence[datetime.datetime] | None = None
    faults: Sequence[datetime.datetime] | None = None


def read_month(log: PowerLog, source: str, month: Month, now: datetime.datetime) -> Stretch:
    """Return the month's part of the log, up to now."""
    end = max(month.begin, min(month.end, now)).astimezone(month.zone)
    return read_stretch(log, source, month.begin, end)


def make_sheet(
    history: History, source: str, month: Month, stretch: Stretch, *, station_code: str,
    happened: Happened,
) -> MonthSheet:  # fmt: skip
    """Return the sheet of a month."""
    out_s = [stretch.seconds_of(event) for event in stretch.sustained()]
    narrow, wide, hours = frequency_percent(stretch.means)
    transfers = len(stretch.of_kind(EventKind.TRANSFER))
    known_days = stretch.covered_hours / 24
    return MonthSheet(
        station_code=station_code,
        source=source,
        month=f"{month.year:04d}-{month.number:02d}",
        begin=stretch.begin,
        end=stretch.end,
        nominal_v=stretch.means[-1].nominal_v if stretch.means else 230.0,
        hours_known=round(stretch.covered_hours, 2),
        hours_unknown=round(stretch.unknown_hours, 2),
        hours_on_battery=round(stretch.battery_hours, 2),
        hours_out=round(sum(out_s) / 3600, 2),
        outages=_by_length(stretch),
        sags=len(stretch.of_kind(EventKind.SAG)),
        swells=len(stretch.of_kind(EventKind.SWELL)),
        undervoltages=len(stretch.of_kind(EventKind.UNDERVOLTAGE)),
        overvoltages=len(stretch.of_kind(EventKind.OVERVOLTAGE)),
        swings=len(stretch.of_kind(EventKind.SWING)),
        longest_outage_minutes=round(_longest_s(stretch) / 60, 1),
        means=len(stretch.whole_means),
        below_low_percent=_share(stretch, LOW_SHARE, _ALL),
        above_high_percent=_share(stretch, 0.0, HIGH_SHARE),
        outside_wide_percent=_share(stretch, LOWEST_SHARE, HIGHEST_SHARE),
        lowest=_lowest(stretch),
        highest=_highest(stretch),
        frequency_hours=round(hours, 2),
        outside_49_51_percent=round(narrow, 2) if hours else None,
        outside_47_52_percent=round(wide, 2) if hours else None,
        transfers=transfers,
        transfers_per_day=round(transfers / known_days, 2) if known_days else None,
        ups_shutdowns=len(stretch.of_kind(EventKind.SHUTDOWN)),
        unsafe_shutdowns=len(stretch.of_kind(EventKind.UNSAFE_SHUTDOWN)),
        drive_unsafe_shutdowns=_drive_growth(history, stretch),
        usb_resets_joined=_joined_resets(stretch, happened.usb_resets),
        faults_joined=_joined_faults(stretch, happened.faults),
    )


def _by_length(stretch: Stretch) -> dict[str, int]:
    counts = {"momentary": 0, "temporary": 0, "sustained": 0}
    for event in stretch.of_kind(EventKind.INTERRUPTION):
        counts[duration_class(stretch.seconds_of(event))] += 1
    return counts


def _longest_s(stretch: Stretch) -> float:
    found = stretch.of_kind(EventKind.INTERRUPTION)
    return max((stretch.seconds_of(event) for event in found), default=0.0)


def _share(stretch: Stretch, low: float, high: float) -> float | None:
    means = stretch.whole_means
    return round(share_percent(means, low, high), 2) if means else None


def _lowest(stretch: Stretch) -> Extreme | None:
    found = [mean for mean in stretch.means if mean.mains_s > 0]
    if not found:
        return None
    mean = min(found, key=lambda m: m.lowest_v)
    return Extreme(volts=round(mean.lowest_v, 1), at=_moment(mean.lowest_at_s, stretch))


def _highest(stretch: Stretch) -> Extreme | None:
    found = [mean for mean in stretch.means if mean.mains_s > 0]
    if not found:
        return None
    mean = max(found, key=lambda m: m.highest_v)
    return Extreme(volts=round(mean.highest_v, 1), at=_moment(mean.highest_at_s, stretch))


def _moment(seconds: float, stretch: Stretch) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, stretch.begin.tzinfo)


def _drive_growth(history: History, stretch: Stretch) -> float | None:
    with history.opened() as database:
        rows = database.execute(
            "SELECT max(value) - min(value), count(*) FROM reading WHERE code = ? AND name = ? "
            "AND taken_s >= ? AND taken_s < ? GROUP BY unit",
            (*_UNSAFE, stretch.begin.timestamp(), stretch.end.timestamp()),
        ).fetchall()
    grown = [float(str(growth)) for growth, count in rows if int(str(count)) > 1]
    return sum(grown) if grown else None


def _joined_resets(stretch: Stretch, resets: Sequence[datetime.datetime] | None) -> int | None:
    if resets is None:
        return None
    found = stretch.of_kind(EventKind.TRANSFER)
    times = [event.began for event in found] + [e.ended for e in found if e.ended is not None]
    inside = [reset for reset in resets if stretch.begin <= reset < stretch.end]
    return len(joined(inside, times, within_s=USB_RESET_S))


_HARMFUL = (
    *(EventKind.INTERRUPTION, EventKind.SAG, EventKind.SWELL, EventKind.UNDERVOLTAGE),
    *(EventKind.OVERVOLTAGE, EventKind.SWING, EventKind.TRANSFER),
)


def _joined_faults(stretch: Stretch, faults: Sequence[datetime.datetime] | None) -> int | None:
    if faults is None:
        return None
    times = [event.began for event in stretch.of_kind(*_HARMFUL)]
    inside = [fault for fault in faults if stretch.begin <= fault < stretch.end]
    return len(joined(inside, times, within_s=FAULT_S))
