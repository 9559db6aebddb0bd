"""One made-up fleet for all tests of the planner; reading only."""

import dataclasses
import datetime

import pytest

from selftest.fleet.offices import load_offices
from selftest.fleet.plan import make_plan
from selftest.fleet.plan_input import PlanInput, PlanOptions
from selftest.fleet.rules import Rules
from selftest.fleet.sample import make_sample
from selftest.fleet.state import fold_fleet
from selftest.fleet.statements import Statement
from selftest.fleet.travel import load_travel


@pytest.fixture(scope="session")
def offices():
    return load_offices()


@pytest.fixture(scope="session")
def sample(offices):
    return make_sample(offices, seed=1)


@pytest.fixture(scope="session")
def statements(sample):
    return tuple(
        Statement(station=code, state=state, day=sample.last_day, person="Ani")
        for code, state in sample.statements
    )


@pytest.fixture(scope="session")
def given(offices, sample, statements):
    reports = sorted(sample.reports, key=lambda report: report.ended)
    state = fold_fleet(reports, statements, offices, sample.last_day)
    first_day = sample.last_day - datetime.timedelta(days=60)
    return PlanInput(state, offices, load_travel(offices), Rules(), first_day=first_day)


@pytest.fixture(scope="session")
def plan(given):
    return make_plan(given, PlanOptions(iterations=300))


@pytest.fixture
def with_rules(given):
    """Return the input with other rules."""

    def change(**tables):
        rules = Rules.model_validate({"by": "Siti Rahma", **tables})
        return dataclasses.replace(given, rules=rules)

    return change
