"""`python -m drivers watch` and `udev-rules`: what they print and return."""

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import drivers
from drivers.__main__ import app
from drivers.errors import TransportError
from drivers.transport.hotplug import DeviceChange
from drivers.transport.usb import UsbId

RULES = Path(drivers.__file__).parents[1] / "station/deploy/udev/70-ktpel-devices.rules"
CHANGES = (
    DeviceChange(True, "1-2", "U.are.U 4500", UsbId(0x05BA, 0x000A)),
    DeviceChange(False, "1-3", "USB", None),
)


def run(*arguments):
    runner = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1"})
    return runner.invoke(app, [*arguments])


class ToldMonitor:
    """Tells the changes above, then nothing more."""

    def __init__(self):
        self._left = list(CHANGES)

    def wait(self, *, timeout_s):
        if self._left:
            return self._left.pop(0)
        time.sleep(timeout_s)
        return None


class BrokenMonitor:
    def __init__(self):
        raise TransportError("plugging cannot be watched", device="udev")


class InterruptedMonitor:
    def wait(self, *, timeout_s):
        raise KeyboardInterrupt


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr("drivers.plugging.HotplugMonitor", ToldMonitor)


def test_changes_for_people(told):
    result = run("watch", "--seconds", "0.3")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "U.are.U 4500 di port 1-2 / U.are.U 4500 at port 1-2 [uareu4500]" in lines
    assert "USB dicabut dari port 1-3 / USB unplugged from port 1-3" in lines


def test_changes_for_a_program(told):
    result = run("watch", "--seconds", "0.3", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert rows == [
        {
            "has_come": True,
            "name": "U.are.U 4500",
            "port": "1-2",
            "usb_id": "05ba:000a",
            "drivers": ["uareu4500"],
        },
        {"has_come": False, "name": "USB", "port": "1-3", "usb_id": None, "drivers": []},
    ]


def test_this_machine_can_be_watched_and_it_ends_in_time():
    started_s = time.monotonic()
    assert run("watch", "--seconds", "0.3").exit_code == 0
    assert time.monotonic() - started_s < 5.0


@pytest.mark.parametrize(
    ("monitor", "exit_code", "text"),
    [(BrokenMonitor, 2, "plugging cannot be watched"), (InterruptedMonitor, 0, "watching")],
)
def test_how_watching_ends(monkeypatch, monitor, exit_code, text):
    monkeypatch.setattr("drivers.plugging.HotplugMonitor", monitor)
    result = run("watch")
    assert result.exit_code == exit_code
    assert text in result.output


def test_the_rules_are_printed_as_they_are_kept():
    assert run("udev-rules").stdout == RULES.read_text()


@pytest.mark.parametrize("command", ["watch", "udev-rules"])
def test_help_shows_an_example(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Example: python -m drivers" in result.output
