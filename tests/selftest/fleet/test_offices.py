"""Tables of offices and of distances: degenerate ones first."""

import numpy as np
import pytest

from selftest.fleet.errors import OfficesError, TravelError
from selftest.fleet.offices import load_offices, parse_offices
from selftest.fleet.travel import DETOUR, estimate_travel, load_travel

HEAD = "code;name;regency;lat;lng;residents\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (HEAD, "no rows"),
        ("code;name\n1;a\n", "no column regency, lat, lng"),
        (HEAD + "01;A;R;200;109;5\n", "no point on earth"),
        (HEAD + "01;A;R;north;109;5\n", "line 2: the column lat holds 'north'"),
        (HEAD + "01;A;R;1;109;5\n01;B;R;1;109;5\n", "line 3: the code 01 stands there twice"),
        (HEAD + "01;A;R;1;109;\n", "the column villages"),
    ],
)
def test_a_bad_table_is_told_by_line(text, said):
    with pytest.raises(OfficesError, match=said):
        parse_offices(text, "t.csv")


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(OfficesError, match="cannot be read"):
        load_offices(tmp_path / "none.csv")


def test_the_packaged_table_is_the_province(offices):
    assert len(offices) == 174
    assert len(offices.regencies()) == 14
    assert sum(office.residents for office in offices.values()) == pytest.approx(5_646_268)
    assert all(-3.5 < o.lat_deg < 2.5 and 108 < o.lng_deg < 115 for o in offices.values())


def test_another_province_is_another_table():
    found = parse_offices("\ufeff" + HEAD.replace(";", ",") + "71.01.01,A,R,1.5,124.8,900\n", "t")
    assert found["71.01.01"].residents == 900


def test_an_unknown_office_is_named(offices):
    with pytest.raises(OfficesError, match=r"--pin names the office '99\.99\.99'"):
        offices.named("99.99.99", "--pin")


def test_an_estimate_is_the_great_circle_with_detour():
    found = parse_offices(HEAD + "1;A;R;0;109;1\n2;B;R;0;110;1\n", "t")
    travel = estimate_travel(found)
    assert travel.km_between("1", "2") == pytest.approx(111.195 * DETOUR, rel=1e-4)
    assert travel.hours_between("1", "2") == pytest.approx(111.195 * DETOUR / 35, rel=1e-4)
    assert travel.estimated_pairs == 2


def test_the_estimate_is_symmetric_and_zero_at_home(offices):
    travel = estimate_travel(offices)
    assert np.allclose(travel.km, travel.km.T)
    assert not travel.km.diagonal().any()


def test_measured_pairs_replace_estimates(offices, tmp_path):
    place = tmp_path / "d.csv"
    place.write_text(
        "from;to;km;hours\n61.01.01;61.01.02;;2\n61.01.02;61.01.01;50;9\n61.01.01;61.01.03;35;\n"
    )
    travel = load_travel(offices, place)
    assert travel.hours_between("61.01.01", "61.01.02") == 2
    assert travel.km_between("61.01.01", "61.01.02") == 70
    assert travel.hours_between("61.01.02", "61.01.01") == 9
    assert travel.hours_between("61.01.03", "61.01.01") == 1
    assert travel.estimated_pairs == 174 * 173 - 4


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("61.01.01;99.01.01;3;1", "names '99.01.01'"),
        ("61.01.01;61.01.02;;", "give km or hours"),
        ("61.01.01;61.01.02;-3;1", "zero or more"),
        ("61.01.01;61.01.02;far;1", "are numbers"),
        ("61.01.01;61.01.02;inf;1", "zero or more"),
    ],
)
def test_a_bad_distance_is_told_by_line(offices, tmp_path, row, said):
    place = tmp_path / "d.csv"
    place.write_text("from;to;km;hours\n" + row + "\n")
    with pytest.raises(TravelError, match=f"line 2.*{said}"):
        load_travel(offices, place)
