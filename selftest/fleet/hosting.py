"""Where residents of a blocked office are recorded meanwhile: "menumpang".

A transport problem solved to proved optimality: every blocked office goes to exactly one working
host, no host takes more guests than it has places, the sum of residents times distance is least.
A host in another regency costs as if it were `penalty_km` farther: papers stay in one regency.

Where that is impossible, an elastic form of the same problem finds the cheapest change of
capacities and vetoes that makes it possible, so that a person can decide on it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import Bounds, LinearConstraint, milp

from selftest.fleet.errors import SolverError
from selftest.fleet.hosting_problem import TIME_LIMIT_S, HostingProblem, each_once, guests_of
from selftest.fleet.obstacles import Obstacle, Relaxation, find_obstacles, find_relaxation


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
    relaxation = find_relaxation(problem) if problem.hosts else None
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
            LinearConstraint(each_once(rows, columns), 1.0, 1.0),
            LinearConstraint(guests_of(rows, columns), 0.0, problem.places()),
        ],
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT_S},
    )
    if answer.status == 2:  # infeasible, by the numbers of scipy's documentation
        return None
    if answer.status != 0 or answer.x is None:
        raise SolverError(f"hosting was not solved: {answer.message}; try fewer rules")
    return answer.x.reshape(rows, columns).argmax(axis=1), float(answer.mip_gap or 0.0)


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
