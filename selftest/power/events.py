"""What happens to the mains, by the classes of IEEE 1159 (CHECKS.md B.5).

    share of nominal     up to 1 min                         longer
    < 0.1                interruption (momentary, temporary) sustained interruption
    0.1 to 0.9           sag                                 undervoltage
    > 1.1                swell                               overvoltage

Times come from a UPS that is read every few seconds: what is shorter shows only as a transfer of
the UPS to its battery, or not at all.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum

INTERRUPTED, LOW, HIGH = 0.1, 0.9, 1.1
"""Bounds in parts of nominal; IEEE 1159."""
HYSTERESIS = 0.02
"""A voltage is normal again only so far inside the bound; IEC 61000-4-30 has 2 % as usual."""
SUSTAINED_S = 60.0
_MOMENTARY_S = 3.0
POLL_NOTE_ID = (
    "kejadian lebih singkat dari selang baca hanya terlihat sebagai pindah ke baterai UPS"
)
POLL_NOTE_EN = "events shorter than the poll interval are visible only as UPS transfers"


class EventKind(StrEnum):
    """What is kept in the log."""

    INTERRUPTION = "interruption"
    SAG = "sag"
    SWELL = "swell"
    UNDERVOLTAGE = "undervoltage"
    OVERVOLTAGE = "overvoltage"
    TRANSFER = "transfer"
    """The UPS fed the station from its battery."""
    SWING = "swing"
    """Up and down by more than 20 V within 10 s: the neutral is suspected."""
    LOW_BATTERY = "low_battery"
    SHUTDOWN = "shutdown"
    """The UPS announced that it switches off."""
    OVERLOAD = "overload"
    REPLACE_BATTERY = "replace_battery"
    UNSAFE_SHUTDOWN = "unsafe_shutdown"
    """The station ended while on battery, without having been shut down."""
    NO_DATA = "no_data"
    """Nothing is known of this time; it is never counted as good."""
    CLOCK = "clock"
    """The clock was set, or the computer slept; value in seconds."""


EVENT_WORDS = {
    EventKind.INTERRUPTION: ("listrik padam", "interruption"),
    EventKind.SAG: ("kedip tegangan", "sag"),
    EventKind.SWELL: ("lonjakan tegangan", "swell"),
    EventKind.UNDERVOLTAGE: ("tegangan kurang", "undervoltage"),
    EventKind.OVERVOLTAGE: ("tegangan lebih", "overvoltage"),
    EventKind.TRANSFER: ("UPS memakai baterai", "UPS on battery"),
    EventKind.SWING: ("ayunan tegangan", "voltage swing"),
    EventKind.LOW_BATTERY: ("baterai hampir habis", "battery low"),
    EventKind.SHUTDOWN: ("UPS akan mati", "UPS shuts down"),
    EventKind.OVERLOAD: ("beban UPS berlebih", "UPS overload"),
    EventKind.REPLACE_BATTERY: ("UPS minta baterai baru", "UPS asks for a battery"),
    EventKind.UNSAFE_SHUTDOWN: ("komputer mati mendadak", "unsafe shutdown"),
    EventKind.NO_DATA: ("tidak ada data", "no data"),
    EventKind.CLOCK: ("jam diubah atau komputer tidur", "clock set, or computer slept"),
}
"""Indonesian, then English."""


class Level(StrEnum):
    """Where the voltage is."""

    NORMAL = "normal"
    NONE = "none"
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Event:
    """One event; without an end it still lasts."""

    kind: EventKind
    began: datetime.datetime
    ended: datetime.datetime | None = None
    value: float | None = None
    """Lowest or highest voltage in V; seconds for CLOCK."""

    def duration_s(self, now: datetime.datetime) -> float:
        """Return how long it lasted, or has lasted until now."""
        return max(0.0, ((self.ended or now) - self.began).total_seconds())


def level_of(share: float, before: Level = Level.NORMAL) -> Level:
    """Return where a voltage is, given in parts of nominal and where it was before."""
    if share < INTERRUPTED:
        return Level.NONE
    if share < LOW + (HYSTERESIS if before in {Level.LOW, Level.NONE} else 0.0):
        return Level.LOW
    highest = HIGH - (HYSTERESIS if before is Level.HIGH else 0.0)
    return Level.HIGH if share > highest else Level.NORMAL


def kind_of(level: Level, duration_s: float) -> EventKind:
    """Return the class of a time at one level; ValueError for the normal one."""
    is_long = duration_s > SUSTAINED_S
    match level:
        case Level.NONE:
            return EventKind.INTERRUPTION
        case Level.LOW:
            return EventKind.UNDERVOLTAGE if is_long else EventKind.SAG
        case Level.HIGH:
            return EventKind.OVERVOLTAGE if is_long else EventKind.SWELL
        case Level.NORMAL:
            raise ValueError("a normal voltage is no event")


def duration_class(duration_s: float) -> str:
    """Return "momentary", "temporary" or "sustained"; instantaneous ones are never seen."""
    if duration_s > SUSTAINED_S:
        return "sustained"
    return "temporary" if duration_s > _MOMENTARY_S else "momentary"
