"""The packaged thresholds, and files of the same form."""

from pathlib import Path

import pytest

from biometrics.finger.rules import BSI_TABLE
from station.errors import ConfigError
from station.thresholds import load_thresholds

PACKAGED = Path("station/data/thresholds.toml").read_text(encoding="utf-8")


def load(tmp_path, text):
    path = tmp_path / "thresholds.toml"
    path.write_text(text, encoding="utf-8")
    return load_thresholds(path)


def test_the_packaged_file_says_what_the_rules_say():
    assert load_thresholds() == BSI_TABLE


def test_another_file_may_say_otherwise(tmp_path):
    text = PACKAGED.replace("thumb = 30", "thumb = 35").replace("5.3/1", "local/2")
    table = load(tmp_path, text)
    assert table.version == "bsi-tr-03121-local/2"
    assert table.least != BSI_TABLE.least


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("thumb = 30", "thumb = 101", "line 7: 'enrolment.thumb' = 101"),
        ("thumb = 30", "thumb = -1", "line 7: 'enrolment.thumb' = -1"),
        ("thumb = 30", 'thumb = "30"', "'enrolment.thumb' = '30'"),
        ("thumb = 30", "thum = 30", "did you mean 'thumb'?"),
        ("[rolled]", "[roled]", "did you mean 'rolled'?"),
        ("version = ", "versoin = ", "did you mean 'version'?"),
        ("[enrolment]", "[enrolment", "no TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_key(tmp_path, old, new, expected):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, PACKAGED.replace(old, new, 1))
    assert expected in caught.value.text_en
