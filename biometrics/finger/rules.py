"""Capture rules: thresholds per finger, judging each finger alone, best of several attempts.

Everything here is a pure function of stored scores, so that which attempt was kept can be
recomputed later from a recording's log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from biometrics.finger.position import FingerPosition

MAX_ATTEMPTS = 3  # per slap; source: BSI TR-03121-3 Vol. 4 (5.3; the same in 6.0)


class Digit(StrEnum):
    """Which finger of a hand."""

    THUMB = "thumb"
    INDEX = "index"
    MIDDLE = "middle"
    RING = "ring"
    LITTLE = "little"


_DIGITS = (Digit.THUMB, Digit.INDEX, Digit.MIDDLE, Digit.RING, Digit.LITTLE)


class Purpose(StrEnum):
    """What a capture is for; each purpose has its own thresholds."""

    ENROLMENT = "enrolment"
    """Plain prints of both hands."""
    VERIFICATION = "verification"
    """The re-scan of index fingers against prints just taken, and controls."""
    ROLLED = "rolled"


@dataclass(frozen=True, slots=True)
class ThresholdTable:
    """Least quality score per purpose and digit, with where the numbers come from."""

    version: str
    source: str
    scale: str
    """The scale that the numbers are made for; scores must be mapped to it before judging."""
    least: Mapping[Purpose, Mapping[Digit, int]]

    def least_score(self, purpose: Purpose, position: FingerPosition) -> int:
        """Return the least score of a finger; raises ValueError for FingerPosition.UNKNOWN."""
        return self.least[purpose][digit_of(position)]


def _row(*scores: int) -> dict[Digit, int]:
    return dict(zip(_DIGITS, scores, strict=True))


BSI_TABLE = ThresholdTable(
    version="bsi-tr-03121-5.3/1",
    source="BSI TR-03121-3 Volume 4, version 5.3 (unchanged in 6.0), thresholds per finger",
    scale="NFIQ 2 scale, 0..100",
    least={
        Purpose.ENROLMENT: _row(30, 30, 20, 10, 10),
        Purpose.VERIFICATION: _row(20, 20, 20, 10, 10),
        Purpose.ROLLED: _row(20, 15, 15, 10, 5),
    },
)

# The order in which attempts are compared; source: the same volume.
_RANKING = (
    FingerPosition.RIGHT_INDEX,
    FingerPosition.LEFT_INDEX,
    FingerPosition.RIGHT_MIDDLE,
    FingerPosition.LEFT_MIDDLE,
    FingerPosition.RIGHT_RING,
    FingerPosition.LEFT_RING,
    FingerPosition.RIGHT_LITTLE,
    FingerPosition.LEFT_LITTLE,
    FingerPosition.RIGHT_THUMB,
    FingerPosition.LEFT_THUMB,
)


@dataclass(frozen=True, slots=True)
class AttemptScores:
    """The scores of one capture attempt, as a recording stores them."""

    expected: tuple[FingerPosition, ...]
    scores: Mapping[FingerPosition, int]
    """0..100 for every finger found; a finger not found is absent."""


@dataclass(frozen=True, slots=True)
class FingerVerdict:
    """One finger held against its threshold."""

    position: FingerPosition
    quality_score: int | None
    """None where the finger was not found."""
    least_score: int

    @property
    def is_good(self) -> bool:
        """Tell whether the finger was found and reaches its threshold."""
        return self.quality_score is not None and self.quality_score >= self.least_score


@dataclass(frozen=True, slots=True)
class AttemptVerdict:
    """All fingers of one attempt; nothing is averaged."""

    fingers: tuple[FingerVerdict, ...]
    table_version: str

    @property
    def is_good(self) -> bool:
        """Tell whether every expected finger reaches its own threshold."""
        return all(finger.is_good for finger in self.fingers)

    @property
    def failed(self) -> tuple[FingerPosition, ...]:
        """Return the fingers to be named to the operator."""
        return tuple(finger.position for finger in self.fingers if not finger.is_good)


class NextStep(StrEnum):
    """What may follow after the attempts made so far."""

    ACCEPT = "accept"
    """An attempt reached all thresholds."""
    CAPTURE_AGAIN = "capture_again"
    DECIDE = "decide"
    """Attempts are used up: the operator takes the best one, starts the count again, or stops."""


def digit_of(position: FingerPosition) -> Digit:
    """Return which finger of its hand a position is.

    Parameters
    ----------
    position : FingerPosition
        Any of the ten fingers.

    Returns
    -------
    Digit

    Raises
    ------
    ValueError
        For FingerPosition.UNKNOWN.
    """
    if position == FingerPosition.UNKNOWN:
        raise ValueError("an unknown finger has no threshold: assign its position first")
    return _DIGITS[(position - 1) % 5]


def judge_attempt(
    attempt: AttemptScores, *, purpose: Purpose, table: ThresholdTable = BSI_TABLE
) -> AttemptVerdict:
    """Hold every expected finger of an attempt against its own threshold.

    Parameters
    ----------
    attempt : AttemptScores
        Scores on the table's scale.
    purpose : Purpose
        Which row of the table applies.
    table : ThresholdTable
        Thresholds, by default those of BSI TR-03121.

    Returns
    -------
    AttemptVerdict
        One verdict per expected finger, in the expected order.

    Raises
    ------
    ValueError
        If an expected position is UNKNOWN or a score is outside 0..100.
    """
    verdicts = []
    for position in attempt.expected:
        score = attempt.scores.get(position)
        if score is not None and not 0 <= score <= 100:
            raise ValueError(f"quality score {score} of finger {position} is outside 0..100")
        verdicts.append(FingerVerdict(position, score, table.least_score(purpose, position)))
    return AttemptVerdict(tuple(verdicts), table.version)


def choose_best(
    attempts: Sequence[AttemptScores], *, purpose: Purpose, table: ThresholdTable = BSI_TABLE
) -> int:
    """Choose which attempt is kept.

    An attempt that reaches all thresholds comes before one that does not. Among equals the index
    finger decides, then middle, ring and little finger; of thumbs the right one, then the left.
    A finger that was not found is below every score. Of full equals the earliest is kept.

    Parameters
    ----------
    attempts : sequence of AttemptScores
        In the order in which they were made, all with the same expected fingers.
    purpose : Purpose
        Which row of the table applies.
    table : ThresholdTable
        Thresholds, by default those of BSI TR-03121.

    Returns
    -------
    int
        Index of the attempt to keep.

    Raises
    ------
    ValueError
        If there is no attempt, or attempts expected different fingers.

    References
    ----------
    .. [1] BSI TR-03121-3 Volume 4: choice of the best of several captures.
    """
    if not attempts:
        raise ValueError("there is no attempt to choose from")
    asked = set(attempts[0].expected)
    if any(set(attempt.expected) != asked for attempt in attempts):
        raise ValueError("attempts for different fingers cannot be compared")
    order = [position for position in _RANKING if position in asked]

    def rank(index: int) -> tuple[bool, list[int], int]:
        attempt = attempts[index]
        is_good = judge_attempt(attempt, purpose=purpose, table=table).is_good
        return is_good, [attempt.scores.get(position, -1) for position in order], -index

    return max(range(len(attempts)), key=rank)


def next_step(
    attempts: Sequence[AttemptScores], *, purpose: Purpose, table: ThresholdTable = BSI_TABLE
) -> NextStep:
    """Tell what may follow after these attempts.

    Parameters
    ----------
    attempts : sequence of AttemptScores
        All attempts since the count was last started.
    purpose : Purpose
        Which row of the table applies.
    table : ThresholdTable
        Thresholds, by default those of BSI TR-03121.

    Returns
    -------
    NextStep
    """
    if any(judge_attempt(one, purpose=purpose, table=table).is_good for one in attempts):
        return NextStep.ACCEPT
    return NextStep.CAPTURE_AGAIN if len(attempts) < MAX_ATTEMPTS else NextStep.DECIDE
