"""Plugging in and unplugging, as udev tells it: events of umockdev under the real pyudev."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import drivers
from drivers.transport.hotplug import DeviceChange, HotplugMonitor, HotplugWatcher
from drivers.transport.usb import UsbId

ROOT = Path(drivers.__file__).parents[1]
SYSTEM_PYTHON = "/usr/bin/python3"
RUN_LIMIT_S = 60.0

# Runs under the system's Python: plugs an emulated reader in and out, as the client asks on a pipe.
# umockdev sends events only from a process that its library is loaded into, and answers ioctls only
# from one that it is not loaded into; so one run has the events, another the captures.
TESTBED = r"""
import os, subprocess, sys
from drivers.simulation.wire import uareu4500_usb as wire
from drivers.simulation.wire.uareu4500_device import DeviceSetup, UareuDevice
from gi.repository import GLib, UMockdev

reader_path = f"{wire.HUB_PATH}/1-3"
slope = bytes(row * col // 500 for row in range(289) for col in range(384))
testbed = UMockdev.Testbed.new()
loop = GLib.MainLoop()
has_events = sys.argv[1] == "events"
setup = DeviceSetup(slope, taps=True)

reader_text, _, hub_text = wire.describe(setup).partition("\n\n")
testbed.add_from_string(hub_text)

def attach():
    testbed.add_from_string(reader_text + "\n\n")
    if has_events:
        return
    usbfs = wire.UsbfsReader(UareuDevice(setup))
    handler = UMockdev.IoctlBase()
    handler.connect("handle-ioctl", usbfs.on_ioctl)
    handler.connect("client-connected", usbfs.on_connect)
    testbed.attach_ioctl(wire.NODE, handler)

def obey(channel, _condition):
    word = channel.readline().strip()
    if word == "in":
        attach()  # which sends the event itself
    elif word == "out":
        if has_events:
            testbed.uevent("/sys" + reader_path, "remove")
        else:
            testbed.detach_ioctl(wire.NODE)
        testbed.remove_device("/sys" + reader_path)
    elif not word:
        loop.quit()
        return False
    return True

attach()
orders, to_testbed = os.pipe()
either = GLib.IOCondition.IN | GLib.IOCondition.HUP
GLib.io_add_watch(os.fdopen(orders), GLib.PRIORITY_DEFAULT, either, obey)
environment = os.environ | {
    "UMOCKDEV_DIR": testbed.get_root_dir(), "LD_PRELOAD": "libumockdev-preload.so.0",
    "ORDERS": str(to_testbed),
}
child = subprocess.Popen(sys.argv[2:], env=environment, pass_fds=[to_testbed])
os.close(to_testbed)
loop.run()
sys.exit(child.wait(30))
"""

ORDER = r"""
import json, os, threading
from drivers.errors import DriverError
from drivers.models.uareu4500 import Uareu4500, Uareu4500Options
from drivers.transport.hotplug import HotplugMonitor

def order(word):
    os.write(int(os.environ["ORDERS"]), (word + "\n").encode())
"""
LISTENER = (
    ORDER
    + r"""
def heard():
    change = monitor.wait(timeout_s=10.0)
    return change and [change.has_come, change.port, change.name, str(change.usb_id)]

def attached():
    return [one.place for one in Uareu4500.find_attached()]

monitor = HotplugMonitor(source="udev")
answer = {"first": attached()}
order("out")
answer["went"] = heard()
order("in")
answer["came"], answer["again"] = heard(), attached()
answer["quiet"] = monitor.wait(timeout_s=0.2) is None
answer["threads"] = threading.active_count()
print(json.dumps(answer))
"""
)
CAPTURER = (
    ORDER
    + r"""
import time

def captured():
    deadline_s = time.monotonic() + 10.0
    while True:
        try:
            with scanner:
                return list(scanner.read_frame(timeout_s=5.0).pixels.shape)
        except DriverError as error:
            if is_there_again and time.monotonic() < deadline_s:
                continue
            return "error"

is_there_again = False
scanner = Uareu4500("reader", Uareu4500Options(transfer_timeout_s=1.0))
answer = [captured()]
order("out")
time.sleep(0.5)
answer.append(captured())
order("in")
is_there_again = True
answer += [captured(), threading.active_count()]
print(json.dumps(answer))
"""
)

introspection = pytest.mark.skipif(
    shutil.which("umockdev-run") is None
    or subprocess.run(
        [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('UMockdev', '1.0')"],
        capture_output=True,
        check=False,
    ).returncode,
    reason="needs umockdev, gir1.2-umockdev-1.0 and python3-gi",
)


def run_testbed(kind, client):
    """Return what the client printed; at most a minute, and no process is left behind."""
    preload = {"LD_PRELOAD": "libumockdev-preload.so.0"} if kind == "events" else {}
    process = subprocess.Popen(
        [SYSTEM_PYTHON, "-c", TESTBED, kind, sys.executable, "-c", client],
        cwd=ROOT, env=os.environ | preload, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        output, errors = process.communicate(timeout=RUN_LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        _, errors = process.communicate()
        pytest.fail(f"stuck for {RUN_LIMIT_S} s: {errors[-2000:].decode()}")
    assert process.returncode == 0, errors[-2000:].decode()
    return json.loads(output)


@introspection
def test_udev_tells_what_went_and_what_came():
    about = ["1-3", "Emulated Fingerprint Reader", "05ba:000a"]
    assert run_testbed("events", LISTENER) == {
        "first": ["USB 1-3"],
        "went": [False, *about],
        "came": [True, *about],
        "again": ["USB 1-3"],
        "quiet": True,
        "threads": 1,
    }


@introspection
def test_a_reader_that_was_unplugged_captures_again_without_a_restart():
    assert run_testbed("captures", CAPTURER) == [[290, 384], "error", [290, 384], 1]


def test_changes_are_told_in_both_languages():
    came = DeviceChange(True, "1-2", "U.are.U 4500", UsbId(0x05BA, 0x000A))
    assert came.text_id == "U.are.U 4500 di port 1-2"
    assert came.text_en == "U.are.U 4500 at port 1-2"
    went = DeviceChange(False, "1-2", "U.are.U 4500", None)
    assert went.text_id == "U.are.U 4500 dicabut dari port 1-2"
    assert went.text_en == "U.are.U 4500 unplugged from port 1-2"


def test_a_quiet_machine_keeps_nobody_waiting(assert_no_new_threads):
    assert HotplugMonitor().wait(timeout_s=0.2) is None
    assert_no_new_threads()


def test_the_watcher_ends_its_thread(assert_no_new_threads):
    seen = []
    with HotplugWatcher(seen.append):
        pass
    assert seen == []
    assert_no_new_threads()


def event(action, product, name=None, port="1-3"):
    attributes = {} if name is None else {"product": name.encode()}
    return SimpleNamespace(
        action=action, device_type="usb_device", sys_name=port, device_path=f"/usb1/{port}",
        properties={"PRODUCT": product}, attributes=attributes,
    )  # fmt: skip


@pytest.fixture
def told():
    """A function that lets a monitor hear events and returns what it says."""

    def tell(*events):
        monitor = HotplugMonitor()
        left = list(events)
        monitor._monitor = SimpleNamespace(poll=lambda _: left.pop(0) if left else None)
        return [
            monitor.wait(timeout_s=0.05) for _ in range(sum(e.action != "bind" for e in events))
        ]

    return tell


def test_a_device_that_went_is_named_as_when_it_came(told):
    came, went = told(event("add", "5ba/a/103", " U.are.U 4500 "), event("remove", "5ba/a/103"))
    assert (came.has_come, went.has_come) == (True, False)
    assert came.name == went.name == "U.are.U 4500"
    assert str(went.usb_id) == "05ba:000a"


@pytest.mark.parametrize(
    ("product", "name"), [("5ba/a/103", "USB 05ba:000a"), ("", "USB"), ("x/y", "USB"), ("5", "USB")]
)
def test_a_device_that_says_nothing_is_named_by_its_id(told, product, name):
    (came,) = told(event("bind", product), event("add", product))
    assert came.name == name
