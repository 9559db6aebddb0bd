"""Everything about a case at a glance, for the review before it is sealed."""

from dataclasses import dataclass

from station.recording import Attempt, Case, Missing, Step, StepState


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One line of the review page."""

    step: Step
    state: StepState
    kept: tuple[Attempt, ...]
    attempts_count: int


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """Everything about a case at a glance."""

    case: Case
    steps: tuple[StepSummary, ...]
    missing: tuple[Missing, ...]

    @property
    def can_seal(self) -> bool:
        """Tell whether nothing keeps the case from being sealed."""
        return not self.missing


def review_case(case: Case) -> ReviewSheet:
    """Return the sheet of a case as it is now."""
    steps = tuple(
        StepSummary(step, case.step_state(step), case.kept(step), len(case.attempts(step)))
        for step in case.order
    )
    return ReviewSheet(case, steps, case.missing())
