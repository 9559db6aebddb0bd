"""What people said of offices that do not report: by telephone, letter or visit.

A table `code;state;day;person` with the state "active" or "blocked". A statement lets residents be
hosted; it never counts as a report, and a fresh report outweighs it.
"""

import csv
import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from selftest.fleet.errors import RulesError
from selftest.fleet.offices import Offices


class Statement(BaseModel):
    """One person's word about one office on one day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station: str
    state: Literal["active", "blocked"]
    day: datetime.date
    person: str = Field(min_length=1)


def read_statements(place: Path, offices: Offices) -> tuple[Statement, ...]:
    """Read a table of statements; RulesError names the line and what is wrong there."""
    try:
        lines = place.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{place}: cannot be read ({error}); name a CSV file") from error
    separator = ";" if lines and ";" in lines[0] else ","
    found = []
    for line, row in enumerate(csv.DictReader(lines, delimiter=separator), start=2):
        where = f"{place}, line {line}"
        office = offices.named(row.get("code") or "", where)
        cells = {"state": row.get("state"), "day": row.get("day"), "person": row.get("person")}
        try:
            found.append(Statement.model_validate({"station": office.code, **cells}))
        except ValidationError as error:
            first = error.errors()[0]
            raise RulesError(f"{where}: {first['loc'][0]}: {first['msg']}") from error
    return tuple(found)
