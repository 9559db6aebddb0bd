"""What a check needs beside the station, and what a run of another mode says of it."""

from enum import StrEnum


class Mode(StrEnum):
    """What a check needs; a run of one mode skips the others' checks."""

    QUICK = "quick"
    """Nobody: at boot, at night."""
    GUIDED = "guided"
    """A person who looks, wipes, draws or pulls a plug when asked."""
    DEPOT = "depot"
    """Targets and tools of the depot."""


WRONG_MODE = {
    Mode.QUICK: "tidak diminta / not asked for",
    Mode.GUIDED: "perlu orang: selftest guided / needs a person",
    Mode.DEPOT: "perlu alat ukur depo: selftest depot / needs the depot's targets",
}
"""Reasons of checks that a run of another mode skips."""
