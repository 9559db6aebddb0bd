"""The command line: set up, check, refuse with cause and next step, and the right exit code."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def station(*words: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "station.cli", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout_s)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "station"
    made = station("init", "--data", str(place), "--code", "61.71.01", "--simulated")
    assert made.returncode == 0, made.stderr
    return place


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "station.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_new_station_is_understood(folder: Path) -> None:
    checked = station("check-config", "--data", str(folder), "--json")
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["station"]["code"] == "61.71.01"


def test_init_overwrites_nothing(folder: Path) -> None:
    again = station("init", "--data", str(folder), "--code", "61.71.02")
    assert again.returncode == 2
    assert "not overwritten" in again.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("set_number = 1", "set_nummer = 1", "set_nummer"),
        ("max_attempts = 3 ", "max_attempts = 99 ", "max_attempts"),
        ("sim_scanner", "no_such_driver", "no_such_driver"),
        ('model = "slap"', 'modell = "slap"', "modell"),
        ('kind = "face_camera"', 'kind = "iris_camera"', "face_camera"),
    ],
)
def test_a_wrong_key_or_value_is_named(folder: Path, old: str, new: str, said: str) -> None:
    change(folder, old, new)
    checked = station("check-config", "--data", str(folder))
    assert checked.returncode == 2
    assert said in checked.stderr.replace("\n", "")


def test_no_configuration_says_how_to_make_one(tmp_path: Path) -> None:
    checked = station("check-config", "--data", str(tmp_path))
    assert checked.returncode == 2
    assert "station init" in checked.stderr.replace("\n", " ")


def test_a_port_in_use_ends_with_cause_and_next_step(folder: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        change(folder, "port = 8461", f"port = {holder.getsockname()[1]}")
        refused = station("run", "--data", str(folder))
    assert refused.returncode == 2
    assert "Does another station run" in refused.stderr.replace("\n", " ")


def test_status_of_a_new_station(folder: Path) -> None:
    shown = station("status", "--data", str(folder), "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["recordings"]["draft"] == 0


def test_the_public_identity_and_the_enrolment_fit_together(folder: Path, tmp_path: Path) -> None:
    centre = tmp_path / "centre"
    assert station("centre", "keygen", str(centre)).returncode == 0
    enrolment = str(centre / "enrolment.json")
    trusted = station("keys", "trust-centre", enrolment, "--data", str(folder))
    assert trusted.returncode == 0, trusted.stderr
    public = station("keys", "public", "--data", str(folder))
    assert "PRIVATE" not in public.stdout
    identity = tmp_path / "identity.json"
    identity.write_text(public.stdout)
    known = station("centre", "trust", str(identity), "--keys", str(centre))
    assert known.returncode == 0, known.stderr


def test_verify_where_there_is_no_package(tmp_path: Path) -> None:
    centre = tmp_path / "centre"
    station("centre", "keygen", str(centre))
    looked = station("centre", "verify", str(tmp_path / "nothing"), "--keys", str(centre))
    assert looked.returncode == 2
    assert "no package" in looked.stderr
