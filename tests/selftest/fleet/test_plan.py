"""The plan as a whole, the sample fleet, and what is handed out."""

import io
import json
import re
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from selftest.fleet.document import write_document
from selftest.fleet.errors import OfficesError, RulesError
from selftest.fleet.handout import hosting_table
from selftest.fleet.inventory import take_inventory
from selftest.fleet.jobs import list_jobs
from selftest.fleet.methods import Method
from selftest.fleet.pictures import draw_map, draw_pareto
from selftest.fleet.plan import make_plan
from selftest.fleet.plan_input import PlanOptions
from selftest.fleet.sample import make_sample
from selftest.fleet.state import State
from selftest.fleet.supplies import Supply, read_supplies
from selftest.fleet.workbook import write_inventory, write_workbook
from selftest.hosting import nearest_office

QUICK = PlanOptions(iterations=50)


def test_the_sample_has_the_published_counts(given, sample):
    found = take_inventory(given.state, given.offices)
    assert (found.active, found.blocked, found.broken_devices) == (105, 69, 173)
    assert (found.reporting_regencies, len(found.silent_regencies)) == (10, 4)
    assert list(found.broken_by_kind)[:3] == ["computer", "scanner", "ups"]
    assert sum(row.offices for row in found.regencies) == found.total.offices == 174
    silent = [row for row in found.regencies if not row.reporting]
    assert all(row.records == row.blocked == row.broken_devices == 0 for row in silent)
    assert all(row.not_reported == row.offices for row in silent)
    assert found.pareto[-1].cumulated_percent == 100.0
    assert sum(row.devices for row in found.pareto) == 173


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_every_seed_gives_another_fleet_with_the_same_counts(offices, sample, seed):
    other = make_sample(offices, seed)
    assert sum(len(kinds) for kinds in other.broken.values()) == 173
    assert len(other.silent) == 4
    assert dict(other.files()) != dict(sample.files())


def test_the_same_seed_gives_the_same_files(offices, sample):
    again = make_sample(offices, seed=1)
    assert dict(again.files()) == dict(sample.files())
    assert again.statement_table() == sample.statement_table()


def test_the_plan_names_every_device_once(plan, given):
    failing = {fault.unit for fault in given.state.faults}
    assert Counter(job.unit for job in plan.jobs) == Counter(failing)
    assert plan.broken_devices == len(plan.jobs) == 173


def test_every_visited_office_is_on_one_tour(plan):
    due = {job.station for job in plan.jobs if job.method is Method.VISIT}
    stops = Counter(stop.station for tour in plan.routes.tours for stop in tour.stops)
    assert stops == Counter(due)
    assert plan.routes.longest_hours <= 80
    assert all(tour.technician <= 6 for tour in plan.routes.tours)


def test_what_is_packed_is_what_the_tour_needs(plan):
    by_unit = {job.unit: job for job in plan.jobs}
    for packing in plan.packing:
        repaired = [by_unit[u] for u in packing.devices if by_unit[u].method is Method.VISIT]
        assert sum(packing.parts.values()) == sum(len(job.parts) for job in repaired)


def test_a_phone_fault_that_stays_open_is_visited(given):
    jobs = {job.unit: job for job in list_jobs(given.state, phone_days=3)}
    patient = {job.unit: job for job in list_jobs(given.state, phone_days=300)}
    changed = [unit for unit in jobs if jobs[unit].method is not patient[unit].method]
    assert changed
    assert all(patient[unit].method is Method.PHONE for unit in changed)
    assert all(jobs[unit].method is Method.VISIT for unit in changed)


def test_the_options_of_a_job_are_priced(plan):
    job = next(job for job in plan.jobs if job.level == "A2")
    visit = next(o for o in job.options if o.method is Method.VISIT)
    bench = [o for o in job.options if o.method is Method.HUB]
    assert visit.technician_hours > job.minutes / 60
    assert visit.office_hours == 0
    assert all(o.office_hours > 0 and o.technician_hours < visit.technician_hours for o in bench)


def test_priorities_follow_the_formula_with_the_runner_up(plan):
    scores = [one.score for one in plan.priorities]
    assert scores == sorted(scores, reverse=True)
    for one, after in zip(plan.priorities, plan.priorities[1:], strict=False):
        assert (one.runner_up, one.runner_up_score) == (after.station, after.score)
        expected = one.waiting_per_week * one.extra_km * one.weight
        hours = max(one.technician_hours + one.part_days, 0.25)
        assert one.score == pytest.approx(expected / hours, rel=0.05)


def test_late_offices_are_blocked_and_pairs_are_late(plan, given):
    assert set(plan.late) <= set(given.state.codes_in(State.BLOCKED))
    members = [code for pair in plan.pairs for code in (pair.comes_back, pair.gives)]
    assert len(members) == len(set(members))
    assert set(members) <= set(plan.late)


def test_the_same_input_gives_the_same_bytes(plan, given):
    again = make_plan(given, PlanOptions(iterations=300))
    assert again.model_dump_json() == plan.model_dump_json()
    picture = draw_map(plan, given)
    assert picture == draw_map(again, given)
    assert write_workbook(plan, given.offices) == write_workbook(again, given.offices)
    first, second = (write_document(p, given.offices, picture) for p in (plan, again))
    assert first == second


def test_a_skipped_office_keeps_its_devices_in_the_plan(plan, given, with_rules):
    code = plan.routes.tours[0].stops[0].station
    made = make_plan(with_rules(visit={"skip": [code]}), QUICK)
    assert len(made.jobs) == 173
    assert code not in made.routes.round_of()
    skipped = [job for job in made.jobs if job.method is Method.SKIPPED]
    assert {job.station for job in skipped} == {code}
    assert all(job.decided for job in skipped)
    assert made.decided_by == "Siti Rahma"


def test_a_person_chooses_how_a_device_is_repaired(plan, with_rules):
    job = next(job for job in plan.jobs if job.method is Method.PHONE)
    made = make_plan(with_rules(method={job.unit: "visit"}), QUICK)
    assert job.station in made.routes.round_of()


def test_a_method_for_an_unknown_device_is_told(with_rules):
    with pytest.raises(RulesError, match="no open fault"):
        make_plan(with_rules(method={"nobody": "visit"}), QUICK)


def test_an_unknown_depot_is_told(given):
    with pytest.raises(OfficesError, match="--depot"):
        make_plan(given, PlanOptions(depot="1"))


def test_parts_on_hand_are_counted_and_the_rest_is_bought(given):
    import dataclasses

    supplies = (Supply(item="ups_battery_set", count=3, place="Pontianak"),)
    made = make_plan(dataclasses.replace(given, supplies=supplies), QUICK)
    battery = next(one for one in made.parts if one.part == "ups_battery_set")
    assert (battery.on_hand, battery.to_buy) == (3, battery.needed - 3)
    assert any(one.part_days for one in made.priorities)


@pytest.mark.parametrize(
    "row", ["flux_capacitor;1;x", "ups_battery_set;-1;x", "ups_battery_set;;x"]
)
def test_a_bad_supply_is_told_by_line(tmp_path, row):
    place = tmp_path / "s.csv"
    place.write_text("item;count;place\n" + row + "\n")
    with pytest.raises(RulesError, match="line 2"):
        read_supplies(place)


def test_stations_read_the_hosting_table(plan, given, tmp_path):
    place = tmp_path / "hosting.json"
    place.write_text(hosting_table(plan.hosting, given))
    assert len(json.loads(place.read_text())) == 174
    one = plan.hosting.hosted[0]
    assert nearest_office(place, one.code) == f"{one.host_name} ({one.host}), {one.km:.0f} km"


def test_the_workbook_holds_every_device(plan, given):
    with zipfile.ZipFile(io.BytesIO(write_workbook(plan, given.offices))) as book:
        assert book.testzip() is None
        strings = book.read("xl/sharedStrings.xml").decode()
        rows = re.findall("<row ", book.read("xl/worksheets/sheet2.xml").decode())
    assert all(job.unit in strings for job in plan.jobs)
    assert len(rows) == 174


def test_the_inventorys_workbook_holds_every_device_and_says_who_is_silent(given):
    found = take_inventory(given.state, given.offices)
    content = write_inventory(found, given.offices)
    assert content == write_inventory(found, given.offices)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        strings = book.read("xl/sharedStrings.xml").decode()
        devices = re.findall("<row ", book.read("xl/worksheets/sheet3.xml").decode())
    assert len(devices) == len(found.devices) + 1
    assert all(device.unit.serial in strings for device in found.devices)
    assert "belum melapor / not reported" in strings


def test_the_document_is_a_pdf_of_some_pages(plan, given):
    document = write_document(plan, given.offices, draw_map(plan, given))
    assert document.startswith(b"%PDF-")
    assert 5 <= document.count(b"/Type /Page\n") <= 15


def test_pictures_are_drawn(plan, given):
    for png in (draw_map(plan, given), draw_pareto(take_inventory(given.state, given.offices))):
        pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
        assert pixels.std() > 10
