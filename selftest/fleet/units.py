"""Devices by their serial numbers, wherever they stand: a move does not end a history."""

import datetime
from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict

from selftest.report import Asset

COMPUTER = "computer"
_KINDS = {
    "fingerprint_scanner": "scanner",
    "face_camera": "camera",
    "iris_camera": "iris",
    "signature_pad": "pad",
    "card_reader": "card",
    "power_supply": "ups",
    "disk": COMPUTER,
    "memory": COMPUTER,
    "cpu": COMPUTER,
    "clock": COMPUTER,
    "store": COMPUTER,
    "spool": COMPUTER,
    "software": COMPUTER,
    "services": COMPUTER,
    "usb": COMPUTER,
    "power": "mains",
}
"""Kind of device by the role of an asset, or by a component that has no asset of its own."""


NO_DEVICES = frozenset({"network", "mains"})
"""What may be at fault and be mended, but is nothing that anybody carries or counts."""


class Stay(BaseModel):
    """A time that a unit was seen at one office."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station: str
    first_seen: datetime.datetime
    last_seen: datetime.datetime


class Unit(BaseModel):
    """One device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    name: str
    """By which its station's reports call it."""
    make: str = ""
    model: str = ""
    serial: str | None = None
    commissioned: datetime.date | None = None
    stays: tuple[Stay, ...]
    """The oldest first; the last one is where it is now."""

    @property
    def station(self) -> str:
        """Return where it was seen last."""
        return self.stays[-1].station

    def age_years(self, as_of: datetime.date) -> float | None:
        """Return the age since commissioning; None where nobody noted it."""
        if self.commissioned is None:
            return None
        return (as_of - self.commissioned).days / 365.25

    def seen_at(self, station: str, when: datetime.datetime) -> Self:
        """Return the unit with one sighting more, not older than the others."""
        *before, last = self.stays
        if last.station == station:
            stays = (*before, last.model_copy(update={"last_seen": when}))
        else:
            stays = (*self.stays, Stay(station=station, first_seen=when, last_seen=when))
        return self.model_copy(update={"stays": stays})


def kind_of(word: str) -> str:
    """Return the kind of device that a role or a component belongs to."""
    return _KINDS.get(word, word)


def unit_id(asset: Asset, station: str) -> str:
    """Return the name of a unit; one without a serial number is bound to its place."""
    where = asset.serial or f"@{station}/{asset.name}"
    return " ".join(part for part in (asset.make, asset.model, where) if part)


class Register:
    """Builds the list of units from sightings in the order of time."""

    def __init__(self) -> None:
        self._units: dict[str, Unit] = {}

    def see(self, asset: Asset, station: str, when: datetime.datetime) -> None:
        """Note that a unit is at a station."""
        name = unit_id(asset, station)
        known = self._units.get(name)
        if known is None:
            stay = Stay(station=station, first_seen=when, last_seen=when)
            self._units[name] = _unit(name, asset, stay)
            return
        update = {"name": asset.name, "commissioned": asset.commissioned or known.commissioned}
        self._units[name] = known.seen_at(station, when).model_copy(update=update)

    def see_nameless(self, kind: str, name: str, stay: Stay) -> str:
        """Note a unit that never said who it is, known by its faults only; return its name."""
        unit = f"{kind} @{stay.station}/{name}"
        self._units[unit] = Unit(id=unit, kind=kind, name=name, stays=(stay,))
        return unit

    def station_of(self, unit: str) -> str:
        """Return where a unit is now."""
        return self._units[unit].station

    def units(self) -> tuple[Unit, ...]:
        """Return all by their names."""
        return tuple(self._units[name] for name in sorted(self._units))


def _unit(name: str, asset: Asset, stay: Stay) -> Unit:
    return Unit(
        id=name,
        kind=kind_of(asset.role),
        name=asset.name,
        make=asset.make,
        model=asset.model,
        serial=asset.serial,
        commissioned=asset.commissioned,
        stays=(stay,),
    )


def count_by_kind(units: Iterable[Unit]) -> dict[str, int]:
    """Return how many units there are of each kind, the most first."""
    counts: dict[str, int] = {}
    for unit in units:
        counts[unit.kind] = counts.get(unit.kind, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
