"""The short message: written, dropped to its length, read back, and refused when misread."""

import datetime
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selftest.errors import BadReportError
from selftest.exporters.sms import (
    LETTERS,
    MAX_CHARACTERS,
    ShortReport,
    decode_sms,
    encode_sms,
    render_sms,
    short_report,
)
from selftest.report import Outcome

CODES = st.from_regex(re.compile(r"[A-Z]{3}-[0-9]{3}", re.ASCII), fullmatch=True)
MINUTES = st.integers(0, 35_000_000)  # of some 66 years
START = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


@st.composite
def short_reports(draw, most=40):
    codes = draw(st.lists(CODES, unique=True, max_size=most))
    faults = [(code, draw(st.sampled_from(LETTERS))) for code in codes]
    faults.sort(key=lambda fault: LETTERS.index(fault[1]))
    station = draw(
        st.from_regex(re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}", re.ASCII), fullmatch=True)
    )
    started = START + datetime.timedelta(minutes=draw(MINUTES))
    all_clear = not faults and draw(st.booleans())
    return ShortReport(station, started, tuple(faults), 0, all_clear, draw(st.integers(1, 99)))


def test_the_example_of_the_reference(make_report, make_result):
    report = make_report(make_result("UPS-108", Outcome.WARN), make_result("CAM-102", Outcome.FAIL))
    line = render_sms(report)
    assert line.startswith("KTP1 610805 260924T0102 CAM102F,UPS108W ")
    assert re.fullmatch(r"[0-9A-F]{4}", line[-4:])


def test_nothing_found_is_all_clear_only_when_all_was_tested(make_report, make_result):
    clear = render_sms(make_report(make_result("FPS-001")))
    assert clear.startswith("KTP1 610805 260924T0102 OKE000 ")
    assert decode_sms(clear).all_clear
    skipped = make_report(make_result("FPS-101", Outcome.SKIP, essential=False))
    assert not decode_sms(render_sms(skipped)).all_clear
    owed = make_report(make_result("FPS-101", Outcome.SKIP))
    assert decode_sms(render_sms(owed)).faults == (("FPS-101", "S"),)


def test_a_code_of_two_units_counts_once_as_the_worse(make_report, make_result):
    report = make_report(
        make_result("FPS-108", Outcome.WARN, asset="kiri"),
        make_result("FPS-108", Outcome.FAIL, asset="kanan"),
        make_result("FPS-102", Outcome.WARN),
    )
    assert short_report(report).faults == (("FPS-108", "F"), ("FPS-102", "W"))


def test_fifteen_faults_fit_and_the_least_severe_are_dropped_first():
    started = datetime.datetime(2026, 9, 24, 1, 2, tzinfo=datetime.UTC)
    faults = tuple((f"FPS-{n:03d}", "F" if n < 5 else "W") for n in range(40))
    line = encode_sms(ShortReport("61.08.05", started, faults[:15]))
    assert len(line) == 148
    line = encode_sms(ShortReport("61.08.05", started, faults))
    read = decode_sms(line)
    assert MAX_CHARACTERS - 8 <= len(line) <= MAX_CHARACTERS
    assert read.faults == faults[: len(read.faults)]
    assert len(read.faults) + read.dropped == 40


@given(short_reports())
def test_what_is_written_is_read_back(short):
    line = encode_sms(short)
    assert len(line) <= MAX_CHARACTERS
    assert line.isascii()
    read = decode_sms(line)
    kept = len(read.faults)
    assert (read.station_code, read.set_number) == (short.station_code, short.set_number)
    assert read.started == short.started
    assert read.faults == short.faults[:kept]
    assert read.dropped == len(short.faults) - kept
    assert read.all_clear == short.all_clear
    assert encode_sms(read) == line


@settings(derandomize=True)  # 16 bits let one misreading of 65,536 pass
@given(short_reports(most=6), st.data())
def test_one_wrong_character_is_noticed(short, data):
    line = encode_sms(short)
    place = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda letter: letter != line[place]))
    with pytest.raises(BadReportError):
        decode_sms(line[:place] + other + line[place + 1 :])


@given(st.text(max_size=200))
def test_any_other_text_is_refused(text):
    with pytest.raises(BadReportError):
        decode_sms(text)


@pytest.mark.parametrize(
    "faults",
    [
        "FPS108W,CAM102F",
        "FPS108W,FPS108W",
        "FPS108X",
        "+3,FPS108W",
        "+0",
        "",
        "OKE000,FPS108W",
        "+",
    ],
)
def test_a_line_that_we_would_not_write_is_refused_though_its_check_fits(faults):
    text = f"KTP1 610805 260924T0102 {faults}"
    with pytest.raises(BadReportError):
        decode_sms(f"{text} {zlib.crc32(text.encode()) & 0xFFFF:04X}")
