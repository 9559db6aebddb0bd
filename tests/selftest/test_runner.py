"""Verdict, hanging and raising checks, the healthy run, and the data files."""

import datetime
import hashlib
import json
import time

import pytest
from rich.console import Console
from typer.testing import CliRunner

from drivers.devices import FaceCamera
from selftest.archive import last_report, pictures_of, store_run, stored_places
from selftest.catalog import all_checks, select_checks
from selftest.check import Answered, Measured, Picture, Skip, Unproven, Value, check, measured
from selftest.cli import app
from selftest.errors import NoReportError, UnknownCodeError
from selftest.exporters.human import render_report
from selftest.exporters.json import render_json
from selftest.faults import load_faults, load_parts
from selftest.history import Author, History, UnitHistory, unit_of
from selftest.limits import judge, load_limits
from selftest.mode import Mode
from selftest.report import CheckResult, Confidence, Outcome, Report, Verdict
from selftest.runner import NobodyListens, run_checks, run_quick
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


class Seen(NobodyListens):
    """Keeps what a run told."""

    def __init__(self):
        self.results = []

    def ended(self, result):
        self.results.append(result)


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
        check("camera", "CAM-001", time_limit_s=0.2)(hang),
        check("camera", "CAM-102")(lambda s: Skip(s.opened(FaceCamera).name)),
        check("clock", "TIM-101")(fine),
    )
    began_s = time.monotonic()
    seen = Seen()
    report = run_checks(make_bench(simulated("camera")), checks, seen).report
    assert [item.outcome for item in seen.results] == [Outcome.ERROR, Outcome.ERROR, Outcome.PASS]
    assert report.verdict is Verdict.NOT_PROVEN
    assert time.monotonic() - began_s < 2.5


def test_a_raising_check_is_an_error_of_its_own(make_bench):
    def broken(subject):
        return Skip(str(1 / 0))

    checks = (
        check("memory", "MEM-104")(broken),
        check("clock", "TIM-101")(lambda s: measured("year", 2026)),
    )
    report = run_checks(make_bench(), checks).report
    assert [item.outcome for item in report.results] == [Outcome.ERROR, Outcome.PASS]
    assert "ZeroDivisionError" in report.results[0].reason


def test_a_healthy_station_can_record(make_bench, simulated):
    kinds = ("scanner", "camera", "iris", "pad", "card", "ups")
    bench = make_bench(*(simulated(kind) for kind in kinds))
    report = run_quick(bench).report
    bad = [r for r in report.results if r.outcome in {Outcome.FAIL, Outcome.ERROR}]
    skips = [r for r in report.results if r.outcome is Outcome.SKIP]
    assert not bad
    assert all(r.reason for r in skips)
    assert len(report.assets) == len(kinds) + 1  # and the drive
    # The list of the release's packages is missing on this bench, and that must be seen.
    assert [r.code for r in skips if r.essential] == ["SYS-103"]
    assert report.verdict is Verdict.NOT_PROVEN


def test_human_and_json_tell_the_same(make_bench, simulated):
    report = run_checks(make_bench(simulated("camera", "cap_on")), select_checks(["CAM"])).report
    document = json.loads(render_json(report))
    assert Report.model_validate(document) == report
    console = Console(width=140)
    with console.capture() as capture:
        console.print(render_report(report))
    text = capture.get()
    assert document["verdict"] in text
    folded = [item for item in document["results"] if "guided" in item["reason"]]
    assert f"{len(folded)} perlu orang" in text
    for item in document["results"]:
        if item not in folded:
            assert f"{item['outcome']} {item['code']}" in " ".join(text.split())
    assert "selftest only CAM-102" in text


def test_reports_are_numbered_and_the_last_is_read(make_bench):
    bench = make_bench()
    with pytest.raises(NoReportError):
        last_report(bench)
    stored = [store_run(bench, run_checks(bench, select_checks(["TIM"]))) for _ in range(2)]
    places = stored_places(bench)
    assert [place.name for place in places] == ["000001.json", "000002.json"]
    assert last_report(bench) == stored[1]
    assert stored[1].previous_run_id == stored[0].run_id
    assert stored[1].previous_sha256 == hashlib.sha256(places[0].read_bytes()).hexdigest()


def test_every_check_has_texts_and_every_text_a_check():
    codes = [item.code for item in all_checks()]
    assert len(codes) == len(set(codes))
    assert set(load_faults()) == set(codes)
    for text in load_faults().values():
        words = text.model_dump(
            exclude_none=True,
            include={k for k in type(text).model_fields if k[-3:] in {"_id", "_en"}},
        )
        assert all(str(value).strip() for value in words.values())
        assert text.minutes > 0
        assert sum(cause.weight for cause in text.causes) == pytest.approx(1, abs=0.02)
        assert {*text.tools, *([text.part] if text.part else [])} <= set(load_parts())


def test_every_limit_has_a_bound_a_source_and_a_reason():
    limits = load_limits().limits
    assert {item.code for item in limits} <= {c.code for c in all_checks()}
    for item in limits:
        assert item.source
        assert item.reason
        assert item.model_dump(
            include={
                f"{s}_{side}" for s in ("info", "warn", "fail") for side in ("below", "above")
            },
            exclude_none=True,
        )


def test_a_value_on_the_bound_is_good_and_no_number_is_bad():
    assert judge("FPS-108", (Value("ridge_excess", 4.0),)).outcome is Outcome.PASS
    assert judge("FPS-108", (Value("ridge_excess", 4.01),)).outcome is Outcome.WARN
    assert judge("FPS-110", (Value("white_mean", float("nan")),)).outcome is Outcome.FAIL


def test_only_brings_the_opening_of_the_device():
    assert [c.code for c in select_checks(["irs-102"])] == ["IRS-001", "IRS-102"]
    assert {c.component for c in select_checks(["pad"])} == {"pad"}
    assert select_checks(["SIG"]) == select_checks(["Pad"])
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


def say(answer, *, code="CAM-102", mode=Mode.QUICK):
    return check("camera", code, mode=mode)(lambda subject: answer)


def test_what_a_person_saw_is_manual_and_a_bad_answer_warns(make_bench):
    good, bad = (
        run_checks(make_bench(), [say(Answered(ok, "lampu menyala? / lamp lit?", "ani"))])
        for ok in (True, False)
    )
    (result_good,), (result_bad,) = good.report.results, bad.report.results
    assert (result_good.outcome, result_good.person) == (Outcome.MANUAL, "ani")
    assert (result_bad.outcome, result_bad.finding.confidence) == (Outcome.WARN, "likely")


def test_answers_that_cannot_be_believed_are_an_error_with_an_action(make_bench):
    (result,) = run_checks(make_bench(), [say(Unproven("all readings are 1"))]).report.results
    assert result.outcome is Outcome.ERROR
    assert result.finding.action.text_id


def test_a_check_of_another_mode_is_skipped_and_not_essential(make_bench):
    checks = [say(Skip("never asked"), mode=Mode.GUIDED)]
    (result,) = run_checks(make_bench(), checks, mode=Mode.QUICK).report.results
    assert (result.outcome, result.essential) == (Outcome.SKIP, False)
    assert "guided" in result.reason


def test_what_is_not_confirmed_never_fails():
    values = (Value("frame_mean", 2.0),)
    assert judge("CAM-102", values).outcome is Outcome.FAIL
    assert judge("CAM-102", values, confidence=Confidence.LIKELY).outcome is Outcome.WARN


def test_without_a_baseline_the_level_is_skipped_and_with_one_it_is_compared(make_bench, simulated):
    bench = make_bench(simulated("scanner"))
    first = run_checks(bench, select_checks(["FPS-101"]))
    assert first.report.results[-1].outcome is Outcome.SKIP
    assert "baseline" in first.report.results[-1].reason
    (asset,) = first.report.assets
    history = History(bench.history_file)
    level = next(value for _, code, value in first.values if code == "FPS-101")
    for shift_gl, outcome in ((0.0, Outcome.PASS), (6.0, Outcome.WARN), (20.0, Outcome.FAIL)):
        rows = [("FPS-101", Value("blank_level", level.value + shift_gl))]
        history.store_baseline(unit_of(asset), bench.now(), Author("ani"), rows)
        again = run_checks(bench, select_checks(["FPS-101"])).report
        assert again.results[-1].outcome is outcome
    assert again.results[-1].measurements[0].reference == pytest.approx(level.value + 20.0)
    assert again.assets[0].baseline_id


def test_a_reading_of_about_a_week_ago_is_the_reference(tmp_path):
    now = datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)
    history = History(tmp_path / "selftest.db")
    for age_days, value in ((40, 1.0), (8, 5.0), (6.8, 6.0), (0.1, 9.0)):
        taken = now - datetime.timedelta(days=age_days)
        history.add_readings("unit", taken, [("DSK-120", Value("crc", value))])
    seen = UnitHistory(history, "unit", now)
    assert seen.week_ago("DSK-120", "crc").value == 6.0
    assert UnitHistory(history, "other", now).week_ago("DSK-120", "crc") is None
    assert (
        UnitHistory(history, "unit", now + datetime.timedelta(days=60)).week_ago("DSK-120", "crc")
        is None
    )


def test_a_picture_lies_beside_its_report(make_bench):
    picture = Picture("map", "peta", "map", b"png")
    item = say(Measured((Value("frame_mean", 100.0),), pictures=(picture,)))
    bench = make_bench()
    report = store_run(bench, run_checks(bench, [item]))
    (note,) = report.results[0].pictures
    assert pictures_of(stored_places(bench)[0]) == {note.name: b"png"}
    assert note.sha256 == hashlib.sha256(b"png").hexdigest()
