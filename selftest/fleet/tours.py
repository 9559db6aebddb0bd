"""Tours of technicians: which offices in which order, with times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from selftest.fleet.travel import Travel


class Stop(BaseModel):
    """One office on a tour."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station: str
    day: int
    """Working day of the tour, from 1."""
    arrival_hours: float
    """Working hours since the start."""
    work_hours: float


class Tour(BaseModel):
    """One technician's way from the depot and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    round: int
    technician: int
    """From 1."""
    stops: tuple[Stop, ...]
    km: float
    travel_hours: float
    work_hours: float
    hours: float
    days: int


class Unreachable(BaseModel):
    """An office that no tour can hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station: str
    hours: float
    """Of the shortest tour with it alone."""
    reason: str


class Routes(BaseModel):
    """All tours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tours: tuple[Tour, ...]
    unreachable: tuple[Unreachable, ...]
    rounds: int
    longest_hours: float
    total_hours: float
    total_km: float
    seed: int
    iterations: int

    def round_of(self) -> dict[str, int]:
        """Return in which round every office is visited."""
        return {stop.station: tour.round for tour in self.tours for stop in tour.stops}


@dataclass(frozen=True)
class Trip:
    """What the times of a tour follow from."""

    travel: Travel
    depot: str
    work_hours: Mapping[str, float]
    day_hours: float


def make_tour(trip: Trip, codes: Sequence[str], number: int, technician: int) -> Tour:
    """Return one technician's tour of a round, from the depot over these offices and back."""
    travel = trip.travel
    clock, km, driven = 0.0, 0.0, 0.0
    stops: list[Stop] = []
    for start, end in zip([trip.depot, *codes], [*codes, trip.depot], strict=True):
        km += travel.km_between(start, end)
        driven += travel.hours_between(start, end)
        clock += travel.hours_between(start, end)
        if len(stops) < len(codes):
            work = trip.work_hours[end]
            stops.append(_stop(end, clock, work, trip.day_hours))
            clock += work
    return Tour(
        round=number,
        technician=technician,
        stops=tuple(stops),
        km=round(km, 1),
        travel_hours=round(driven, 2),
        work_hours=round(clock - driven, 2),
        hours=round(clock, 2),
        days=int(-(-clock // trip.day_hours)),
    )


def _stop(code: str, arrival_hours: float, work_hours: float, day_hours: float) -> Stop:
    return Stop(
        station=code,
        day=int(arrival_hours // day_hours) + 1,
        arrival_hours=round(arrival_hours, 2),
        work_hours=round(work_hours, 2),
    )
