"""Every shared dump of a drive gets the class and the codes that its provenance expects."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from selftest.commands.diagnose import app

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "smartctl"
PROVENANCE = FOLDER / "PROVENANCE.json"
ENTRIES = json.loads(PROVENANCE.read_text()) if PROVENANCE.is_file() else [None]
SEVERITIES = {"critical": ("FAIL", "FAIL"), "warn": ("WARN", "WARN"), "info": ("INFO", "PASS")}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry and entry["file"])
def test_a_drive_gets_its_class_and_codes(entry):
    if entry is None:
        pytest.skip("shared smartctl samples not present")
    place = FOLDER / entry["file"]
    assert hashlib.sha256(place.read_bytes()).hexdigest() == entry["sha256"], "the set changed"
    done = CliRunner().invoke(app, ["smartctl", str(place), "--json"])
    document = json.loads(done.stdout)
    assert document["class"] == entry["expected_class"]
    found = {one["code"]: (one["severity"], one["outcome"]) for one in document["codes"]}
    wanted = {
        code: SEVERITIES.get(word, ("WARN", "ERROR"))
        for code, word, _ in entry["expected_findings"]
    }
    assert found == wanted
    assert done.exit_code == (entry["expected_class"] in {"CRITICAL", "CANNOT_TELL"})


def test_the_drive_without_a_status_is_not_proven():
    place = FOLDER / "AnalogJ__smart-sat.json"
    if not place.is_file():
        pytest.skip("shared smartctl samples not present")
    done = CliRunner().invoke(app, ["smartctl", str(place), "--json"])
    skipped = {one["code"] for one in json.loads(done.stdout)["not_tested"]}
    assert {"DSK-101", "DSK-116"} <= skipped
