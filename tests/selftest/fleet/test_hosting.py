"""Hosting: proved optimal, and where impossible, why and what would help."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from selftest.fleet import rules as rules_module
from selftest.fleet.errors import RulesError
from selftest.fleet.hosting import plan_hosting
from selftest.fleet.hosting_problem import HostingProblem
from selftest.fleet.obstacles import find_shortage
from selftest.fleet.offices import parse_offices
from selftest.fleet.plan_input import PlanOptions, hosting_problem
from selftest.fleet.rules import HostRules, load_rules, with_options
from selftest.fleet.travel import estimate_travel

TABLE = """code;name;regency;lat;lng;residents
01;Satu;R1;0;109.0;1000
02;Dua;R1;0;109.1;1000
03;Tiga;R1;0;109.3;1000
11;Sebelas;R2;0;108.95;1000
12;Duabelas;R2;0;109.9;1000
"""
SMALL = parse_offices(TABLE, "t")


def problem(blocked, hosts, capacity=2, offices=SMALL, **rules):
    return HostingProblem(
        offices, estimate_travel(offices), blocked, hosts, HostRules(**rules), capacity=capacity
    )


def pairs(plan):
    return {one.code: one.host for one in plan.hosted}


def test_nobody_blocked_needs_no_host():
    plan = plan_hosting(problem((), ("01",)))
    assert plan.is_feasible
    assert plan.is_optimal
    assert plan.hosted == ()


def test_nobody_works_is_told():
    plan = plan_hosting(problem(("01",), ()))
    assert not plan.is_feasible
    assert plan.obstacles[0].code == "01"
    assert plan.relaxation is None


def test_the_same_regency_is_preferred_within_the_penalty():
    # 11 is 8.9 km of road away in another regency, 02 is 17.8 km away
    assert pairs(plan_hosting(problem(("01",), ("02", "11")))) == {"01": "02"}
    free = dataclasses.replace(problem(("01",), ("02", "11")), penalty_km=0.0)
    plan = plan_hosting(free)
    assert pairs(plan) == {"01": "11"}
    assert plan.crossing_regency == 1


def test_the_office_with_more_residents_goes_to_the_nearer_host():
    table = TABLE.replace("03;Tiga;R1;0;109.3;1000", "03;Tiga;R1;0;109.05;9000")
    offices = parse_offices(table, "t")
    plan = plan_hosting(problem(("01", "03"), ("02", "12"), capacity=1, offices=offices))
    assert pairs(plan)["03"] == "02"


def test_a_small_plan_is_the_best_of_all_plans(given):
    """Compare with every assignment there is."""
    blocked = ("61.01.03", "61.01.04", "61.01.10", "61.02.01")
    hosts = ("61.01.01", "61.01.02", "61.01.16", "61.02.18")
    rules = HostRules(capacity={"61.01.16": 1})
    one = HostingProblem(given.offices, given.travel, blocked, hosts, rules, capacity=1)
    cost = one.km() * one.weights()[:, None]
    best = min(
        sum(cost[row, column] for row, column in enumerate(columns))
        for columns in itertools.permutations(range(4))
    )
    found = pairs(plan_hosting(one))
    made = sum(cost[blocked.index(code), hosts.index(host)] for code, host in found.items())
    assert made == pytest.approx(best)


def test_the_sample_fleet_is_proved_optimal(given):
    plan = plan_hosting(hosting_problem(given, PlanOptions()))
    assert (plan.is_optimal, plan.gap, plan.blocked, len(plan.hosted)) == (True, 0.0, 69, 69)
    guests = [one.host for one in plan.hosted]
    assert max(guests.count(host) for host in guests) <= 2
    assert set(guests) <= set(hosting_problem(given, PlanOptions()).hosts)


def test_pins_vetoes_and_capacities_hold(given):
    free = pairs(plan_hosting(hosting_problem(given, PlanOptions())))
    code, host = next(iter(free.items()))
    other = next(h for h in hosting_problem(given, PlanOptions()).hosts if h != host)
    rules = with_options(given.rules, [f"{code}={other}"], [host], "Siti", given.offices)
    plan = plan_hosting(hosting_problem(dataclasses.replace(given, rules=rules), PlanOptions()))
    assert pairs(plan)[code] == other
    assert host not in pairs(plan).values()
    assert plan.decided_by == "Siti"
    assert [one.code for one in plan.hosted if one.pinned] == [code]


def test_too_few_places_name_the_shortage_and_the_smallest_change():
    plan = plan_hosting(problem(("01", "02"), ("03",), capacity=1))
    assert not plan.is_feasible
    assert "2 offices for 1 places" in plan.obstacles[0].reason
    assert plan.relaxation.extra_places == {"03": 1}
    assert plan.relaxation.lifted_vetoes == ()


def test_a_veto_of_every_host_names_the_office_and_the_veto_to_lift():
    plan = plan_hosting(problem(("01", "02"), ("03", "12"), veto=("01=03", "01=12")))
    assert [one.code for one in plan.obstacles] == ["01"]
    assert plan.relaxation.lifted_vetoes == ("01=03",)
    assert plan.relaxation.extra_places == {}


def test_offices_that_share_too_few_hosts_are_named():
    """01 and 02 may only go to 03, which has one place; 11 has places that nobody may take."""
    plan = plan_hosting(problem(("01", "02"), ("03", "11"), capacity=1, veto=("11",)))
    assert "2 offices for 1 places: 01, 02 -> 03" in plan.obstacles[0].reason
    assert plan.relaxation.lifted_vetoes == ("01=11",)
    assert plan.relaxation.extra_places == {}


@hypothesis_given(st.data())
def test_a_shortage_is_one_and_is_found_where_there_is_one(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    cells = st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns)
    allowed = np.array(data.draw(cells)).reshape(rows, columns)
    places = np.array(data.draw(st.lists(st.integers(0, 3), min_size=columns, max_size=columns)))
    short = [
        subset
        for size in range(1, rows + 1)
        for subset in itertools.combinations(range(rows), size)
        if places[allowed[list(subset)].any(axis=0)].sum() < size
    ]
    offices, hosts = find_shortage(allowed, places)
    assert bool(offices) is bool(short)
    if offices:
        assert offices in short
        assert hosts == tuple(np.flatnonzero(allowed[list(offices)].any(axis=0)))


def test_a_pin_to_a_blocked_office_is_named():
    plan = plan_hosting(problem(("01", "02"), ("03",), pin={"01": "02"}))
    assert "pinned to 02" in plan.obstacles[0].reason


@pytest.mark.parametrize(
    ("pins", "vetoes", "by", "said"),
    [
        (["61.01.04=61.01.01"], [], "", "need the name"),
        ([], ["61.01.01"], " ", "need the name"),
        (["61.01.04"], [], "Siti", "write BLOCKED=HOST"),
        (["61.01.04=61.01.01"], ["61.01.01"], "Siti", "pinned and vetoed"),
        (["61.01.04=61.01.01"], ["61.01.04=61.01.01"], "Siti", "pinned and vetoed"),
    ],
)
def test_contradicting_rules_are_told(offices, given, pins, vetoes, by, said):
    with pytest.raises(RulesError, match=said):
        with_options(given.rules, pins, vetoes, by, offices)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("by = ", "cannot be read"),
        ('[host]\nveto = ["61.01.01"]', "need the name"),
        ('by = "S"\n[host]\npins = {}', "Extra inputs"),
        ('by = "S"\n[host.capacity]\n"61.01.01" = -1', "zero or more"),
        ('by = "S"\n[visit]\nfirst = ["61.01.01"]\nskip = ["61.01.01"]', "visited and skipped"),
        ('by = "S"\n[method]\n"x" = "teleport"', "method.x"),
    ],
)
def test_a_bad_file_of_rules_is_told(offices, tmp_path, text, said):
    place = tmp_path / "rules.toml"
    place.write_text(text)
    with pytest.raises(RulesError, match=said):
        load_rules(place, offices)


def test_the_example_of_the_rules_is_right(offices, tmp_path):
    text = "\n".join(line.strip() for line in rules_module.__doc__.splitlines()[2:])
    (tmp_path / "rules.toml").write_text(text)
    rules = load_rules(tmp_path / "rules.toml", offices)
    assert rules.by.startswith("Siti")
    assert rules.host.pin == {"61.01.04": "61.01.01"}
    assert rules.method == {"ACME FS100 S-0123": "hub"}
    assert rules.visit.technician == {"61.08.05": 2}
