"""`python -m drivers`: what it prints, writes and returns."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import drivers.models
from drivers.__main__ import app
from drivers.catalog import driver_names
from drivers.transport.replay import ReplayTransport
from drivers.transport.transcript import load_transcript

ROOT = Path(drivers.models.__file__).parents[2]
EMULATED_DRIVER = '''
"""An emulated reader in place of a real one."""

import math

from drivers.devices import DeviceOptions
from drivers.models.uareu4500 import Uareu4500, Uareu4500Options
from drivers.simulation.wire.uareu4500_device import DeviceSetup, UareuDevice
from drivers.simulation.wire.uareu4500_link import EmulatedUsbLink


class EmulatedOptions(Uareu4500Options):
    finger_on: bool = True
    wrong_key_mask: int = 0


class Emulated(Uareu4500):
    options_model = EmulatedOptions

    def __init__(self, name, options):
        slope = bytes(row * col // 500 for row in range(289) for col in range(384))
        setup = DeviceSetup(
            slope, finger_on=options.finger_on, wrong_key_mask=options.wrong_key_mask
        )
        super().__init__(name, options, lambda: EmulatedUsbLink(UareuDevice(setup)))


DRIVER = Emulated
'''


def run(*arguments):
    runner = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def video_file(tmp_path):
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50, (64, 48))
    for _ in range(3):
        writer.write(np.full((48, 64, 3), (10, 100, 200), np.uint8))
    writer.release()
    return path


@pytest.fixture
def emulated(tmp_path, monkeypatch):
    """A driver `emulated_reader` that needs no hardware."""
    folder = tmp_path / "more_drivers"
    folder.mkdir()
    (folder / "emulated_reader.py").write_text(EMULATED_DRIVER)
    monkeypatch.setattr(drivers.models, "__path__", [*drivers.models.__path__, str(folder)])
    yield "emulated_reader"
    sys.modules.pop("drivers.models.emulated_reader", None)


@pytest.mark.parametrize("command", [[], ["list"], ["probe"], ["record"]])
def test_help_shows_an_example(command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Example: python -m drivers" in result.output or not command


def test_help_loads_nothing_heavy():
    script = (
        "import sys; from drivers.__main__ import app\n"
        "try: app(['--help'])\n"
        "finally: print([m for m in ('cv2', 'numpy', 'usb', 'pydantic') if m in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == "[]"


def test_list_shows_every_driver_with_its_kind():
    result = run("list")
    assert result.exit_code == 0
    assert "face_camera" in result.output
    for name in driver_names():
        assert name in result.output


def test_list_for_a_program():
    rows = {row["driver"]: row for row in json.loads(run("list", "--json").output)}
    assert set(rows) == set(driver_names())
    assert rows["uareu4500"]["kind"] == "fingerprint_scanner"
    assert isinstance(rows["uareu4500"]["attached"], list)
    assert rows["uareu4500"]["state"]


def test_a_driver_that_does_not_load_is_listed_with_the_reason(tmp_path, monkeypatch):
    (tmp_path / "vendor_thing.py").write_text("import no_such_vendor_library")
    monkeypatch.setattr(drivers.models, "__path__", [*drivers.models.__path__, str(tmp_path)])
    rows = {row["driver"]: row for row in json.loads(run("list", "--json").output)}
    assert "no_such_vendor_library" in rows["vendor_thing"]["state"]
    assert rows["uvc_camera"]["kind"] == "face_camera"


def test_probe_saves_the_frame_for_its_owner_only(video_file, tmp_path):
    out = tmp_path / "frame.png"
    result = run("probe", "uvc_camera", "--option", f"source={video_file}", "--out", out, "--json")
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert (answer["frame_rows"], answer["frame_cols"]) == (48, 64)
    assert answer["model"] == "film.avi"
    assert answer["offered_modes"].startswith("none are told")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with Image.open(out) as picture:
        red, _, blue = picture.getpixel((32, 24))
    assert red > 150  # the file is BGR inside, PNG is RGB
    assert blue < 60


def test_probe_of_a_scanner(emulated, tmp_path):
    out = tmp_path / "frame.png"
    result = run("probe", emulated, "--out", out)
    assert result.exit_code == 0
    assert "512.0" in result.output
    with Image.open(out) as picture:
        assert picture.size == (384, 290)
        assert picture.info["dpi"] == pytest.approx((512, 512), abs=0.1)


@pytest.mark.parametrize("name", [name for name in driver_names() if name.startswith("sim_")])
def test_probe_of_every_simulated_device(name, tmp_path):
    result = run("probe", name, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["kind"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "text"),
    [
        (["probe", "nothing"], 2, "there is no driver 'nothing'"),
        (["probe", "uvc_camera", "--option", "zoom=2"], 2, "zoom"),
        (["probe", "uvc_camera", "--option", "zoom"], 2, "KEY=VALUE"),
        (["probe", "uvc_camera", "--option", "source=/dev/video99"], 2, "check the cable"),
        (["record", "uvc_camera", "x.jsonl"], 2, "no USB or serial link"),
    ],
)
def test_what_cannot_run(arguments, exit_code, text):
    result = run(*arguments)
    assert result.exit_code == exit_code
    assert text in " ".join(result.output.split())


def test_a_bad_device_is_exit_code_1_with_its_issue(emulated):
    result = run("probe", emulated, "--option", "wrong_key_mask=8", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.output)
    assert (answer["error"], answer["issue_id"]) == ("ProtocolError", "DEV-006")


def test_nobody_at_the_scanner(emulated):
    result = run("probe", emulated, "--option", "finger_on=false", "--timeout", "0.2")
    assert result.exit_code == 1
    assert "no finger within 0.2 s [DEV-007]" in result.output


def test_a_frame_that_cannot_be_saved(emulated, tmp_path):
    result = run("probe", emulated, "--out", tmp_path / "missing" / "frame.png")
    assert result.exit_code == 2
    assert "No such file" in " ".join(result.output.split())


def test_record_and_replay(emulated, tmp_path):
    path = tmp_path / "capture.jsonl"
    result = run("record", emulated, path, "--option", "scramble_seed=0x51EA2124")
    assert result.exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    from drivers.models.uareu4500 import Uareu4500, Uareu4500Options

    link = ReplayTransport(load_transcript(path))
    options = Uareu4500Options(scramble_seed=0x51EA2124)
    with Uareu4500("scanner", options, lambda: link) as scanner:
        assert scanner.read_frame(timeout_s=1.0).pixels.shape == (290, 384)
    link.assert_finished()


def test_record_overwrites_nothing(emulated, tmp_path):
    path = tmp_path / "capture.jsonl"
    path.write_text("precious")
    result = run("record", emulated, path)
    assert result.exit_code == 2
    assert path.read_text() == "precious"


def test_it_runs_as_a_module():
    result = subprocess.run(
        [sys.executable, "-m", "drivers", "list"],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "uvc_camera" in result.stdout
