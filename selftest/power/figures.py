"""Figures of a stretch of the power log: the same for the checks of a week and a month's sheet."""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from selftest.power.events import SUSTAINED_S, Event, EventKind
from selftest.power.log import PowerLog, TenMinutes
from selftest.ups.battery_store import plug_tests

LOW_SHARE, HIGH_SHARE = 0.9, 1.05
"""207 and 241.5 V of 230 V: SPLN 1:1995 (to be verified), CHECKS.md B.5."""
LOWEST_SHARE, HIGHEST_SHARE = 0.85, 1.1
"""195.5 and 253 V of 230 V: EN 50160 (to be verified), CHECKS.md B.5."""
_LEAST_MAINS_S = 300.0  # half of ten minutes; a shorter stretch after an outage is no mean


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log of one source."""

    begin: datetime.datetime
    end: datetime.datetime
    """Not later than now."""
    events: tuple[Event, ...]
    means: tuple[TenMinutes, ...]

    @property
    def whole_means(self) -> tuple[TenMinutes, ...]:
        """Return the means that stand for ten minutes of mains."""
        return tuple(mean for mean in self.means if mean.mains_s >= _LEAST_MAINS_S)

    @property
    def covered_hours(self) -> float:
        """Hours with readings."""
        return sum(mean.covered_s for mean in self.means) / 3600

    @property
    def unknown_hours(self) -> float:
        """Hours without; never counted as good."""
        hours = (self.end - self.begin).total_seconds() / 3600
        return max(0.0, hours - self.covered_hours)

    @property
    def battery_hours(self) -> float:
        """Hours that the UPS fed the station."""
        return sum(mean.battery_s for mean in self.means) / 3600

    def of_kind(self, *kinds: EventKind) -> tuple[Event, ...]:
        """Return the events of some kinds."""
        return tuple(event for event in self.events if event.kind in kinds)

    def sustained(self) -> tuple[Event, ...]:
        """Return the interruptions of more than a minute."""
        found = self.of_kind(EventKind.INTERRUPTION)
        return tuple(event for event in found if self.seconds_of(event) > SUSTAINED_S)

    def seconds_of(self, event: Event) -> float:
        """Return the part of an event's length that lies in this stretch."""
        ended = min(event.ended or self.end, self.end)
        return max(0.0, (ended - max(event.began, self.begin)).total_seconds())


def read_stretch(
    log: PowerLog, source: str, begin: datetime.datetime, end: datetime.datetime
) -> Stretch:
    """Return a part of the log, without the outages that a battery test made."""
    tests = plug_tests(log.history, begin, end)
    events = tuple(
        event
        for event in log.events(source, begin, end)
        if event.kind not in _OF_A_TEST or not any(a <= event.began <= b for a, b in tests)
    )
    return Stretch(begin, end, events, log.means(source, begin, end))


_OF_A_TEST = frozenset({EventKind.INTERRUPTION, EventKind.SAG, EventKind.TRANSFER})
"""What a pulled plug looks like; it is nothing that the electricity company did."""


def share_percent(means: Sequence[TenMinutes], low: float, high: float) -> float:
    """Return the per cent of means outside two bounds, in parts of nominal; 0 without any."""
    outside = [mean for mean in means if not low <= mean.mean_v / mean.nominal_v <= high]
    return 100 * len(outside) / len(means) if means else 0.0


def worst_day(
    events: Iterable[Event], zone: datetime.tzinfo | None
) -> tuple[int, datetime.date | None]:
    """Return the most events of one local day and the day."""
    days = Counter(event.began.astimezone(zone).date() for event in events)
    if not days:
        return 0, None
    day = min(days, key=lambda key: (-days[key], key))
    return days[day], day


def frequency_percent(means: Sequence[TenMinutes]) -> tuple[float, float, float]:
    """Return the per cent of time outside 49 to 51 and 47 to 52 Hz, and the hours known."""
    known_s = sum(mean.frequency_s for mean in means)
    if known_s <= 0:
        return 0.0, 0.0, 0.0
    narrow = 100 * sum(mean.off_narrow_s for mean in means) / known_s
    return narrow, 100 * sum(mean.off_wide_s for mean in means) / known_s, known_s / 3600
