"""Layouts of the STU reports, on hand-written bytes."""

import pytest

from drivers.protocols import stu_reports as reports
from drivers.protocols.stu_reports import StuEncodings, StuPenReport

CAPABILITY = bytes.fromhex("2a30 1950 03ff 0320 01e0 c8 09ec 0f 0000")


@pytest.mark.parametrize(
    ("parse", "size"),
    [(reports.parse_information, 16), (reports.parse_status, 4), (reports.parse_capability, 16)],
)
@pytest.mark.parametrize("change", [-1, 1])
def test_a_report_of_another_length_is_refused(parse, size, change):
    with pytest.raises(ValueError, match=f"{size + change} bytes"):
        parse(bytes(size + change))


def test_information():
    payload = b"STU-540\0\0" + bytes([1, 8, 1, 1, 2, 3, 4])
    told = reports.parse_information(payload)
    assert (told.model, told.firmware) == ("STU-540", "1.8")


def test_information_of_something_else():
    with pytest.raises(ValueError, match="no STU model"):
        reports.parse_information(b"Intuos\0\0\0" + bytes(7))


def test_capability():
    told = reports.parse_capability(CAPABILITY)
    assert (told.max_x, told.max_y, told.max_pressure) == (10800, 6480, 1023)
    assert told.screen_px == (480, 800)
    assert (told.rate_hz, told.resolution_lpi) == (200, 2540)
    assert told.encodings == StuEncodings(0x0F)
    assert told.size_mm == pytest.approx((108.0, 64.8))


def test_old_capability_has_usual_values_for_what_it_does_not_tell():
    told = reports.parse_capability(CAPABILITY[:10])
    assert (told.rate_hz, told.resolution_lpi) == (200, 2540)
    assert told.encodings == StuEncodings.MONO


@pytest.mark.parametrize("place", range(0, 10, 2))
def test_a_range_of_zero_is_refused(place):
    payload = CAPABILITY[:place] + b"\0\0" + CAPABILITY[place + 2 :]
    with pytest.raises(ValueError, match="zero"):
        reports.parse_capability(payload)


@pytest.mark.parametrize(
    ("report", "pen"),
    [
        ("01 8000 0102 0304", StuPenReport(0x102, 0x304, 0, True, False)),
        ("01 9155 2a30 1950", StuPenReport(10800, 6480, 0x155, True, True)),
        ("01 0003 0000 0000", StuPenReport(0, 0, 3, False, False)),  # low bits are pressure
        ("01 e3ff 0001 0002", StuPenReport(1, 2, 0x3FF, True, False)),  # other switches
        ("30 9001 0001 0002 fffe", StuPenReport(1, 2, 1, True, True, 0xFFFE)),
        ("34 9001 0001 0002 fffe 0007", StuPenReport(1, 2, 1, True, True, 0xFFFE, 7)),
    ],
)
def test_pen(report, pen):
    assert reports.parse_pen(bytes.fromhex(report)) == pen


@pytest.mark.parametrize("number", [0x01, 0x30, 0x34])
def test_short_pen_reports_are_refused(number):
    with pytest.raises(ValueError, match="3 bytes"):
        reports.parse_pen(bytes([number, 0x90, 1, 2]))


@pytest.mark.parametrize("number", [0x10, 0x31, 0x33])
def test_encrypted_pen_reports_are_refused_by_name(number):
    with pytest.raises(ValueError, match="encrypts"):
        reports.parse_pen(bytes([number]) + bytes(16))


def test_other_reports_tell_nothing_of_a_pen():
    with pytest.raises(ValueError, match="99"):
        reports.parse_pen(b"\x99" + bytes(9))
