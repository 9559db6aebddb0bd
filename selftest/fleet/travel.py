"""How far and how long from office to office: estimated, or as a table says.

The estimate is the great circle times a detour factor, at one speed. Roads, ferries and the rainy
season are not in it: a table of measured pairs replaces it pair by pair, and every plan says how
many pairs are estimated.
"""

import csv
import functools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from selftest.fleet.errors import TravelError
from selftest.fleet.offices import Offices

EARTH_RADIUS_KM = 6371.0088
"""IUGG mean radius."""
DETOUR = 1.6
"""Road over great circle; assumption of CHECKS F, to be replaced by measured pairs."""
SPEED_KM_PER_HOUR = 35.0
"""Door to door on provincial roads; assumption of CHECKS F."""


@dataclass(frozen=True)
class Travel:
    """Distances and times between all offices, by their order in `codes`."""

    codes: tuple[str, ...]
    km: NDArray[np.float64]
    """(offices, offices), from row to column."""
    hours: NDArray[np.float64]
    estimated_pairs: int
    """How many ordered pairs no table gives."""

    @functools.cached_property
    def rows(self) -> dict[str, int]:
        """Row of every office."""
        return {code: row for row, code in enumerate(self.codes)}

    def km_between(self, start: str, end: str) -> float:
        """Return the distance from one office to another."""
        return float(self.km[self.rows[start], self.rows[end]])

    def hours_between(self, start: str, end: str) -> float:
        """Return the time from one office to another."""
        return float(self.hours[self.rows[start], self.rows[end]])


def estimate_travel(offices: Offices) -> Travel:
    """Estimate all pairs from the points of the offices."""
    lat = np.radians([office.lat_deg for office in offices.values()])
    lng = np.radians([office.lng_deg for office in offices.values()])
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lng[:, None] - lng) / 2) ** 2
    )
    km = DETOUR * 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    count = len(offices)
    return Travel(tuple(offices), km, km / SPEED_KM_PER_HOUR, count * (count - 1))


def load_travel(offices: Offices, place: Path | None = None) -> Travel:
    """Estimate all pairs, then take what a table `from;to;km;hours` says instead.

    A pair holds in both directions unless the table gives both; km or hours may be empty and
    follows from the other by the usual speed.
    """
    travel = estimate_travel(offices)
    if place is None:
        return travel
    try:
        lines = place.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TravelError(f"{place}: cannot be read ({error}); name a CSV file") from error
    rows = travel.rows
    given: dict[tuple[int, int], tuple[float, float]] = {}
    separator = ";" if lines and ";" in lines[0] else ","
    for line, row in enumerate(csv.DictReader(lines, delimiter=separator), start=2):
        where = f"{place}, line {line}"
        pair = (_row_of(rows, row, "from", where), _row_of(rows, row, "to", where))
        given[pair] = _km_and_hours(row, where)
    return _replaced(travel, given)


def _replaced(travel: Travel, given: dict[tuple[int, int], tuple[float, float]]) -> Travel:
    both = {(end, start): cost for (start, end), cost in given.items()} | given
    for (start, end), (km, hours) in both.items():
        travel.km[start, end], travel.hours[start, end] = km, hours
    measured = sum(start != end for start, end in both)
    return Travel(travel.codes, travel.km, travel.hours, travel.estimated_pairs - measured)


def _row_of(rows: dict[str, int], row: dict[str, str], column: str, where: str) -> int:
    code = (row.get(column) or "").strip()
    if code not in rows:
        raise TravelError(f"{where}: column {column} names '{code}', no office of the table")
    return rows[code]


def _km_and_hours(row: dict[str, str], where: str) -> tuple[float, float]:
    try:
        km = float(row["km"]) if row.get("km") else math.nan
        hours = float(row["hours"]) if row.get("hours") else math.nan
    except ValueError as error:
        raise TravelError(f"{where}: km and hours are numbers ({error})") from error
    km = hours * SPEED_KM_PER_HOUR if math.isnan(km) else km
    hours = km / SPEED_KM_PER_HOUR if math.isnan(hours) else hours
    if not (0 <= km < math.inf and 0 <= hours < math.inf):
        raise TravelError(f"{where}: give km or hours, zero or more")
    return km, hours
