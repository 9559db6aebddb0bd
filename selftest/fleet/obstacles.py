"""Why hosting is impossible, and the smallest change that makes it possible."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import maximum_bipartite_matching

from selftest.fleet.errors import SolverError
from selftest.fleet.hosting_problem import TIME_LIMIT_S, HostingProblem, each_once, guests_of

_LIFTED_VETO_KM = 1e4
_EXTRA_PLACE_KM = 1e5
"""Costs of the elastic form: above any way in the province, a place above a veto; our choice."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Obstacle(_Record):
    """Why one office cannot be hosted."""

    code: str
    reason: str


class Relaxation(_Record):
    """One change that would help; a person decides on it."""

    text: str
    extra_places: dict[str, int] = {}
    lifted_vetoes: tuple[str, ...] = ()


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
    return tuple(found) or (_shortage(problem, allowed, places),)


def _shortage(
    problem: HostingProblem, allowed: NDArray[np.bool_], places: NDArray[np.float64]
) -> Obstacle:
    rows, columns = find_shortage(allowed, places.astype(int))
    offices = ", ".join(problem.blocked[row] for row in rows)
    hosts = ", ".join(problem.hosts[column] for column in columns)
    count = int(places[list(columns)].sum())
    reason = (
        f"{len(rows)} kantor untuk {count} tempat / {len(rows)} offices for {count} places: "
        f"{offices} -> {hosts or '-'}"
    )
    return Obstacle(code="", reason=reason)


def find_shortage(
    allowed: NDArray[np.bool_], places: NDArray[np.int64]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return offices that together may go to too few places, and those hosts (P. Hall, 1935).

    From an office that a largest assignment leaves out, alternating ways reach exactly such a set;
    the smallest one is returned. Both are empty where everybody fits.
    """
    hosts = np.repeat(np.arange(len(places)), places)
    graph = csr_array(allowed[:, hosts])
    guest_of = maximum_bipartite_matching(graph, perm_type="row")
    left_out = sorted(set(range(len(allowed))) - set(guest_of.tolist()))
    found = [_reached(row, allowed, hosts, guest_of) for row in left_out]
    return min(found, key=lambda pair: (len(pair[0]), pair), default=((), ()))


def _reached(
    start: int, allowed: NDArray[np.bool_], hosts: NDArray[np.int64], guest_of: NDArray[np.int64]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    rows, pending = {start}, [start]
    columns: set[int] = set()
    while pending:
        new = set(np.flatnonzero(allowed[pending.pop()]).tolist()) - columns
        columns |= new
        guests = set(guest_of[np.isin(hosts, list(new))].tolist()) - rows
        rows |= guests
        pending += sorted(guests)
    return tuple(sorted(rows)), tuple(sorted(columns))


def find_relaxation(problem: HostingProblem) -> Relaxation:
    """Return the cheapest change: extra places cost more than lifted vetoes, both more than km."""
    rows, columns = len(problem.blocked), len(problem.hosts)
    allowed = problem.allowed()
    cost = problem.km() * problem.weights()[:, None] + _LIFTED_VETO_KM * ~allowed
    extra = -eye_array(columns)
    no_extra = csr_array((rows, columns))
    matrix = vstack(
        [hstack([each_once(rows, columns), no_extra]), hstack([guests_of(rows, columns), extra])]
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
