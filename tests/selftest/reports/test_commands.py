"""The commands about stored reports."""

import json

import pytest
from joserfc.jwk import OKPKey
from typer.testing import CliRunner

from selftest.archive import store_run
from selftest.bench import bench_from_config
from selftest.cli import app
from selftest.report import Outcome


@pytest.fixture
def station(tmp_path, signing_key, as_run, faulty_report, make_report, make_result):
    """Return the configuration of a station with two stored reports and a key."""
    (tmp_path / "keys").mkdir()
    signing_key.rename(tmp_path / "keys" / signing_key.name)
    config = tmp_path / "station.toml"
    config.write_text('[station]\ncode = "61.08.05"\n')
    bench = bench_from_config(config)
    store_run(bench, as_run(make_report(make_result("FPS-108", Outcome.WARN))))
    store_run(bench, as_run(faulty_report, {"map.png": b"png"}))
    return config


@pytest.fixture
def call(station):
    """Return what calls the command for that station and returns what it wrote."""

    def run(*words, code=0):
        done = CliRunner().invoke(app, [*words, "--config", str(station)])
        assert done.exit_code == code, done.output
        return done

    return run


def test_a_report_is_shown_in_every_form(call, station):
    document = json.loads(call("report", "--format", "json").stdout)
    assert document["number"] == 2
    assert "CAM-102" in call("report").stdout
    assert "Camera" in call("report", "--language", "en").stdout
    assert call("report", "--format", "sms").stdout.startswith("KTP1 610805 260924T0102 CAM102F")
    assert len(call("report", "--format", "ocp").stdout.splitlines()) > 20
    assert "<testsuites" in call("report", "--format", "junit").stdout
    place = station.parent / "new" / "r.txt"
    assert call("report", "--format", "human", "--out", str(place)).stdout == ""
    assert "CAM-102" in place.read_text(encoding="utf-8")


def test_a_report_is_found_by_its_number(call):
    document = json.loads(call("report", "--format", "json", "--number", "1").stdout)
    assert document["number"] == 1
    assert "NoReportError" in call("report", "--number", "9", code=2).output


def test_the_stored_reports_are_listed_the_newest_first(call):
    assert [head["number"] for head in json.loads(call("history", "--json").stdout)] == [2, 1]
    assert "CANNOT" in call("history", "--last", "1").stdout


def test_tickets_are_listed_with_what_to_do(call):
    found = json.loads(call("tickets", "--json").stdout)
    assert [(t["code"], t["times"]) for t in found] == [
        ("CAM-102", 1),
        ("UPS-101", 1),
        ("FPS-108", 2),
    ]
    assert "CAM-102 FAIL" in call("tickets").stdout


def test_a_report_is_proved_with_the_station_s_public_key(call, station, tmp_path):
    stored = station.parent / "outbox" / "reports" / "000002.json"
    assert json.loads(call("verify", str(stored), "--json").stdout)["number"] == 2
    shown = tmp_path / "shown.json"
    shown.write_text(call("report", "--format", "json").stdout)
    assert "✓" in call("verify", str(shown)).stdout
    changed = tmp_path / "changed.json"
    changed.write_text(stored.read_text().replace("CANNOT RECORD", "CAN RECORD"))
    assert "changed after it was stored" in " ".join(
        call("verify", str(changed), code=1).output.split()
    )
    other = tmp_path / "other.json"
    other.write_text(json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=False)))
    assert "unknown key" in call("verify", str(stored), "--key", str(other), code=1).output
    assert "FileNotFoundError" in call("verify", str(tmp_path / "absent"), code=2).output


def test_reports_are_carried_on_a_medium(call, tmp_path):
    carried = json.loads(call("export", str(tmp_path / "usb"), "--json").stdout)
    assert carried["copied"] == [1, 2]
    assert (tmp_path / "usb" / "ktpel-reports" / "61.08.05-1" / "000002.json").is_file()
    assert "0 laporan" in call("export", str(tmp_path / "usb")).stdout


def test_a_quick_run_names_why_it_was_made(station, call):
    done = CliRunner().invoke(app, ["quick", "--help"])
    assert "nightly" in done.output
    only = call("only", "CAM-001", "--json")
    document = json.loads(only.stdout)
    assert document["number"] == 3
    assert {c["kind"] for c in document["changes"]} == {"untested"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_code_is_explained_in_full(language):
    done = CliRunner().invoke(app, ["explain", "fps-108", "--language", language])
    assert done.exit_code == 0
    document = json.loads(CliRunner().invoke(app, ["explain", "FPS-108", "--json"]).stdout)
    flat = " ".join(done.output.split())
    for key in ("name", "action", "evidence"):
        assert document[f"{key}_{language}"] in flat
    for said in (document["level"], str(document["minutes"]), "selftest only FPS-108"):
        assert said in flat


@pytest.mark.parametrize(
    "command", ["report", "history", "verify", "export", "tickets", "explain", "quick", "only"]
)
def test_every_command_has_an_example(command):
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0
    assert "example:" in done.output
