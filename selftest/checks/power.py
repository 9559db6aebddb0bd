"""Quality of the mains over the last week, from the power log.

Hours that nobody watched are unknown: they are never counted as good, and shares of a week are
judged from a day of readings on.
"""

import datetime

from selftest.check import Measured, Skip, Value, check, measured
from selftest.errors import NotReadyError
from selftest.history import History
from selftest.power.events import EventKind
from selftest.power.figures import (
    HIGH_SHARE,
    LOW_SHARE,
    Stretch,
    frequency_percent,
    read_stretch,
    share_percent,
    worst_day,
)
from selftest.power.joins import USB_RESET_S, joined
from selftest.power.log import PowerLog
from selftest.power.usb_resets import usb_reset_times
from selftest.subject import Subject

WEEK = datetime.timedelta(days=7)
_EVER_HIGH = 99.0  # parts of nominal: no upper bound


def read_week(subject: Subject) -> Stretch:
    """Return the last week of the log; NotReadyError where nobody watched."""
    bench = subject.bench
    log = PowerLog(History(bench.history_file))
    sources = log.sources()
    now = bench.now()
    stretch = read_stretch(log, sources[0], now - WEEK, now) if sources else None
    if stretch is None or (not stretch.means and not stretch.events):
        raise NotReadyError(
            "catatan listrik kosong untuk minggu ini: selftest watch / no power log of this week"
        )
    return stretch


def _known(week: Stretch) -> str:
    return f"{week.covered_hours:.0f} dari / of 168 jam diketahui / hours known"


@check("power", "PWR-101", essential=False)
def low_voltage(subject: Subject) -> Measured | Skip:
    """Ten-minute means below 0.9 of nominal, and the lowest of them."""
    week = subject.once(read_week)
    if not week.whole_means:
        return Skip("belum ada rata-rata 10 menit / no ten-minute mean yet")
    lowest = min(week.whole_means, key=lambda mean: mean.mean_v / mean.nominal_v)
    return Measured(
        (
            Value("low_share", _low_percent(week), len(week.whole_means)),
            Value("lowest_mean", 100 * lowest.mean_v / lowest.nominal_v, len(week.whole_means)),
        ),
        f"{lowest.mean_v:.1f} V {_local(lowest.began_s)}; {_known(week)}",
    )


@check("power", "PWR-102", essential=False)
def high_voltage(subject: Subject) -> Measured | Skip:
    """Ten-minute means above 1.05 of nominal, and the highest of them."""
    week = subject.once(read_week)
    if not week.whole_means:
        return Skip("belum ada rata-rata 10 menit / no ten-minute mean yet")
    highest = max(week.whole_means, key=lambda mean: mean.mean_v / mean.nominal_v)
    high = share_percent(week.whole_means, 0.0, HIGH_SHARE)
    return Measured(
        (
            Value("high_share", high, len(week.whole_means)),
            Value("highest_mean", 100 * highest.mean_v / highest.nominal_v, len(week.whole_means)),
        ),
        f"{highest.mean_v:.1f} V {_local(highest.began_s)}; {_known(week)}",
    )


@check("power", "PWR-103", essential=False)
def swings(subject: Subject) -> Measured:
    """Swings of more than 20 V within 10 s, on the worst day."""
    return _on_worst_day(subject, "swings", EventKind.SWING)


@check("power", "PWR-104", essential=False)
def sags(subject: Subject) -> Measured:
    """Sags on the worst day."""
    return _on_worst_day(subject, "sags", EventKind.SAG, EventKind.UNDERVOLTAGE)


@check("power", "PWR-105", essential=False)
def interruptions(subject: Subject) -> Measured:
    """Interruptions of more than a minute, and the hours they took."""
    week = subject.once(read_week)
    found = week.sustained()
    hours = sum(week.seconds_of(event) for event in found) / 3600
    longest = max((week.seconds_of(event) for event in found), default=0.0) / 60
    evidence = f"terlama / longest {longest:.0f} min; {_known(week)}"
    values = (Value("interruptions", len(found)), Value("hours_out", hours, len(found)))
    return Measured(values, evidence)


@check("power", "PWR-106", essential=False)
def transfers(subject: Subject) -> Measured:
    """Transfers to the battery on the worst day."""
    return _on_worst_day(subject, "transfers", EventKind.TRANSFER)


@check("power", "PWR-107", essential=False)
def frequency(subject: Subject) -> Measured | Skip:
    """Share of the week outside 49 to 51 Hz, and outside 47 to 52 Hz."""
    week = subject.once(read_week)
    narrow, wide, hours = frequency_percent(week.means)
    if hours <= 0:
        return Skip("UPS tidak memberi frekuensi / the UPS tells no frequency")
    values = (Value("off_narrow", narrow, int(hours)), Value("off_wide", wide, int(hours)))
    return Measured(values, _known(week))


@check("power", "PWR-108", essential=False, time_limit_s=15)
def usb_resets(subject: Subject) -> Measured:
    """USB devices that fell off the bus within 5 s of a transfer."""
    week = subject.once(read_week)
    times = [event.began for event in week.of_kind(EventKind.TRANSFER)]
    times += [e.ended for e in week.of_kind(EventKind.TRANSFER) if e.ended is not None]
    if not times:
        return measured("joined_resets", 0, evidence=f"0 transfer; {_known(week)}")
    resets = usb_reset_times(subject.bench.run_program, week.begin)
    found = joined(resets, times, within_s=USB_RESET_S)
    return measured(
        "joined_resets", len(found), evidence=f"{len(resets)} USB reset; {_known(week)}"
    )


def _on_worst_day(subject: Subject, name: str, *kinds: EventKind) -> Measured:
    week = subject.once(read_week)
    found = week.of_kind(*kinds)
    count, day = worst_day(found, _zone(subject))
    when = f"{day}; " if day else ""
    return measured(
        name, count, n=len(found), evidence=f"{when}{len(found)} / 7 hari / days; {_known(week)}"
    )


def _low_percent(week: Stretch) -> float:
    return share_percent(week.whole_means, LOW_SHARE, _EVER_HIGH)


def _zone(subject: Subject) -> datetime.tzinfo | None:
    return subject.bench.now().astimezone().tzinfo


def _local(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone()
    return f"{moment:%Y-%m-%d %H:%M}"
