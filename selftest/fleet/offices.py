"""The offices of a province: where they are and for how many people. Tables are data.

The packaged table offices_61.csv (West Kalimantan) gives the mean of the village centroids: where
people live, not where the office stands. Residents of a sub-district are not published there; they
are the regency's residents shared out by the number of villages. A table with surveyed points or a
column `residents` replaces both; another province is another file.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from selftest.fleet.errors import OfficesError

PACKAGED = "offices_61.csv"
_OTHER_NAMES = {
    "kode_kecamatan": "code",
    "kecamatan": "name",
    "kabkota": "regency",
    "n_desa_kel": "villages",
    "penduduk_kabkota_2025": "regency_residents",
    "lat_desa_mean": "lat",
    "lng_desa_mean": "lng",
}
"""Column names of the public table that ours was made from."""
_WANTED = ("code", "name", "regency", "lat", "lng")


@dataclass(frozen=True, slots=True)
class Office:
    """One sub-district office (kecamatan)."""

    code: str
    """"61.01.01"."""
    name: str
    regency: str
    lat_deg: float
    lng_deg: float
    residents: float

    @property
    def title(self) -> str:
        """Return code and name for people."""
        return f"{self.code} {self.name}"


class Offices(Mapping[str, Office]):
    """All offices by code, in the order of codes."""

    def __init__(self, offices: Mapping[str, Office]) -> None:
        self._by_code = dict(sorted(offices.items()))

    def __getitem__(self, code: str) -> Office:
        return self._by_code[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_code)

    def __len__(self) -> int:
        return len(self._by_code)

    def regencies(self) -> tuple[str, ...]:
        """Return the names of the regencies in the order of their codes."""
        return tuple(dict.fromkeys(office.regency for office in self.values()))

    def named(self, code: str, what: str) -> Office:
        """Return an office that a person named; OfficesError where there is none."""
        try:
            return self._by_code[code.strip()]
        except KeyError as error:
            raise OfficesError(
                f"{what} names the office '{code}', which the table of offices lacks; "
                "codes look like 61.01.01"
            ) from error


def load_offices(place: Path | None = None) -> Offices:
    """Read a table of offices, or the packaged one; ";" or "," between columns."""
    if place is None:
        text = files("selftest.fleet").joinpath(PACKAGED).read_text(encoding="utf-8")
        return parse_offices(text, PACKAGED)
    try:
        return parse_offices(place.read_text(encoding="utf-8"), str(place))
    except (OSError, UnicodeDecodeError) as error:
        raise OfficesError(f"{place}: cannot be read ({error}); name a CSV file") from error


def parse_offices(text: str, name: str) -> Offices:
    """Return the offices of a table; OfficesError names the line and what is wrong there."""
    lines = text.lstrip("\ufeff").splitlines()
    if not lines:
        raise OfficesError(f"{name}: empty; the first line names the columns {', '.join(_WANTED)}")
    separator = ";" if ";" in lines[0] else ","
    rows = [_with_our_names(row) for row in csv.DictReader(lines, delimiter=separator)]
    missing = [column for column in _WANTED if not rows or column not in rows[0]]
    if missing:
        raise OfficesError(f"{name}: no rows or no column {', '.join(missing)}")
    villages = _villages_by_regency(rows, name)
    found: dict[str, Office] = {}
    for line, row in enumerate(rows, start=2):
        office = _office(row, villages, f"{name}, line {line}")
        if office.code in found:
            raise OfficesError(f"{name}, line {line}: the code {office.code} stands there twice")
        found[office.code] = office
    return Offices(found)


def _with_our_names(row: Mapping[str, str]) -> dict[str, str]:
    return {_OTHER_NAMES.get(column, column): (cell or "") for column, cell in row.items()}


def _villages_by_regency(rows: list[dict[str, str]], name: str) -> dict[str, float]:
    total: dict[str, float] = {}
    for line, row in enumerate(rows, start=2):
        if row.get("villages"):
            count = _number(row, "villages", f"{name}, line {line}")
            total[row["regency"]] = total.get(row["regency"], 0.0) + count
    return total


def _office(row: dict[str, str], villages: Mapping[str, float], where: str) -> Office:
    lat_deg, lng_deg = _number(row, "lat", where), _number(row, "lng", where)
    if not (abs(lat_deg) <= 90 and abs(lng_deg) <= 180):
        raise OfficesError(f"{where}: {lat_deg}, {lng_deg} is no point on earth (lat, lng)")
    if row.get("residents"):
        residents = _number(row, "residents", where)
    else:
        share = _number(row, "villages", where) / (villages[row["regency"]] or 1.0)
        residents = _number(row, "regency_residents", where) * share
    if residents < 0:
        raise OfficesError(f"{where}: {residents:g} residents; write how many live there")
    return Office(row["code"], row["name"], row["regency"], lat_deg, lng_deg, residents)


def _number(row: Mapping[str, str], column: str, where: str) -> float:
    text = row.get(column, "")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise OfficesError(f"{where}: the column {column} holds '{text}', no number")
    return number
