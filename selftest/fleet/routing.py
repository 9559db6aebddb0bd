"""Who drives where: rounds of tours for N technicians, each within the hours of a tour.

    round 1: the stops worth most go out first when not all fit      prizes = priorities
    round 2: what was left, and so on until nothing is left
    within a round the tours are evened out: hours over the mean cost more

Bounded by iterations, not by the clock, with a seed: the same input gives the same tours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyvrp import Client, Depot, Location, ProblemData, Result, VehicleType, solve
from pyvrp.stop import MaxIterations

from selftest.fleet.errors import RulesError
from selftest.fleet.rules import VisitRules
from selftest.fleet.tours import Routes, Tour, Trip, Unreachable, make_tour
from selftest.fleet.travel import Travel

TECHNICIANS = 6
TOUR_HOURS = 80.0
"""Two working weeks; CHECKS F."""
DAY_HOURS = 8.0
VISIT_MINUTES = 120
"""Beside the repairs: unpack, test before and after, a trial recording, signatures; assumption."""
ITERATIONS = 1000
"""Of one solve. Measured on 69 visits of 4 h: 300 give 445.9 h, 1000 444.0 h, 3000 444.4 h."""
MAX_ROUNDS = 20
_OVERTIME_COST = 5
"""A second over the mean tour costs as six: enough to even tours out; our choice."""
_LEAST_PRIZE_S = 1_000_000
"""Worth of the least stop: above every detour (278 h), so none is left out that fits."""


@dataclass(frozen=True)
class RoutingProblem:
    """Everything the solver needs."""

    travel: Travel
    depot: str
    work_hours: Mapping[str, float]
    """Of every office that is to be visited."""
    scores: Mapping[str, float]
    rules: VisitRules
    technicians: int = TECHNICIANS
    tour_hours: float = TOUR_HOURS
    day_hours: float = DAY_HOURS
    seed: int = 1
    iterations: int = ITERATIONS

    def alone_hours(self, code: str) -> float:
        """Return how long a tour to this office alone takes."""
        there = self.travel.hours_between(self.depot, code)
        return there + self.work_hours[code] + self.travel.hours_between(code, self.depot)


def plan_routes(problem: RoutingProblem) -> Routes:
    """Return tours that visit every office within reach once, the most valuable rounds first."""
    _check(problem)
    reachable = sorted(c for c in problem.work_hours if _fits(problem, c))
    left = [code for code in reachable if code not in problem.rules.first]
    pending = [code for code in reachable if code in problem.rules.first]
    tours: list[Tour] = []
    rounds = 0
    while pending or left:
        rounds += 1
        found = _one_round(problem, (pending, left), rounds)
        tours += found
        visited = {stop.station for tour in found for stop in tour.stops}
        pending = [code for code in pending if code not in visited]
        left = [code for code in left if code not in visited]
        if not visited or rounds == MAX_ROUNDS:
            break
    far = [_too_far(problem, code) for code in sorted(problem.work_hours) if code not in reachable]
    far += [_too_late(problem, code, rounds) for code in (*pending, *left)]
    return Routes(
        tours=tuple(tours),
        unreachable=tuple(far),
        rounds=rounds,
        longest_hours=max((tour.hours for tour in tours), default=0.0),
        total_hours=round(sum(tour.hours for tour in tours), 1),
        total_km=round(sum(tour.km for tour in tours), 1),
        seed=problem.seed,
        iterations=problem.iterations,
    )


def _check(problem: RoutingProblem) -> None:
    if problem.technicians < 1 or problem.tour_hours <= 0 or problem.day_hours <= 0:
        raise RulesError("routing needs at least one technician and hours above zero")
    for code, technician in problem.rules.technician.items():
        if not 1 <= technician <= problem.technicians:
            raise RulesError(
                f"{code} is pinned to technician {technician}; there are {problem.technicians}"
            )


def _fits(problem: RoutingProblem, code: str) -> bool:
    return problem.alone_hours(code) <= problem.tour_hours


def _too_far(problem: RoutingProblem, code: str) -> Unreachable:
    hours = problem.alone_hours(code)
    return Unreachable(
        station=code,
        hours=round(hours, 1),
        reason=(
            f"perjalanan sendiri {hours:.0f} jam, batas {problem.tour_hours:.0f} jam / a tour to "
            f"it alone takes {hours:.0f} h, the limit is {problem.tour_hours:.0f} h"
        ),
    )


def _too_late(problem: RoutingProblem, code: str, rounds: int) -> Unreachable:
    reason = f"tidak muat dalam {rounds} putaran / not within {rounds} rounds"
    return Unreachable(station=code, hours=round(problem.alone_hours(code), 1), reason=reason)


def _one_round(
    problem: RoutingProblem, codes: tuple[Sequence[str], Sequence[str]], number: int
) -> list[Tour]:
    """Solve once for what fits, then again with hours over the mean made dear."""
    stops = [*codes[0], *codes[1]]
    forced = frozenset(codes[0])
    first = _solve(problem, stops, forced, problem.tour_hours)
    mean_s = first.best.duration() / problem.technicians
    second = _solve(problem, stops, forced, min(mean_s / 3600, problem.tour_hours))
    served = [len(result.best.unplanned()) for result in (first, second)]
    is_better = second.is_feasible() and served[1] <= served[0]
    return _tours(problem, stops, second if is_better else first, number)


def _solve(
    problem: RoutingProblem, stops: Sequence[str], forced: frozenset[str], even_hours: float
) -> Result:
    """Return the solver's answer; `even_hours` are those that cost no overtime."""
    places = [problem.depot, *stops]
    rows = [problem.travel.rows[code] for code in places]
    seconds = np.rint(problem.travel.hours[np.ix_(rows, rows)] * 3600).astype(np.int64)
    metres = np.rint(problem.travel.km[np.ix_(rows, rows)] * 1000).astype(np.int64)
    data = ProblemData(
        locations=[Location(0, 0, name=code) for code in places],
        clients=_clients(problem, stops, forced),
        depots=[Depot(location=0)],
        vehicle_types=_vehicles(problem, stops, even_hours),
        distance_matrices=[metres] * _profiles(problem, stops),  # type: ignore[list-item]  # stub
        duration_matrices=_durations(problem, stops, seconds),  # type: ignore[arg-type]  # stub
    )
    return solve(
        data, MaxIterations(problem.iterations), problem.seed, collect_stats=False, display=False
    )


def _clients(problem: RoutingProblem, stops: Sequence[str], forced: frozenset[str]) -> list[Client]:
    best = max((problem.scores.get(code, 0.0) for code in stops), default=0.0) or 1.0
    return [
        Client(
            location=place,
            service_duration=round(problem.work_hours[code] * 3600),
            prize=round(
                _LEAST_PRIZE_S
                * (1 + 4 * problem.scores.get(code, 0.0) / best + 100 * (code in forced))
            ),
            required=False,
            name=code,
        )
        for place, code in enumerate(stops, start=1)
    ]


def _has_pins(problem: RoutingProblem, stops: Iterable[str]) -> bool:
    return not set(problem.rules.technician).isdisjoint(stops)


def _profiles(problem: RoutingProblem, stops: Sequence[str]) -> int:
    return problem.technicians if _has_pins(problem, stops) else 1


def _vehicles(
    problem: RoutingProblem, stops: Sequence[str], even_hours: float
) -> list[VehicleType]:
    even_s, tour_s = round(even_hours * 3600), round(problem.tour_hours * 3600)
    profiles = _profiles(problem, stops)
    return [
        VehicleType(
            num_available=problem.technicians // profiles,
            shift_duration=even_s,
            max_overtime=tour_s - even_s,
            unit_overtime_cost=_OVERTIME_COST,
            unit_distance_cost=0,
            unit_duration_cost=1,
            profile=profile,
        )
        for profile in range(profiles)
    ]


def _durations(
    problem: RoutingProblem, stops: Sequence[str], seconds: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Return a table of times per profile; what another technician is pinned to is out of reach."""
    out_of_reach = round(problem.tour_hours * 3600) + 1
    tables = []
    for profile in range(_profiles(problem, stops)):
        table = seconds.copy()
        for place, code in enumerate(stops, start=1):
            if problem.rules.technician.get(code, profile + 1) != profile + 1:
                table[place, :] = table[:, place] = out_of_reach
                table[place, place] = 0
        tables.append(table)
    return tables


def _tours(
    problem: RoutingProblem, stops: Sequence[str], result: Result, number: int
) -> list[Tour]:
    """Return the solver's routes as tours; without pins technicians are numbered by first stop."""
    found = []
    for route in result.best.routes():
        codes = [stops[visit.idx] for visit in route if visit.is_client()]
        found.append((route.vehicle_type(), codes))
    if not _has_pins(problem, stops):
        found.sort(key=lambda pair: min(pair[1]))
        found = list(enumerate([codes for _, codes in found]))
    trip = Trip(problem.travel, problem.depot, problem.work_hours, problem.day_hours)
    return [make_tour(trip, codes, number, technician + 1) for technician, codes in sorted(found)]
