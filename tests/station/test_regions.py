"""The packaged tables of sub-districts and provinces."""

from pathlib import Path

import pytest

from station.regions import Region, Regions

REGIONS = Regions.load()
# The numbers freed by splits, as the region table's notes list them.
HISTORIC = {
    "6102": (2, 3, 4, 5, 9, 10, 11, 13, 14),
    "6103": (14, 15, 16, 17, 18, 19),
    "6104": (6, 9, 10, 15, 23),
    "6105": (10, 11, 12, 13, 16, 17, 18),
}


def test_the_174_sub_districts_in_14_regencies():
    current = REGIONS.current()
    assert len(current) == 174
    assert len({region.code for region in current}) == 174
    assert len({region.regency for region in current}) == 14
    assert all(region.name and region.code.startswith("61.") for region in current)
    assert [region.code for region in current] == sorted(region.code for region in current)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("61.01.01", "Sambas, Kabupaten Sambas"),
        ("610101", "Sambas, Kabupaten Sambas"),
        ("61.02.08", "Jongkat, Kabupaten Mempawah"),
        ("61.02.02", "Kabupaten Mempawah"),
        ("99.01.01", "99.01.01"),
    ],
)
def test_names(code, name):
    assert REGIONS.name_of(code) == name


def test_the_27_historic_prefixes_are_known_and_not_current():
    prefixes = [f"{regency}{number:02d}" for regency, rest in HISTORIC.items() for number in rest]
    assert len(prefixes) == 27
    for prefix in prefixes:
        assert REGIONS.is_known_prefix(prefix)
        assert REGIONS.is_historic_prefix(prefix)
        assert not REGIONS.is_known(prefix)
    assert not REGIONS.is_historic_prefix("610101")
    assert not REGIONS.is_historic_prefix("999999")


def test_known_codes():
    assert REGIONS.is_known("61.01.01")
    assert not REGIONS.is_known("61.01.99")
    assert not REGIONS.is_known_prefix("610199")
    assert REGIONS.find("61.01.99") is None


def test_provinces():
    assert REGIONS.province_of("610101") == "Kalimantan Barat"
    assert REGIONS.province_of("327301") == "Jawa Barat"
    assert REGIONS.province_of("200101") is None
    assert REGIONS.covers_province("619999")
    assert not REGIONS.covers_province("320101")


def test_a_second_province_is_one_more_file(tmp_path):
    (tmp_path / "provinces.csv").write_text("code;name\n62;Kalimantan Tengah\n", encoding="utf-8")
    (tmp_path / "regions_62.csv").write_text(
        "code;name;regency\n62.01.01;Kumai;Kabupaten Kotawaringin Barat\n", encoding="utf-8"
    )
    (tmp_path / "notes.txt").write_text("not a table", encoding="utf-8")
    regions = Regions.load(tmp_path)
    expected = Region("62.01.01", "Kumai", "Kabupaten Kotawaringin Barat")
    assert regions.current() == (expected,)
    assert regions.covers_province("620101")


def test_the_table_is_that_of_the_shared_facts():
    path = Path("../shared/data/regions/kalbar.csv")
    if not path.exists():
        pytest.skip("shared region table not present")
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    facts = {tuple(line.split(",")[index] for index in (0, 2, 4)) for line in lines}
    assert {(one.code, one.name, one.regency) for one in REGIONS.current()} == facts
