"""The self-test's pages on a real station with simulated devices: what they show and who may."""

import re
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from selftest.archive import store_run
from selftest.bench import Bench
from selftest.daily import DailyStatistics
from selftest.exporters.sms import render_sms
from selftest.faults import fault_text, load_faults
from selftest.history import History
from selftest.report import (
    CheckResult,
    Confidence,
    Measurement,
    Outcome,
    PictureNote,
    Report,
    Severity,
    Verdict,
)
from selftest.runner import Run
from tests.station.panel.test_routes import Panel

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
DONE_LIMIT_S = 60.0
BAD = "FPS-108"
GET_PAGES = (
    "/selftest",
    "/selftest/run",
    "/selftest/reports",
    "/selftest/tickets",
    "/selftest/trends",
    "/selftest/codes",
    "/selftest/codes/FPS-108",
)


def result(code: str, outcome: Outcome, **fields: object) -> CheckResult:
    text = fault_text(code)
    severity = {Outcome.FAIL: Severity.FAIL, Outcome.WARN: Severity.WARN}.get(outcome)
    finding = text.finding(code, severity, Confidence.CONFIRMED) if severity else None
    return CheckResult(
        code=code,
        component="scanner",
        asset="scanner",
        outcome=outcome,
        name_id=text.test_id,
        name_en=text.test_en,
        critical=True,
        finding=finding,
        **fields,
    )


def report(trigger: str, *results: CheckResult, verdict: Verdict, minute: int = 0) -> Report:
    began = datetime(2026, 11, 24, 1, minute, tzinfo=UTC)
    return Report(
        run_id=f"run-{minute}",
        station_code="61.71.01",
        trigger=trigger,
        operator="teknisi",
        started=began,
        ended=began + timedelta(seconds=20),
        app_version="1",
        limits_version="1",
        assets=(),
        results=results,
        verdict=verdict,
        limited_by=("scanner",) if verdict is Verdict.CANNOT_RECORD else (),
    )


MEASURED = Measurement(name="ridge_excess", value=9.2, unit="dB", warn_above=3.0, fail_above=6.0)
PICTURE = PictureNote(
    name="scanner-FPS-108-map.png", caption_id="Peta bekas", caption_en="Map", sha256="0" * 64
)


def store(rig, made: Report, pictures: dict[str, bytes] | None = None) -> Report:
    paths = rig.station.config.paths
    bench = Bench((), paths.database.parent, reports=paths.reports)
    return store_run(bench, Run(made, pictures or {}, ()))


def store_bad(rig, minute: int = 0) -> Report:
    bad = result(BAD, Outcome.FAIL, measurements=(MEASURED,), pictures=(PICTURE,))
    good = result("FPS-102", Outcome.PASS)
    made = report("quick", bad, good, verdict=Verdict.CANNOT_RECORD, minute=minute)
    return store(rig, made, {PICTURE.name: PNG})


@pytest.fixture
def technician(rig):
    opened = Panel(rig, "teknisi")
    yield opened
    opened.client.close()


@pytest.fixture
def operator(rig):
    opened = Panel(rig, "petugas")
    yield opened
    opened.client.close()


def wait_until_over(rig) -> None:
    deadline_s = time.monotonic() + DONE_LIMIT_S
    while rig.station.selftesting.state().is_running:
        assert time.monotonic() < deadline_s, "the run does not end"
        time.sleep(0.05)


def test_a_station_that_was_never_tested_says_so(technician):
    page = technician.get("/selftest").text
    assert "Belum pernah diuji" in page
    assert "Uji terpandu" in page
    assert "Belum ada laporan" in technician.get("/selftest/reports").text
    assert "Tidak ada tiket terbuka" in technician.get("/selftest/tickets").text
    assert "Belum ada tren" in technician.get("/selftest/trends").text
    assert "Belum pernah diuji" in technician.get("/selftest/run").text
    assert "Uji mandiri: Belum pernah diuji" in technician.get("/").text


@pytest.mark.parametrize("path", GET_PAGES)
@pytest.mark.parametrize("user_name", ["petugas", "penyelia", "teknisi"])
def test_everybody_who_signed_in_sees_the_pages(rig, user_name, path):
    panel = Panel(rig, user_name)
    assert panel.get(path).status_code == 200
    panel.client.close()


@pytest.mark.parametrize("path", GET_PAGES)
def test_nobody_else_sees_them(rig, technician, path):
    technician.client.cookies.clear()
    assert technician.get(path).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/selftest/codes/XXX-999",
        "/selftest/reports/99999",
        "/selftest/reports/1/pictures/none.png",
        "/selftest/reports/99999/report.pdf",
        "/selftest/trends/plot.png?unit=none&metric=quality_score",
        "/selftest/trends/plot.png?unit=none&metric=none",
    ],
)
def test_what_is_not_there_is_not_found(technician, path):
    assert technician.get(path).status_code == 404


def test_a_finding_shows_what_was_measured_and_what_to_do(rig, technician):
    store_bad(rig)
    page = technician.get("/selftest").text
    text = fault_text(BAD)
    assert "Tidak bisa merekam" in page
    assert "Pemindai sidik jari" in page
    assert text.name_id in page
    assert text.action_id in page
    assert all(step in page for step in text.steps_id)
    assert "9.2 dB" in page
    assert "FAIL &gt; 6" in page
    assert "zone-mark" in page
    home = technician.get("/").text
    assert "Uji mandiri: Tidak bisa merekam" in home
    assert "Tiket terbuka: 1" in home


def test_a_good_re_test_closes_the_finding_and_the_verdict_follows(rig, technician):
    store_bad(rig, minute=1)
    good = result(BAD, Outcome.PASS)
    store(rig, report("only", good, verdict=Verdict.CAN_RECORD, minute=2))
    page = technician.get("/selftest").text
    assert "Bisa merekam" in page
    assert fault_text(BAD).action_id not in page
    assert "Termasuk uji ulang sampai" in page
    tickets = technician.get("/selftest/tickets").text
    assert "Tidak ada tiket terbuka" in tickets
    assert "ditutup oleh uji ulang yang baik" in tickets


def test_a_report_has_pictures_downloads_and_a_line_for_the_phone(rig, technician):
    made = store_bad(rig, minute=3)
    base = f"/selftest/reports/{made.number}"
    page = technician.get(base).text
    assert render_sms(made) in page
    assert "Peta bekas" in page
    assert technician.get(f"{base}/pictures/{PICTURE.name}").content == PNG
    pdf = technician.get(f"{base}/report.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert 'filename="ktpel-61.71.01-' in pdf.headers["content-disposition"]
    stored = rig.station.config.paths.reports / f"{made.number:06d}.json"
    assert technician.get(f"{base}/report.json").content == stored.read_bytes()
    assert f'href="{base}"' in technician.get("/selftest/reports").text


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_code_is_explained_in_both_languages(rig, language):
    panel = Panel(rig, "teknisi", language)
    listed = re.findall(r"/selftest/codes/([A-Z]{3}-[0-9]{3})", panel.get("/selftest/codes").text)
    assert set(listed) <= set(load_faults())
    assert len(listed) > 100
    for code in sorted(load_faults()):
        page = panel.get(f"/selftest/codes/{code}")
        assert page.status_code == 200, code
    text = fault_text(BAD)
    page = panel.get(f"/selftest/codes/{BAD}").text
    assert (text.evidence_en if language == "en" else text.evidence_id) in page
    panel.client.close()


def test_trends_show_plots_with_their_numbers(rig, technician):
    statistics = DailyStatistics(History(rig.station.config.paths.database.parent / "selftest.db"))
    for day in range(3):
        values = {"quality_score": 60.0 + day}
        statistics.add("Unit A/1", date(2026, 11, 1) + timedelta(day), values)
    page = technician.get("/selftest/trends").text
    assert "3 hari, 2026-11-01 sampai 2026-11-03: median 61, terendah 60, tertinggi 62" in page
    address = re.search(r'src="(/selftest/trends/plot\.png[^"]+)"', page)[1].replace("&amp;", "&")
    assert technician.get(address).content.startswith(b"\x89PNG")


def test_an_operator_starts_the_quick_test_of_a_part_but_no_guided_one(rig, operator):
    assert "Uji terpandu dan uji depot dijalankan oleh" in operator.get("/selftest").text
    for path in ("guided", "depot"):
        assert operator.post(f"/selftest/start/{path}").status_code == 403
    assert operator.post("/selftest/answer", key="x", answer="yes").status_code == 403
    guided = next(code for code in ("SGN-105", *guided_codes()) if code in guided_codes())
    assert operator.post("/selftest/start/code", code=guided).status_code == 403
    assert operator.post("/selftest/start/code", code="XXX-999").status_code == 404
    assert operator.post("/selftest/start/component", component="none").status_code == 404
    assert not rig.station.selftesting.state().is_running
    answer = operator.post("/selftest/start/component", component="clock")
    assert answer.headers["location"] == "/selftest/run"
    wait_until_over(rig)
    last = rig.station.selftesting.last()
    assert last.trigger == "only"
    assert {item.component for item in last.results} == {"clock"}
    page = operator.get("/selftest/run").text
    assert f"/selftest/reports/{last.number}" in page


def guided_codes() -> list[str]:
    from selftest.catalog import all_checks
    from selftest.mode import Mode

    return [item.code for item in all_checks() if item.mode is Mode.GUIDED]


def test_a_guided_run_asks_and_only_a_technician_answers_and_stops(rig, technician, operator):
    technician.post("/selftest/start/guided")
    selftesting = rig.station.selftesting
    deadline_s = time.monotonic() + DONE_LIMIT_S
    while (question := selftesting.state().question) is None:
        assert time.monotonic() < deadline_s
        assert selftesting.state().is_running
        time.sleep(0.05)
    page = technician.get("/selftest/run").text
    assert 'name="answer"' in page
    assert "<progress" in page
    watched = operator.get("/selftest/run").text
    assert 'name="answer"' not in watched
    assert "Hentikan" not in watched
    assert "Teknisi atau penyelia yang menjawab" in watched
    assert operator.post("/selftest/cancel").status_code == 403
    second = technician.post("/selftest/start")
    assert second.status_code == 409
    answered = technician.post(
        "/selftest/answer", as_htmx=True, key=question.key, answer=question.answers[0].value
    )
    assert answered.status_code == 200
    with technician.client.stream("GET", "/selftest/run/events") as stream:
        assert next(line for line in stream.iter_lines() if line) == "event: changed"
    technician.post("/selftest/cancel")
    wait_until_over(rig)
    assert "event: over" in technician.get("/selftest/run/events").text
    assert technician.get("/selftest/run/picture.png").status_code in {200, 204}
