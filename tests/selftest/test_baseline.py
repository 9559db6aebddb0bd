"""Commissioning baselines: taken, refused, compared, undone."""

import json

import pytest
from typer.testing import CliRunner

from selftest.baseline import baseline_codes, take_baselines, undo_baseline
from selftest.catalog import all_checks, select_checks
from selftest.cli import app
from selftest.errors import BaselineRefusedError
from selftest.history import Author, History, unit_of
from selftest.mode import Mode
from selftest.report import Outcome
from selftest.runner import run_checks

ANI = Author("ani")


def scanner_checks():
    return [x for x in all_checks() if x.component == "scanner" and x.mode is Mode.QUICK]


def level_of(bench):
    report = run_checks(bench, select_checks(["FPS-101"])).report
    return next(result for result in report.results if result.code == "FPS-101")


def test_some_limits_compare_with_a_baseline():
    assert "FPS-101" in baseline_codes()


def test_a_dimmed_lamp_is_seen_against_its_baseline_only(make_bench, simulated):
    bench = make_bench(simulated("scanner"))
    assert level_of(bench).outcome is Outcome.SKIP
    _, (taken,) = take_baselines(bench, scanner_checks(), ANI)
    assert taken.before is None
    assert level_of(bench).outcome is Outcome.PASS
    dimmed = make_bench(simulated("scanner", "dim_light=0.9"))
    result = level_of(dimmed)
    assert result.outcome is Outcome.FAIL
    assert result.measurements[0].value == pytest.approx(-24, abs=1)


def test_another_unit_inherits_nothing(make_bench, simulated):
    take_baselines(make_bench(simulated("scanner")), scanner_checks(), ANI)
    assert level_of(make_bench(simulated("scanner", seed="other"))).outcome is Outcome.SKIP


def test_a_faulty_unit_is_refused_unless_a_reason_is_given(make_bench, simulated):
    bench = make_bench(simulated("scanner", "noise=6"))
    with pytest.raises(BaselineRefusedError, match="FPS-109"):
        take_baselines(bench, scanner_checks(), ANI)
    assert History(bench.history_file).baseline_units() == ()
    _, (taken,) = take_baselines(bench, scanner_checks(), Author("ani", "suku cadang ditunggu"))
    assert History(bench.history_file).baseline_of(taken.unit).note == "suku cadang ditunggu"


def test_what_only_the_old_baseline_calls_a_fault_may_be_replaced(make_bench, simulated):
    take_baselines(make_bench(simulated("scanner")), scanner_checks(), ANI)
    _, (taken,) = take_baselines(
        make_bench(simulated("scanner", "dim_light=0.9")), scanner_checks(), ANI
    )
    assert taken.before is not None
    line = next(line for line in taken.lines if line.code == "FPS-101")
    assert line.value.value < line.before


def test_nothing_measured_is_no_baseline(make_bench, simulated):
    with pytest.raises(BaselineRefusedError, match="nothing was measured"):
        take_baselines(
            make_bench(simulated("scanner", "unplug_at=0")), scanner_checks(), Author("ani", "x")
        )


def test_undo_returns_to_the_one_before(make_bench, simulated):
    bench = make_bench(simulated("scanner"))
    _, (first,) = take_baselines(bench, scanner_checks(), ANI)
    _, (second,) = take_baselines(bench, scanner_checks(), ANI)
    history = History(bench.history_file)
    assert history.baseline_of(first.unit).id == second.id
    assert undo_baseline(history, first.unit, bench).id == first.id
    assert undo_baseline(history, first.unit, bench) is None
    with pytest.raises(BaselineRefusedError, match="no baseline"):
        undo_baseline(history, first.unit, bench)
    assert level_of(bench).outcome is Outcome.SKIP
    assert unit_of(first.asset) == first.unit


def test_the_command_takes_shows_and_undoes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    arguments = ["baseline", "--simulated", "--component", "scanner", "--person", "Ani"]
    first = runner.invoke(app, [*arguments, "--json"])
    assert first.exit_code == 0, first.output
    (document,) = json.loads(first.stdout)
    assert document["person"] == "Ani"
    assert "FPS-101" in {value["code"] for value in document["values"]}
    second = runner.invoke(app, arguments)
    assert document["baseline_id"] in second.stdout
    undone = runner.invoke(app, [*arguments, "--undo"])
    assert document["baseline_id"] in undone.stdout
    unknown = runner.invoke(app, ["baseline", "--simulated", "--component", "printer"])
    assert unknown.exit_code == 2
    assert "scanner" in unknown.stderr
