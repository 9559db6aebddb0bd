"""What changed since earlier runs, and tickets that only a passing re-test closes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selftest.archive import store_run
from selftest.bench import Bench
from selftest.comparison import KnownFault, changes_of
from selftest.history import History
from selftest.report import Outcome, Severity
from selftest.tickets import list_tickets


@pytest.fixture
def runs(make_bench, as_run, make_report, make_result):
    """Return what stores a run of one day with the outcome of FPS-108, and what lists tickets."""
    bench = make_bench()

    def run(day, outcome, **changes):
        report = make_report(make_result("FPS-108", outcome), days=day, **changes)
        return store_run(bench, as_run(report))

    def tickets(*, with_closed=False):
        return list_tickets(History(bench.history_file), with_closed=with_closed)

    return run, tickets


def kinds(report):
    return [(change.kind, change.code) for change in report.changes]


def test_without_findings_there_is_no_ticket(runs):
    run, tickets = runs
    assert run(0, Outcome.PASS).changes == ()
    assert tickets(with_closed=True) == ()


def test_a_fault_is_new_then_still_there_then_gone(runs):
    run, tickets = runs
    first = run(0, Outcome.WARN)
    assert kinds(first) == [("new", "FPS-108")]
    again = run(3, Outcome.FAIL)
    (change,) = again.changes
    assert (change.kind, change.since, change.times) == ("still", first.started, 2)
    (ticket,) = tickets()
    assert (ticket.severity, ticket.unit) == (Severity.FAIL, "Ma Mo S1")
    assert (ticket.opened, ticket.last_seen) == (first.started, again.started)
    assert kinds(run(4, Outcome.PASS)) == [("gone", "FPS-108")]
    assert tickets() == ()


@pytest.mark.parametrize("outcome", [Outcome.SKIP, Outcome.ERROR])
def test_neither_skip_nor_error_closes_a_ticket(runs, outcome):
    run, tickets = runs
    run(0, Outcome.FAIL)
    assert kinds(run(1, outcome)) == [("untested", "FPS-108")]
    assert len(tickets()) == 1


def test_a_good_answer_of_a_person_closes_it_and_is_kept_with_the_name(runs):
    run, tickets = runs
    run(0, Outcome.WARN)
    run(1, Outcome.MANUAL, operator="ani")
    (ticket,) = tickets(with_closed=True)
    assert [(event.kind, event.person) for event in ticket.events] == [
        ("opened", None),
        ("closed", "ani"),
    ]


def test_a_ticket_that_opens_again_keeps_its_history_and_counts_anew(runs):
    run, tickets = runs
    first = run(0, Outcome.WARN)
    for day, outcome in ((1, Outcome.WARN), (2, Outcome.PASS)):
        run(day, outcome)
    again = run(5, Outcome.FAIL)
    assert kinds(again) == [("new", "FPS-108")]
    (ticket,) = tickets()
    assert [event.kind for event in ticket.events] == ["opened", "seen", "closed", "reopened"]
    assert (ticket.opened, ticket.since, ticket.times) == (first.started, again.started, 1)


def test_another_unit_that_passes_does_not_close_it(runs):
    run, tickets = runs
    run(0, Outcome.FAIL, serial="S1")
    assert kinds(run(1, Outcome.PASS, serial="S2")) == [("untested", "FPS-108")]
    assert kinds(run(2, Outcome.FAIL, serial="S2")) == [("new", "FPS-108"), ("untested", "FPS-108")]
    assert {ticket.unit for ticket in tickets()} == {"Ma Mo S1", "Ma Mo S2"}


def test_a_unit_that_never_said_who_it_is_is_its_place(runs):
    run, tickets = runs
    run(0, Outcome.FAIL, known=False)
    (ticket,) = tickets()
    assert "scanner" in ticket.unit
    assert kinds(run(1, Outcome.PASS)) == [("gone", "FPS-108")]
    assert tickets() == ()


def test_a_run_that_was_cut_off_changes_no_ticket(runs):
    run, tickets = runs
    run(0, Outcome.FAIL)
    assert run(1, Outcome.PASS, unfinished=True).changes == ()
    assert len(tickets()) == 1


# the fixtures only make values
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(list(Outcome)), max_size=12))
def test_it_is_open_exactly_when_it_was_found_and_not_passed_since(
    tmp_path_factory, make_report, make_result, as_run, outcomes
):
    bench = Bench((), tmp_path_factory.mktemp("t"))
    expected = False
    for day, outcome in enumerate(outcomes):
        report = make_report(make_result("FPS-108", outcome), days=day)
        stored = store_run(bench, as_run(report))
        if outcome in (Outcome.FAIL, Outcome.WARN):
            expected = True
        elif outcome in (Outcome.PASS, Outcome.MANUAL):
            expected = False
        is_open = bool(list_tickets(History(bench.history_file)))
        assert is_open is expected
        assert any(c.kind in ("new", "still", "untested") for c in stored.changes) is expected


def test_the_worst_and_the_new_come_first(make_report, make_result):
    before = [
        KnownFault("UPS-101", "Ma Mo S1", "ups", Severity.FAIL, make_report().started, 3),
        KnownFault("IRS-102", "Ma Mo S1", "iris", Severity.WARN, make_report().started, 1),
    ]
    report = make_report(
        make_result("FPS-108", Outcome.WARN),
        make_result("CAM-102", Outcome.FAIL),
        make_result("UPS-101", Outcome.FAIL),
        make_result("IRS-102"),
    )
    changes = changes_of(report, before)
    assert [(c.kind, c.code) for c in changes] == [
        ("new", "CAM-102"),
        ("new", "FPS-108"),
        ("still", "UPS-101"),
        ("gone", "IRS-102"),
    ]
    assert changes[2].times == 4
