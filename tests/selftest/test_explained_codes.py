"""Codes, texts, limits and checks are complete, and `selftest explain` tells all of each code."""

import pytest
from typer.testing import CliRunner

from selftest.catalog import all_checks
from selftest.cli import app
from selftest.exporters.words import WORDS
from selftest.faults import load_faults, load_parts
from selftest.limits import load_limits
from tests.selftest.matrix_world import World, short_waits

LISTED = {
    "FPS": "001 002 003 004 005 006 007 008 101 102 103 104 105 106 107 108 109 110 111 112 113"
    " 120 121 122 123 124 130 131 132 133 134 140 141 142 143 144",
    "CAM": "001 101 102 103 104 105 106 107",
    "SIG": "001 101 102 103 104 105",
    "IRS": "001 101 102 103 104",
    "CRD": "001 101 102 103 104",
    "UPS": "001 002 101 102 103 104 105 106 107 108 109 110 111 112 113 114",
    "PWR": "101 102 103 104 105 106 107 108",
    "DSK": "001 101 102 103 110 111 112 113 114 115 116 120 130 131 132 133 135 140 141 150 160"
    " 161",
    "FSY": "101",
    "MEM": "101 102 103",
    "CPU": "101 102 103",
    "USB": "101",
    "TIM": "101 102",
    "SYS": "101 102 103",
    "NET": "001 101 102 103 104",
}
"""Codes of the reference tables: 117 rows, and the supplements of UPS and drives."""
NOT_BUILT = {
    "FPS-134": "needs pictures of 80 residents' fingers and touches a patent; its owner decides",
    "FPS-144": "a swapped unit is told by its serial number (FPS-003); no stored pattern yet",
}
OUR_OWN = {
    *("DSK-162", "FPS-135", "MEM-104", "NET-105", "STO-101", "STO-102", "STO-103"),
    *("UPS-115", "UPS-120", "UPS-121"),
}
"""Codes that the reference does not have."""
BY_A_PERSON = {"UPS-121"}
"""Answered, not measured: no limit."""
CODES = {item.code for item in all_checks()}
TEXTS = load_faults()


def test_every_code_of_the_reference_is_a_check_or_a_named_exception():
    listed = {f"{letters}-{digits}" for letters, all_ in LISTED.items() for digits in all_.split()}
    assert len(listed) == 117 + 7
    assert listed - set(NOT_BUILT) == CODES - OUR_OWN
    assert not CODES & set(NOT_BUILT)
    assert CODES >= OUR_OWN


def test_codes_of_checks_texts_and_limits_are_the_same():
    assert set(TEXTS) == CODES
    assert len(all_checks()) == len(CODES)
    assert {limit.code for limit in load_limits().limits} == CODES - BY_A_PERSON


def test_every_value_that_a_station_measures_has_a_limit(tmp_path):
    known = {(limit.code, limit.measurement) for limit in load_limits().limits}
    hands = ("CAM", "IRS", "SIG", "CRD", "UPS", "FPS-12")
    with short_waits():
        run = World(tmp_path / "world", hands=hands).run()
    measured = {(code, value.name) for _, code, value in run.values}
    assert len(measured) > 80
    assert measured - known == set()


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_is_explained_in_full(code, language):
    done = CliRunner().invoke(
        app, ["explain", code, "--language", language], env={"COLUMNS": "400"}
    )
    assert done.exit_code == 0, done.output
    text, words, told = TEXTS[code], WORDS[language], done.stdout
    pick = lambda name: getattr(text, f"{name}_{language}")  # noqa: E731
    for wanted in (code, pick("name"), pick("test"), pick("evidence"), pick("action")):
        assert wanted in told
    for cause in text.causes:
        assert getattr(cause, f"text_{language}") in told
    for step in pick("steps"):
        assert step in told
    nothing = "none" if language == "en" else "tidak ada"
    part = load_parts()[text.part] if text.part else None
    assert f"{words.part}: {getattr(part, f'name_{language}') if part else nothing}" in told
    assert f"{text.level} {words.levels[text.level]}, {text.minutes} {words.minutes}" in told
    assert f"selftest only {code}" in told


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_text_is_whole(code):
    text = TEXTS[code]
    assert text.minutes > 0
    assert len(text.steps_id) == len(text.steps_en) >= 2
    assert sum(cause.weight for cause in text.causes) == pytest.approx(1)
    assert text.name_id != text.name_en
    assert text.action_id != text.action_en


def test_actions_are_not_the_same_for_everything():
    actions = [text.action_id for text in TEXTS.values()]
    assert len(set(actions)) > 0.9 * len(actions)
