"""What is known of an office: later reports win, silence is unknown, devices keep their history."""

import datetime

import pytest

from selftest.faults import fault_text
from selftest.fleet.inventory import take_inventory
from selftest.fleet.state import Basis, State, fold_fleet
from selftest.fleet.statements import Statement
from selftest.report import Confidence, Outcome, Severity

DAY = datetime.timedelta(days=1)


@pytest.fixture
def broken(sample):
    """Return a healthy report, and a later one of that station whose UPS asks for a battery."""
    for report in sample.reports:
        if any(f.code == "UPS-101" for _, f in report.findings()):
            mine = [r for r in sample.reports if r.station_code == report.station_code]
            return mine[0], mine[-1]
    raise AssertionError("no UPS in the sample is broken")


def fold(offices, *reports, statements=(), as_of=None):
    as_of = as_of or max(r.ended for r in reports).date()
    in_time = sorted(reports, key=lambda report: report.ended)
    return fold_fleet(in_time, statements, offices, as_of)


def later(report, **changes):
    moved = {"started": report.started + DAY, "ended": report.ended + DAY, "run_id": "later"}
    return report.model_copy(update=moved | changes)


def results_with(report, code, outcome):
    return tuple(
        r.model_copy(update={"outcome": outcome, "finding": None}) if r.code == code else r
        for r in report.results
    )


def codes(state):
    return {fault.code for fault in state.faults}


def test_no_report_at_all_is_not_reported(offices):
    state = fold_fleet((), (), offices, datetime.date(2026, 11, 23))
    assert {one.basis for one in state.offices.values()} == {Basis.NOTHING}
    found = take_inventory(state, offices)
    assert (found.active, found.blocked, found.total.not_reported) == (0, 0, 174)
    assert len(found.silent_regencies) == 14


def test_the_folded_verdict_is_the_reports(offices, sample, given):
    last = {report.station_code: report for report in sample.reports}
    names = {"CAN RECORD": State.RECORDS, "CAN RECORD WITH LIMITS": State.LIMITED}
    for code, report in last.items():
        expected = names.get(report.verdict, State.BLOCKED)
        assert given.state.offices[code].state is expected


def test_the_later_report_wins(offices, broken):
    healthy, bad = broken
    assert "UPS-101" in codes(fold(offices, bad, healthy))
    mended = later(bad, results=results_with(bad, "UPS-101", Outcome.PASS))
    assert "UPS-101" not in codes(fold(offices, mended, bad))


def test_a_retest_of_one_code_closes_that_code_only(offices, broken):
    _, bad = broken
    others = codes(fold(offices, bad)) - {"UPS-101"}
    one = tuple(r for r in results_with(bad, "UPS-101", Outcome.PASS) if r.code == "UPS-101")
    retest = later(bad, trigger="only", results=one)
    assert codes(fold(offices, bad, retest)) == others


def test_a_skip_closes_nothing(offices, broken):
    _, bad = broken
    skipped = later(bad, results=results_with(bad, "UPS-101", Outcome.SKIP))
    assert "UPS-101" in codes(fold(offices, bad, skipped))


def test_another_unit_under_the_same_name_inherits_no_fault(offices, broken):
    _, bad = broken
    assets = tuple(
        a.model_copy(update={"serial": "NEW"}) if a.name == "ups" else a for a in bad.assets
    )
    swapped = later(bad, assets=assets, results=results_with(bad, "UPS-101", Outcome.SKIP))
    assert "UPS-101" not in codes(fold(offices, bad, swapped))


def test_a_device_keeps_its_history_over_a_move(offices, broken, sample):
    _, bad = broken
    unit = next(asset for asset in bad.assets if asset.name == "ups")
    other = next(r for r in sample.reports if r.number == 3 and r.station_code != bad.station_code)
    assets = tuple(unit if a.name == "ups" else a for a in other.assets)
    moved = other.model_copy(
        update={"assets": assets, "started": bad.started + DAY, "ended": bad.ended + DAY}
    )
    state = fold(offices, bad, moved)
    mine = [one for one in state.units if one.serial == unit.serial]
    assert [stay.station for stay in mine[0].stays] == [bad.station_code, other.station_code]
    assert len(mine) == 1
    assert "UPS-101" not in {f.code for f in state.faults if f.station == bad.station_code}
    row = next(d for d in take_inventory(state, offices).devices if d.unit == mine[0])
    assert row.moved
    assert row.station == other.station_code


@pytest.mark.parametrize(("days", "basis"), [(7, Basis.REPORT), (8, Basis.STALE)])
def test_silence_of_more_than_a_week_is_unknown(offices, broken, days, basis):
    _, bad = broken
    as_of = bad.ended.astimezone(datetime.UTC).date() + days * DAY
    found = fold(offices, bad, as_of=as_of).offices[bad.station_code]
    assert found.basis is basis
    assert (found.state is State.UNKNOWN) is (basis is Basis.STALE)


def test_reports_after_the_day_are_not_known_yet(offices, broken):
    healthy, bad = broken
    as_of = healthy.ended.astimezone(datetime.UTC).date()
    assert fold(offices, healthy, bad, as_of=as_of).faults == ()


def test_a_statement_counts_where_no_fresh_report_does(offices, broken):
    _, bad = broken
    day = bad.ended.astimezone(datetime.UTC).date()
    code = bad.station_code

    def word(state, days):
        return Statement(station=code, state=state, day=day + days * DAY, person="Ani")

    fresh = fold(offices, bad, statements=[word("active", 1)], as_of=day + DAY)
    assert fresh.offices[code].basis is Basis.REPORT
    silent = fold(offices, bad, statements=[word("active", 9)], as_of=day + 9 * DAY)
    assert silent.offices[code].state is State.RECORDS
    assert silent.offices[code].person == "Ani"
    older = fold(offices, bad, statements=[word("active", -1)], as_of=day + 9 * DAY)
    assert older.offices[code].state is State.UNKNOWN
    future = fold(offices, bad, statements=[word("active", 10)], as_of=day + 9 * DAY)
    assert future.offices[code].state is State.UNKNOWN


def test_since_is_when_the_fault_was_first_seen(offices, broken):
    _, bad = broken
    again = later(bad)
    fault = next(f for f in fold(offices, bad, again).faults if f.code == "UPS-101")
    assert fault.since == bad.started


def test_a_closed_fault_still_counts_as_a_failure(offices, broken):
    _, bad = broken
    mended = later(bad, results=results_with(bad, "UPS-101", Outcome.PASS))
    state = fold(offices, bad, mended)
    assert "UPS-101" not in codes(state)
    assert [onset.kind for onset in state.onsets].count("ups") == 1


def test_network_and_mains_are_mended_but_are_no_devices(offices, broken):
    healthy, _ = broken
    text = fault_text("NET-001")
    finding = text.finding("NET-001", Severity.FAIL, Confidence.CONFIRMED)
    results = tuple(
        r.model_copy(update={"outcome": Outcome.FAIL, "finding": finding})
        if r.code == "NET-001"
        else r
        for r in healthy.results
    )
    state = fold(offices, later(healthy, results=results))
    found = take_inventory(state, offices)
    assert [fault.kind for fault in state.faults] == ["network"]
    assert (found.broken_devices, found.total.devices) == (0, len(healthy.assets))
    assert found.pareto[0].code == "NET-001"
