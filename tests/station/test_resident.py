"""Biodata: limits, words, background colour, digest; who may be recorded."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from station.eligibility import judge_eligibility, years_after, years_before
from station.errors import BadBiodataError
from station.resident import Background, MaritalStatus, Religion, read_resident
from tests.station.made_residents import FIELDS, resident

TODAY = date(2026, 11, 24)


def test_biodata_as_typed_is_tidied():
    person = resident(full_name="  Siti \t Aminah ", religion="islam", marital_status="belum kawin")
    assert person.full_name == "Siti Aminah"
    assert person.religion is Religion.ISLAM
    assert person.marital_status is MaritalStatus.SINGLE
    assert person.nationality == "WNI"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nik", "610101410798000"),
        ("nik", "6101014107980003 "),
        ("nik", "61010141O7980003"),
        ("full_name", ""),
        ("full_name", "   "),
        ("full_name", "12345"),
        ("full_name", "A" * 101),
        ("full_name", "Siti<script>"),
        ("birth_place", ""),
        ("birth_date", "1998-02-30"),
        ("birth_date", "1899-12-31"),
        ("birth_date", ""),
        ("sex", "W"),
        ("address", ""),
        ("address", "A\x00B"),
        ("rt_rw", "3"),
        ("rt_rw", "0003/001"),
        ("village", "7"),
        ("district_code", "610101"),
        ("religion", "JEDI"),
        ("marital_status", "MENIKAH"),
        ("occupation", ""),
        ("nationality", "ID"),
        ("itap", True),
        ("blood_type", "O"),
    ],
)
def test_a_field_that_cannot_be_used_is_named_without_its_value(field, value):
    with pytest.raises(BadBiodataError) as caught:
        read_resident({**FIELDS, field: value})
    (problem,) = caught.value.problems
    assert problem.field == field
    assert problem.text_id in caught.value.text_id
    assert problem.text_en in caught.value.text_en
    if isinstance(value, str) and len(value.strip()) > 4:
        assert value.strip() not in str(caught.value)
    assert caught.value.__cause__ is None  # the cause would carry the value


def test_all_fields_at_once():
    with pytest.raises(BadBiodataError) as caught:
        read_resident({})
    assert [one.field for one in caught.value.problems] == list(FIELDS)


def test_a_resident_shows_nothing_in_logs():
    person = resident(nationality="WNA", itap=True)
    assert "SITI" not in repr(person)
    assert FIELDS["nik"] not in repr(person)
    assert "MERDEKA" not in str(person)


def test_a_resident_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        resident().full_name = "OTHER"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"birth_date": "1997-07-01"}, Background.RED),
        ({"birth_date": "1998-07-01"}, Background.BLUE),
        ({"birth_date": "2000-02-29"}, Background.BLUE),
        ({"birth_date": "1997-07-01", "nationality": "WNA", "itap": True}, Background.ORANGE),
        ({"birth_date": "1998-07-01", "nationality": "WNA"}, Background.ORANGE),
    ],
)
def test_background_is_red_for_odd_years_blue_for_even_orange_for_foreigners(changes, expected):
    assert resident(**changes).photo_background is expected


def test_the_digest_is_of_the_canonical_json():
    person = resident()
    assert person.biodata_sha256 == resident().biodata_sha256
    assert person.biodata_sha256 == read_resident(dict(reversed(FIELDS.items()))).biodata_sha256
    assert len(person.biodata_sha256) == 64
    digests = {resident(**{name: value}).biodata_sha256 for name, value in OTHER_VALUES.items()}
    assert len(digests - {person.biodata_sha256}) == len(OTHER_VALUES)


OTHER_VALUES = {
    "nik": "6101014107980004",
    "full_name": "SITI AMINAH B",
    "birth_place": "TEBAS",
    "birth_date": "1998-07-02",
    "sex": "L",
    "address": "JL. MERDEKA NO. 8",
    "rt_rw": "003/002",
    "village": "LORONG",
    "district_code": "61.01.02",
    "religion": "KRISTEN",
    "marital_status": "CERAI MATI",
    "occupation": "GURU",
    "nationality": "WNA",
}


def test_a_name_in_decomposed_form_is_the_same_name():
    composed = resident(full_name="Andr\N{LATIN SMALL LETTER E WITH ACUTE}")
    assert resident(full_name="Andre\u0301") == composed


# ---- who may be recorded (FIELD.md 3.4, 9.1 number 2)


def born(years, days=0):
    """Return the birth date of one who is so many years old, less so many days."""
    return TODAY.replace(year=TODAY.year - years) + timedelta(days=days)


@pytest.mark.parametrize(
    ("birth_date", "changes", "may_record", "print_from", "reason"),
    [
        (born(17), {}, True, None, None),
        (born(17), {"marital_status": "BELUM KAWIN"}, True, None, None),
        (born(80), {"marital_status": "CERAI MATI"}, True, None, None),
        (born(17, 1), {"marital_status": "BELUM KAWIN"}, True, date(2026, 11, 25), "print_later"),
        (born(16), {"marital_status": "BELUM KAWIN"}, True, date(2027, 11, 24), "print_later"),
        (born(16), {"marital_status": "KAWIN"}, True, None, "married"),
        (born(16, 1), {"marital_status": "BELUM KAWIN"}, False, date(2027, 11, 25), "too_young"),
        (born(15), {"marital_status": "BELUM KAWIN"}, False, date(2028, 11, 24), "too_young"),
        (born(15), {"marital_status": "KAWIN"}, True, None, "married"),
        (born(15), {"marital_status": "KAWIN TERCATAT"}, True, None, "married"),
        (born(15), {"marital_status": "KAWIN BELUM TERCATAT"}, True, None, "married"),
        (born(15), {"marital_status": "CERAI HIDUP"}, True, None, "married"),
        (born(15), {"marital_status": "CERAI MATI"}, True, None, "married"),
        (born(0), {"marital_status": "BELUM KAWIN"}, False, date(2043, 11, 24), "too_young"),
        (born(0, 1), {}, False, None, "born_in_future"),
        (born(40), {"nationality": "WNA", "itap": True}, True, None, None),
        (born(40), {"nationality": "WNA"}, False, None, "foreigner_without_itap"),
        (
            born(16),
            {"nationality": "WNA", "itap": True, "marital_status": "BELUM KAWIN"},
            True,
            date(2027, 11, 24),
            "print_later",
        ),
        (born(15), {"nationality": "WNA"}, False, None, "foreigner_without_itap"),
    ],
)
def test_who_may_be_recorded(birth_date, changes, may_record, print_from, reason):
    verdict = judge_eligibility(resident(birth_date=birth_date, **changes), TODAY)
    assert verdict.may_record is may_record
    assert verdict.print_from == print_from
    assert verdict.reason_code == reason


def test_the_texts_say_from_when():
    later = judge_eligibility(resident(birth_date=born(16), marital_status="BELUM KAWIN"), TODAY)
    assert "dicetak mulai 24 November 2027" in later.text_id
    assert "printed from 2027-11-24" in later.text_en
    young = judge_eligibility(
        resident(birth_date=date(2011, 1, 3), marital_status="BELUM KAWIN"), TODAY
    )
    assert "Boleh mulai 3 Januari 2027" in young.text_id
    assert "Possible from 2027-01-03" in young.text_en


@pytest.mark.parametrize(
    ("today", "may_record"), [(date(2024, 2, 28), False), (date(2024, 2, 29), True)]
)
def test_one_born_on_a_leap_day_in_a_leap_year(today, may_record):
    person = resident(birth_date=date(2008, 2, 29), marital_status="BELUM KAWIN")
    assert judge_eligibility(person, today).may_record is may_record


def test_one_born_on_a_leap_day_has_the_birthday_on_the_first_of_march():
    person = resident(birth_date=date(2008, 2, 29), marital_status="BELUM KAWIN")
    assert judge_eligibility(person, date(2025, 2, 28)).print_from == date(2025, 3, 1)
    assert judge_eligibility(person, date(2025, 3, 1)).print_from is None


@given(
    birth=st.dates(date(1900, 1, 1), date(2060, 1, 1)),
    today=st.dates(date(1930, 1, 1), date(2099, 12, 31)),
    years=st.integers(1, 30),
)
def test_both_ways_of_counting_years_agree(birth, today, years):
    assert (birth <= years_before(today, years)) == (years_after(birth, years) <= today)
