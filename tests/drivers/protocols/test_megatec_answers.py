"""Answers of Megatec UPS, column by column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.megatec_answers import (
    MegatecName,
    MegatecRating,
    battery_voltage,
    parse_name,
    parse_rating,
    parse_status,
)

STATUS = "(221.4 221.4 219.8 018 50.0 13.6 28.0 00001001"
"""The example of the protocol's text."""


def with_bits(bits):
    return parse_status(STATUS[:-8] + bits)


def test_a_status():
    status = parse_status(STATUS)
    assert (status.input_v, status.fault_v, status.output_v) == (221.4, 221.4, 219.8)
    assert (status.load_percent, status.frequency_hz) == (18, 50)
    assert (status.battery_v, status.temperature_c) == (13.6, 28.0)
    assert (status.is_line_interactive, status.is_beeper_on, status.is_per_cell) == (
        True,
        True,
        False,
    )
    assert status.words() == ("OL",)


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        ("00000000", ("OL",)),
        ("10000000", ("OB",)),
        ("11000000", ("OB", "LB")),
        ("01000000", ("OL", "LB")),
        ("00100000", ("OL", "BYPASS")),
        ("00010000", ("OL", "ALARM")),
        ("00000100", ("OL", "CAL")),
        ("00000010", ("OL", "FSD")),
        ("11111111", ("OB", "LB", "BYPASS", "CAL", "FSD", "ALARM")),
    ],
)
def test_bits(bits, words):
    assert with_bits(bits).words() == words


@pytest.mark.parametrize(
    ("volts_in", "volts_out", "word"),
    [
        ("180.0", "210.0", "BOOST"),
        ("250.0", "225.0", "TRIM"),
        ("230.0", "229.0", "BYPASS"),
        ("000.0", "220.0", "BYPASS"),
        ("---.-", "220.0", "BYPASS"),
        ("230.0", "---.-", "BYPASS"),
    ],
)
def test_boost_trim_and_bypass(volts_in, volts_out, word):
    text = f"({volts_in} 000.0 {volts_out} 018 50.0 13.6 28.0 00101001"
    assert parse_status(text).words() == ("OL", word)


def test_an_overload():
    assert "OVER" in parse_status(STATUS.replace(" 018 ", " 104 ")).words()
    assert "OVER" not in parse_status(STATUS.replace(" 018 ", " 100 ")).words()


def test_what_a_ups_does_not_know():
    status = parse_status("(230.1 ---.- 230.0 --- 50.0 27.2 --.- 00001000")
    assert (status.fault_v, status.load_percent, status.temperature_c) == (None, None, None)
    assert status.input_v == 230.1


@pytest.mark.parametrize(
    ("battery", "rated_v", "volts"),
    [("27.2", 24.0, 27.2), ("2.27", 24.0, 27.24), ("2.27", 192.0, 217.92), ("2.27", None, None)],
)
def test_volts_of_a_cell_become_volts_of_the_battery(battery, rated_v, volts):
    status = parse_status(STATUS.replace("13.6", battery))
    rating = None if rated_v is None else MegatecRating(230.0, 5.0, rated_v, 50.0)
    assert battery_voltage(status, rating) == volts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Q1",
        STATUS[1:],
        STATUS[:-1],
        STATUS + "0",
        STATUS[:-1] + "2",
        STATUS.replace("13.6", "1x.6"),
        STATUS.replace("221.4", "22\u0661.4"),
        STATUS.replace(" 018 ", " 18 "),
        "#" + STATUS[1:],
        "(221.4 221.4 219.8 018 50.0 13.6 28.0",
        STATUS.replace("50.0", "-5.0"),
    ],
)
def test_no_status(text):
    with pytest.raises(ValueError, match=r"columns|number"):
        parse_status(text)


@given(st.text(max_size=60) | st.from_regex(r"\(.{37} [01]{8}", fullmatch=True))
def test_any_text_is_a_status_or_an_error(text):
    try:
        status = parse_status(text)
    except ValueError:
        return
    assert text.startswith("(")
    assert status.load_percent is None or 0 <= status.load_percent <= 999


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("#220.0 005 12.00 50.0", MegatecRating(220.0, 5.0, 12.0, 50.0)),
        ("#220.0 000 024.0 50.0", MegatecRating(220.0, 0.0, 24.0, 50.0)),
        ("#230.0 --- 192.0 --.-", MegatecRating(230.0, None, 192.0, None)),
    ],
)
def test_ratings(text, rating):
    assert parse_rating(text) == rating


@pytest.mark.parametrize("text", ["", "F", "#220.0 005 12.00", "(220.0 005 12.00 50.0"])
def test_no_rating(text):
    with pytest.raises(ValueError, match="columns"):
        parse_rating(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("#ICA             CT1382B    V1.0      ", MegatecName("ICA", "CT1382B", "V1.0")),
        ("#ICA             CT1382B    V1.0", MegatecName("ICA", "CT1382B", "V1.0")),
        ("#-------------   ------     VT12046Q  ", MegatecName("", "", "VT12046Q")),
        ("#" + " " * 37, MegatecName("", "", "")),
    ],
)
def test_names(text, name):
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "I", "#", "#ICA", "#" + "x" * 38, "(" + " " * 37, "#\x07" * 15]
)
def test_no_name(text):
    with pytest.raises(ValueError, match="no name"):
        parse_name(text)
