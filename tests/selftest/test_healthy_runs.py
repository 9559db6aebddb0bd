"""Healthy stations are told healthy; so says the real command too, from an empty folder."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from selftest.catalog import all_checks
from selftest.mode import Mode
from selftest.report import Outcome
from tests.selftest.healthy_runs import Tally, as_json, as_text, run_seeds

ROOT = Path(__file__).resolve().parents[2]
SEEDS = [f"healthy-{number}" for number in range(10)]
COMMAND = ("-c", "from selftest.cli import main; main()")


def test_ten_healthy_stations_have_no_finding(tmp_path):
    tally = run_seeds(SEEDS, tmp_path)
    assert (tally.bad, tally.is_good()) == ([], True)
    assert tally.outcomes["PASS"] > 60 * 2 * len(SEEDS)
    assert all(reason for reasons in tally.skipped.values() for reason in reasons)
    assert json.loads(as_json(tally))["seeds"] == len(SEEDS)
    assert "WARN 0.00 %" in as_text(tally)


@pytest.mark.parametrize("counts", [{"FAIL": 1}, {"ERROR": 1}, {"WARN": 2}, {"PASS": -99}])
def test_a_bad_tally_is_no_good_one(counts):
    tally = Tally()
    tally.outcomes.update({"PASS": 99})
    assert tally.is_good()
    tally.outcomes.update(counts)
    assert not tally.is_good()


def call(folder, *arguments):
    """Run the command as an operator would, in a folder of its own."""
    return subprocess.run(
        [sys.executable, *COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Return what people are told by a first run, the same report as JSON, and how long it took."""
    folder = tmp_path_factory.mktemp("office")
    began_s = time.monotonic()
    human = call(folder, "quick", "--simulated")
    lasted_s = time.monotonic() - began_s
    return human, call(folder, "report", "--simulated", "--format", "json"), lasted_s


def test_quick_on_simulated_devices_passes_or_says_why_not(quick):
    human, as_document, lasted_s = quick
    assert (human.returncode, as_document.returncode) == (0, 0), human.stdout
    assert lasted_s < 60
    report = json.loads(as_document.stdout)
    outcomes = {result["outcome"] for result in report["results"]}
    assert outcomes == {Outcome.PASS.value, Outcome.SKIP.value}
    assert all(r["reason"] for r in report["results"] if r["outcome"] == "SKIP")
    assert report["verdict"] == "CAN RECORD"


def test_people_and_programs_are_told_the_same(quick):
    human, as_document, _ = quick
    results = json.loads(as_document.stdout)["results"]
    modes = {item.code: item.mode for item in all_checks()}
    told = [r["code"] for r in results if modes[r["code"]] is Mode.QUICK]
    assert len(told) > 90
    for outcome in ("PASS", "SKIP"):
        lines = "\n".join(row for row in human.stdout.splitlines() if outcome in row)
        wanted = [r["code"] for r in results if r["outcome"] == outcome and r["code"] in told]
        assert [code for code in wanted if code not in lines] == []
