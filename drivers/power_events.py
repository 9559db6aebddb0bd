"""What happened between two readings of a UPS, as events in the order of their weight.

The names follow NUT's notifications (CHECKS.md B.3): ONBATT, LOWBATT, FSD, ONLINE, REPLBATT, OVER,
NOCOMM, COMMOK. A UPS that is read every few seconds shows only what lasts: a shorter outage is
seen as a transfer to the battery, or not at all.
"""

from enum import StrEnum

from drivers.frames import PowerReading, PowerState


class PowerEvent(StrEnum):
    """A change that somebody should know of."""

    DATA_LOST = "data_lost"
    DATA_BACK = "data_back"
    ON_BATTERY = "on_battery"
    LOW_BATTERY = "low_battery"
    FORCED_SHUTDOWN = "forced_shutdown"
    ON_MAINS = "on_mains"
    OVERLOAD = "overload"
    REPLACE_BATTERY = "replace_battery"


_WORDS = {
    "FSD": PowerEvent.FORCED_SHUTDOWN,
    "OVER": PowerEvent.OVERLOAD,
    "RB": PowerEvent.REPLACE_BATTERY,
}
_ON_BATTERY = frozenset({PowerState.BATTERY, PowerState.LOW_BATTERY})


def events_between(before: PowerReading | None, after: PowerReading) -> tuple[PowerEvent, ...]:
    """Return what changed; with no reading before, whatever is not as it should be."""
    if after.state is PowerState.UNKNOWN:
        lost = before is None or before.state is not PowerState.UNKNOWN
        return (PowerEvent.DATA_LOST,) if lost else ()
    old = PowerState.MAINS if before is None else before.state
    events = [PowerEvent.DATA_BACK] if old is PowerState.UNKNOWN else []
    events += _source_events(old, after.state)
    new_words = _status_words(after) - (_status_words(before) if before is not None else set())
    events += [event for word, event in _WORDS.items() if word in new_words]
    return tuple(events)


def _source_events(old: PowerState, new: PowerState) -> list[PowerEvent]:
    events = []
    if new in _ON_BATTERY and old not in _ON_BATTERY:
        events.append(PowerEvent.ON_BATTERY)
    if new is PowerState.LOW_BATTERY and old is not PowerState.LOW_BATTERY:
        events.append(PowerEvent.LOW_BATTERY)
    if new is PowerState.MAINS and old in _ON_BATTERY:
        events.append(PowerEvent.ON_MAINS)
    return events


def _status_words(reading: PowerReading) -> set[str]:
    return set(reading.variables.get("ups.status", "").split())
