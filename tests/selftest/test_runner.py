"""Verdict, hanging and raising checks, the healthy run, and the data files."""

import json
import time

import pytest
from rich.console import Console
from typer.testing import CliRunner

from drivers.devices import FaceCamera
from selftest.archive import last_report, store_report
from selftest.catalog import all_checks, select_checks
from selftest.check import Check, Skip, Value, measured
from selftest.cli import app
from selftest.errors import NoReportError, UnknownCodeError
from selftest.exporters.human import render_report
from selftest.exporters.json import render_json
from selftest.faults import load_faults
from selftest.limits import judge, load_limits
from selftest.report import CheckResult, Outcome, Report, Verdict
from selftest.runner import run_checks, run_quick
from selftest.verdict import CRITICAL_COMPONENTS, decide_verdict, is_all_clear


def result(component, outcome, *, essential=True):
    return CheckResult(
        code="FPS-001",
        component=component,
        outcome=outcome,
        name_id="",
        name_en="",
        essential=essential,
        critical=component in CRITICAL_COMPONENTS,
    )


@pytest.mark.parametrize(
    ("component", "outcome", "essential", "verdict"),
    [
        ("scanner", Outcome.WARN, True, Verdict.CAN_RECORD),
        ("scanner", Outcome.FAIL, False, Verdict.CANNOT_RECORD),
        ("disk", Outcome.ERROR, False, Verdict.NOT_PROVEN),
        ("camera", Outcome.SKIP, True, Verdict.NOT_PROVEN),
        ("camera", Outcome.SKIP, False, Verdict.CAN_RECORD),
        ("iris", Outcome.FAIL, True, Verdict.WITH_LIMITS),
        ("pad", Outcome.ERROR, True, Verdict.WITH_LIMITS),
        ("ups", Outcome.FAIL, True, Verdict.CAN_RECORD),
        ("network", Outcome.ERROR, True, Verdict.CAN_RECORD),
    ],
)
def test_one_result_decides_the_verdict(component, outcome, essential, verdict):
    results = [result("scanner", Outcome.PASS), result(component, outcome, essential=essential)]
    assert decide_verdict(results)[0] is verdict
    assert not is_all_clear(results) or outcome is Outcome.SKIP


def test_nothing_tested_proves_nothing():
    assert decide_verdict([])[0] is Verdict.NOT_PROVEN
    assert not is_all_clear([])


def test_a_fail_outweighs_what_is_not_proven():
    results = [result("camera", Outcome.ERROR), result("scanner", Outcome.FAIL)]
    assert decide_verdict(results) == (Verdict.CANNOT_RECORD, ("scanner",))


def test_a_hanging_check_ends_alone(make_bench, simulated):
    def hang(subject):
        time.sleep(3)
        return Skip("never seen")

    def fine(subject):
        return measured("year", 2026)

    checks = (
        Check("CAM-001", "camera", hang, True, 0.2),
        Check("CAM-102", "camera", lambda s: Skip(s.opened(FaceCamera).name), True, 5),
        Check("TIM-101", "clock", fine, True, 5),
    )
    began_s = time.monotonic()
    seen = []
    report = run_checks(make_bench(simulated("camera")), checks, seen.append)
    assert [item.outcome for item in seen] == [Outcome.ERROR, Outcome.ERROR, Outcome.PASS]
    assert report.verdict is Verdict.NOT_PROVEN
    assert time.monotonic() - began_s < 2.5


def test_a_raising_check_is_an_error_of_its_own(make_bench):
    def broken(subject):
        return Skip(str(1 / 0))

    checks = (
        Check("MEM-104", "memory", broken, True, 5),
        Check("TIM-101", "clock", lambda s: measured("year", 2026), True, 5),
    )
    report = run_checks(make_bench(), checks)
    assert [item.outcome for item in report.results] == [Outcome.ERROR, Outcome.PASS]
    assert "ZeroDivisionError" in report.results[0].reason


def test_a_healthy_station_can_record(make_bench, simulated):
    kinds = ("scanner", "camera", "iris", "pad", "ups")
    bench = make_bench(*(simulated(kind) for kind in kinds))
    report = run_quick(bench)
    bad = [r for r in report.results if r.outcome in {Outcome.FAIL, Outcome.ERROR}]
    skips = [r for r in report.results if r.outcome is Outcome.SKIP]
    assert not bad
    assert all(r.reason for r in skips)
    assert len(report.assets) == len(kinds)
    # The list of the release's packages is missing on this bench, and that must be seen.
    assert [r.code for r in skips if r.essential] == ["SYS-103"]
    assert report.verdict is Verdict.NOT_PROVEN


def test_human_and_json_tell_the_same(make_bench, simulated):
    report = run_checks(make_bench(simulated("camera", "cap_on")), select_checks(["CAM"]))
    document = json.loads(render_json(report))
    assert Report.model_validate(document) == report
    console = Console(width=140)
    with console.capture() as capture:
        console.print(render_report(report))
    text = capture.get()
    assert document["verdict"] in text
    for item in document["results"]:
        assert f"{item['outcome']} {item['code']}" in " ".join(text.split())
    assert "selftest only CAM-102" in text


def test_reports_are_numbered_and_the_last_is_read(make_bench):
    bench = make_bench()
    with pytest.raises(NoReportError):
        last_report(bench)
    reports = [run_checks(bench, select_checks(["TIM"])) for _ in range(2)]
    names = [store_report(bench, report).name for report in reports]
    assert names == ["selftest-000001.json", "selftest-000002.json"]
    assert last_report(bench) == reports[1]


def test_every_check_has_texts_and_every_text_a_check():
    codes = [item.code for item in all_checks()]
    assert len(codes) == len(set(codes)) == 35
    assert set(load_faults()) == set(codes)
    for text in load_faults().values():
        assert all(str(value).strip() for value in text.model_dump(exclude={"part"}).values())
        assert text.minutes > 0


def test_every_limit_has_a_bound_a_source_and_a_reason():
    limits = load_limits().limits
    assert {item.code for item in limits} == {c.code for c in all_checks()} - {"FPS-101"}
    for item in limits:
        assert item.source
        assert item.reason
        assert item.model_dump(
            include={"warn_below", "warn_above", "fail_below", "fail_above"}, exclude_none=True
        )


def test_a_value_on_the_bound_is_good_and_no_number_is_bad():
    assert judge("FPS-108", (Value("ridge_excess", 4.0),))[0] is Outcome.PASS
    assert judge("FPS-108", (Value("ridge_excess", 4.01),))[0] is Outcome.WARN
    assert judge("FPS-110", (Value("white_mean", float("nan")),))[0] is Outcome.FAIL


def test_only_brings_the_opening_of_the_device():
    assert [c.code for c in select_checks(["irs-102"])] == ["IRS-001", "IRS-102"]
    with pytest.raises(UnknownCodeError):
        select_checks(["XYZ-1"])


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["explain", "fps-108"], 0, "Bekas sidik jari"),
        (["explain", "FPS-108", "--language", "en"], 0, "selftest only FPS-108"),
        (["explain", "FPS-999"], 2, "UnknownCodeError"),
        (["only", "XYZ"], 2, "UnknownCodeError"),
        (["quick", "--config", "nowhere.toml"], 2, "BenchError"),
        (["quick", "--help"], 0, "example:"),
    ],
)
def test_the_command_line_says_what_happened(arguments, code, word):
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == code
    assert word in done.output


def test_only_from_a_configuration_finds_a_covered_camera(tmp_path):
    config = tmp_path / "station.toml"
    config.write_text(
        '[station]\ncode = "61.01.01"\n[[devices]]\nkind = "face_camera"\nname = "kamera"\n'
        'driver = "sim_camera"\noptions = { faults = ["cap_on"] }\n'
    )
    runner = CliRunner()
    done = runner.invoke(app, ["only", "CAM-102", "--config", str(config), "--json"])
    assert done.exit_code == 1
    again = runner.invoke(app, ["report", "--config", str(config), "--format", "json"])
    document = json.loads(again.stdout)
    assert again.exit_code == 0
    assert document["station_code"] == "61.01.01"
    assert document["verdict"] == "CANNOT RECORD"
    assert [r["finding"]["code"] for r in document["results"] if r["finding"]] == ["CAM-102"]


def test_a_retest_without_a_configuration_finds_the_station(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "var/station"
    folder.mkdir(parents=True)
    (folder / "station.toml").write_text('[station]\ncode = "61.02.03"\n')
    done = CliRunner().invoke(app, ["only", "CAM-001", "--json"])
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["station_code"] == "61.02.03"
    assert [item["outcome"] for item in document["results"]] == ["SKIP"]
    assert document["verdict"] == "NOT PROVEN"
    simulated = CliRunner().invoke(app, ["only", "TIM", "--simulated", "--json"])
    assert json.loads(simulated.stdout)["station_code"] == "00.00.00"
