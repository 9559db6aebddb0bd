"""The scanner over weeks: what raises a trend's code, what does not, and the command."""

import datetime
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from selftest.catalog import select_checks
from selftest.cli import app
from selftest.daily import DailyStatistics
from selftest.history import Author, History, unit_of
from selftest.report import Outcome
from selftest.runner import run_checks
from selftest.scanner.finger import measure_background, measure_finger
from selftest.trend_plot import plot_trend

TODAY = datetime.datetime(2026, 11, 24, 9, tzinfo=datetime.UTC)
TREND_CODES = [f"FPS-{number}" for number in (130, 131, 132, 133, 140, 141, 142, 143)]


@pytest.fixture
def scanner_bench(make_bench, simulated):
    return make_bench(simulated("scanner"), now=lambda: TODAY)


@pytest.fixture
def unit(scanner_bench):
    (asset,) = run_checks(scanner_bench, select_checks(["FPS-002"])).report.assets
    return unit_of(asset)


@pytest.fixture
def statistics(scanner_bench):
    return DailyStatistics(History(scanner_bench.history_file))


def results(bench, *codes):
    report = run_checks(bench, select_checks(codes)).report
    return {result.code: result for result in report.results if result.code in codes}


def add_days(statistics, unit, metric, values):
    for age, value in enumerate(reversed(values)):
        day = (TODAY - datetime.timedelta(days=age)).date()
        statistics.add(unit, day, {metric: value})


def test_a_new_station_proves_nothing_yet(scanner_bench):
    found = results(scanner_bench, *TREND_CODES)
    assert {result.outcome for result in found.values()} == {Outcome.SKIP}
    assert all(result.reason for result in found.values())


@pytest.mark.parametrize(
    ("code", "metric", "good", "bad", "confidence"),
    [
        ("FPS-140", "background_level", 240.0, 230.0, "likely"),
        ("FPS-141", "quality_score", 70.0, 45.0, "hint"),
    ],
)
def test_a_shift_of_days_warns_and_names_what_would_confirm_it(
    scanner_bench, unit, statistics, code, metric, good, bad, confidence
):
    add_days(statistics, unit, metric, [good] * 70)
    assert results(scanner_bench, code)[code].outcome is Outcome.PASS
    add_days(statistics, unit, metric, [good] * 60 + [bad] * 60)
    result = results(scanner_bench, code)[code]
    assert result.outcome is Outcome.WARN
    assert result.finding.confidence == confidence
    assert result.finding.confirm_id


def test_a_new_baseline_begins_a_new_series(scanner_bench, unit, statistics):
    add_days(statistics, unit, "background_level", [240.0] * 60 + [230.0] * 61)
    assert results(scanner_bench, "FPS-140")["FPS-140"].outcome is Outcome.WARN
    history = History(scanner_bench.history_file)
    repaired = TODAY - datetime.timedelta(days=61)
    history.store_baseline(unit, repaired, Author("Budi", "new lamps"), [])
    assert len(statistics.since_baseline(unit, "background_level")) == 61
    assert results(scanner_bench, "FPS-140")["FPS-140"].outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("code", "metric", "good", "bad"),
    [
        ("FPS-130", "grey_levels", 215, 150),
        ("FPS-131", "gaps", 0, 25),
        ("FPS-132", "ridge_period", 8.1, 12.5),
    ],
)
def test_fifty_fingers_tell_of_the_picture(
    scanner_bench, unit, statistics, code, metric, good, bad
):
    for _ in range(60):
        statistics.add(unit, TODAY.date(), {metric: good})
    assert results(scanner_bench, code)[code].outcome is Outcome.PASS
    for _ in range(200):
        statistics.add(unit, TODAY.date(), {metric: bad})
    assert results(scanner_bench, code)[code].outcome is Outcome.WARN


def test_forty_nine_fingers_tell_nothing(scanner_bench, unit, statistics):
    for _ in range(49):
        statistics.add(unit, TODAY.date(), {"ridge_period": 16.0})
    result = results(scanner_bench, "FPS-132")["FPS-132"]
    assert result.outcome is Outcome.SKIP
    assert "49" in result.reason


@pytest.mark.parametrize(
    ("attempts", "accepted", "missed", "outcomes"),
    [
        (60, 55, 2, (Outcome.PASS, Outcome.PASS)),
        (120, 60, 2, (Outcome.WARN, Outcome.PASS)),
        (60, 55, 30, (Outcome.PASS, Outcome.WARN)),
        (60, 55, 0, (Outcome.PASS, Outcome.SKIP)),  # nobody counts them, as far as one can tell
    ],
)
def test_attempts_and_timeouts_are_counted(
    scanner_bench, unit, statistics, attempts, accepted, missed, outcomes
):
    for name, count in (
        ("attempts", attempts),
        ("accepted", accepted),
        ("capture_timeouts", missed),
    ):
        for _ in range(count):
            statistics.count(unit, TODAY.date(), [name])
    found = results(scanner_bench, "FPS-142", "FPS-143")
    assert (found["FPS-142"].outcome, found["FPS-143"].outcome) == outcomes


def stripes(period_px, rows=400, cols=350, contrast=90.0):
    row, col = np.mgrid[0:rows, 0:cols]
    wave = np.cos(2 * np.pi * np.hypot(row - 500, col - 170) / period_px)
    noise = np.random.default_rng(1).normal(0, 6, (rows, cols))
    return np.clip(150 + contrast * wave + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("period_px", [7.0, 8.5, 10.0])
def test_the_ridge_period_of_a_finger_is_found(period_px):
    figures = measure_finger(stripes(period_px), 500.0)
    assert figures.ridge_period_px == pytest.approx(period_px, rel=0.06)
    assert figures.ridge_excess_db > 10
    assert figures.gap_percent == 0


def test_the_period_is_told_at_500_ppi():
    assert measure_finger(stripes(16.0), 1000.0).ridge_period_px == pytest.approx(8.0, rel=0.06)


def test_a_stretched_and_a_coarse_picture_have_gaps():
    picture = stripes(8.0, contrast=60.0)
    stretched = np.clip((picture.astype(float) - 60) * 1.25, 0, 255).astype(np.uint8)
    assert 15 < measure_finger(stretched, 500.0).gap_percent < 25
    coarse = picture // 4 * 4
    assert measure_finger(coarse, 500.0).gap_percent > 70


def test_degenerate_pictures_are_measured():
    for picture in (np.zeros((1, 1), np.uint8), np.full((30, 400), 255, np.uint8)):
        figures = measure_finger(picture, 500.0)
        assert figures.ridge_excess_db == 0
        assert figures.grey_levels <= 1


def test_the_background_is_measured_outside_the_fingers():
    picture = np.full((500, 500), 240, np.uint8)
    picture[100:400, 100:400] = 90
    assert measure_background(picture, [(100, 100, 400, 400)]) == 240
    assert measure_background(picture, [(0, 0, 500, 490)]) is None
    assert measure_background(picture, [(-10, -10, 600, 600)]) is None
    assert measure_background(picture, []) == 240


def test_a_hand_outside_the_boxes_does_not_move_the_background():
    rng = np.random.default_rng(4)
    picture = np.clip(rng.normal(238.4, 1.2, (600, 800)), 0, 255).round().astype(np.uint8)
    bare = measure_background(picture, [])
    picture[300:, 100:600] = rng.integers(60, 230, (300, 500))
    assert bare == pytest.approx(238.4, abs=0.05)
    assert measure_background(picture, []) == pytest.approx(bare, abs=0.1)


def test_the_command_shows_plots_and_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    empty = runner.invoke(app, ["trend", "--simulated"])
    assert empty.exit_code == 2
    assert "record residents first" in " ".join(empty.stderr.split())
    statistics = DailyStatistics(History(tmp_path / "var/selftest/selftest.db"))
    add_days(statistics, "Acme FS 1", "background_level", [240.0] * 60 + [230.0] * 20)
    shown = runner.invoke(app, ["trend", "acme", "--simulated", "--json", "--plot", "t.png"])
    assert shown.exit_code == 1
    (row,) = json.loads(shown.stdout)
    assert row["alarm"]
    assert row["days"] == 80
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    unknown = runner.invoke(app, ["trend", "--simulated", "--metric", "heat"])
    assert unknown.exit_code == 2
    assert "background_level" in unknown.stderr


def test_a_plot_of_nothing_is_a_picture_too():
    assert plot_trend("Acme", "quality_score", ()).startswith(b"\x89PNG")
