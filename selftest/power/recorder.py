"""Events of one source as they begin and end, on two clocks.

When it was comes from the wall clock; how long it took from the monotonic one, so that an event
is not stretched by a clock that is set meanwhile.
"""

import dataclasses
import datetime
from collections.abc import Callable
from dataclasses import dataclass

from selftest.power.events import Event, EventKind
from selftest.power.log import PowerLog


@dataclass(frozen=True, slots=True)
class Tick:
    """One moment on both clocks."""

    at: datetime.datetime
    mono_s: float


@dataclass(slots=True)
class OpenEvent:
    """An event that still lasts."""

    number: int
    event: Event
    began_mono_s: float

    def lasted_s(self, tick: Tick) -> float:
        """Return how long it has lasted."""
        return max(0.0, tick.mono_s - self.began_mono_s)


class Recorder:
    """Writes the events of one source and tells them on."""

    def __init__(self, log: PowerLog, source: str, told: Callable[[Event], None]) -> None:
        self._log = log
        self._source = source
        self._told = told

    def begin(self, kind: EventKind, tick: Tick, value: float | None = None) -> OpenEvent:
        """Write an event that lasts."""
        event = Event(kind, tick.at, None, value)
        opened = OpenEvent(self._log.add_event(self._source, event), event, tick.mono_s)
        self._told(event)
        return opened

    def change(self, opened: OpenEvent, kind: EventKind, value: float | None) -> None:
        """Write what the event turned out to be."""
        if (kind, value) != (opened.event.kind, opened.event.value):
            opened.event = dataclasses.replace(opened.event, kind=kind, value=value)
            self._log.change_event(opened.number, opened.event)

    def end(self, opened: OpenEvent, tick: Tick) -> None:
        """Write the end of an event."""
        ended = opened.event.began + datetime.timedelta(seconds=opened.lasted_s(tick))
        opened.event = dataclasses.replace(opened.event, ended=ended)
        self._log.change_event(opened.number, opened.event)
        self._told(opened.event)

    def note(self, kind: EventKind, tick: Tick, value: float | None = None) -> None:
        """Write an event without a length."""
        event = Event(kind, tick.at, tick.at, value)
        self._log.add_event(self._source, event)
        self._told(event)

    def note_past(self, kind: EventKind, began: Tick, ended: Tick) -> None:
        """Write an event that is over already."""
        length = datetime.timedelta(seconds=max(0.0, ended.mono_s - began.mono_s))
        event = Event(kind, ended.at - length, ended.at)
        self._log.add_event(self._source, event)
        self._told(event)
