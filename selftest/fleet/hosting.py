"""Where residents of a blocked office are recorded meanwhile: "menumpang".

A transport problem solved to proved optimality: every blocked office goes to exactly one working
host, no host takes more guests than it has places, the sum of residents times distance is least.
A host in another regency costs as if it were `penalty_km` farther: papers stay in one regency.

Where that is impossible, an elastic form of the same problem finds the cheapest change of
capacities and vetoes that makes it possible, so that a person can decide on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

from selftest.fleet.errors import SolverError
from selftest.fleet.offices import Offices
from selftest.fleet.rules import HostRules
from selftest.fleet.travel import Travel

CAPACITY = 2
"""Guests of one host; assumption of CHECKS F."""
PENALTY_KM = 30.0
"""Of a host in another regency; CHECKS F."""
TIME_LIMIT_S = 60.0
"""Ends a run-away solver with an error; the real fleet takes well below a second."""
_LIFTED_VETO_KM = 1e4
_EXTRA_PLACE_KM = 1e5
"""Costs of the elastic form: above any way in the province, a place above a veto; our choice."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hosted(_Record):
    """One blocked office and its host."""

    code: str
    name: str
    regency: str
    host: str
    host_name: str
    km: float
    hours: float
    residents: int
    crosses_regency: bool
    pinned: bool


class Obstacle(_Record):
    """Why one office cannot be hosted."""

    code: str
    reason: str


class Relaxation(_Record):
    """One change that would help; a person decides on it."""

    text: str
    extra_places: dict[str, int] = {}
    lifted_vetoes: tuple[str, ...] = ()


class HostingPlan(_Record):
    """The whole answer."""

    is_feasible: bool
    is_optimal: bool
    """Proved by the solver: no better plan exists."""
    gap: float
    """Relative distance of the best bound from the answer, 0 where optimality is proved."""
    blocked: int
    hosts: int
    capacity: int
    penalty_km: float
    mean_km: float
    weighted_mean_km: float
    """Of residents."""
    longest_km: float
    crossing_regency: int
    hosted: tuple[Hosted, ...]
    obstacles: tuple[Obstacle, ...] = ()
    relaxation: Relaxation | None = None
    decided_by: str = ""


@dataclass(frozen=True)
class HostingProblem:
    """Everything the solver needs."""

    offices: Offices
    travel: Travel
    blocked: tuple[str, ...]
    hosts: tuple[str, ...]
    rules: HostRules
    decided_by: str = ""
    capacity: int = CAPACITY
    penalty_km: float = PENALTY_KM

    def places(self) -> NDArray[np.float64]:
        """Return how many guests every host takes, (hosts,)."""
        capacity = self.rules.capacity
        return np.array([float(capacity.get(host, self.capacity)) for host in self.hosts])

    def km(self) -> NDArray[np.float64]:
        """Return the distances with penalties, (blocked, hosts)."""
        rows = [self.travel.rows[code] for code in self.blocked]
        columns = [self.travel.rows[code] for code in self.hosts]
        foreign = np.array([[self.crosses(b, h) for h in self.hosts] for b in self.blocked])
        return self.travel.km[np.ix_(rows, columns)] + self.penalty_km * foreign

    def crosses(self, blocked: str, host: str) -> bool:
        """Tell whether the host is in another regency."""
        return self.offices[blocked].regency != self.offices[host].regency

    def weights(self) -> NDArray[np.float64]:
        """Return the residents of every blocked office over their mean, (blocked,)."""
        residents = np.array([self.offices[code].residents for code in self.blocked])
        return residents / max(float(residents.mean()), 1.0)

    def is_vetoed(self, blocked: str, host: str) -> bool:
        """Tell whether a person ruled this pair out; a pin rules out all others."""
        pinned = self.rules.pin.get(blocked)
        vetoed = not {host, f"{blocked}={host}"}.isdisjoint(self.rules.veto)
        return vetoed or (pinned is not None and pinned != host)

    def allowed(self) -> NDArray[np.bool_]:
        """Return which pairs no rule forbids, (blocked, hosts)."""
        pairs = [[not self.is_vetoed(b, h) for h in self.hosts] for b in self.blocked]
        return np.array(pairs, dtype=bool).reshape(len(self.blocked), len(self.hosts))


def plan_hosting(problem: HostingProblem) -> HostingPlan:
    """Return the proved best hosting, or what makes it impossible and the smallest change."""
    if not problem.blocked:
        return _plan(problem, (), gap=0.0)
    if problem.hosts:
        solved = _solve(problem)
        if solved is not None:
            chosen, gap = solved
            return _plan(problem, _hosted(problem, chosen), gap=gap)
    obstacles = find_obstacles(problem)
    relaxation = _relax(problem) if problem.hosts else None
    plan = _plan(problem, (), gap=float("inf"))
    update = {"is_feasible": False, "is_optimal": False, "gap": 0.0}
    return plan.model_copy(update=update | {"obstacles": obstacles, "relaxation": relaxation})


def _solve(problem: HostingProblem) -> tuple[NDArray[np.int64], float] | None:
    """Return the column of every office's host with the gap; None where there is no answer."""
    rows, columns = len(problem.blocked), len(problem.hosts)
    cost = (problem.km() * problem.weights()[:, None]).ravel()
    answer = milp(
        cost,
        integrality=np.ones(rows * columns),
        bounds=Bounds(0.0, problem.allowed().ravel().astype(float)),
        constraints=[
            LinearConstraint(_each_once(rows, columns), 1.0, 1.0),
            LinearConstraint(_guests(rows, columns), 0.0, problem.places()),
        ],
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT_S},
    )
    if answer.status == 2:  # infeasible, by the numbers of scipy's documentation
        return None
    if answer.status != 0 or answer.x is None:
        raise SolverError(f"hosting was not solved: {answer.message}; try fewer rules")
    return answer.x.reshape(rows, columns).argmax(axis=1), float(answer.mip_gap or 0.0)


def _each_once(rows: int, columns: int) -> csr_array:
    return csr_array(kron(eye_array(rows), np.ones((1, columns))))


def _guests(rows: int, columns: int) -> csr_array:
    return csr_array(kron(np.ones((1, rows)), eye_array(columns)))


def _hosted(problem: HostingProblem, chosen: NDArray[np.int64]) -> tuple[Hosted, ...]:
    offices = problem.offices
    return tuple(
        Hosted(
            code=code,
            name=offices[code].name,
            regency=offices[code].regency,
            host=host,
            host_name=offices[host].name,
            km=round(problem.travel.km_between(code, host), 1),
            hours=round(problem.travel.hours_between(code, host), 2),
            residents=round(offices[code].residents),
            crosses_regency=problem.crosses(code, host),
            pinned=problem.rules.pin.get(code) == host,
        )
        for code, host in zip(
            problem.blocked, (problem.hosts[column] for column in chosen), strict=True
        )
    )


def _plan(problem: HostingProblem, hosted: Sequence[Hosted], *, gap: float) -> HostingPlan:
    km = np.array([one.km for one in hosted])
    residents = np.array([float(one.residents) for one in hosted])
    return HostingPlan(
        is_feasible=True,
        is_optimal=gap <= 1e-9,
        gap=gap,
        blocked=len(problem.blocked),
        hosts=len(problem.hosts),
        capacity=problem.capacity,
        penalty_km=problem.penalty_km,
        mean_km=round(float(km.mean()), 1) if hosted else 0.0,
        weighted_mean_km=round(float(np.average(km, weights=residents)), 1) if hosted else 0.0,
        longest_km=max((one.km for one in hosted), default=0.0),
        crossing_regency=sum(one.crosses_regency for one in hosted),
        hosted=tuple(hosted),
        decided_by=problem.decided_by,
    )


def find_obstacles(problem: HostingProblem) -> tuple[Obstacle, ...]:
    """Return what stands in the way, office by office; the shortage of places where no one does."""
    allowed = problem.allowed()
    places = problem.places()
    found = []
    for code, row in zip(problem.blocked, allowed, strict=True):
        pinned = problem.rules.pin.get(code)
        if pinned is not None and pinned not in problem.hosts:
            text = (
                f"dipasang ke {pinned} yang tidak bisa merekam / "
                f"pinned to {pinned}, which is no working host"
            )
            found.append(Obstacle(code=code, reason=text))
        elif not places[row].sum():
            text = (
                "semua tempat dilarang atau tanpa kapasitas / every host is vetoed or has no places"
            )
            found.append(Obstacle(code=code, reason=text))
    if found:
        return tuple(found)
    text = (
        f"{len(problem.blocked)} kantor, {int(places.sum())} tempat pada kantor yang diizinkan / "
        f"{len(problem.blocked)} offices for {int(places.sum())} places where the rules allow them"
    )
    return (Obstacle(code="", reason=text),)


def _relax(problem: HostingProblem) -> Relaxation:
    """Return the cheapest change: extra places cost more than lifted vetoes, both more than km."""
    rows, columns = len(problem.blocked), len(problem.hosts)
    allowed = problem.allowed()
    cost = problem.km() * problem.weights()[:, None] + _LIFTED_VETO_KM * ~allowed
    extra = -eye_array(columns)
    no_extra = csr_array((rows, columns))
    matrix = vstack(
        [hstack([_each_once(rows, columns), no_extra]), hstack([_guests(rows, columns), extra])]
    )
    low = np.concatenate([np.ones(rows), np.full(columns, -np.inf)])
    high = np.concatenate([np.ones(rows), problem.places()])
    answer = milp(
        np.concatenate([cost.ravel(), np.full(columns, _EXTRA_PLACE_KM)]),
        integrality=np.ones(rows * columns + columns),
        bounds=Bounds(0.0, np.concatenate([np.ones(rows * columns), np.full(columns, rows)])),
        constraints=LinearConstraint(csr_array(matrix), low, high),
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT_S},
    )
    if answer.status != 0 or answer.x is None:
        raise SolverError(f"no relaxation was found: {answer.message}; remove rules by hand")
    chosen = answer.x[: rows * columns].reshape(rows, columns).argmax(axis=1)
    return _relaxation(problem, chosen, np.rint(answer.x[rows * columns :]).astype(int))


def _relaxation(
    problem: HostingProblem, chosen: NDArray[np.int64], extra: NDArray[np.int64]
) -> Relaxation:
    places = {host: int(n) for host, n in zip(problem.hosts, extra, strict=True) if n}
    pairs = zip(problem.blocked, (problem.hosts[column] for column in chosen), strict=True)
    lifted = tuple(f"{b}={h}" for b, h in pairs if problem.is_vetoed(b, h))
    offices = problem.offices
    words = [f"+{n} tempat di / more places at {offices[h].title}" for h, n in places.items()]
    words += [f"izinkan / allow {pair}" for pair in lifted]
    return Relaxation(text="; ".join(words), extra_places=places, lifted_vetoes=lifted)
