"""Where temporary workshops should stand: the p-median problem, solved to proved optimality.

Of all working offices, p are chosen so that the way from the broken devices to the nearest of them
and the depot is least, weighted by the number of devices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, kron

from selftest.fleet.errors import RulesError, SolverError
from selftest.fleet.rules import HubRules
from selftest.fleet.travel import Travel

TIME_LIMIT_S = 120.0
"""Ends a run-away solver with an error; the real fleet takes some seconds."""


class HubPlan(BaseModel):
    """Where to open workshops, and what that saves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hubs: tuple[str, ...]
    depot: str
    mean_km: float
    """One way from a device to its nearest workshop or the depot."""
    mean_km_without: float
    """The same with the depot alone."""
    nearest: dict[str, str]
    """Office with broken devices -> its workshop or the depot."""


@dataclass(frozen=True)
class HubProblem:
    """Everything the solver needs."""

    travel: Travel
    depot: str
    candidates: tuple[str, ...]
    devices: Mapping[str, int]
    """Broken devices by office."""
    count: int
    rules: HubRules

    def sites(self) -> tuple[str, ...]:
        """Return the depot, which is always open, then where a workshop may stand."""
        named = (*self.candidates, *self.rules.pin)
        fit = [code for code in dict.fromkeys(named) if code not in (self.depot, *self.rules.veto)]
        return (self.depot, *sorted(fit))


def plan_hubs(problem: HubProblem) -> HubPlan:
    """Return the best places; a person's pins among them count."""
    if len(problem.rules.pin) > problem.count:
        raise RulesError(f"{len(problem.rules.pin)} workshops are pinned, --hubs {problem.count}")
    if both := sorted(set(problem.rules.pin) & set(problem.rules.veto)):
        raise RulesError(f"the workshop {both[0]} is pinned and vetoed; keep one of the two")
    places = sorted(problem.devices)
    sites = problem.sites()
    if not places:
        return HubPlan(hubs=(), depot=problem.depot, mean_km=0.0, mean_km_without=0.0, nearest={})
    rows = [problem.travel.rows[code] for code in places]
    columns = [problem.travel.rows[code] for code in sites]
    km = problem.travel.km[np.ix_(rows, columns)]
    weights = np.array([float(problem.devices[code]) for code in places])
    is_open = _open_sites(problem, sites, km * weights[:, None])
    nearest = np.where(is_open, km, np.inf).argmin(axis=1)
    means = [
        round(float(np.average(km[np.arange(len(places)), chosen], weights=weights)), 1)
        for chosen in (nearest, np.zeros(len(places), dtype=int))
    ]
    return HubPlan(
        hubs=tuple(sites[i] for i in np.flatnonzero(is_open) if i),
        depot=problem.depot,
        mean_km=means[0],
        mean_km_without=means[1],
        nearest={code: sites[i] for code, i in zip(places, nearest, strict=True)},
    )


def _open_sites(
    problem: HubProblem, sites: Sequence[str], cost: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which sites are open; the shares of offices may be fractions, the sites may not."""
    rows, columns = cost.shape
    shares = rows * columns
    count = min(problem.count, columns - 1) + 1
    each_once = hstack([kron(eye_array(rows), np.ones((1, columns))), csr_array((rows, columns))])
    only_open = hstack([eye_array(shares), -kron(np.ones((rows, 1)), eye_array(columns))])
    how_many = hstack([csr_array((1, shares)), csr_array(np.ones((1, columns)))])
    must = np.array([float(i == 0 or site in problem.rules.pin) for i, site in enumerate(sites)])
    answer = milp(
        np.concatenate([cost.ravel(), np.zeros(columns)]),
        integrality=np.concatenate([np.zeros(shares), np.ones(columns)]),
        bounds=Bounds(np.concatenate([np.zeros(shares), must]), 1.0),
        constraints=[
            LinearConstraint(csr_array(each_once), 1.0, 1.0),
            LinearConstraint(csr_array(only_open), -np.inf, 0.0),
            LinearConstraint(csr_array(how_many), count, count),
        ],
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT_S},
    )
    if answer.status != 0 or answer.x is None:
        raise SolverError(f"the workshops were not placed: {answer.message}; try fewer")
    is_open: NDArray[np.bool_] = answer.x[shares:] > 0.5
    return is_open
