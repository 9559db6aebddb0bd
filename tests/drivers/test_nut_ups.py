"""The NUT driver against an emulated upsd."""

import time

import pytest
from pydantic import ValidationError

from drivers.devices import PowerCommand
from drivers.errors import (
    AccessDeniedError,
    DeviceNotFoundError,
    DeviceReportedError,
    OptionsError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.frames import PowerState
from drivers.models.nut_ups import NutUps, NutUpsOptions
from drivers.protocols.nut_client import NutClient, UpsdRefusedError
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.serial_line import EmulatedLine, EmulatedSerialLink
from drivers.simulation.wire.upsd_device import UpsdDevice, UpsdSetup
from drivers.simulation.wire.upsd_server import EmulatedServer
from drivers.transport.replay import ReplayTransport
from drivers.transport.transcript import Exchange, Transcript, TranscriptWriter, load_transcript

LOGIN = {"username": "station", "password": "secret word"}


def make_upsd(*faults, **setup):
    power = SimulatedPower(FaultSet("power_supply", faults), time.monotonic, seed="upsd")
    return UpsdDevice(power, UpsdSetup(**setup))


def make(upsd, **options):
    line = EmulatedLine(upsd)
    checked = NutUpsOptions(answer_timeout_s=0.3, **options)
    return NutUps("ups", checked, lambda: EmulatedSerialLink(line, device="ups"))


def replay(*exchanges):
    """A link where each question has a given answer."""
    lines = []
    for question, answer in exchanges:
        lines.append(Exchange("serial_write", data=question.encode().hex()))
        lines.append(Exchange("serial_read", data=answer.encode().hex()))
    return ReplayTransport(Transcript(tuple(lines)), device="ups")


def test_a_reading():
    with make(make_upsd()) as ups:
        reading = ups.read_power(timeout_s=1.0)
        identity = ups.identity()
    assert reading.state is PowerState.MAINS
    assert reading.input_voltage_v == pytest.approx(226, abs=6)
    assert (reading.battery_voltage_v, reading.charge_percent) == (27.3, 100)
    assert (reading.load_percent, reading.runtime_s) == (31, 1500)
    assert reading.variables["ups.status"] == "OL"
    assert time.monotonic() - reading.read_at_s < 1.0
    assert (identity.make, identity.model) == ("Simulated", "Virtual UPS 1000")
    assert (identity.serial, identity.firmware) == ("SIM-UPSD", "1.0")


@pytest.mark.parametrize(
    ("fault", "state"),
    [("on_battery", PowerState.BATTERY), ("low_battery", PowerState.LOW_BATTERY)],
)
def test_power_faults_by_name(fault, state):
    with make(make_upsd(fault)) as ups:
        assert ups.read_power(timeout_s=1.0).state is state


def test_values_with_quotes_and_backslashes():
    odd = {"ups.id": 'the "big" one \\ left'}
    with make(make_upsd(more_variables=odd)) as ups:
        assert ups.read_power(timeout_s=1.0).variables["ups.id"] == odd["ups.id"]


def test_choosing_among_ups():
    with make(make_upsd(), ups="virtual") as ups:
        assert ups.read_power(timeout_s=1.0).state is PowerState.MAINS
    with pytest.raises(DeviceNotFoundError, match=r"knows these UPS: virtual; set .* 'ups'"):
        make(make_upsd(), ups="other").open()
    two = 'BEGIN LIST UPS\nUPS a ""\nUPS b ""\nEND LIST UPS\n'
    link = replay(("VER\n", "upsd\n"), ("LIST UPS\n", two))
    with pytest.raises(DeviceNotFoundError, match="a, b"):
        NutUps("ups", NutUpsOptions(), lambda: link).open()


@pytest.mark.parametrize("code", ["DATA-STALE", "DRIVER-NOT-CONNECTED"])
def test_lost_data_is_an_unknown_state_of_old_age(code):
    upsd = make_upsd()
    with make(upsd) as ups:
        good = ups.read_power(timeout_s=1.0)
        upsd.setup.stale_code = code
        time.sleep(0.05)
        lost = ups.read_power(timeout_s=1.0)
        assert lost.state is PowerState.UNKNOWN
        assert lost.read_at_s == good.read_at_s
        assert lost.variables == {"upsd.error": code}
        assert lost.charge_percent is None
        upsd.setup.stale_code = ""
        assert ups.read_power(timeout_s=1.0).state is PowerState.MAINS


def test_a_server_that_waits_for_its_driver():
    upsd = make_upsd()
    with make(upsd) as ups:
        good = ups.read_power(timeout_s=1.0)
        upsd.setup.more_variables = {"ups.status": "WAIT"}
        lost = ups.read_power(timeout_s=1.0)
    assert (lost.state, lost.read_at_s) == (PowerState.UNKNOWN, good.read_at_s)


def test_a_ups_that_never_gave_data():
    upsd = make_upsd(stale_code="DRIVER-NOT-CONNECTED")
    with make(upsd) as ups:
        assert ups.identity().model == "virtual"
        with pytest.raises(DeviceReportedError, match="check the UPS's cable"):
            ups.read_power(timeout_s=1.0)
        upsd.setup.stale_code = ""
        assert ups.read_power(timeout_s=1.0).state is PowerState.MAINS


def test_a_battery_test():
    upsd = make_upsd()
    with make(upsd, **LOGIN) as ups:
        assert ups.commands() == {
            PowerCommand.TEST_BATTERY,
            PowerCommand.STOP_TEST,
            PowerCommand.SHUT_DOWN_AND_RETURN,
            PowerCommand.CANCEL_SHUTDOWN,
        }
        ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
        assert ups.read_power(timeout_s=1.0).variables["ups.test.result"] == "In progress"
        ups.send_command(PowerCommand.STOP_TEST, timeout_s=1.0)
        assert ups.read_power(timeout_s=1.0).variables["ups.test.result"] == "Aborted"
        with pytest.raises(OptionsError, match="cannot do 'toggle_beeper'"):
            ups.send_command(PowerCommand.TOGGLE_BEEPER, timeout_s=1.0)


def test_without_a_user_it_is_read_only():
    with make(make_upsd()) as ups:
        assert ups.commands() == frozenset()
        with pytest.raises(OptionsError, match="cannot do"):
            ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)


def test_a_wrong_password():
    with make(make_upsd(), username="station", password="guess") as ups:
        with pytest.raises(AccessDeniedError, match=r"ACCESS-DENIED.*upsd.users"):
            ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
        assert ups.read_power(timeout_s=1.0).state is PowerState.MAINS


def test_a_password_cannot_carry_a_command():
    upsd = make_upsd()
    wicked = "x\nINSTCMD virtual shutdown.return"
    with (
        make(upsd, username="station", password=wicked) as ups,
        pytest.raises(OptionsError, match="control character"),
    ):
        ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
    assert not upsd.power.read().is_shutting_down


@pytest.mark.parametrize("host", ["192.168.1.5", "ups.office", "0.0.0.0", "8.8.8.8"])  # noqa: S104
def test_no_password_leaves_the_machine(host):
    ups = NutUps("ups", NutUpsOptions(host=host, **LOGIN), pytest.fail)
    with pytest.raises(OptionsError, match="in clear"):
        ups.open()


def test_the_password_is_not_shown():
    options = NutUpsOptions(**LOGIN)
    assert "secret" not in repr(options) + str(options.model_dump())


@pytest.mark.parametrize("wrong", [{"port": 0}, {"port": 70_000}, {"answer_timeout_s": 0}])
def test_bad_options(wrong):
    with pytest.raises(ValidationError):
        NutUpsOptions(**wrong)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("BEGIN LIST VAR other\n", "answers LIST VAR with"),
        ("VAR a b\n", "answers LIST VAR with"),
        ("\n", "answers LIST VAR with"),
        ('BEGIN LIST VAR a\nVAR b ups.status "OL"\nEND LIST VAR a\n', "answers LIST VAR with"),
        ("BEGIN LIST VAR a\nVAR a ups.status\nEND LIST VAR a\n", "answers LIST VAR with"),
        ('BEGIN LIST VAR a\nVAR a ups.status "OL\n', "quote that does not end"),
        ("BEGIN LIST VAR a\nVAR a " + "x" * 5000, "does not end"),
        ("BEGIN LIST VAR a\n" + 'VAR a n "1"\n' * 2001 + "END LIST VAR a\n", "answers LIST VAR"),
        ("BEGIN LIST VAR a\nVAR a ups.st", "breaks off"),
    ],
)
def test_nonsense_is_a_protocol_error(answer, text):
    client = NutClient(replay(('LIST VAR "a"\n', answer)), device="ups", timeout_s=0.1)
    with pytest.raises(ProtocolError, match=text):
        client.list_variables("a")


def test_an_answer_that_nobody_asked_for():
    client = NutClient(replay(("VER\n", "upsd\nOK\n")), device="ups", timeout_s=0.1)
    assert client.read_version() == "upsd"
    with pytest.raises(ProtocolError, match="answers nothing with: OK"):
        client.read_version()


def test_an_answer_that_comes_too_late_is_never_taken_for_the_next(monkeypatch):
    line = EmulatedLine(make_upsd())
    link = EmulatedSerialLink(line, device="ups")
    with NutUps("ups", NutUpsOptions(answer_timeout_s=0.1), lambda: link) as ups:
        hold = link.read_some
        monkeypatch.setattr(link, "read_some", lambda *_, **__: b"")
        with pytest.raises(TransportTimeoutError):
            ups.read_power(timeout_s=1.0)
        monkeypatch.setattr(link, "read_some", hold)
        with pytest.raises(TransportError, match="open the UPS again"):
            ups.read_power(timeout_s=1.0)
    link.discard_input()
    with ups:
        assert ups.read_power(timeout_s=1.0).state is PowerState.MAINS


def test_one_variable():
    line = EmulatedLine(make_upsd())
    client = NutClient(EmulatedSerialLink(line), device="ups", timeout_s=0.1)
    assert client.read_variable("virtual", "ups.status") == "OL"
    for question, code in (
        (("virtual", "no.such"), "VAR-NOT-SUPPORTED"),
        (("other", "ups.status"), "UNKNOWN-UPS"),
    ):
        with pytest.raises(UpsdRefusedError) as caught:
            client.read_variable(*question)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("ERR UNKNOWN-UPS", DeviceNotFoundError),
        ("ERR ACCESS-DENIED", AccessDeniedError),
        ("ERR USERNAME-REQUIRED", AccessDeniedError),
        ("ERR UNKNOWN-COMMAND", ProtocolError),
        ("ERR INVALID-ARGUMENT extra words", ProtocolError),
        ("ERR SOMETHING-NEW", DeviceReportedError),
    ],
)
def test_refusals(answer, error):
    link = replay(("VER\n", answer + "\n"))
    with pytest.raises(error) as caught:
        NutUps("ups", NutUpsOptions(answer_timeout_s=0.1), lambda: link).open()
    assert caught.type is error


def test_a_recorded_reading_replays(tmp_path, assert_no_new_threads):
    path = tmp_path / "reading.jsonl"
    with EmulatedServer(EmulatedLine(make_upsd())) as server:
        ups = NutUps("ups", NutUpsOptions(port=server.port))
        with TranscriptWriter(path) as transcript:
            ups.record_to(transcript)
            with ups:
                seen = ups.read_power(timeout_s=1.0)
    assert_no_new_threads()
    link = ReplayTransport(load_transcript(path))
    with NutUps("ups", NutUpsOptions(), lambda: link) as replayed:
        assert replayed.read_power(timeout_s=1.0).variables == seen.variables
    link.assert_finished()
