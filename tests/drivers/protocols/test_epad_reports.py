"""The ePad's report, on hand-written bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.epad_reports import EpadReport, parse_report


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ("00 0000 0000 00", EpadReport(0, 0, 0, False, False)),
        ("40 500b 5a05 00", EpadReport(2896, 1370, 0, True, False)),
        ("60 0100 0001 ff", EpadReport(1, 256, 127, True, True)),
        ("40 ffff ffff 00", EpadReport(2896, 1370, 0, True, False)),  # no value
        ("7f 0100 0001 80", EpadReport(1, 256, 0, True, True)),  # buttons, vendor's bits, bit 7
    ],
)
def test_reports(report, expected):
    assert parse_report(bytes.fromhex(report)) == expected


@pytest.mark.parametrize("size", [0, 1, 5, 7, 64])
def test_another_length_is_refused(size):
    with pytest.raises(ValueError, match=f"{size} bytes"):
        parse_report(bytes(size))


@pytest.mark.parametrize("report", ["60 510b 0000 00", "60 0000 5b05 00"])
def test_a_place_beyond_the_pad_is_refused(report):
    with pytest.raises(ValueError, match="beyond"):
        parse_report(bytes.fromhex(report))


@given(st.binary(min_size=6, max_size=6))
def test_any_six_bytes_are_a_report_on_the_pad_or_refused(data):
    try:
        report = parse_report(data)
    except ValueError:
        return
    assert report.x <= 2896
    assert report.y <= 1370
    assert report.pressure <= 127
