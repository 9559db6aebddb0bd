"""`selftest diagnose ups` on an emulated upsd: classes by reasons, not by files."""

import json
import time

import pytest
from typer.testing import CliRunner

from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.serial_line import EmulatedLine
from drivers.simulation.wire.upsd_device import UpsdDevice, UpsdSetup
from drivers.simulation.wire.upsd_server import EmulatedServer
from selftest.cli import app

PASSED = {"ups.test.result": "Done and passed"}
THREE_PHASES = {
    "input.phases": "3",
    "input.L1-N.voltage": "231",
    "input.L2-N.voltage": "229",
    "input.L3-N.voltage": "228",
    "input.voltage.nominal": "400",
    "input.voltage": "231",
}


@pytest.fixture
def serve():
    servers = []

    def make(variables, **setup):
        power = SimulatedPower(FaultSet("power_supply"), time.monotonic, seed="diagnose")
        device = UpsdDevice(power, UpsdSetup(more_variables=variables, **setup))
        servers.append(EmulatedServer(EmulatedLine(device)))
        return servers[-1].port

    yield make
    for server in servers:
        server.close()


def diagnose(port, *options):
    return CliRunner().invoke(app, ["diagnose", "ups", f"virtual@127.0.0.1:{port}", *options])


@pytest.mark.parametrize(
    ("variables", "named", "codes"),
    [
        ({}, "NOT PROVEN", {}),
        (PASSED, "CLEAN", {}),
        (PASSED | {"ups.status": "OL RB"}, "FAIL", {"UPS-101": "FAIL"}),
        (PASSED | {"ups.alarm": "BATTERIES_DISCONNECTED"}, "FAIL", {"UPS-101": "FAIL"}),
        ({"ups.test.result": "Done and error"}, "FAIL", {"UPS-102": "FAIL"}),
        ({"ups.alarm": "UPS selftest failed!"}, "FAIL", {"UPS-102": "FAIL"}),
        ({"ups.test.result": "Done and warning"}, "WARN", {"UPS-102": "WARN"}),
        ({"ups.test.result": "Aborted"}, "NOT PROVEN", {}),
        (PASSED | {"battery.runtime": "420"}, "WARN", {"UPS-105": "WARN"}),
        (PASSED | {"battery.runtime": "65535"}, "CLEAN", {}),
        (PASSED | {"battery.voltage": "29.6"}, "FAIL", {"UPS-107": "FAIL"}),
        (PASSED | {"battery.voltage": "273"}, "CLEAN", {}),
        (PASSED | {"battery.voltage": "13.9"}, "NOT PROVEN", {"UPS-107": "WARN"}),
        (PASSED | {"battery.voltage": "60"}, "INFO", {"UPS-002": "PASS"}),
        (PASSED | {"battery.voltage": "0.0"}, "INFO", {"UPS-002": "PASS"}),
        (
            PASSED | {"battery.voltage": "0.0", "ups.alarm": "No battery installed!"},
            "FAIL",
            {"UPS-002": "PASS", "UPS-101": "FAIL"},
        ),
        (PASSED | {"battery.voltage": "25.0", "battery.charge": "60"}, "CLEAN", {}),
        (PASSED | {"ups.status": "OL OVER"}, "FAIL", {"UPS-108": "FAIL"}),
        (PASSED | {"ups.load": "85"}, "WARN", {"UPS-108": "WARN"}),
        (PASSED | {"ups.status": "OL BYPASS"}, "FAIL", {"UPS-111": "FAIL"}),
        (PASSED | {"ups.status": "OFF"}, "FAIL", {"UPS-111": "FAIL"}),
        (PASSED | {"battery.temperature": "41"}, "WARN", {"UPS-113": "WARN"}),
        (PASSED | {"ups.temperature": "51"}, "INFO", {"UPS-113": "PASS"}),
        (PASSED | {"ups.alarm": "Internal failure!"}, "FAIL", {"UPS-114": "FAIL"}),
        (PASSED | {"ups.alarm": "Bypass unavailable!"}, "WARN", {"UPS-114": "WARN"}),
        (PASSED | {"input.voltage": "198"}, "INFO", {"UPS-115": "PASS"}),
        (PASSED | THREE_PHASES, "CLEAN", {}),
        (PASSED | {"input.voltage": "119", "input.voltage.nominal": "120"}, "CLEAN", {}),
        (PASSED | {"battery.mfr.date": "CPS", "battery.date": "2001/09/25"}, "CLEAN", {}),
        (PASSED | {"battery.date": "2019/02/01"}, "FAIL", {"UPS-106": "FAIL"}),
        (
            PASSED | {"ups.status": "OB LB RB", "battery.voltage": "2.1"},
            "NOT PROVEN",
            {"UPS-002": "ERROR", "UPS-101": "WARN"},
        ),
    ],
)
def test_the_class_follows_from_what_is_confirmed(serve, variables, named, codes):
    done = diagnose(serve(variables), "--json")
    told = json.loads(done.stdout)
    assert told["class"] == named
    assert {code["code"]: code["outcome"] for code in told["codes"]} == codes
    assert done.exit_code == (1 if named in {"FAIL", "NOT PROVEN"} else 0)


@pytest.mark.parametrize(
    ("driver", "confidence"),
    [
        ({"driver.name": "usbhid-ups", "driver.version": "2.4.3"}, "likely"),
        ({"driver.name": "usbhid-ups", "driver.version": "2.8.0-rc1"}, "confirmed"),
        ({"driver.name": "dummy-ups", "driver.version": "2.8.0"}, "likely"),
        ({}, "likely"),
    ],
)
def test_no_battery_is_sure_only_of_a_driver_that_is_known_to_be_new(serve, driver, confidence):
    told = json.loads(
        diagnose(serve(PASSED | driver | {"ups.alarm": "No battery installed!"}), "--json").stdout
    )
    (code,) = told["codes"]
    assert (code["code"], code["confidence"]) == ("UPS-101", confidence)
    assert told["class"] == ("FAIL" if confidence == "confirmed" else "NOT PROVEN")


def test_the_answer_for_people_names_class_finding_and_action(serve):
    done = diagnose(serve({"ups.status": "OL RB"}))
    assert "FAIL" in done.stdout
    for words in ("UPS-101", "setel ulang indikator"):
        assert words in " ".join(done.stdout.replace("│", " ").split())


def test_an_upsd_that_lost_its_ups_is_a_fault(serve):
    done = diagnose(serve({}, stale_code="DRIVER-NOT-CONNECTED"), "--json")
    told = json.loads(done.stdout)
    assert (told["class"], [code["code"] for code in told["codes"]]) == ("FAIL", ["UPS-001"])


@pytest.mark.parametrize("place", ["@host", "ups@", "ups@host:port", "a b@host", "ups@host:1:2"])
def test_a_place_that_is_none_says_how_it_is_written(place):
    done = CliRunner().invoke(app, ["diagnose", "ups", place])
    assert done.exit_code == 2
    assert "NAME@HOST[:PORT]" in done.output.replace("\n", " ")


def test_a_server_that_is_not_there_cannot_be_judged(serve):
    done = CliRunner().invoke(app, ["diagnose", "ups", "ups@127.0.0.1:1"])
    assert done.exit_code == 2
    assert "upsd cannot be asked" in done.output.replace("\n", " ")
