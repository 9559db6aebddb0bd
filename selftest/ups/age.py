"""Age of the battery, from dates that can be believed only.

Many UPS tell a date that is none: a factory default, the maker's initials, a day before the UPS
itself was made (CHECKS.md B.2).
"""

import datetime
import re
from dataclasses import dataclass

from selftest.ups.words import Variables

_YEAR_FIRST = re.compile(r"^(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})$")
_FACTORY_DEFAULTS = frozenset({datetime.date(2001, 9, 25)})  # APC; in 14 of 718 dumps
_OLDEST = datetime.date(1990, 1, 1)  # no UPS with a data port is older
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class BatteryAge:
    """How old the battery is."""

    years: float
    origin: str
    """Name of the variable."""
    is_original: bool
    """Only the maker's date is known: the battery may have been changed without telling the UPS."""


def parse_date(text: str | None) -> datetime.date | None:
    """Return a date as UPS write it, or None: year first, or American order with the year last."""
    text = (text or "").strip()
    if match := _YEAR_FIRST.match(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _YEAR_LAST.match(text):
        month, day, year = (int(part) for part in match.groups())
        month, day = (day, month) if month > 12 else (month, day)
        year += 0 if year > 99 else 2000 if year < 80 else 1900
    else:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def battery_age(variables: Variables, today: datetime.date) -> BatteryAge | None:
    """Return the battery's age; None where no date can be believed."""
    made = _believable(variables.get("ups.mfr.date"), _OLDEST, today)
    battery_made = _believable(variables.get("battery.mfr.date"), made or _OLDEST, today)
    earliest = max((day for day in (made, battery_made) if day), default=_OLDEST)
    changed = _believable(variables.get("battery.date"), earliest, today)
    if changed is not None:
        return BatteryAge(_years(changed, today), "battery.date", is_original=False)
    if battery_made is None:
        return None
    is_original = made is None or battery_made == made
    return BatteryAge(_years(battery_made, today), "battery.mfr.date", is_original)


def _years(day: datetime.date, today: datetime.date) -> float:
    return (today - day).days / _DAYS_PER_YEAR


def _believable(
    text: str | None, earliest: datetime.date, today: datetime.date
) -> datetime.date | None:
    day = parse_date(text)
    if day is None or day in _FACTORY_DEFAULTS:
        return None
    return day if earliest <= day <= today else None
