"""Two half sets into one working set: where a computer died here and a scanner there.

Only among offices that no repair brings back in time. The pairs are chosen together (integer
program): as many residents as possible get an office back, and the way between the two is short.
The set is joined at the office with more residents waiting; the other stays hosted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.optimize import Bounds, LinearConstraint, milp

from selftest.fleet.errors import SolverError
from selftest.fleet.jobs import Job
from selftest.fleet.offices import Offices
from selftest.fleet.rules import PairRules
from selftest.fleet.travel import Travel
from selftest.fleet.units import COMPUTER

SET = frozenset({COMPUTER, "scanner", "camera"})
"""Kinds of device without which nobody is recorded; CHECKS D.4."""
_GROUPS = {"drive": COMPUTER}
MAX_HOURS = 12.0
"""One way; farther, carrying the half set costs more than waiting. Our choice."""
_RESIDENTS_PER_HOUR = 200.0
"""What an hour of the way counts against residents who get their office back; our choice."""
TIME_LIMIT_S = 60.0


class Pair(BaseModel):
    """One proposal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comes_back: str
    """Records again with the joined set."""
    gives: str
    """Its devices are lent; it stays hosted."""
    moved: tuple[str, ...]
    """Kinds of device that travel."""
    km: float
    hours: float
    residents: int


@dataclass(frozen=True)
class PairingProblem:
    """Everything the solver needs."""

    jobs: tuple[Job, ...]
    late: tuple[str, ...]
    """Blocked offices that no repair brings back in time."""
    offices: Offices
    travel: Travel
    rules: PairRules


def broken_kinds(jobs: Iterable[Job]) -> dict[str, frozenset[str]]:
    """Return which kinds of a recording set are broken at every office."""
    broken: dict[str, set[str]] = {}
    for job in jobs:
        if job.critical:
            broken.setdefault(job.station, set()).add(_GROUPS.get(job.kind, job.kind))
    return {code: frozenset(kinds) for code, kinds in broken.items()}


def propose_pairs(problem: PairingProblem) -> tuple[Pair, ...]:
    """Return the best set of pairs, by the office that comes back."""
    pairs = _possible(problem)
    if not pairs:
        return ()
    offices = sorted({code for pair in pairs for code in (pair.comes_back, pair.gives)})
    member = np.array(
        [[float(code in (pair.comes_back, pair.gives)) for pair in pairs] for code in offices]
    )
    worth = np.array([pair.residents - _RESIDENTS_PER_HOUR * pair.hours for pair in pairs])
    answer = milp(
        -worth,
        integrality=np.ones(len(pairs)),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(member, 0.0, 1.0),
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT_S},
    )
    if answer.status != 0 or answer.x is None:
        raise SolverError(f"half sets were not paired: {answer.message}; veto some pairs")
    chosen = (pair for pair, share in zip(pairs, answer.x, strict=True) if share > 0.5)
    return tuple(sorted(chosen, key=lambda pair: pair.comes_back))


def _possible(problem: PairingProblem) -> list[Pair]:
    broken = broken_kinds(problem.jobs)
    late = [code for code in problem.late if broken.get(code, SET) < SET]
    return [
        pair
        for place, one in enumerate(late)
        for other in late[place + 1 :]
        if not broken[one] & broken[other] and not _is_vetoed(problem.rules, one, other)
        for pair in [_pair(problem, broken, one, other)]
        if pair.hours <= MAX_HOURS
    ]


def _is_vetoed(rules: PairRules, one: str, other: str) -> bool:
    return not {one, other, f"{one}={other}", f"{other}={one}"}.isdisjoint(rules.veto)


def _pair(
    problem: PairingProblem, broken: Mapping[str, frozenset[str]], one: str, other: str
) -> Pair:
    comes_back, gives = sorted(
        (one, other), key=lambda code: (-problem.offices[code].residents, code)
    )
    return Pair(
        comes_back=comes_back,
        gives=gives,
        moved=tuple(sorted(broken[comes_back])),
        km=round(problem.travel.km_between(gives, comes_back), 1),
        hours=round(problem.travel.hours_between(gives, comes_back), 2),
        residents=round(problem.offices[comes_back].residents),
    )
