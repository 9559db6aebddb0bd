"""A pen on an emulated pad: its points come when they are due, with the pad's faults in them."""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from drivers.simulation.wire.stu_faults import PadFaultKind, PadWire

GHOST_S = 0.005  # a ghost touches so long
_GHOST_PRESSURE_SHARE = 0.2


@dataclass(frozen=True, slots=True, order=True)
class PenPoint:
    """Where the pen is, in the pad's own units."""

    time_s: float
    """Since the resident begins to write."""
    x: int
    y: int
    pressure: int
    is_touching: bool = True
    is_near: bool = True


class PenPlayer:
    """Plays points in real time. `area` is the largest x, y and pressure."""

    def __init__(
        self,
        points: tuple[PenPoint, ...],
        area: tuple[int, int, int],
        wire: PadWire,
        *,
        rate_hz: float,
    ) -> None:
        self._points = points
        self._area = area
        self._wire = wire
        self._rate_hz = rate_hz
        self._begun_s = 0.0
        self._coming: Iterator[PenPoint] = iter(())
        self._next: PenPoint | None = None

    def begin(self, now_s: float) -> None:
        """Let the resident write from now on."""
        self._begun_s = now_s
        self._coming = heapq.merge(self._written(), self._ghosts())
        self._next = next(self._coming, None)

    def end(self) -> None:
        """Take the pen away."""
        self._next = None

    def due_at_s(self) -> float | None:
        """Return when the next point comes, or None when none does."""
        return None if self._next is None else self._begun_s + self._next.time_s

    def take(self, now_s: float) -> PenPoint | None:
        """Return the next point when it is due."""
        due_s = self.due_at_s()
        if due_s is None or due_s > now_s:
            return None
        taken, self._next = self._next, next(self._coming, None)
        return taken

    def _written(self) -> Iterator[PenPoint]:
        for number, point in enumerate(self._points):
            yield point
            pressure = self._wire.strength(PadFaultKind.STUCK_PEN, number)
            if pressure is not None and point.is_touching:
                stuck = replace(point, pressure=round(pressure * self._area[2]))
                yield from self._held(stuck)

    def _held(self, point: PenPoint) -> Iterator[PenPoint]:
        """Repeat a point until the fault is repaired."""
        time_s = point.time_s
        while self._wire.strength(PadFaultKind.STUCK_PEN, len(self._points)) is not None:
            time_s += 1 / self._rate_hz
            yield replace(point, time_s=time_s)

    def _ghosts(self) -> Iterator[PenPoint]:
        rng = random.Random("ghost")  # noqa: S311 - a repeatable fault, no secret
        time_s = 0.0
        while (
            per_second := self._wire.strength(PadFaultKind.GHOST, len(self._points))
        ) is not None:
            time_s += rng.expovariate(per_second)
            x, y = rng.randrange(self._area[0]), rng.randrange(self._area[1])
            pressure = round(_GHOST_PRESSURE_SHARE * self._area[2])
            yield PenPoint(time_s, x, y, pressure)
            yield PenPoint(time_s + GHOST_S, x, y, 0, is_touching=False)
