"""What is to be solved for hosting: who is blocked, who can host, what rules hold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron

from selftest.fleet.offices import Offices
from selftest.fleet.rules import HostRules
from selftest.fleet.travel import Travel

CAPACITY = 2
"""Guests of one host; assumption of CHECKS F."""
PENALTY_KM = 30.0
"""Of a host in another regency; CHECKS F."""
TIME_LIMIT_S = 60.0
"""Ends a run-away solver with an error; the real fleet takes well below a second."""


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


def each_once(rows: int, columns: int) -> csr_array:
    """Return the sums over the hosts of every office."""
    return csr_array(kron(eye_array(rows), np.ones((1, columns))))


def guests_of(rows: int, columns: int) -> csr_array:
    """Return the sums over the offices of every host."""
    return csr_array(kron(np.ones((1, rows)), eye_array(columns)))
