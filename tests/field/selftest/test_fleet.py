"""The fleet planner on the real table of West Kalimantan, with the published counts."""

import csv
import time
from collections import Counter
from pathlib import Path

import pytest

from selftest.fleet.fleet_file import open_fleet
from selftest.fleet.hosting import plan_hosting
from selftest.fleet.inventory import take_inventory
from selftest.fleet.merge import merge_reports
from selftest.fleet.offices import load_offices
from selftest.fleet.plan import make_plan
from selftest.fleet.plan_input import DEPOT, PlanInput, PlanOptions, hosting_problem
from selftest.fleet.routing import RoutingProblem, plan_routes
from selftest.fleet.rules import Rules, VisitRules
from selftest.fleet.sample import make_sample
from selftest.fleet.state import State, fold_fleet
from selftest.fleet.statements import read_statements
from selftest.fleet.travel import load_travel

TABLE = Path(__file__).parents[4] / "shared" / "data" / "regions" / "kalbar.csv"
pytestmark = pytest.mark.skipif(
    not TABLE.is_file(), reason="shared region table not present: ../shared/data/regions/kalbar.csv"
)


@pytest.fixture(scope="module")
def offices():
    return load_offices(TABLE)


@pytest.fixture(scope="module")
def given(offices, tmp_path_factory):
    """Return the sample fleet on the real table, through files and two merges."""
    folder = tmp_path_factory.mktemp("fleet")
    sample = make_sample(offices, seed=1)
    for name, content in sample.files():
        place = folder / "reports" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (folder / "states.csv").write_text(sample.statement_table())
    contents = []
    for _ in range(2):
        with open_fleet(folder / "fleet.db", create=True) as fleet:
            merge_reports(fleet, [folder / "reports"], offices, {})
            for statement in read_statements(folder / "states.csv", offices):
                fleet.add_statement(statement)
        contents.append((folder / "fleet.db").read_bytes())
    assert contents[0] == contents[1]
    with open_fleet(folder / "fleet.db") as fleet:
        state = fold_fleet(fleet.reports(), fleet.statements(), offices, sample.last_day)
    return PlanInput(state, offices, load_travel(offices), Rules())


def test_our_table_is_the_public_one(offices):
    ours = load_offices()
    with TABLE.open(newline="") as file:
        codes = [row["kode_kecamatan"] for row in csv.DictReader(file)]
    assert list(ours) == codes
    for code, office in ours.items():
        public = offices[code]
        assert (office.name, office.regency) == (public.name, public.regency)
        assert office.residents == pytest.approx(public.residents)
        assert office.lat_deg == pytest.approx(public.lat_deg, abs=6e-4)
        assert office.lng_deg == pytest.approx(public.lng_deg, abs=6e-4)


def test_the_published_counts_come_out(given):
    found = take_inventory(given.state, given.offices)
    assert (len(given.offices), found.active, found.blocked) == (174, 105, 69)
    assert (found.broken_devices, found.reporting_regencies) == (173, 10)
    assert len(found.silent_regencies) == 4


def test_hosting_is_proved_optimal_within_two_seconds(given):
    began_s = time.monotonic()
    plan = plan_hosting(hosting_problem(given, PlanOptions()))
    took_s = time.monotonic() - began_s
    assert (plan.is_optimal, plan.gap, len(plan.hosted)) == (True, 0.0, 69)
    assert took_s < 2


def test_the_whole_plan_takes_less_than_the_routing_may(given):
    began_s = time.monotonic()
    plan = make_plan(given, PlanOptions())
    took_s = time.monotonic() - began_s
    failing = {fault.unit for fault in given.state.faults}
    assert Counter(job.unit for job in plan.jobs) == Counter(failing)
    assert len(plan.jobs) == 173
    assert not plan.routes.unreachable
    assert took_s < 15


def test_a_visit_of_every_blocked_office_fits_six_technicians(given):
    """Compare with the measured instance of CHECKS F: 69 stops of 4 h, tours of at most 80 h."""
    blocked = given.state.codes_in(State.BLOCKED)
    began_s = time.monotonic()
    routes = plan_routes(
        RoutingProblem(given.travel, DEPOT, dict.fromkeys(blocked, 4.0), {}, VisitRules())
    )
    took_s = time.monotonic() - began_s
    assert sorted(s.station for tour in routes.tours for s in tour.stops) == sorted(blocked)
    assert (routes.rounds, routes.unreachable) == (1, ())
    assert routes.longest_hours <= 80
    assert took_s < 15
