"""The table of recordings: legal steps, numbers, sequence, and what must never go wrong."""

import itertools

import pytest

from station.case_states import (
    OPEN_STATES,
    RECORDED_STATES,
    REQUIRED_FACTS,
    TRANSITIONS,
    CaseState,
)
from station.errors import (
    CaseExistsError,
    IllegalTransitionError,
    NikFormError,
    UnknownCaseError,
    WrongFactsError,
)
from station.register import FIRST_PREVIOUS_SHA256
from station.store import fetch
from tests.station.core_rooms import NIK, Rooms

OTHER_NIK = "6101020507900001"
SHORTEST_WAY = {
    CaseState.DRAFT: (),
    CaseState.REVIEWED: ("reviewed",),
    CaseState.ABANDONED: ("abandoned",),
    CaseState.SEALED: ("reviewed", "sealed"),
    CaseState.OFFERED: ("reviewed", "sealed", "offered"),
    CaseState.PULLED: ("reviewed", "sealed", "pulled"),
    CaseState.EXPORTED: ("reviewed", "sealed", "exported"),
    CaseState.RECEIPTED: ("reviewed", "sealed", "receipted"),
    CaseState.PURGED: ("reviewed", "sealed", "receipted", "purged"),
}


@pytest.fixture
def rooms(tmp_path):
    opened = Rooms(tmp_path)
    opened.add("sari")
    yield opened
    opened.store.close()


def open_case(rooms, case_id="case-1", nik=NIK):
    return rooms.register.open_case(
        case_id,
        nik=nik,
        origin_code="61.01.02",
        host_code="61.01.01",
        operator=rooms.operators.get(1),
    )


def facts_for(rooms, to):
    if to == "sealed":
        with rooms.store.transaction():
            sequence = rooms.register.next_sequence()[0]
        number = f"{sequence:032x}"
        return {"package_id": number, "sequence": sequence, "manifest_sha256": number * 2}
    return {"note": "pulang"} if to == "abandoned" else {}


def advance(rooms, to, case_id="case-1", **facts):
    facts = facts or facts_for(rooms, to)
    return rooms.register.advance(case_id, CaseState(to), actor="sari", **facts)


def bring_to(rooms, state, case_id="case-1", nik=NIK):
    open_case(rooms, case_id, nik)
    for step in SHORTEST_WAY[state]:
        advance(rooms, step, case_id)
    return rooms.register.get(case_id)


def test_a_new_recording(rooms):
    row = open_case(rooms)
    assert row == rooms.register.get("case-1")
    assert row.state is CaseState.DRAFT
    assert (row.origin_code, row.host_code, row.operator_id) == ("61.01.02", "61.01.01", 1)
    assert row.created_at == row.updated_at == "2026-11-24T01:00:00.000Z"
    assert row.package_id is row.sequence is row.manifest_sha256 is row.note is None
    assert rooms.audit.leaves(after=1)[0].action == "case_opened"


def test_an_identifier_is_used_once(rooms):
    open_case(rooms)
    with pytest.raises(CaseExistsError):
        open_case(rooms, nik=OTHER_NIK)


def test_unknown_recordings_are_said(rooms):
    for search in (rooms.register.get, rooms.register.get_by_package):
        with pytest.raises(UnknownCaseError, match="nowhere"):
            search("nowhere")
    with pytest.raises(UnknownCaseError):
        rooms.register.advance("nowhere", CaseState.REVIEWED, actor="sari")


def test_numbers_run_anew_every_day(rooms):
    day = rooms.clock.wall_time.astimezone()
    numbers = [open_case(rooms, f"case-{n}").number for n in range(3)]
    assert numbers == [f"{day:%Y%m%d}-00{n}" for n in (1, 2, 3)]
    rooms.clock.pass_time(24 * 3600)
    assert open_case(rooms, "tomorrow").number.endswith("-001")
    rooms.clock.pass_time(-24 * 3600)  # the clock was set back
    assert open_case(rooms, "today again").number == f"{day:%Y%m%d}-004"


def test_numbers_go_on_above_999(rooms):
    open_case(rooms)
    with rooms.store.transaction() as connection:
        connection.execute("UPDATE cases SET day_number = 999")
    assert open_case(rooms, "case-2").number.endswith("-1000")
    assert open_case(rooms, "case-3").number.endswith("-1001")


@pytest.mark.parametrize(("state", "to"), list(itertools.product(CaseState, CaseState)))
def test_the_drawn_steps_and_no_others(rooms, state, to):
    before = bring_to(rooms, state)
    leaves = rooms.audit.head().size
    if state is to and to is not CaseState.ABANDONED and to is not CaseState.SEALED:
        assert rooms.register.advance("case-1", to, actor="sari") == before
    elif to in TRANSITIONS[state]:
        assert advance(rooms, to).state is to
        assert rooms.audit.leaves(after=leaves)[0].action == f"case_{to}"
    else:
        facts = {"note": "other"} if to is CaseState.ABANDONED else facts_for(rooms, to)
        with pytest.raises(IllegalTransitionError, match=before.number):
            advance(rooms, to, **facts)
        assert rooms.register.get("case-1") == before
        assert rooms.audit.head().size == leaves


def test_nothing_is_purged_before_a_receipt():
    assert {state for state in CaseState if CaseState.PURGED in TRANSITIONS[state]} == {
        CaseState.RECEIPTED
    }


def test_what_was_sealed_is_never_a_draft_again():
    reachable = {CaseState.SEALED}
    while True:
        further = reachable.union(*(TRANSITIONS[state] for state in reachable))
        if further == reachable:
            break
        reachable = further
    assert reachable == RECORDED_STATES
    assert not reachable & {*OPEN_STATES, CaseState.ABANDONED}


def test_every_state_can_be_reached():
    assert set(CaseState) == {CaseState.DRAFT, *frozenset().union(*TRANSITIONS.values())}
    assert set(REQUIRED_FACTS) <= set(CaseState)


def test_the_same_step_with_the_same_facts_changes_nothing(rooms):
    bring_to(rooms, CaseState.REVIEWED)
    facts = facts_for(rooms, "sealed")
    first = rooms.register.advance("case-1", CaseState.SEALED, actor="sari", **facts)
    leaves = rooms.audit.head().size
    rooms.clock.pass_time(60)
    assert rooms.register.advance("case-1", CaseState.SEALED, actor="sari", **facts) == first
    assert rooms.audit.head().size == leaves
    with pytest.raises(IllegalTransitionError):
        rooms.register.advance(
            "case-1", CaseState.SEALED, actor="sari", **{**facts, "package_id": "b" * 32}
        )


@pytest.mark.parametrize(
    ("to", "changes", "problem"),
    [
        ("sealed", {"package_id": None}, "package_id missing"),
        ("sealed", {"sequence": None}, "sequence missing"),
        ("sealed", {"manifest_sha256": None}, "manifest_sha256 missing"),
        ("sealed", {"package_id": "A" * 32}, "package_id has a wrong form"),
        ("sealed", {"package_id": "a" * 31}, "package_id has a wrong form"),
        ("sealed", {"manifest_sha256": "g" * 64}, "manifest_sha256 has a wrong form"),
        ("sealed", {"sequence": 2}, "sequence is 2, the next is 1"),
        ("sealed", {"sequence": 0}, "sequence is 0, the next is 1"),
        ("abandoned", {"note": None}, "note missing"),
        ("abandoned", {"note": ""}, "note has a wrong form"),
        ("abandoned", {"note": f"NIK {NIK}"}, "note has a wrong form"),
        ("abandoned", {"note": "x" * 201}, "note has a wrong form"),
        ("abandoned", {"sequence": 1}, "sequence not allowed here"),
        ("draft", {"national_status": "lower"}, "national_status has a wrong form"),
    ],
)
def test_facts_that_do_not_fit_are_refused(rooms, to, changes, problem):
    before = bring_to(rooms, CaseState.REVIEWED)
    facts = {**facts_for(rooms, to), **changes}
    with pytest.raises(WrongFactsError, match=problem):
        rooms.register.advance("case-1", CaseState(to), actor="sari", **facts)
    assert rooms.register.get("case-1") == before


@pytest.mark.parametrize("fact", ["number", "origin_code", "created_at"])
def test_what_a_recording_is_does_not_change(rooms, fact):
    before = bring_to(rooms, CaseState.DRAFT)
    with pytest.raises(WrongFactsError, match="not allowed"):
        rooms.register.advance("case-1", CaseState.REVIEWED, actor="sari", **{fact: "x"})
    assert rooms.register.get("case-1") == before


def test_an_unknown_fact_is_an_error_of_the_caller(rooms):
    open_case(rooms)
    with pytest.raises(TypeError):
        rooms.register.advance("case-1", CaseState.REVIEWED, actor="sari", colour="red")


def test_sequences_chain_the_packages(rooms):
    manifests = []
    for number in range(3):
        case_id = f"case-{number}"
        open_case(rooms, case_id)
        advance(rooms, "reviewed", case_id)
        with rooms.store.transaction():
            sequence, previous = rooms.register.next_sequence()
        assert sequence == number + 1
        assert previous == (manifests[-1] if manifests else FIRST_PREVIOUS_SHA256)
        manifests.append(advance(rooms, "sealed", case_id).manifest_sha256)
    rooms.reopen()
    with rooms.store.transaction():
        assert rooms.register.next_sequence() == (4, manifests[-1])


def test_a_sequence_means_nothing_outside_a_transaction(rooms):
    with pytest.raises(RuntimeError, match="sealing transaction"):
        rooms.register.next_sequence()


def test_sealing_that_fails_gives_its_number_back(rooms):
    bring_to(rooms, CaseState.REVIEWED)
    with pytest.raises(ZeroDivisionError):
        seal_and_fail(rooms)
    assert rooms.register.get("case-1").state is CaseState.REVIEWED
    assert advance(rooms, "sealed").sequence == 1


def seal_and_fail(rooms):
    with rooms.store.transaction():
        advance(rooms, "sealed")
        raise ZeroDivisionError


def test_a_nik_is_found_but_not_kept(rooms):
    open_case(rooms, "case-1")
    rooms.clock.pass_time(-86_400)  # the order is that of entering, whatever the clock says
    open_case(rooms, "case-2")
    open_case(rooms, "case-3", OTHER_NIK)
    assert [row.case_id for row in rooms.register.find_by_nik(NIK)] == ["case-2", "case-1"]
    assert rooms.register.find_by_nik("6101010101010101") == ()
    with rooms.store.transaction() as connection:
        tags = fetch(connection, "SELECT nik_tag FROM cases ORDER BY rowid")
    assert tags[0] == tags[1] != tags[2]
    assert NIK.encode() not in rooms.store.path.read_bytes()


def test_another_station_has_other_tags(rooms, tmp_path):
    other = Rooms(tmp_path / "other")
    other.add("sari")
    found = []
    for one in (rooms, other):
        open_case(one)
        with one.store.transaction() as connection:
            found.append(fetch(connection, "SELECT nik_tag FROM cases")[0][0])
    assert found[0] != found[1]
    other.store.close()


@pytest.mark.parametrize("nik", ["", "610101410798000", "61010141079800031", "x" * 16, f" {NIK}"])
def test_what_is_no_nik_is_refused(rooms, nik):
    with pytest.raises(NikFormError):
        open_case(rooms, nik=nik)
    with pytest.raises(NikFormError):
        rooms.register.find_by_nik(nik)


def test_lists_and_counts(rooms):
    bring_to(rooms, CaseState.SEALED, "case-1")
    bring_to(rooms, CaseState.ABANDONED, "case-2", OTHER_NIK)
    open_case(rooms, "case-3", "6101020507900002")
    register = rooms.register
    assert [row.case_id for row in register.all()] == ["case-3", "case-2", "case-1"]
    assert [row.case_id for row in register.all(limit=1)] == ["case-3"]
    assert [row.case_id for row in register.all(OPEN_STATES)] == ["case-3"]
    assert register.all(()) == ()
    counts = register.counts()
    assert counts[CaseState.SEALED] == counts[CaseState.ABANDONED] == counts[CaseState.DRAFT] == 1
    assert sum(counts.values()) == 3
    sealed = register.get("case-1")
    assert register.get_by_package(sealed.package_id) == sealed


def test_a_status_word_is_kept_with_the_recording(rooms):
    bring_to(rooms, CaseState.PURGED)
    row = rooms.register.set_status("case-1", "PRINT_READY_RECORD", actor="centre")
    assert (row.state, row.national_status) == (CaseState.PURGED, "PRINT_READY_RECORD")
    leaves = rooms.audit.head().size
    assert rooms.register.set_status("case-1", "PRINT_READY_RECORD", actor="centre") == row
    assert rooms.audit.head().size == leaves
    rooms.register.set_status("case-1", "DUPLICATE ONE TO MANY", actor="centre")
    with pytest.raises(WrongFactsError):
        rooms.register.set_status("case-1", "printed?", actor="centre")


def test_the_actor_and_the_role_are_logged(rooms):
    open_case(rooms)
    rooms.register.advance("case-1", CaseState.REVIEWED, actor="sari")
    rooms.register.advance("case-1", CaseState.DRAFT, actor="centre", role="central")
    assert [(leaf.actor, leaf.role) for leaf in rooms.audit.leaves(after=2)] == [
        ("sari", "supervisor"),
        ("centre", "central"),
    ]
