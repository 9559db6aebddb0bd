"""Numbers about the scanner from ordinary captures: kept apart from captures and residents."""

import datetime
import sqlite3

import numpy as np
import pytest

from biometrics.finger.slap import check_slap
from drivers.catalog import build_device
from drivers.devices import CaptureTarget
from drivers.frames import DeviceIdentity, Frame
from selftest.daily import DailyStatistics
from selftest.history import History
from station.capture_statistics import CaptureStatistics
from station.case_fingers import positions_of

NOW = datetime.datetime(2026, 11, 24, 9, tzinfo=datetime.UTC)
DAY = NOW.date()
DEVICE = DeviceIdentity("Acme", "FS", "1234")
FINGERS = ("right_index", "right_middle", "right_ring", "right_little")


@pytest.fixture(scope="module")
def slap():
    """A resting slap of the virtual resident, with its check."""
    scanner = build_device("scanner", "sim_scanner", {"scene": "capture-statistics"})
    with scanner:
        for _ in range(40):
            frame = scanner.read_frame(target=CaptureTarget.RIGHT_SLAP, timeout_s=2.0)
    check = check_slap(frame.pixels, 500.0, expected=positions_of(FINGERS))
    assert len(check.fingers) == 4
    return frame.pixels, check


def frame_of(pixels, device=DEVICE):
    return Frame(pixels, 500.0, 0.0, device)


def test_a_slap_adds_its_figures_and_counts(tmp_path, slap):
    pixels, check = slap
    kept = CaptureStatistics(tmp_path / "selftest.db", lambda: NOW)
    kept.add_fingers(frame_of(pixels), pixels, check.fingers, is_accepted=True)
    kept.add_fingers(frame_of(pixels), pixels, check.fingers, is_accepted=False)
    kept.close()
    statistics = DailyStatistics(History(tmp_path / "selftest.db"))
    (unit,) = statistics.units()
    assert "1234" in unit
    assert statistics.counted(unit, "attempts", DAY, DAY) == 2
    assert statistics.counted(unit, "accepted", DAY, DAY) == 1
    (level,) = statistics.days(unit, "background_level")
    assert level.median == pytest.approx(239, abs=2)
    (period,) = statistics.days(unit, "ridge_period")
    assert period.n == 8
    assert 6 < period.median < 12


def test_a_unit_without_a_serial_has_no_history(tmp_path, slap):
    pixels, check = slap
    kept = CaptureStatistics(tmp_path / "selftest.db", lambda: NOW)
    nameless = frame_of(pixels, DeviceIdentity("Acme", "FS"))
    kept.add_fingers(nameless, pixels, check.fingers, is_accepted=True)
    kept.close()
    assert not (tmp_path / "selftest.db").exists()


def test_a_file_that_cannot_be_written_costs_a_number_only(tmp_path, slap):
    pixels, check = slap
    (tmp_path / "selftest.db").mkdir()
    kept = CaptureStatistics(tmp_path / "selftest.db", lambda: NOW)
    kept.add_fingers(frame_of(pixels), pixels, check.fingers, is_accepted=True)
    kept.close()
    assert not kept._thread.is_alive()


def test_nothing_of_a_print_is_kept(tmp_path, slap):
    """The file holds counts per bin: its size does not grow with more captures of a day."""
    pixels, check = slap
    kept = CaptureStatistics(tmp_path / "selftest.db", lambda: NOW)
    for _ in range(8):
        kept.add_fingers(frame_of(pixels), pixels, check.fingers, is_accepted=True)
    kept.close()
    with sqlite3.connect(tmp_path / "selftest.db") as link:
        rows = link.execute("SELECT bins FROM daily_value").fetchall()
    link.close()
    assert len(rows) == 6
    assert max(len(row[0]) for row in rows) < 200


def test_an_empty_glass_counts_as_an_attempt(tmp_path):
    pixels = np.full((400, 400), 240, np.uint8)
    kept = CaptureStatistics(tmp_path / "selftest.db", lambda: NOW)
    kept.add_fingers(frame_of(pixels), pixels, (), is_accepted=False)
    kept.close()
    statistics = DailyStatistics(History(tmp_path / "selftest.db"))
    (unit,) = statistics.units()
    assert statistics.days(unit, "background_level")[0].median == 240
    assert statistics.days(unit, "quality_score") == ()
