"""The month's sheet: its numbers, its page, and the command that writes it."""

import datetime
import json

import pytest
from typer.testing import CliRunner

from selftest.check import Value
from selftest.cli import app
from selftest.history import History
from selftest.power.events import (
    EVENT_WORDS,
    Event,
    EventKind,
    Level,
    duration_class,
    kind_of,
    level_of,
)
from selftest.power.joins import joined
from selftest.power.log import Beat, PowerLog, TenMinutes
from selftest.power.plots import plot_battery, plot_month
from selftest.power.sheet import Happened, Month, make_sheet, read_month
from selftest.power.sheet_pdf import sheet_pdf
from selftest.power.sheet_rows import sheet_rows
from selftest.power.usb_resets import parse_usb_resets
from selftest.ups.battery_run import BatteryPoint

WIB = datetime.timezone(datetime.timedelta(hours=7))
NOVEMBER = Month(2026, 11, WIB)


def at(day, hour=0, minute=0, second=0):
    return datetime.datetime(2026, 11, day, hour, minute, second, tzinfo=WIB)


def slot(began, mean_v=226.0, battery_s=0.0, covered_s=600.0):
    return TenMinutes(
        began.timestamp(), 230.0, covered_s, battery_s, covered_s - battery_s, mean_v, mean_v - 4,
        began.timestamp() + 60, mean_v + 4, began.timestamp() + 120, 600.0, 60.0, 0.0,
    )  # fmt: skip


@pytest.fixture
def history(tmp_path):
    """Two days of November with 1 low slot in 10, some events, and a hole of 12 h."""
    history = History(tmp_path / "selftest.db")
    log = PowerLog(history)
    for number in range(216):
        began = at(1) + datetime.timedelta(minutes=10 * number)
        log.add_mean("ups", slot(began, 200.0 if number % 10 == 0 else 226.0))
    for event in (
        Event(EventKind.INTERRUPTION, at(1, 9), at(1, 11), 0.0),
        Event(EventKind.TRANSFER, at(1, 9), at(1, 11)),
        Event(EventKind.INTERRUPTION, at(2, 9), at(2, 9, 0, 20), 0.0),
        Event(EventKind.SAG, at(2, 8), at(2, 8, 0, 12), 172.0),
        Event(EventKind.INTERRUPTION, at(1) - datetime.timedelta(hours=1), at(1, 0, 30)),
        Event(EventKind.UNSAFE_SHUTDOWN, at(2, 7), at(2, 7)),
    ):  # fmt: skip
        log.add_event("ups", event)
    log.beat("ups", Beat(at(2, 12), on_battery=False, is_clean=True))
    for day, count in ((1, 40.0), (2, 43.0)):
        history.add_readings("drive", at(day), [("DSK-135", Value("unsafe_shutdowns", count))])
    return history


def make(history, **happened):
    stretch = read_month(PowerLog(history), "ups", NOVEMBER, at(3))
    sheet = make_sheet(
        history, "ups", NOVEMBER, stretch, station_code="61.08.05", happened=Happened(**happened)
    )
    return sheet, stretch


def test_the_numbers_of_the_sheet(history):
    sheet, _ = make(history)
    assert (sheet.hours_known, sheet.hours_unknown) == (36.0, 12.0)
    assert sheet.outages == {"momentary": 0, "temporary": 1, "sustained": 2}
    assert sheet.hours_out == 2.5  # the half hour of November only
    assert sheet.longest_outage_minutes == 120
    assert sheet.below_low_percent == pytest.approx(100 * 22 / 216, abs=0.01)
    assert (sheet.above_high_percent, sheet.outside_wide_percent) == (0.0, 0.0)
    assert (sheet.lowest.volts, sheet.highest.volts) == (196.0, 230.0)
    assert sheet.lowest.at == at(1, 0, 1)
    assert (sheet.sags, sheet.transfers, sheet.unsafe_shutdowns) == (1, 1, 1)
    assert sheet.drive_unsafe_shutdowns == 3
    assert sheet.outside_49_51_percent == 10.0
    assert sheet.usb_resets_joined is None
    assert sheet.end == at(3)


def test_resets_and_faults_are_joined_with_the_mains(history):
    resets = [at(1, 9, 0, 4), at(1, 10, 59, 57), at(1, 9, 0, 6), at(2, 20)]
    faults = [at(1, 12), at(2, 20), datetime.datetime(2026, 10, 1, tzinfo=WIB)]
    sheet, _ = make(history, usb_resets=resets, faults=faults)
    assert sheet.usb_resets_joined == 2
    assert sheet.faults_joined == 2


def test_a_month_of_which_nothing_is_known_says_so(tmp_path):
    history = History(tmp_path / "selftest.db")
    stretch = read_month(PowerLog(history), "ups", NOVEMBER, at(30))
    sheet = make_sheet(
        history, "ups", NOVEMBER, stretch, station_code="61.08.05", happened=Happened()
    )
    assert (sheet.hours_known, sheet.hours_unknown) == (0.0, 29 * 24)
    assert sheet.below_low_percent is None
    values = [row.value for row in sheet_rows(sheet)]
    assert values.count("-") >= 6
    assert plot_month(stretch, WIB).startswith(b"\x89PNG")


def test_a_month_that_has_not_begun_is_empty(history):
    stretch = read_month(PowerLog(history), "ups", Month(2027, 1, WIB), at(3))
    assert stretch.begin == stretch.end
    assert stretch.unknown_hours == 0


def test_the_page_is_one_and_the_same_for_the_same_sheet(history):
    sheet, stretch = make(history)
    png = plot_month(stretch, WIB)
    page = sheet_pdf(sheet, png)
    assert page.startswith(b"%PDF")
    assert page.count(b"/Type /Page\n") == 1
    assert sheet_pdf(sheet, png) == page


def test_a_battery_curve_is_drawn_even_of_one_reading():
    assert plot_battery((BatteryPoint(0.0, 12.5, None),)).startswith(b"\x89PNG")


def office(tmp_path):
    config = tmp_path / "station.toml"
    config.write_text('[station]\ncode = "61.08.05"\n')
    return str(config)


def test_the_command_writes_json_plot_and_page(history, tmp_path):
    pdf, png = tmp_path / "sheet.pdf", tmp_path / "plot.png"
    done = CliRunner().invoke(
        app,
        ["power", "--config", office(tmp_path), "--month", "2026-11", "--json",
         "--pdf", str(pdf), "--plot", str(png)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["station_code"] == "61.08.05"
    assert told["sags"] == 1
    assert "visible only as UPS transfers" in told["note_en"]
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.read_bytes().startswith(b"\x89PNG")
    shown = CliRunner().invoke(app, ["power", "--config", office(tmp_path), "--month", "2026-11"])
    assert "Jam teramati" in shown.stdout


def test_without_a_log_the_command_says_what_to_do(tmp_path):
    done = CliRunner().invoke(app, ["power", "--config", office(tmp_path)])
    assert done.exit_code == 2
    assert "selftest watch" in done.output.replace("\n", " ")


def test_watch_without_a_ups_says_what_to_do(tmp_path):
    done = CliRunner().invoke(app, ["watch", "--config", office(tmp_path)])
    assert done.exit_code == 2
    assert "no UPS is configured" in done.output.replace("\n", " ")


def test_watch_keeps_the_log_and_ends_in_order(tmp_path):
    config = tmp_path / "station.toml"
    config.write_text(
        '[station]\ncode = "61.08.05"\n[[devices]]\nname = "ups"\ndriver = "sim_ups"\n'
        '[devices.options]\nscene = "watched"\nfaults = ["outage"]\n'
    )
    done = CliRunner().invoke(
        app, ["watch", "--config", str(config), "--interval", "1", "--minutes", "0.03", "--json"]
    )
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {event["kind"] for event in told} == {"interruption", "transfer"}
    assert PowerLog(History(tmp_path / "selftest.db")).last_beat("ups").is_clean


@pytest.mark.parametrize(
    ("share", "before", "level"),
    [
        (0.05, Level.NORMAL, Level.NONE),
        (0.1, Level.NORMAL, Level.LOW),
        (0.899, Level.NORMAL, Level.LOW),
        (0.9, Level.NORMAL, Level.NORMAL),
        (0.91, Level.LOW, Level.LOW),
        (0.92, Level.LOW, Level.NORMAL),
        (1.1, Level.NORMAL, Level.NORMAL),
        (1.101, Level.NORMAL, Level.HIGH),
        (1.09, Level.HIGH, Level.HIGH),
        (1.08, Level.HIGH, Level.NORMAL),
    ],
)
def test_levels_have_hysteresis(share, before, level):
    assert level_of(share, before) is level


def test_every_kind_of_event_has_words():
    assert set(EVENT_WORDS) == set(EventKind)


def test_classes_of_ieee_1159():
    assert kind_of(Level.LOW, 60.0) is EventKind.SAG
    assert kind_of(Level.LOW, 60.1) is EventKind.UNDERVOLTAGE
    assert kind_of(Level.HIGH, 61) is EventKind.OVERVOLTAGE
    assert [duration_class(s) for s in (2, 3, 4, 60, 61)] == [
        "momentary", "momentary", "temporary", "temporary", "sustained",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="normal"):
        kind_of(Level.NORMAL, 5.0)


def test_joins_are_within_their_seconds_on_both_sides():
    others = [at(1, 12)]
    times = [at(1, 11, 59, 54), at(1, 11, 59, 55), at(1, 12, 0, 5), at(1, 12, 0, 6)]
    assert joined(times, others, within_s=5.0) == (times[1], times[2])
    assert joined(times, [], within_s=5.0) == ()
    assert joined([], others, within_s=5.0) == ()


def test_a_kernel_log_without_usb_resets():
    assert parse_usb_resets(b"") == ()
    assert parse_usb_resets(b'[1]\n{"MESSAGE": [1, 2]}\nnull\n{"MESSAGE": "USB disconnect"}') == ()
