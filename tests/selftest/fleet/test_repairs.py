"""Workshops, tours, spares and half sets, each on cases small enough to check by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from selftest.fleet.errors import RulesError
from selftest.fleet.hubs import HubProblem, plan_hubs
from selftest.fleet.pairing import PairingProblem, propose_pairs
from selftest.fleet.routing import RoutingProblem, plan_routes
from selftest.fleet.rules import HubRules, PairRules, VisitRules
from selftest.fleet.spares import base_stock, observed_per_year, plan_spares
from selftest.report import Severity

DEPOT = "61.71.01"


def hub_problem(given, devices, count, **rules):
    candidates = tuple(code for code in given.offices if code.startswith("61.0"))[::9]
    return HubProblem(given.travel, DEPOT, candidates, devices, count, HubRules(**rules))


def test_no_broken_device_needs_no_workshop(given):
    assert plan_hubs(hub_problem(given, {}, 3)).hubs == ()


def test_workshops_are_the_best_of_all_choices(given):
    devices = {code: 1 + n % 3 for n, code in enumerate(list(given.offices)[5:150:12])}
    problem = hub_problem(given, devices, 2)
    plan = plan_hubs(problem)
    rows = [given.travel.rows[code] for code in sorted(devices)]
    weights = [devices[code] for code in sorted(devices)]

    def mean(sites):
        columns = [given.travel.rows[code] for code in (DEPOT, *sites)]
        return np.average(given.travel.km[np.ix_(rows, columns)].min(axis=1), weights=weights)

    best = min(mean(two) for two in itertools.combinations(problem.sites()[1:], 2))
    assert mean(plan.hubs) == pytest.approx(best)
    assert plan.mean_km == pytest.approx(best, abs=0.06)
    assert plan.mean_km <= plan.mean_km_without


def test_pinned_and_vetoed_workshops(given):
    devices = {"61.06.01": 3, "61.01.01": 1}
    problem = hub_problem(given, devices, 2, pin=["61.04.01"], veto=["61.06.01"])
    assert "61.04.01" in plan_hubs(problem).hubs
    assert "61.06.01" not in problem.sites()
    with pytest.raises(RulesError, match="pinned"):
        plan_hubs(hub_problem(given, devices, 0, pin=["61.04.01"]))
    with pytest.raises(RulesError, match="pinned and vetoed"):
        plan_hubs(hub_problem(given, devices, 1, pin=["61.04.01"], veto=["61.04.01"]))


def routes_of(given, work_hours, scores=None, rules=None, **options):
    chosen = {"technicians": 2, "iterations": 100, **options}
    return plan_routes(
        RoutingProblem(
            given.travel, DEPOT, work_hours, scores or {}, rules or VisitRules(), **chosen
        )
    )


def visited(routes):
    return [stop.station for tour in routes.tours for stop in tour.stops]


NEAR = {"61.71.02": 3.0, "61.71.03": 3.0, "61.71.04": 3.0, "61.71.05": 3.0}


def test_nothing_to_visit_is_no_tour(given):
    assert routes_of(given, {}).tours == ()


def test_tours_visit_every_office_once_and_are_even(given):
    routes = routes_of(given, NEAR)
    assert sorted(visited(routes)) == sorted(NEAR)
    assert [len(tour.stops) for tour in routes.tours] == [2, 2]


def test_the_times_of_a_tour_add_up(given):
    tour = routes_of(given, {"61.01.01": 4.0}, day_hours=6.0).tours[0]
    way = given.travel.hours_between(DEPOT, "61.01.01")
    assert tour.hours == pytest.approx(2 * way + 4, abs=0.02)
    assert tour.stops[0].arrival_hours == pytest.approx(way, abs=0.02)
    assert tour.stops[0].day == int(way // 6) + 1
    assert tour.days == -(-tour.hours // 6)


def test_what_does_not_fit_goes_into_later_rounds_the_best_first(given):
    routes = routes_of(given, NEAR, {"61.71.04": 9.0}, technicians=1, tour_hours=4.5)
    assert routes.rounds == 4
    assert routes.round_of()["61.71.04"] == 1
    first = routes_of(
        given, NEAR, {"61.71.04": 9.0}, VisitRules(first=("61.71.02",)), technicians=1,
        tour_hours=4.5,
    )  # fmt: skip
    assert first.round_of()["61.71.02"] == 1


def test_an_office_out_of_reach_is_named(given):
    routes = routes_of(given, {"61.06.01": 2.0, **NEAR}, tour_hours=12.0)
    assert [one.station for one in routes.unreachable] == ["61.06.01"]
    assert "the limit is 12 h" in routes.unreachable[0].reason
    assert sorted(visited(routes)) == sorted(NEAR)


def test_a_technician_pinned_by_a_person_goes(given):
    rules = VisitRules(technician={"61.71.02": 2, "61.71.03": 1, "61.71.04": 1, "61.71.05": 1})
    routes = routes_of(given, NEAR, rules=rules)
    by_technician = {tour.technician: {s.station for s in tour.stops} for tour in routes.tours}
    assert by_technician[2] == {"61.71.02"}
    with pytest.raises(RulesError, match="technician 3; there are 2"):
        routes_of(given, NEAR, rules=VisitRules(technician={"61.71.02": 3}))
    with pytest.raises(RulesError, match="at least one technician"):
        routes_of(given, NEAR, technicians=0)


def test_the_same_seed_gives_the_same_tours(given):
    work = dict.fromkeys(list(given.offices)[::6], 2.0)
    assert routes_of(given, work, seed=7) == routes_of(given, work, seed=7)


@pytest.mark.parametrize(
    ("per_year", "days", "stock"),
    [(26, 30, 5), (26, 60, 8), (26, 90, 11), (35, 30, 6), (35, 60, 10), (35, 90, 14),
     (17, 30, 4), (17, 60, 6), (17, 90, 8)],
)  # fmt: skip
def test_base_stock_is_that_of_the_reference(per_year, days, stock):
    assert base_stock(per_year * days / 365) == stock


def test_one_pool_against_fourteen():
    spares = {one.kind: one for one in plan_spares({str(n): 1 for n in range(14)}, {"x": 26}, {})}
    assert (spares["x"].one_pool, spares["x"].separate_pools) == (8, 14)
    longer = plan_spares({str(n): 1 for n in range(14)}, {"x": 26}, {}, lead_days=90)
    assert {one.kind: one.separate_pools for one in longer}["x"] == 28


@hypothesis_given(st.floats(0, 200), st.floats(0.5, 0.999))
def test_base_stock_is_the_smallest_that_is_enough(mean, level):
    from scipy.stats import poisson

    stock = base_stock(mean, level)
    assert poisson.cdf(stock, mean) >= level - 1e-9
    assert stock == 0 or poisson.cdf(stock - 1, mean) < level + 1e-9


@pytest.mark.parametrize(("mean", "level"), [(-1, 0.9), (1, 0), (1, 1), (float("nan"), 0.9)])
def test_no_stock_for_nonsense(mean, level):
    with pytest.raises(ValueError, match="no stock"):
        base_stock(mean, level)


def test_own_rates_need_half_a_year(given):
    import datetime

    as_of = given.state.as_of
    young, old = as_of - datetime.timedelta(days=179), as_of - datetime.timedelta(days=365)
    assert observed_per_year(given.state.onsets, young, as_of) is None
    rates = observed_per_year(given.state.onsets, old, as_of)
    assert rates["scanner"] == pytest.approx(42, rel=0.01)


def pair_problem(given, plan, broken, **rules):
    """Return a problem whose offices lack exactly these kinds."""
    job = next(j for j in plan.jobs if j.severity is Severity.FAIL)
    jobs = tuple(
        job.model_copy(update={"station": code, "kind": kind, "unit": f"{code} {kind}",
                               "critical": True})
        for code, kinds in broken.items()
        for kind in kinds
    )  # fmt: skip
    return PairingProblem(jobs, tuple(broken), given.offices, given.travel, PairRules(**rules))


def test_a_dead_computer_and_a_dead_scanner_make_one_set(given, plan):
    broken = {"61.01.01": ["drive"], "61.01.02": ["scanner"], "61.01.06": ["computer"]}
    pairs = propose_pairs(pair_problem(given, plan, broken))
    assert [(pair.comes_back, pair.gives) for pair in pairs] == [("61.01.02", "61.01.01")]
    assert pairs[0].moved == ("scanner",)


def test_equal_or_whole_losses_make_no_pair(given, plan):
    broken = {"61.01.01": ["scanner"], "61.01.02": ["scanner"],
              "61.01.06": ["computer", "scanner", "camera"]}  # fmt: skip
    assert propose_pairs(pair_problem(given, plan, broken)) == ()


def test_an_office_is_in_one_pair_only_and_vetoes_hold(given, plan):
    broken = {"61.01.01": ["computer"], "61.01.02": ["scanner"], "61.01.06": ["camera"]}
    pairs = propose_pairs(pair_problem(given, plan, broken))
    assert len(pairs) == 1
    veto = (f"{pairs[0].gives}={pairs[0].comes_back}",)
    other = propose_pairs(pair_problem(given, plan, broken, veto=veto))
    assert (other[0].comes_back, other[0].gives) != (pairs[0].comes_back, pairs[0].gives)
    assert propose_pairs(pair_problem(given, plan, broken, veto=tuple(broken))) == ()


def test_half_sets_too_far_apart_stay_apart(given, plan):
    broken = {"61.06.18": ["computer"], "61.01.01": ["scanner"]}
    assert propose_pairs(pair_problem(given, plan, broken)) == ()
