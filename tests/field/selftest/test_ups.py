"""UPS behind a real upsd: the class of every dump; a power cut that comes into the log."""

import datetime
import importlib.util
import json
import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivers.models.nut_ups import NutUps, NutUpsOptions
from selftest.cli import app
from selftest.history import History
from selftest.power.events import EventKind
from selftest.power.log import PowerLog
from selftest.power.supply import DeviceReader
from selftest.power.watch import PowerWatch

DUMPS = Path(__file__).parents[3].parent / "shared" / "data" / "ups"
NUT_PEER = Path(__file__).parents[1] / "drivers" / "ups" / "conftest.py"
NEEDS_DUMPS = pytest.mark.skipif(not DUMPS.is_dir(), reason="shared UPS dumps not present")

EXPECTED = {
    "APC__Back-UPS_ES_850G2__usbhid-ups__2.8.0__01": ("NOT PROVEN", {}),
    "APC__Back-UPS_XS_1200__newhidups__2.0.5__01": (
        "NOT PROVEN",
        {"UPS-002": ("ERROR", "hint"), "UPS-101": ("WARN", "hint")},
    ),
    "APC__Back-UPS_XS_1200__usbhid-ups__2.2.0__01": (
        "NOT PROVEN",
        {"UPS-002": ("ERROR", "hint"), "UPS-101": ("WARN", "hint")},
    ),
    "Best_Power__Patriot_Pro_II_400__nutdrv_qx__2.7.4__01": ("NOT PROVEN", {}),
    "Cyber_Power_Systems__CP1000AVRLCD__usbhid-ups__2.4.1__01": (
        "WARN",
        {"UPS-102": ("WARN", "confirmed")},
    ),
    "Eaton__5E2200USB-LA__nutdrv_qx__2.7.4.1__01": ("NOT PROVEN", {}),
    "Eaton__5PX_2000__usbhid-ups__2.7.4__01": ("FAIL", {"UPS-101": ("FAIL", "confirmed")}),
    "FSP__EP1000__blazer_usb__2.4.3__01": ("NOT PROVEN", {}),
    "HP__R1500_G2__bcmxcp__2.4.1__01": (
        "FAIL",
        {"UPS-101": ("FAIL", "confirmed"), "UPS-107": ("WARN", "likely")},
    ),
    "MGE_UPS_SYSTEMS__Pulsar_1500__mge-shut__2.6.5__01": (
        "FAIL",
        {"UPS-101": ("FAIL", "confirmed")},
    ),
    "Tripp_Lite__G1010USB__usbhid-ups__2.4.3__01": (
        "NOT PROVEN",
        {"UPS-101": ("WARN", "likely")},
    ),
    "Tripp_Lite__SU6000RT4U__usbhid-ups__2.1.0__01": (
        "NOT PROVEN",
        {"UPS-002": ("ERROR", "hint"), "UPS-101": ("WARN", "hint")},
    ),
}
"""Class and codes by the table of the dumps' README; a dump that is not here is not judged."""

POWER_CUT = """\
ups.status: OL
ups.load: 34
battery.charge: 100
battery.voltage: 27.3
battery.voltage.nominal: 24
input.voltage: 228.0
input.voltage.nominal: 230
TIMER 8
ups.status: OL BOOST
input.voltage: 180.0
TIMER 6
ups.status: OB DISCHRG
battery.charge: 61
battery.voltage: 24.9
input.voltage: 0.0
TIMER 5
ups.status: OB DISCHRG LB
battery.charge: 18
battery.voltage: 22.6
TIMER 4
ups.status: OL CHRG RB
battery.voltage: 26.8
input.voltage: 226.0
TIMER 300
"""


@pytest.fixture(scope="module")
def make_nut():
    """A function that makes a NUT of the system; the class is that of the drivers' field tests."""
    spec = importlib.util.spec_from_file_location("nut_peer", NUT_PEER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield from module.make_peer.__wrapped__()


@pytest.fixture(scope="module")
def served(make_nut):
    peer = make_nut()
    names = {}
    for number, path in enumerate(sorted(DUMPS.glob("*.dev"))):
        names[path.stem] = f"u{number:02d}"
        copy = peer.folder / f"u{number:02d}.dev"
        copy.write_bytes(path.read_bytes())
        peer.add(names[path.stem], "dummy-ups", copy, mode="dummy-once")
    peer.start()
    yield peer, names
    peer.stop()


TIMER_SLACK_S = 4.0  # of two polls and two processes on a loaded machine


def diagnose(peer, name, *options):
    done = CliRunner().invoke(
        app, ["diagnose", "ups", f"{name}@127.0.0.1:{peer.port}", "--json", *options]
    )
    return json.loads(done.stdout), done.exit_code


@NEEDS_DUMPS
@pytest.mark.slow
@pytest.mark.parametrize("dump", sorted(EXPECTED))
def test_the_class_and_codes_of_a_dump(served, dump):
    peer, names = served
    told, exit_code = diagnose(peer, names[dump])
    named, codes = EXPECTED[dump]
    assert told["class"] == named
    assert {c["code"]: (c["outcome"], c["confidence"]) for c in told["codes"]} == codes
    assert exit_code == (1 if named in {"FAIL", "NOT PROVEN"} else 0)
    skipped = {item["code"]: item["reason"] for item in told["not_tested"]}
    if named == "NOT PROVEN":
        assert "UPS-102" in skipped


@NEEDS_DUMPS
def test_the_age_of_a_replayed_ups_is_told_for_its_own_day(served):
    peer, names = served
    name = names["APC__Back-UPS_ES_850G2__usbhid-ups__2.8.0__01"]
    told, _ = diagnose(peer, name)
    assert "UPS-106" in {item["code"] for item in told["not_tested"]}
    told, _ = diagnose(peer, name, "--today", "2024-03-16")
    assert "UPS-106" not in {item["code"] for item in told["not_tested"] + told["codes"]}
    told, _ = diagnose(peer, name, "--today", "2027-03-16")
    (found,) = told["codes"]
    assert (found["code"], found["confidence"], found["outcome"]) == ("UPS-106", "likely", "WARN")


@NEEDS_DUMPS
def test_a_ups_that_nobody_serves_cannot_be_judged(served):
    peer, _ = served
    done = CliRunner().invoke(app, ["diagnose", "ups", f"other@127.0.0.1:{peer.port}", "--json"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "upsd knows these UPS" in done.stderr.replace("\n", " ")


@pytest.mark.slow
def test_a_power_cut_comes_into_the_log(make_nut, tmp_path):
    peer = make_nut()
    (peer.folder / "cut.seq").write_text(POWER_CUT)
    peer.add("cut", "dummy-ups", peer.folder / "cut.seq", mode="dummy-loop", pollinterval=1)
    peer.start()
    history = History(tmp_path / "selftest.db")
    device = NutUps("ups", NutUpsOptions(port=peer.port))
    watch = PowerWatch(history, DeviceReader(device), interval_s=0.5)
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    try:
        log = PowerLog(history)
        wait_for(lambda: EventKind.REPLACE_BATTERY in kinds(log), 60.0)
        peer.stop("cut")
        wait_for(lambda: EventKind.NO_DATA in kinds(log), 60.0)
    finally:
        stop.set()
        thread.join(20.0)
        device.close()
        peer.stop()
    found = {}
    for event in events(log):  # a loaded machine may see the sequence begin again
        found.setdefault(event.kind, event)
    now = datetime.datetime.now(datetime.UTC)
    assert list(found) == [
        EventKind.SAG,
        EventKind.INTERRUPTION,
        EventKind.TRANSFER,
        EventKind.LOW_BATTERY,
        EventKind.REPLACE_BATTERY,
        EventKind.NO_DATA,
    ]
    assert found[EventKind.SAG].value == 180.0
    assert found[EventKind.SAG].duration_s(now) == pytest.approx(6, abs=TIMER_SLACK_S)
    assert found[EventKind.INTERRUPTION].duration_s(now) == pytest.approx(9, abs=TIMER_SLACK_S)
    assert all(event.ended is not None for event in events(log))
    (mean, *_) = log.means("ups", now - datetime.timedelta(hours=1), now)
    assert mean.battery_s == pytest.approx(9, abs=TIMER_SLACK_S)


def events(log):
    now = datetime.datetime.now(datetime.UTC)
    return log.events("ups", now - datetime.timedelta(hours=1), now)


def kinds(log):
    return {event.kind for event in events(log)}


def wait_for(is_so, limit_s):
    deadline_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.2)
