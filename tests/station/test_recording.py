"""The state machine of a recording: every state follows from attempts and decisions."""

from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from biometrics.finger.results import Reason
from drivers.frames import DeviceIdentity
from station.recording import (
    FINGER_STEPS,
    SETTLED_STATES,
    STEP_PARTS,
    Attempt,
    Case,
    CaseHead,
    IllegalMoveError,
    PartException,
    PartResult,
    Step,
    StepState,
    Veto,
)
from station.resident import Resident

NOW = "2026-11-24T08:00:00+00:00"
RESIDENT = Resident(
    nik="6101014507900001",
    full_name="SITI CONTOH",
    birth_place="SAMBAS",
    birth_date=date(1990, 7, 5),
    sex="P",
    address="JL. CONTOH 1",
    rt_rw="001/002",
    village="CONTOH",
    district_code="61.01.01",
    religion="ISLAM",
    marital_status="KAWIN",
    occupation="PETANI",
)


def make_case(max_attempts: int = 3) -> Case:
    head = CaseHead(
        case_id="c0ffee00-0000-4000-8000-000000000001",
        number="20261124-001",
        resident=RESIDENT,
        order=tuple(Step),
        max_attempts=max_attempts,
        started_at=NOW,
        started_by="petugas",
    )
    return Case(head)


def attempt(
    case: Case,
    step: Step,
    scores: dict[str, int],
    *,
    threshold: int = 30,
    is_usable: bool = True,
    similarity: float | None = None,
) -> Attempt:
    parts = tuple(
        PartResult(
            part=part,
            score=score,
            threshold=threshold,
            is_passed=score >= threshold,
            similarity_score=similarity,
        )
        for part, score in scores.items()
    )
    return Attempt(
        step=step,
        number=case.next_number(step),
        series=case.series(step),
        taken_at=NOW,
        device=DeviceIdentity("Simulated", "Scanner"),
        parts=parts,
        is_usable=is_usable,
        pictures=("frame",),
    )


def add(case: Case, step: Step, score: int, **options: object) -> Attempt:
    made = attempt(case, step, dict.fromkeys(case.expected_parts(step), score), **options)
    case.add_attempt(made)
    return made


def veto(case: Case, step: Step, kind: str = "ok", note: str = "worn ridges") -> Veto:
    return Veto(step=step, series=case.series(step), kind=kind, note=note, by="petugas", at=NOW)


def excepted(part: str, note: str = "lost in an accident") -> PartException:
    return PartException(part=part, kind="missing", note=note, by="petugas", at=NOW)


def test_a_new_case_has_everything_to_do() -> None:
    case = make_case()
    assert {case.step_state(step) for step in Step} == {StepState.TODO}
    assert case.next_step() is Step.PORTRAIT
    assert len(case.missing()) == len(Step)


def test_a_passed_attempt_settles_its_step() -> None:
    case = make_case()
    add(case, Step.LEFT_SLAP, 80)
    assert case.step_state(Step.LEFT_SLAP) is StepState.DONE
    assert [kept.number for kept in case.kept(Step.LEFT_SLAP)] == [1]


def test_one_bad_finger_fails_a_slap_however_good_the_others_are() -> None:
    case = make_case()
    scores = {"left_little": 90, "left_ring": 9, "left_middle": 90, "left_index": 90}
    case.add_attempt(attempt(case, Step.LEFT_SLAP, scores, threshold=10))
    assert case.step_state(Step.LEFT_SLAP) is StepState.RETRY
    failed = [part.part for part in case.attempts(Step.LEFT_SLAP)[0].parts if not part.is_passed]
    assert failed == ["left_ring"]


def test_after_three_failed_attempts_the_best_is_kept_lexicographically() -> None:
    case = make_case()
    for index, middle in ((20, 29), (25, 1), (24, 29)):
        scores = {"left_little": 5, "left_ring": 5, "left_middle": middle, "left_index": index}
        case.add_attempt(attempt(case, Step.LEFT_SLAP, scores))
    assert case.step_state(Step.LEFT_SLAP) is StepState.BEST_OF
    assert [a.number for a in case.attempts(Step.LEFT_SLAP) if a.is_kept] == [2]


def test_an_unusable_attempt_is_never_kept() -> None:
    case = make_case()
    for _ in range(5):
        add(case, Step.LEFT_SLAP, 90, is_usable=False)
    assert case.step_state(Step.LEFT_SLAP) is StepState.RETRY
    assert case.kept(Step.LEFT_SLAP) == ()
    with pytest.raises(IllegalMoveError):
        case.decide(veto(case, Step.LEFT_SLAP))


def doubtful(case: Case, score: int = 80) -> Attempt:
    made = attempt(case, Step.THUMBS, dict.fromkeys(case.expected_parts(Step.THUMBS), score))
    return made.model_copy(update={"reasons": (Reason("same_finger", 1e-5, 1e-4),)})


def test_a_doubt_is_never_passed_by_itself_however_often_it_comes() -> None:
    case = make_case()
    for _ in range(5):
        made = doubtful(case)
        case.add_attempt(made)
    assert case.step_state(Step.THUMBS) is StepState.RETRY
    assert any(missing.step is Step.THUMBS for missing in case.missing())


def test_a_false_doubt_does_not_block_a_resident_a_person_decides() -> None:
    case = make_case()
    case.add_attempt(doubtful(case))
    case.decide(veto(case, Step.THUMBS, note="looked at both thumbs: two fingers"))
    assert case.step_state(Step.THUMBS) is StepState.BEST_OF
    assert [kept.number for kept in case.kept(Step.THUMBS)] == [1]


def test_an_attempt_without_a_doubt_is_kept_before_a_better_one_with_it() -> None:
    case = make_case()
    case.add_attempt(doubtful(case, score=95))
    for _ in range(2):
        add(case, Step.THUMBS, 12)
    assert case.step_state(Step.THUMBS) is StepState.BEST_OF
    assert [kept.number for kept in case.kept(Step.THUMBS)] == [2]


def test_a_person_may_accept_the_best_before_the_attempts_are_used_up() -> None:
    case = make_case()
    add(case, Step.THUMBS, 12)
    case.decide(veto(case, Step.THUMBS))
    assert case.step_state(Step.THUMBS) is StepState.BEST_OF


def test_a_decision_without_a_note_is_refused() -> None:
    case = make_case()
    add(case, Step.THUMBS, 12)
    with pytest.raises(IllegalMoveError):
        case.decide(veto(case, Step.THUMBS, note="  "))


def test_nok_over_a_passed_attempt_asks_for_it_again() -> None:
    case = make_case()
    add(case, Step.PORTRAIT, 90)
    case.decide(veto(case, Step.PORTRAIT, kind="nok", note="eyes closed"))
    assert case.step_state(Step.PORTRAIT) is StepState.TODO
    assert len(case.attempts(Step.PORTRAIT)) == 1


def test_redo_starts_a_new_series_and_keeps_the_old_attempts() -> None:
    case = make_case()
    for _ in range(3):
        add(case, Step.THUMBS, 5)
    case.redo(Step.THUMBS)
    assert case.step_state(Step.THUMBS) is StepState.TODO
    assert case.attempts_left(Step.THUMBS) == 3
    assert len(case.attempts(Step.THUMBS)) == 3


def test_fingers_captured_again_are_verified_again() -> None:
    case = make_case()
    add(case, Step.LEFT_SLAP, 80)
    for part in ("right_index", "left_index"):
        case.add_attempt(attempt(case, Step.VERIFICATION, {part: 80}, similarity=300.0))
    assert case.step_state(Step.VERIFICATION) is StepState.DONE
    case.redo(Step.LEFT_SLAP)
    assert case.step_state(Step.VERIFICATION) is StepState.TODO


def test_verification_never_ends_silently() -> None:
    case = make_case()
    for _ in range(7):
        failed = attempt(case, Step.VERIFICATION, {"right_index": 10}, similarity=2.0)
        case.add_attempt(failed)
    assert case.step_state(Step.VERIFICATION) is StepState.RETRY
    assert case.next_part(Step.VERIFICATION) == "right_index"
    assert [m.code for m in case.missing() if m.step is Step.VERIFICATION] == [
        "verification_failed"
    ]


def test_verification_takes_the_next_finger_where_the_index_is_missing() -> None:
    case = make_case()
    case.except_part(excepted("right_index"))
    assert case.verification_parts() == ("right_thumb", "left_index")


def test_a_hand_without_fingers_is_excepted_and_not_verified() -> None:
    case = make_case()
    for part in (*STEP_PARTS[Step.RIGHT_SLAP], "right_thumb"):
        case.except_part(excepted(part))
    assert case.step_state(Step.RIGHT_SLAP) is StepState.EXCEPTED
    assert case.expected_parts(Step.THUMBS) == ("left_thumb",)
    assert case.verification_parts() == ("left_index",)


def test_ten_missing_fingers_and_both_eyes_can_still_be_completed() -> None:
    case = make_case()
    for step in (*FINGER_STEPS, Step.IRISES):
        for part in STEP_PARTS[step]:
            case.except_part(excepted(part))
    add(case, Step.PORTRAIT, 90)
    add(case, Step.SIGNATURE, 90)
    assert case.missing() == ()
    assert case.next_step() is None


def test_excepting_a_finger_asks_for_its_slap_again() -> None:
    case = make_case()
    add(case, Step.RIGHT_SLAP, 80)
    case.except_part(excepted("right_ring"))
    assert case.step_state(Step.RIGHT_SLAP) is StepState.TODO
    assert "right_ring" not in case.expected_parts(Step.RIGHT_SLAP)
    case.lift_exception("right_ring")
    assert "right_ring" in case.expected_parts(Step.RIGHT_SLAP)


def test_an_exception_needs_a_reason_and_a_part_that_can_be_missing() -> None:
    case = make_case()
    with pytest.raises(IllegalMoveError):
        case.except_part(excepted("right_ring", note=" "))
    with pytest.raises(IllegalMoveError):
        case.except_part(excepted("portrait"))
    with pytest.raises(IllegalMoveError):
        case.lift_exception("right_ring")


def test_an_owed_step_is_settled_and_can_be_taken_up() -> None:
    case = make_case()
    case.owe(Step.IRISES, "camera unplugged")
    assert case.step_state(Step.IRISES) is StepState.OWED
    with pytest.raises(IllegalMoveError):
        add(case, Step.IRISES, 90)
    case.take_up(Step.IRISES)
    assert case.step_state(Step.IRISES) is StepState.TODO


def test_verification_is_owed_where_all_fingers_are() -> None:
    case = make_case()
    for step in FINGER_STEPS:
        case.owe(step, "scanner broken")
    assert case.step_state(Step.VERIFICATION) is StepState.OWED


def test_fingers_captured_one_by_one_are_kept_one_by_one() -> None:
    case = make_case()
    for part, score in (("left_thumb", 80), ("right_thumb", 10), ("right_thumb", 70)):
        case.add_attempt(attempt(case, Step.THUMBS, {part: score}))
    assert case.step_state(Step.THUMBS) is StepState.DONE
    assert [kept.number for kept in case.kept(Step.THUMBS)] == [1, 3]


def test_attempts_survive_json() -> None:
    case = make_case()
    made = attempt(case, Step.PORTRAIT, {"portrait": 12}).model_copy(
        update={"reasons": (Reason("too_dark", 39.0, 60.0),)}
    )
    assert Attempt.model_validate_json(made.model_dump_json()) == made


class CaseMachine(RuleBasedStateMachine):
    """Whatever people do, the derived states stay consistent."""

    @initialize(max_attempts=st.integers(1, 4))
    def begin(self, max_attempts: int) -> None:
        self.case = make_case(max_attempts)
        self.count = 0

    @rule(step=st.sampled_from(Step), score=st.integers(0, 100), is_usable=st.booleans())
    def capture(self, step: Step, score: int, is_usable: bool) -> None:
        if step in self.case.owed or not self.case.expected_parts(step):
            return
        add(self.case, step, score, is_usable=is_usable)
        self.count += 1

    @rule(step=st.sampled_from(Step))
    def redo(self, step: Step) -> None:
        if step not in self.case.owed:
            self.case.redo(step)
            assert not self.case.series_attempts(step)

    @rule(part=st.sampled_from([p for step in FINGER_STEPS for p in STEP_PARTS[step]]))
    def except_or_lift(self, part: str) -> None:
        if part in self.case.exceptions:
            self.case.lift_exception(part)
        else:
            self.case.except_part(excepted(part))

    @rule(step=st.sampled_from(Step))
    def owe_or_take_up(self, step: Step) -> None:
        if step in self.case.owed:
            self.case.take_up(step)
        else:
            self.case.owe(step, "device broken")

    @precondition(lambda self: self.case.kept(Step.THUMBS))
    @rule()
    def accept(self) -> None:
        self.case.decide(veto(self.case, Step.THUMBS))

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "case"):
            assert sum(len(self.case.attempts(step)) for step in Step) == self.count

    @invariant()
    def settled_means_nothing_missing(self) -> None:
        if not hasattr(self, "case"):
            return
        settled = all(self.case.step_state(step) in SETTLED_STATES for step in Step)
        assert settled == (self.case.missing() == ()) == (self.case.next_step() is None)

    @invariant()
    def what_is_kept_is_usable_and_of_the_present_series(self) -> None:
        if not hasattr(self, "case"):
            return
        for step in Step:
            for kept in self.case.kept(step):
                assert kept.is_usable
                assert kept.series == self.case.series(step)


TestCaseMachine = CaseMachine.TestCase
TestCaseMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
