"""The fingers that a case has accepted so far: checked again from the stored frames when needed.

The check is deterministic, so templates are not stored with a draft: after a restart they follow
from the kept frames.
"""

from collections.abc import Iterable

from biometrics.finger.position import FingerPosition
from biometrics.finger.results import SlapCheck, SlapFinger
from biometrics.finger.slap import check_slap
from biometrics.finger.template import FingerTemplate
from station.attempt_file import StoredAttempt
from station.case_file import CaseFile
from station.recording import FINGER_STEPS, Step, position_of

FRAME_PICTURE = "frame"
CHECKS_IN_MEMORY = 8
"""A checked slap holds about 1 MB: four cut fingers and their masks."""


class CaseFingers:
    """Templates and cut-outs of the kept finger attempts of one case."""

    def __init__(self, file: CaseFile) -> None:
        self._file = file
        self._checks: dict[tuple[Step, int], SlapCheck] = {}

    def remember(self, stored: StoredAttempt, check: SlapCheck) -> None:
        """Keep a check that was just made, so that it is not made twice."""
        self._checks[(stored.attempt.step, stored.attempt.number)] = check
        while len(self._checks) > CHECKS_IN_MEMORY:
            del self._checks[next(iter(self._checks))]

    def check_of(self, step: Step, number: int) -> SlapCheck:
        """Return the check of an attempt, made again from its frame if need be."""
        found = self._checks.get((step, number))
        if found is None:
            stored = self._file.stored(step, number)
            found = check_stored(stored)
            self.remember(stored, found)
        return found

    def kept(self) -> dict[FingerPosition, SlapFinger]:
        """Return every finger of the kept attempts by position."""
        fingers: dict[FingerPosition, SlapFinger] = {}
        for step in FINGER_STEPS:
            if step in self._file.case.owed:
                continue
            for attempt in self._file.case.kept(step):
                check = self.check_of(step, attempt.number)
                fingers.update({f.position: f for f in check.fingers if f.position})
        return fingers

    def templates_outside(self, step: Step) -> dict[FingerPosition, FingerTemplate]:
        """Return the templates of the fingers that other steps have accepted."""
        own = {position_of(part) for part in self._file.case.expected_parts(step)}
        return {
            position: finger.check.template
            for position, finger in self.kept().items()
            if position not in own
        }


def check_stored(stored: StoredAttempt) -> SlapCheck:
    """Check the frame of a finger attempt again."""
    return check_slap(
        stored.picture(FRAME_PICTURE),
        stored.resolution_ppi or 500.0,
        expected=positions_of(part.part for part in stored.attempt.parts),
    )


def positions_of(parts: Iterable[str]) -> tuple[FingerPosition, ...]:
    """Return the finger positions of part names, in their order."""
    return tuple(position_of(part) for part in parts)
