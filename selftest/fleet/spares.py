"""How many spares to hold: the base stock that is enough in 95 of 100 lead times.

S = the smallest S with P(Poisson(rate x lead time) <= S) >= 95 %. One pool for the province needs
far fewer than one in every regency: the table shows both. Rates come from the fleet's own faults
once it has been watched for half a year; before that they are the placeholders of CHECKS F.
"""

import datetime
import math
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from selftest.fleet.state import Onset
from selftest.fleet.units import COMPUTER

SERVICE_LEVEL = 0.95
LEAD_DAYS = 60
WATCHED_DAYS = 180
"""Below that our own counts say too little; our choice."""
_BATTERY = "ups"
PLACEHOLDER_PER_STATION_YEAR = {"scanner": 26 / 174, _BATTERY: 35 / 174, COMPUTER: 17 / 174}
"""CHECKS F: 26 scanners, 35 UPS batteries and 17 computers a year over 174 stations."""


class Spare(BaseModel):
    """One kind of device or battery to hold in stock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    failures_per_year: float
    is_placeholder: bool
    lead_days: int
    one_pool: int
    separate_pools: int
    """Sum over the regencies."""
    on_hand: int


def base_stock(expected: float, service_level: float = SERVICE_LEVEL) -> int:
    """Return the smallest stock that a Poisson demand of this mean exceeds rarely enough."""
    if not (expected >= 0 and 0 < service_level < 1):
        raise ValueError(f"no stock for a mean of {expected} at a level of {service_level}")
    stock, total = 0, math.exp(-expected)
    while total < service_level:
        stock += 1
        total += math.exp(stock * math.log(expected) - expected - math.lgamma(stock + 1))
    return stock


def observed_per_year(
    onsets: Iterable[Onset], first_day: datetime.date | None, as_of: datetime.date
) -> dict[str, float] | None:
    """Return failures a year by kind of device; None before the fleet was watched long enough.

    What failed on the first day began before anybody watched and does not count.
    """
    if first_day is None or (as_of - first_day).days < WATCHED_DAYS:
        return None
    years = (as_of - first_day).days / 365.25
    began = {(onset.kind, onset.unit, onset.day) for onset in onsets if onset.day > first_day}
    rates: dict[str, float] = {}
    for kind, _, _ in sorted(began):
        rates[kind] = rates.get(kind, 0.0) + 1 / years
    return rates


def plan_spares(
    stations_by_regency: Mapping[str, int],
    observed: Mapping[str, float] | None,
    on_hand: Mapping[str, int],
    lead_days: int = LEAD_DAYS,
) -> tuple[Spare, ...]:
    """Return the stock of every kind, one pool against a pool in every regency."""
    stations = sum(stations_by_regency.values())
    rates = {kind: rate * stations for kind, rate in PLACEHOLDER_PER_STATION_YEAR.items()}
    rates |= observed or {}
    return tuple(
        Spare(
            kind=kind,
            failures_per_year=round(rate, 1),
            is_placeholder=observed is None or kind not in observed,
            lead_days=lead_days,
            one_pool=base_stock(rate * lead_days / 365),
            separate_pools=sum(
                base_stock(rate * count / stations * lead_days / 365)
                for count in stations_by_regency.values()
            ),
            on_hand=on_hand.get(kind, 0),
        )
        for kind, rate in sorted(rates.items())
    )
