"""The numbered outbox: numbers, old names, predecessors, hosting, copies for a courier."""

import dataclasses
import hashlib
import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from selftest.archive import find_report, last_report, number_of, store_run, stored_places
from selftest.errors import BadReportError, NoReportError
from selftest.exporters.forms import render_plain
from selftest.exporters.json import render_json
from selftest.exporters.listing import history_json
from selftest.exporters.sms import render_sms
from selftest.history import History
from selftest.outbox import carry_reports, list_reports
from selftest.report import Outcome, Report
from selftest.signing import stored_bytes
from selftest.tickets import list_tickets


@pytest.fixture
def store(make_bench, as_run, make_report, make_result):
    """Return a maker of a bench and a storer of one small report in it."""
    bench = make_bench()

    def put(pictures=None, **changes):
        report = make_report(make_result("FPS-001"), **changes)
        return store_run(bench, as_run(report, pictures))

    return bench, put


def test_an_empty_outbox_lists_nothing(make_bench):
    bench = make_bench()
    assert stored_places(bench) == ()
    assert list_reports(bench, 5) == ()
    with pytest.raises(NoReportError, match="selftest history"):
        find_report(bench, 1)


def test_a_report_is_stored_as_it_is_returned_and_names_its_predecessor(store):
    bench, put = store
    first, second = put(), put(days=1)
    places = stored_places(bench)
    assert [number_of(place) for place in places] == [first.number, second.number] == [1, 2]
    assert places[0].read_bytes() == stored_bytes(first)
    assert last_report(bench) == second
    assert second.previous_run_id == first.run_id
    assert second.previous_sha256 == hashlib.sha256(places[0].read_bytes()).hexdigest()
    assert json.loads(render_json(second)) == json.loads(places[1].read_bytes())


def test_the_number_of_a_deleted_report_is_never_given_again(store):
    bench, put = store
    put(), put()
    for place in stored_places(bench):
        place.unlink()
    assert put().number == 3


def test_reports_under_old_names_count_and_are_read(store):
    bench, put = store
    report = put()
    place = stored_places(bench)[0]
    place.rename(place.with_name("selftest-000007.json"))
    assert last_report(bench) == report
    assert put().number == 8
    assert find_report(bench, 7).name == "selftest-000007.json"


def test_a_damaged_report_is_listed_and_named_by_its_hash(store):
    bench, put = store
    put()
    place = stored_places(bench)[0]
    place.write_bytes(b"{")
    after = put()
    assert (after.previous_run_id, after.previous_sha256) == (
        None,
        hashlib.sha256(b"{").hexdigest(),
    )
    newest, damaged = list_reports(bench, 5)
    assert newest.report == after
    assert damaged.report is None
    heads = json.loads(history_json((newest, damaged)))
    assert [head["is_damaged"] for head in heads] == [False, True]


def test_a_run_that_cannot_be_written_takes_no_number(store, monkeypatch):
    _, put = store
    monkeypatch.setattr("selftest.archive.write_whole", _full)
    with pytest.raises(OSError, match="no space"):
        put()
    monkeypatch.undo()
    assert put().number == 1


def _full(place, content):
    raise OSError("no space")


@pytest.mark.parametrize(
    ("text", "office"),
    [
        (None, None),
        ('{"61.08.05": {"code": "61.08.01", "name": "Ngabang", "distance_km": 18.8}}', "Ngabang"),
        ('{"61.08.06": {"code": "61.08.01", "name": "Ngabang", "distance_km": 18.8}}', None),
        ("{", "?"),
        ("[]", "?"),
        ('{"61.08.05": 7}', "?"),
        ('{"61.08.05": {}}', "?"),
        ('{"61.08.05": {"code": "61.08.01"}}', "?"),
    ],
)
def test_the_nearest_working_office_is_named_where_the_province_said(
    make_bench, as_run, make_report, make_result, tmp_path, text, office
):
    table = tmp_path / "hosting.json"
    if text is not None:
        table.write_text(text)
    bench = dataclasses.replace(make_bench(), hosting=table)
    report = store_run(bench, as_run(make_report(make_result("CAM-102", Outcome.FAIL))))
    if office == "?":
        assert "hosting.json rusak" in report.go_to
    else:
        assert report.go_to == (f"{office} (61.08.01), 19 km" if office else None)


def test_a_value_that_is_no_number_is_stored_and_read(make_bench, as_run, make_report, make_result):
    bench = make_bench()
    result = make_result("FPS-108", Outcome.FAIL, value=float("nan"))
    store_run(bench, as_run(make_report(result)))
    (item,) = last_report(bench).results[0].measurements
    assert item.value != item.value


def test_a_courier_carries_each_report_once_with_its_pictures(store, tmp_path):
    bench, put = store
    put(), put({"map.png": b"png"}), put()
    carried = carry_reports(bench, tmp_path / "usb", after=1)
    assert carried.copied == (2, 3)
    for number in carried.copied:
        copy = carried.folder / f"{number:06d}.json"
        assert copy.read_bytes() == find_report(bench, number).read_bytes()
    assert (carried.folder / "000002.pictures" / "map.png").read_bytes() == b"png"
    again = carry_reports(bench, tmp_path / "usb")
    assert (again.copied, again.present) == ((1,), 2)
    (carried.folder / "000003.json").write_bytes(b"other")
    with pytest.raises(BadReportError, match="another report"):
        carry_reports(bench, tmp_path / "usb")


def test_runs_that_end_at_the_same_time_get_a_number_each(
    make_bench, as_run, make_report, make_result
):
    bench = make_bench()

    def store(day):
        report = make_report(make_result("FPS-108", Outcome.WARN), days=day)
        return store_run(bench, as_run(report))

    with ThreadPoolExecutor(6) as pool:
        stored = list(pool.map(store, range(30)))
    assert sorted(report.number for report in stored) == list(range(1, 31))
    places = stored_places(bench)
    for before, place in itertools.pairwise(places):
        expected = hashlib.sha256(before.read_bytes()).hexdigest()
        assert json.loads(place.read_bytes())["previous_sha256"] == expected
    (ticket,) = list_tickets(History(bench.history_file))
    assert ticket.times == 30


def test_the_second_set_of_an_office_is_told_apart(make_bench, as_run, faulty_report, tmp_path):
    bench = dataclasses.replace(make_bench(), station_code="61.08.05", set_number=2)
    report = store_run(bench, as_run(faulty_report))
    assert (report.set_number, report.set_code) == (2, "61.08.05-2")
    assert render_sms(report).startswith("KTP1 610805-2 ")
    assert "61.08.05-2" in render_plain(report)
    assert carry_reports(bench, tmp_path).folder.name == "61.08.05-2"


def test_reports_of_the_form_before_are_still_read():
    old = {
        "schema_name": "ktpel-selftest/2",
        "run_id": "r",
        "station_code": "61.08.05",
        "trigger": "quick",
        "started": "2026-01-01T00:00:00Z",
        "ended": "2026-01-01T00:00:01Z",
        "app_version": "1",
        "limits_version": "1",
        "assets": [],
        "results": [],
        "verdict": "NOT PROVEN",
    }
    assert Report.model_validate(old).number is None
