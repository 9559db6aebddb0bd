"""The ways a broken device is dealt with."""

from enum import StrEnum


class Method(StrEnum):
    """How a repair is done."""

    PHONE = "phone"
    """A1: the operator does it, talked through by telephone."""
    VISIT = "visit"
    """A2: a technician comes with the spare."""
    COLLECT = "collect"
    """A3, taken along by a technician who is there anyway."""
    HUB = "hub"
    """A3, brought by the office to the temporary workshop or the depot, whichever is nearer."""
    NEXT_VISIT = "next visit"
    """Only a warning: waits until somebody comes."""
    THIRD_PARTY = "third party"
    """A4: the electricity company or the provider, by letter."""
    SKIPPED = "skipped"
    """A named person decided so."""
