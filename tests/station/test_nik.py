"""The NIK: its parts, and what is pointed out and never refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import NikFormError
from station.nik import Severity, check_nik, parse_nik
from station.regions import Regions
from tests.station.made_residents import resident

TODAY = date(2026, 11, 24)
REGIONS = Regions.load()


def codes(nik, person=None, today=TODAY):
    return [finding.code for finding in check_nik(nik, person, REGIONS, today=today)]


def only(nik, person=None):
    (finding,) = check_nik(nik, person, REGIONS, today=TODAY)
    return finding


def test_the_parts_of_a_womans_nik():
    nik = parse_nik("6101014107980003")
    assert (nik.prefix, nik.day, nik.month, nik.short_year, nik.serial) == ("610101", 1, 7, 98, 3)
    assert nik.is_female
    assert nik.sex == "P"
    assert nik.birth_date(TODAY) == date(1998, 7, 1)


def test_the_parts_of_a_mans_nik():
    nik = parse_nik("6171053112650012")
    assert (nik.day, nik.sex) == (31, "L")
    assert nik.birth_date(TODAY) == date(1965, 12, 31)


@pytest.mark.parametrize(
    "text", ["61.01.01.410798.0003", " 610101 410798 0003", "610101-4107980003"]
)
def test_blanks_and_dots_are_allowed(text):
    assert parse_nik(text).digits == "6101014107980003"


@pytest.mark.parametrize("text", ["", "61010141079800", "61010141079800031", "6101014107980O03"])
def test_the_form_is_the_only_condition(text):
    with pytest.raises(NikFormError, match="16 digits"):
        parse_nik(text)
    finding = only(text)
    assert (finding.code, finding.severity) == ("nik_form", Severity.ERROR)
    assert "16 angka" in finding.text_id


def test_digits_of_another_script_are_no_digits():
    with pytest.raises(NikFormError):
        parse_nik("\N{ARABIC-INDIC DIGIT SIX}101014107980003")


@pytest.mark.parametrize(
    ("digits", "today", "expected"),
    [
        ("410798", TODAY, date(1998, 7, 1)),
        ("010725", TODAY, date(2025, 7, 1)),
        ("241126", TODAY, date(2026, 11, 24)),
        ("251126", TODAY, date(1926, 11, 25)),
        ("010715", TODAY, date(2015, 7, 1)),
        ("290200", TODAY, date(2000, 2, 29)),
        ("690200", TODAY, date(2000, 2, 29)),
        ("290204", TODAY, date(2004, 2, 29)),
        ("290203", TODAY, None),
        ("310498", TODAY, None),
        ("010026", TODAY, None),
        ("011300", TODAY, None),
        ("000100", TODAY, None),
        ("400100", TODAY, None),
        ("320100", TODAY, None),
        ("720100", TODAY, None),
        ("990100", TODAY, None),
        ("010740", date(2051, 1, 1), date(2040, 7, 1)),
    ],
)
def test_the_century_is_chosen_and_impossible_dates_are_none(digits, today, expected):
    assert parse_nik(f"610101{digits}0001").birth_date(today) == expected


@pytest.mark.parametrize(
    ("nik", "expected"),
    [
        ("6101014107980003", []),
        ("6101010107980003", []),
        ("6102020107980003", ["nik_region_historic"]),
        ("6104100107980003", ["nik_region_historic"]),
        ("6101990107980003", ["nik_region_unknown"]),
        ("6100010107980003", ["nik_region_unknown"]),
        ("9901010107980003", ["nik_region_unknown"]),
        ("3273010107980003", ["nik_other_province"]),
        ("5471010107700003", ["nik_other_province"]),
        ("6101013207980003", ["nik_day_impossible"]),
        ("6101010007980003", ["nik_day_impossible"]),
        ("6101014007980003", ["nik_day_impossible"]),
        ("6101017207980003", ["nik_day_impossible"]),
        ("6101013104980003", ["nik_date_impossible"]),
        ("6101017102980003", ["nik_date_impossible"]),
        ("6101012902990003", ["nik_date_impossible"]),
        ("6101010113980003", ["nik_date_impossible"]),
        ("6101010107980000", ["nik_serial_zero"]),
        ("9901013213980000", ["nik_region_unknown", "nik_day_impossible", "nik_serial_zero"]),
    ],
)
def test_what_is_pointed_out_about_the_number_alone(nik, expected):
    assert codes(nik) == expected


def test_a_date_in_the_future_points_to_the_clock():
    """A station whose battery is dead believes it is 1970."""
    (finding,) = check_nik("6101014107980003", None, REGIONS, today=date(1970, 1, 1))
    assert finding.code == "nik_date_in_future"
    assert "jam stasiun" in finding.text_id
    assert finding.derived == "1998-07-01"


def test_without_a_day_no_date_is_in_the_future():
    assert codes("6101014107980003", today=None) == []


@pytest.mark.parametrize(
    ("changes", "expected", "derived"),
    [
        ({}, [], None),
        ({"sex": "L"}, ["nik_sex_mismatch"], "P"),
        ({"birth_date": "1998-01-07"}, ["nik_birth_date_mismatch"], "1998-07-01"),
        ({"birth_date": "1988-07-01"}, ["nik_birth_date_mismatch"], "1998-07-01"),
        ({"district_code": "61.71.05"}, ["nik_residence_differs"], "Sambas, Kabupaten Sambas"),
    ],
)
def test_what_does_not_agree_with_the_biodata(changes, expected, derived):
    person = resident(**changes)
    assert codes(person.nik, person) == expected
    if expected:
        finding = only(person.nik, person)
        assert finding.derived == derived
        assert finding.severity in (Severity.INFO, Severity.WARNING)


def test_a_mismatch_names_both_values_in_both_languages():
    person = resident(birth_date="1998-01-07")
    finding = only(person.nik, person)
    assert "1 Juli 1998" in finding.text_id
    assert "7 Januari 1998" in finding.text_id
    assert "1998-07-01" in finding.text_en
    assert "1998-01-07" in finding.text_en
    finding = only(person.nik, resident(sex="L"))
    assert "perempuan" in finding.text_id
    assert "laki-laki" in finding.text_id


def test_a_date_of_the_other_century_agrees():
    person = resident(nik="6101010107200001", sex="L", birth_date="1920-07-01")
    assert codes(person.nik, person) == []


def test_several_things_at_once_come_in_order():
    person = resident(nik="3273010107980000", birth_date="1990-07-01")
    assert codes(person.nik, person) == [
        "nik_other_province",
        "nik_serial_zero",
        "nik_sex_mismatch",
        "nik_birth_date_mismatch",
    ]


@given(nik=st.text("0123456789", min_size=16, max_size=16), day=st.dates())
def test_no_number_is_ever_refused(nik, day):
    for finding in check_nik(nik, resident(), REGIONS, today=day):
        assert finding.severity is not Severity.ERROR
        assert finding.text_id.endswith(".")
        assert finding.text_en.endswith(".")
        assert finding.text_id != finding.text_en


@given(
    birth=st.dates(date(1917, 1, 1), TODAY), is_female=st.booleans(), serial=st.integers(1, 9999)
)
def test_a_number_made_from_a_date_gives_the_date_back(birth, is_female, serial):
    day = birth.day + 40 * is_female
    nik = parse_nik(f"610101{day:02d}{birth.month:02d}{birth.year % 100:02d}{serial:04d}")
    assert nik.is_female is is_female
    assert nik.serial == serial
    assert birth in nik.birth_dates()
    likely = nik.birth_date(TODAY)
    assert likely == birth or (likely.year == birth.year + 100 and likely <= TODAY)
