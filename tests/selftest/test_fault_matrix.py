"""Every row of the fault matrix raises its own code, and no other FAIL or ERROR."""

import pytest

from selftest.catalog import all_checks
from selftest.report import Outcome
from tests.selftest.fault_matrix import Found, as_markdown, run_row
from tests.selftest.matrix_rows import ROWS
from tests.selftest.matrix_world import World, short_waits

BAD = {Outcome.FAIL, Outcome.ERROR, Outcome.WARN}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_raises_its_own_code_and_no_other(tmp_path, row):
    found = run_row(row, tmp_path / "world")
    assert found.complaints() == []
    assert found.own.finding.code == row.code
    assert found.own.finding.action.steps_id


def test_without_a_fault_the_same_world_has_no_finding(tmp_path):
    with short_waits():
        results = World(tmp_path / "world").run().report.results
    assert [r for r in results if r.outcome in BAD or r.finding] == []
    assert all(r.reason for r in results if r.outcome is Outcome.SKIP)


def test_a_row_that_finds_nothing_or_too_much_is_complained_of(tmp_path):
    row = ROWS[0]
    with short_waits():
        healthy = World(tmp_path / "world").run().report.results
    assert "FPS-001 is PASS" in Found(row, healthy).complaints()[0]
    fail = next(r for r in healthy if r.code == "NET-001")
    fail = fail.model_copy(update={"outcome": Outcome.FAIL})
    assert len(Found(row, (*healthy, fail)).complaints()) == 2
    assert "| NET-001 FAIL |" in as_markdown([Found(row, (*healthy, fail))])


def test_the_matrix_is_as_large_as_it_says():
    codes = {row.code for row in ROWS}
    assert len(ROWS) >= 40
    assert len(codes) >= 80
    assert codes <= {item.code for item in all_checks()}
    assert len({row.name for row in ROWS}) == len(ROWS)
