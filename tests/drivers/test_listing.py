"""The list of devices: side by side, in time, with permissions and holders."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from typer.testing import CliRunner

import drivers.models
from drivers.__main__ import app
from drivers.catalog import build_device, driver_names
from drivers.errors import TransportTimeoutError
from drivers.listing import DeviceRow, describe_drivers
from drivers.probing import take_sample_in_time
from drivers.transport.attachment import Attachment, examine, find_holders

HANGING_DRIVER = '''
"""A reader whose library hangs wherever it is asked."""

import threading

from drivers.devices import CardReader
from drivers.frames import DeviceIdentity

released = threading.Event()


class Hanging(CardReader):
    @classmethod
    def find_attached(cls):
        released.wait(30)
        return ()

    def _open(self): ...

    def _close(self): ...

    def _identity(self):
        return DeviceIdentity(make="Acme", model="Hanging")

    def _read_atr(self, timeout_s):
        released.wait(30)


DRIVER = Hanging
'''


@pytest.fixture
def hanging(tmp_path, monkeypatch):
    """A driver that hangs, beside the installed ones."""
    (tmp_path / "hanging_reader.py").write_text(HANGING_DRIVER)
    monkeypatch.setattr(drivers.models, "__path__", [*drivers.models.__path__, str(tmp_path)])
    yield "hanging_reader"
    sys.modules.pop("drivers.models.hanging_reader").released.set()


def test_a_driver_that_hangs_holds_up_no_other(hanging):
    started_s = time.monotonic()
    rows = {row.driver: row for row in describe_drivers(driver_names(), limit_s=4.0)}
    assert time.monotonic() - started_s < 5.0
    assert rows[hanging].state.startswith("no answer in 4 s; unplug")
    assert rows["uareu4500"].state in ("not attached", "attached")
    assert sum("no answer" in row.state for row in rows.values()) == 1


def test_a_device_that_hangs_ends_the_probe_in_time(hanging):
    device = build_device("reader", hanging, {})
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError, match="it hangs; unplug it"):
        take_sample_in_time(device, timeout_s=0.2, margin_s=0.2)
    assert time.monotonic() - started_s < 3.0
    assert "reader probe" in {thread.name for thread in threading.enumerate()}
    other = build_device("ups", "sim_ups", {})
    assert take_sample_in_time(other, timeout_s=5.0).measurements["state"]


def test_an_error_of_the_probe_is_the_devices_own(assert_no_new_threads):
    with pytest.raises(FileNotFoundError):
        take_sample_in_time(RaisingDevice(), timeout_s=1.0)
    assert_no_new_threads()


class RaisingDevice:
    name, kind = "odd", "odd"

    def __enter__(self):
        raise FileNotFoundError

    def __exit__(self, *about): ...


def test_who_holds_a_device_node():
    leader, follower = os.openpty()
    node = os.ttyname(follower)
    script = "import sys; held = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, node], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        (found,) = examine(node).holders  # this process holds it as well, and is left out
        assert found.endswith(f"(process {holder.pid})")
        holder.stdin.close()
        holder.wait(10)
    assert examine(node).holders == ()
    os.close(follower)
    os.close(leader)


def test_places_of_which_the_system_knows_nothing():
    nothing = Attachment(None, ())
    assert examine("127.0.0.1:4501") == examine("USB 9-99") == examine("/dev/no_such") == nothing
    assert find_holders(None) == ()


@pytest.mark.parametrize(
    ("problem", "holders", "state"),
    [
        (None, (), "attached"),
        (None, ("cheese (process 4)",), "in use by cheese (process 4); close it"),
        ("no permission; do this", ("cheese (process 4)",), "no permission; do this"),
    ],
)
def test_states_in_words(problem, holders, state):
    assert DeviceRow("USB 1-1", "reader", problem, None, holders).state == state


def list_with(monkeypatch, *arguments):
    """The output of `list` where only the driver of USB readers is looked at."""
    monkeypatch.setattr("drivers.command_line.driver_names", lambda: ("uareu4500", "nut_ups"))
    runner = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})
    return runner.invoke(app, ["list", *arguments]).output


def test_an_empty_list_says_what_to_do(monkeypatch):
    monkeypatch.setattr("drivers.models.uareu4500.find_attached", lambda _: ())
    output = list_with(monkeypatch)
    assert "Tidak ada perangkat" in output
    assert "check cables and power" in output


def test_a_device_is_listed_with_its_port_and_release(monkeypatch):
    from drivers.devices import AttachedDevice

    one = AttachedDevice("USB 1-10", "05ba:000a U.are.U 4500")
    monkeypatch.setattr("drivers.models.uareu4500.find_attached", lambda _: (one,))
    closer = Attachment("1.03", ("fprintd (process 77)",))
    monkeypatch.setattr("drivers.listing.examine", lambda _: closer)
    line = next(row for row in list_with(monkeypatch).splitlines() if "USB 1-10" in row)
    for text in ("U.are.U 4500", "uareu4500", "in use by fprintd (process 77)", "1.03"):
        assert text in line
    (device,) = json.loads(list_with(monkeypatch, "--json"))[0]["attached"]
    assert device["firmware"] == "1.03"
    assert device["holders"] == ["fprintd (process 77)"]


def test_a_camera_is_listed_with_what_it_offers(monkeypatch):
    from drivers.devices import AttachedDevice

    one = AttachedDevice("/dev/video7", "Webcam")
    monkeypatch.setattr("drivers.models.uareu4500.find_attached", lambda _: (one,))
    offers = "up to MJPG 1920 x 1080 (30 /s)"
    monkeypatch.setattr("drivers.listing.examine", lambda _: Attachment(None, (), offers))
    assert offers in list_with(monkeypatch)
    (device,) = json.loads(list_with(monkeypatch, "--json"))[0]["attached"]
    assert device["offers"] == offers
