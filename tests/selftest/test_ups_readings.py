"""What a UPS tells, made comparable: degenerate readings first."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selftest.ups.age import battery_age, parse_date
from selftest.ups.battery_run import (
    BatteryPoint,
    fit_slope,
    inner_resistance,
    mean_load,
    parse_runtimecal,
    predict_runtime_s,
    sag_voltage,
    scale_runtime_s,
)
from selftest.ups.battery_volts import read_battery_volts
from selftest.ups.credibility import contradictions
from selftest.ups.mains_volts import read_mains_volts
from selftest.ups.words import AlarmKind, BatteryTest, is_testing, normalise_test, read_alarms

TODAY = datetime.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("told", "result"),
    [
        (None, BatteryTest.NONE),
        ("", BatteryTest.NONE),
        ("No test initiated", BatteryTest.NONE),
        ("NO", BatteryTest.NONE),
        ("Done and passed", BatteryTest.PASSED),
        ("done and passed", BatteryTest.PASSED),
        ("Ok", BatteryTest.PASSED),
        ("Passed, Source: Internal", BatteryTest.PASSED),
        ("Done and warning", BatteryTest.WARNED),
        ("Done and error", BatteryTest.FAILED),
        ("Failed, Source: Internal", BatteryTest.FAILED),
        ("Aborted", BatteryTest.UNKNOWN),
        ("0", BatteryTest.UNKNOWN),
        ("InvalidTest", BatteryTest.UNKNOWN),
        ("Unknown", BatteryTest.UNKNOWN),
        ("In progress", BatteryTest.UNKNOWN),
    ],
)
def test_results_of_the_ups_own_test(told, result):
    assert normalise_test(told) is result


def test_a_test_that_runs_is_seen_by_either_word():
    assert is_testing({"ups.status": "OL CAL"})
    assert is_testing({"ups.test.result": "In progress"})
    assert not is_testing({"ups.status": "OL", "ups.test.result": "Done and passed"})


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        ("Replace battery!", [AlarmKind.REPLACE_BATTERY]),
        ("BATTERIES_DISCONNECTED", [AlarmKind.REPLACE_BATTERY]),
        ("No battery installed!", [AlarmKind.REPLACE_BATTERY]),
        ("Battery needs replacement", [AlarmKind.REPLACE_BATTERY]),
        ("Battery charger fail!", [AlarmKind.FAULT]),
        ("Battery voltage too high!", [AlarmKind.BATTERY]),
        ("Fan failure! Bypass unavailable!", [AlarmKind.FAULT, AlarmKind.OTHER]),
        ("Internal UPS fault!", [AlarmKind.FAULT]),
        ("INTERNAL_FAILURE BYPASS_NOT_AVAILABLE", [AlarmKind.FAULT, AlarmKind.OTHER]),
        ("UPS selftest failed!", [AlarmKind.SELF_TEST]),
        ("Battery test failed", [AlarmKind.SELF_TEST]),
        ("Overload! Temperature too high!", [AlarmKind.OTHER]),
    ],
)
def test_alarms(text, kinds):
    assert [alarm.kind for alarm in read_alarms({"ups.alarm": text})] == kinds


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (None, None),
        ("not set", None),
        ("CPS", None),
        ("2001/00/00", None),
        ("2022/12/13", datetime.date(2022, 12, 13)),
        ("2022-2-3", datetime.date(2022, 2, 3)),
        ("11/20/03", datetime.date(2003, 11, 20)),
        ("20/11/2003", datetime.date(2003, 11, 20)),
        ("06/15/97", datetime.date(1997, 6, 15)),
    ],
)
def test_dates(text, day):
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("dates", "years", "origin"),
    [
        ({}, None, None),
        ({"battery.date": "2001/09/25"}, None, None),
        ({"battery.date": "2001/09/25", "battery.mfr.date": "2022/12/13"},
         3.95, "battery.mfr.date"),
        ({"battery.date": "2015/01/01", "ups.mfr.date": "2018/01/01"}, None, None),
        ({"battery.date": "2025/11/24", "ups.mfr.date": "2018/01/01"}, 1.0, "battery.date"),
        ({"battery.date": "2030/01/01"}, None, None),
        ({"battery.mfr.date": "1980/00/01", "battery.date": "2001/00/00"}, None, None),
    ],
)  # fmt: skip
def test_age_by_dates_that_can_be_one(dates, years, origin):
    found = battery_age(dates, TODAY)
    if years is None:
        assert found is None
    else:
        assert found.years == pytest.approx(years, abs=0.01)
        assert found.origin == origin


@pytest.mark.parametrize(
    ("volts", "nominal", "block_v", "flags"),
    [
        ("13.5", "12", 13.5, ""),
        ("27.40", "24.0", 13.7, ""),
        ("135.0", "12.0", 13.5, "rescaled"),
        ("2.27", "2.0", 13.62, "inferred rescaled"),
        ("2.27", "36", 13.62, "rescaled"),
        ("26.30", None, 13.15, "inferred"),
        ("36.38", None, 12.127, "inferred"),
        ("54.6", None, 13.65, "inferred"),
        ("21.2", "192.0", 1.325, "impossible"),
        ("400", "12", 400.0, "impossible"),
        ("1.0", "1.0", None, ""),
        ("230", None, None, ""),
        ("abc", "12", None, ""),
    ],
)
def test_volts_of_a_block(volts, nominal, block_v, flags):
    told = {"battery.voltage": volts} | ({"battery.voltage.nominal": nominal} if nominal else {})
    found = read_battery_volts(told)
    if block_v is None:
        assert found is None
        return
    assert found.block_v == pytest.approx(block_v, abs=0.01)
    assert found.is_inferred == ("inferred" in flags)
    assert found.is_rescaled == ("rescaled" in flags)
    assert found.is_possible == ("impossible" not in flags)


@pytest.mark.parametrize(
    ("told", "share"),
    [
        ({"input.voltage": "119", "input.voltage.nominal": "120"}, 0.992),
        ({"input.voltage": "207"}, 0.9),
        ({"input.voltage": "1.0", "input.voltage.nominal": "1"}, 0.004),
        (
            {"input.L1-N.voltage": "231", "input.L2-N.voltage": "229", "input.L3-N.voltage": "190",
             "input.voltage.nominal": "400"},
            0.823,
        ),
        ({"input.L1-L2.voltage": "400", "input.voltage.nominal": "230"}, 1.004),
        ({"input.voltage": "398", "input.phases": "3", "input.voltage.nominal": "230"}, 0.999),
    ],
)  # fmt: skip
def test_mains_as_a_share_of_nominal(told, share):
    assert read_mains_volts(told, 230.0).share == pytest.approx(share, abs=0.002)


HEALTHY = {
    "ups.status": "OL", "battery.charge": "100", "battery.runtime": "1500", "ups.load": "30",
    "battery.voltage": "27.3", "battery.voltage.nominal": "24", "input.voltage": "228",
    "input.voltage.nominal": "230", "output.voltage": "228", "ups.temperature": "33",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"input.voltage": "3"}, 1),
        ({"ups.status": "OB DISCHRG"}, 1),
        ({"ups.status": "OB DISCHRG", "input.voltage": "0"}, 0),
        ({"ups.status": "OL CAL OB"}, 0),
        ({"ups.status": "OB LB", "input.voltage": "0"}, 1),
        ({"ups.temperature": "-272"}, 1),
        ({"battery.voltage": "3.0"}, 1),
        ({"battery.charge": "255"}, 1),
        ({"ups.status": "OB LB", "battery.voltage": "3.0"}, 3),
        (dict.fromkeys(("battery.charge", "battery.runtime", "ups.load", "input.voltage"), "1")
         | {"battery.voltage": "1", "output.voltage": "1"}, 3),
    ],
)  # fmt: skip
def test_contradictions(changes, count):
    assert len(contradictions(HEALTHY | changes)) == count


def test_nothing_told_contradicts_nothing():
    assert contradictions({}) == []


def run(seconds, *, start_v=12.5, slope=-0.002, load=30.0, step_s=1.5):
    count = int(seconds / step_s) + 1
    return [BatteryPoint(n * step_s, start_v + slope * n * step_s, load) for n in range(count)]


def test_an_empty_or_short_stretch_says_nothing():
    for points in ([], run(0), run(7)):
        assert sag_voltage(points) is None
        assert fit_slope(points) is None
        assert predict_runtime_s(points) is None
        assert inner_resistance(points) is None
    assert mean_load([]) is None


def test_a_test_of_ten_seconds_ends_a_reading_early():
    assert sag_voltage(run(9)) == pytest.approx(12.482)


def test_sag_slope_and_time_to_empty():
    points = run(60)
    assert sag_voltage(points) == pytest.approx(12.48, abs=1e-6)
    assert fit_slope(points).v_per_s == pytest.approx(-0.002)
    assert predict_runtime_s(points) == pytest.approx(1000, abs=0.1)


@pytest.mark.parametrize("slope", [0.0, 0.001])
def test_a_voltage_that_does_not_fall_predicts_nothing(slope):
    assert predict_runtime_s(run(60, slope=slope)) is None


def test_a_coarse_reading_is_not_sure():
    points = [BatteryPoint(p.at_s, round(p.block_v, 1), p.load_percent) for p in run(60)]
    slope = fit_slope(points)
    assert not slope.is_sure


@given(ohms=st.floats(0.002, 0.03), slope=st.floats(-0.01, -0.0005), step=st.floats(10, 60))
def test_a_step_of_the_load_gives_resistance_and_leaves_the_slope(ohms, slope, step):
    points = []
    for n in range(41):
        at_s, load = 1.5 * n, 30.0 + (step if n > 20 else 0.0)
        open_v = 13.2 + slope * at_s
        block_v = (open_v + math.sqrt(open_v**2 - 48 * ohms * load)) / 2  # V = Vo - R 12 load / V
        points.append(BatteryPoint(at_s, block_v, load))
    assert inner_resistance(points) == pytest.approx(ohms, rel=0.02)
    assert fit_slope(points).v_per_s == pytest.approx(slope, rel=0.02)


def test_runtimecal_is_that_of_nut():
    assert scale_runtime_s(240, 100, reference_percent=50) == pytest.approx(720)
    assert scale_runtime_s(720, 50) == pytest.approx(720)
    assert parse_runtimecal("1200,100,3200,50") == (1200, 100, 3200, 50)
    for bad in (None, "", "1,2", "a,b,c,d", "720,50,240,100", "0,100,0,50"):
        assert parse_runtimecal(bad) == (240, 100, 720, 50)


@given(st.dictionaries(st.sampled_from(sorted(HEALTHY)), st.text(max_size=12)))
def test_no_text_of_a_ups_breaks_the_reading(told):
    contradictions(told)
    read_battery_volts(told)
    read_mains_volts(told, 230.0)
    battery_age(told, TODAY)
    read_alarms(told | {"ups.alarm": " ".join(told.values())})
