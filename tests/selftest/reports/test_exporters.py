"""All forms say the same: text for people at any width, JSON, OCP lines and JUnit."""

import json
import re
from xml.etree.ElementTree import fromstring

import pytest

from selftest.catalog import all_checks
from selftest.exporters.forms import render_plain, render_text
from selftest.exporters.junit import render_junit
from selftest.exporters.ocp import render_ocp
from selftest.exporters.words import COMPONENTS_ID, WORDS, number_text
from selftest.mode import WRONG_MODE
from selftest.report import Outcome, Severity, Verdict
from selftest.runner import run_checks

WIDTHS = (60, 80, 120, 200)


def outcomes_in_text(text):
    """Return outcome by code as the text for people has them."""
    unwrapped = re.sub(r" *\n {5,}", " ", text)
    lines = re.findall(r"^\S+ +([A-Z]+) +((?:[A-Z]{3}-\d{3}(?:, )?)+)", unwrapped, re.MULTILINE)
    return {code: outcome for outcome, codes in lines for code in codes.rstrip(", ").split(", ")}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_json_and_the_text_for_people_agree(faulty_report, width, language):
    document = json.loads(render_text(faulty_report, "json"))
    text = render_plain(faulty_report, language, width)
    assert document["verdict"] in text
    shown, folded = outcomes_in_text(text), []
    for result in document["results"]:
        if result["reason"] in WRONG_MODE.values():
            folded.append(result["code"])
        else:
            assert shown.pop(result["code"]) == result["outcome"]
    assert shown == {}
    assert re.search(rf"^· +{len(folded)} {WORDS[language].other_modes[:30]}", text, re.MULTILINE)
    for outcome in Outcome:
        count = sum(result["outcome"] == outcome for result in document["results"])
        assert (f"{outcome} {count} " in text) is (count > 0)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal(faulty_report, width):
    assert max(map(len, render_plain(faulty_report, "id", width).splitlines())) <= width


def test_why_something_was_skipped_is_said_in_full_and_once(make_report, make_result):
    reason = "catatan listrik kosong untuk minggu ini; jalankan selftest watch / the log is empty"
    skipped = [make_result(f"UPS-10{n}", Outcome.SKIP, reason=reason) for n in (1, 3, 5, 8)]
    flat = " ".join(render_plain(make_report(*skipped), width=60).split())
    assert flat.count(f"UPS-101, UPS-103, UPS-105, UPS-108: {reason}") == 1


def test_a_real_run_agrees_too(make_bench, simulated):
    bench = make_bench(simulated("camera", "cap_on"), simulated("ups", "on_battery=4"))
    checks = [item for item in all_checks() if item.component in ("camera", "ups")]
    report = run_checks(bench, checks).report
    expected = {
        result.code: result.outcome.value
        for result in report.results
        if result.reason not in WRONG_MODE.values()
    }
    for width in WIDTHS:
        assert outcomes_in_text(render_plain(report, "id", width)) == expected


def test_a_fault_says_what_limit_cause_action_and_how_to_test_again(faulty_report):
    text = render_plain(faulty_report, "id", 100)
    block = text[text.index("CAM-102") : text.index("? ERROR")]
    finding = next(f for r, f in faulty_report.findings() if r.code == "CAM-102")
    assert "9.25 dB (WARN > 4, FAIL > 9)" in block
    for said in (finding.action.level, finding.action.minutes, "selftest only CAM-102"):
        assert str(said) in block
    assert text.index("FAIL CAM-102") < text.index("WARN FPS-108")


def test_who_cannot_record_is_told_where_to_go(faulty_report):
    assert faulty_report.verdict is Verdict.CANNOT_RECORD
    assert "kabupaten" in render_plain(faulty_report)
    sent = faulty_report.model_copy(update={"go_to": "Ngabang (61.08.01), 19 km"})
    assert "→ Warga direkam di: Ngabang (61.08.01), 19 km" in render_plain(sent)
    assert "→ Residents are recorded at: Ngabang" in render_plain(sent, "en")


def test_what_limits_the_verdict_is_said(faulty_report):
    assert "terputus" in render_plain(faulty_report.model_copy(update={"unfinished": True})).lower()
    partial = faulty_report.model_copy(update={"trigger": "only"})
    assert WORDS["id"].partial in render_plain(partial)
    assert WORDS["id"].unsigned in render_plain(faulty_report, width=120)


def test_every_component_has_a_name_in_the_office():
    assert {item.component for item in all_checks()} <= set(COMPONENTS_ID)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (8.2e-05, "0.0001"), (23030, "23030"), (9.25, "9.25"), (-0.5, "-0.5")],
)
def test_numbers_are_written_without_powers_of_ten(value, text):
    assert number_text(value) == text


def test_what_is_no_number_is_written_as_such(make_report, make_result):
    report = make_report(make_result("FPS-108", Outcome.FAIL, value=float("nan")))
    assert "nan dB" in render_plain(report)
    assert '"nan"' in render_ocp(report)


def artifacts(report):
    return [json.loads(line) for line in render_ocp(report).splitlines()]


def test_ocp_lines_are_numbered_timed_and_of_one_kind_each(faulty_report):
    lines = artifacts(faulty_report)
    assert [line["sequenceNumber"] for line in lines] == list(range(len(lines)))
    assert [line["timestamp"] for line in lines] == sorted(line["timestamp"] for line in lines)
    assert lines[0]["schemaVersion"] == {"major": 2, "minor": 0}
    assert "testRunStart" in lines[1]["testRunArtifact"]
    kinds = {"testStepStart", "testStepEnd", "measurement", "diagnosis", "error", "log"}
    for line in lines[2:-1]:
        step = line["testStepArtifact"]
        assert len(kinds & set(step)) == 1
        assert set(step) <= kinds | {"testStepId"}


def test_ocp_diagnoses_can_be_counted_and_the_run_fails_with_any_of_them(faulty_report):
    lines = artifacts(faulty_report)
    steps = [line["testStepArtifact"] for line in lines if "testStepArtifact" in line]
    verdicts = {
        s["diagnosis"]["verdict"]: s["diagnosis"]["type"] for s in steps if "diagnosis" in s
    }
    assert verdicts == {
        "FPS-001-pass": "PASS",
        "FPS-108-warn": "UNKNOWN",
        "CAM-102-fail": "FAIL",
        "UPS-101-fail": "FAIL",
        "IRS-102-manual": "PASS",
        "MEM-103-pass": "PASS",
    }
    assert [s["error"]["symptom"] for s in steps if "error" in s] == ["CAM-101-error"]
    ends = [s["testStepEnd"]["status"] for s in steps if "testStepEnd" in s]
    assert ends.count("ERROR") == 1
    assert ends.count("SKIP") == 2
    assert lines[-1]["testRunArtifact"]["testRunEnd"] == {"status": "COMPLETE", "result": "FAIL"}


def test_ocp_units_are_named_once_and_referred_to(faulty_report):
    lines = artifacts(faulty_report)
    units = lines[1]["testRunArtifact"]["testRunStart"]["dutInfo"]["hardwareInfos"]
    known = {unit["hardwareInfoId"] for unit in units}
    steps = [line["testStepArtifact"] for line in lines if "testStepArtifact" in line]
    bodies = [step[kind] for step in steps for kind in ("measurement", "diagnosis") if kind in step]
    assert {body["hardwareInfoId"] for body in bodies if "hardwareInfoId" in body} <= known
    limits = [v["type"] for b in bodies for v in b.get("validators", ())]
    assert set(limits) == {"LESS_THAN_OR_EQUAL"}


@pytest.mark.parametrize(
    ("outcomes", "unfinished", "status", "result"),
    [
        ([Outcome.PASS], False, "COMPLETE", "PASS"),
        ([Outcome.PASS, Outcome.WARN], False, "COMPLETE", "PASS"),
        ([Outcome.PASS, Outcome.ERROR], False, "COMPLETE", "NOT_APPLICABLE"),
        ([Outcome.SKIP], False, "COMPLETE", "NOT_APPLICABLE"),
        ([Outcome.PASS], True, "ERROR", "NOT_APPLICABLE"),
        ([Outcome.FAIL], True, "ERROR", "FAIL"),
        ([], False, "COMPLETE", "NOT_APPLICABLE"),
    ],
)
def test_the_end_of_an_ocp_run(make_report, make_result, outcomes, unfinished, status, result):
    results = [make_result("FPS-108", outcome) for outcome in outcomes]
    end = artifacts(make_report(*results, unfinished=unfinished))[-1]
    assert end["testRunArtifact"]["testRunEnd"] == {"status": status, "result": result}


def parsed(report):
    return fromstring(render_junit(report))  # noqa: S314 - we wrote it ourselves


def test_junit_counts_each_outcome_as_what_it_is(faulty_report):
    root = parsed(faulty_report)
    cases = {case.get("name")[:7]: case for case in root.iter("testcase")}
    assert root.attrib | {"name": ""} == {
        "name": "",
        "tests": "9",
        "failures": "2",
        "errors": "1",
        "skipped": "2",
        "time": "2.250",
    }
    inside = {code: [child.tag for child in case] for code, case in cases.items()}
    assert inside["CAM-102"] == ["failure"]
    assert inside["CAM-101"] == ["error"]
    assert inside["UPS-105"] == ["skipped"]
    assert inside["FPS-108"] == ["system-out"]
    assert cases["FPS-108"][0].text.startswith("WARN: ridge_excess 9.25 dB")
    suites = {suite.get("name"): suite for suite in root}
    assert suites["scanner"].get("tests") == "3"


def test_what_xml_cannot_hold_does_not_break_junit(make_report, make_result):
    report = make_report(make_result("FPS-108", Outcome.ERROR, reason='\0\x1b[31m <&"> \ud800'))
    assert "\N{REPLACEMENT CHARACTER}" in parsed(report).find(".//error").text


def test_an_info_finding_stands_beside_its_pass(make_report, make_result):
    result = make_result("FPS-108", Outcome.WARN)
    finding = result.finding.model_copy(update={"severity": Severity.INFO})
    passed = result.model_copy(update={"outcome": Outcome.PASS, "finding": finding})
    report = make_report(passed)
    assert f"i {finding.name_id}" in render_plain(report, width=120)
    assert '"FPS-108-info", "type": "PASS"' in render_ocp(report)
