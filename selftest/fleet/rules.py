"""What a named person decided before the planner: pins, vetoes, capacities.

by = "Siti Rahma, Disdukcapil Provinsi"
[host]
pin = { "61.01.04" = "61.01.01" }        # this office goes to that one
veto = ["61.01.05", "61.02.01=61.02.08"] # never a host; never this pair
capacity = { "61.01.01" = 4 }
[visit]
first = ["61.08.05"]                     # in the first round
skip = ["61.07.02"]                      # no visit; its devices stay in the plan as such
technician = { "61.08.05" = 2 }
[hub]
pin = ["61.08.01"]
veto = ["61.06.01"]
[pair]
veto = ["61.01.04=61.01.07", "61.03.02"]
[method]
"ACME FS100 S-0123" = "hub"              # this device is carried instead of visited
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from selftest.fleet.errors import RulesError
from selftest.fleet.methods import Method
from selftest.fleet.offices import Offices


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HostRules(_Rules):
    """Who is hosted where."""

    pin: dict[str, str] = {}
    veto: tuple[str, ...] = ()
    capacity: dict[str, int] = {}

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for blocked, host in self.pin.items():
            if not {host, f"{blocked}={host}"}.isdisjoint(self.veto):
                raise ValueError(f"{blocked}={host} is pinned and vetoed; keep one of the two")
        if any(places < 0 for places in self.capacity.values()):
            raise ValueError("a capacity is zero or more guests")
        return self


class VisitRules(_Rules):
    """Who is visited when and by whom."""

    first: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    technician: dict[str, int] = {}

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if both := sorted(set(self.skip) & {*self.first, *self.technician}):
            raise ValueError(f"{both[0]} is to be visited and skipped; keep one of the two")
        return self


class HubRules(_Rules):
    """Where temporary workshops stand."""

    pin: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()


class PairRules(_Rules):
    """Which half sets are never joined."""

    veto: tuple[str, ...] = ()


class Rules(_Rules):
    """All decisions of one person."""

    by: str = Field(default="", description="name and office of who decided")
    host: HostRules = HostRules()
    visit: VisitRules = VisitRules()
    hub: HubRules = HubRules()
    pair: PairRules = PairRules()
    method: dict[str, Method] = {}

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        empty = Rules.model_construct(by=self.by)
        if not self.by.strip() and self != empty:
            raise ValueError('pins and vetoes need the name of who decided: by = "..." or --by')
        return self


def load_rules(place: Path | None, offices: Offices) -> Rules:
    """Read a file of decisions; RulesError names the line or field and what is wrong there."""
    if place is None:
        return Rules()
    try:
        table = tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesError(f"{place}: cannot be read ({error})") from error
    return checked_rules(table, offices, str(place))


def checked_rules(table: dict[str, object], offices: Offices, name: str) -> Rules:
    """Return rules whose offices all exist; RulesError names what is wrong."""
    try:
        rules = Rules.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "rules"
        raise RulesError(
            f"{name}: {where}: {first['msg'].removeprefix('Value error, ')}"
        ) from error
    for code in _codes(rules):
        offices.named(code, name)
    return rules


def with_options(
    rules: Rules, pins: Iterable[str], vetoes: Iterable[str], by: str, offices: Offices
) -> Rules:
    """Return rules with pins "A=B" and vetoes "A=B" or "B" of the command line added."""
    pin = dict(rules.host.pin)
    for text in pins:
        blocked, separator, host = text.partition("=")
        if not separator:
            raise RulesError(f"--pin {text}: write BLOCKED=HOST, for instance 61.01.04=61.01.01")
        pin[blocked.strip()] = host.strip()
    table = rules.model_dump(mode="json")
    table["host"] |= {"pin": pin, "veto": (*rules.host.veto, *vetoes)}
    table["by"] = by or rules.by
    return checked_rules(table, offices, "--pin/--veto")


def _codes(rules: Rules) -> Iterable[str]:
    pairs = (*rules.host.veto, *rules.pair.veto)
    yield from (*rules.host.pin, *rules.host.pin.values(), *rules.host.capacity)
    yield from (code for pair in pairs for code in pair.split("="))
    yield from (*rules.visit.first, *rules.visit.skip, *rules.visit.technician)
    yield from (*rules.hub.pin, *rules.hub.veto)
