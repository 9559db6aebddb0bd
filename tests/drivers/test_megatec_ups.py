"""The driver for Megatec UPS against an emulated one and a transcript of it."""

import time

import pytest
from pydantic import ValidationError

from drivers.devices import PowerCommand
from drivers.errors import DeviceReportedError, ProtocolError, TransportTimeoutError
from drivers.frames import PowerState
from drivers.models.megatec_ups import MegatecUps, MegatecUpsOptions
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.megatec_device import MegatecDevice, MegatecSetup
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import EmulatedLine, EmulatedSerialLink
from drivers.transport.replay import ReplayTransport
from drivers.transport.transcript import Exchange, Transcript, TranscriptWriter, load_transcript


def make_device(*faults, **setup):
    power = SimulatedPower(FaultSet("power_supply", faults), time.monotonic, seed="megatec")
    return MegatecDevice(power, MegatecSetup(**setup))


def make(device, **options):
    line = EmulatedLine(device)
    checked = MegatecUpsOptions(port="emulated", answer_timeout_s=0.3, **options)
    return MegatecUps("ups", checked, lambda: EmulatedSerialLink(line, device="ups"))


def read(device, **options):
    with make(device, **options) as ups:
        return ups.read_power(timeout_s=1.0)


def replay(*exchanges):
    lines = []
    for question, answer in exchanges:
        lines.append(Exchange("serial_write", data=f"{question}\r".encode().hex()))
        if answer:
            lines.append(Exchange("serial_read", data=answer.encode().hex()))
    return ReplayTransport(Transcript(tuple(lines)), device="ups")


def test_a_reading():
    with make(make_device()) as ups:
        reading = ups.read_power(timeout_s=1.0)
        identity = ups.identity()
    assert reading.state is PowerState.MAINS
    assert reading.input_voltage_v == pytest.approx(226, abs=6)
    assert (reading.battery_voltage_v, reading.load_percent) == (27.3, 31)
    assert (reading.charge_percent, reading.runtime_s) == (None, None)
    assert reading.variables["input.voltage.nominal"] == "230"
    assert reading.variables["battery.voltage.nominal"] == "24"
    assert reading.variables["ups.type"] == "offline / line interactive"
    assert (identity.make, identity.model, identity.firmware) == ("SIMULATED", "VU1000", "V1.0")
    assert identity.serial is None


@pytest.mark.parametrize(
    ("faults", "state", "status"),
    [
        ((), PowerState.MAINS, "OL"),
        (("on_battery",), PowerState.BATTERY, "OB"),
        (("low_battery",), PowerState.LOW_BATTERY, "OB LB"),
        (("brown_out",), PowerState.MAINS, "OL BOOST"),
        (("overload",), PowerState.MAINS, "OL OVER"),
        (("replace_battery",), PowerState.MAINS, "OL ALARM"),
    ],
)
def test_power_faults_by_name(faults, state, status):
    reading = read(make_device(*faults))
    assert (reading.state, reading.variables["ups.status"]) == (state, status)


def test_a_power_fault_at_its_moment():
    """Opening takes the first status, and what is new is asked for twice."""
    with make(make_device("on_battery@3")) as ups:
        states = [ups.read_power(timeout_s=1.0).state for _ in range(3)]
    assert states == [PowerState.MAINS, PowerState.BATTERY, PowerState.BATTERY]


@pytest.mark.parametrize("question", ["Q1", "QS", "D"])
@pytest.mark.parametrize("refusal", ["", "NAK", "(NAK"])
def test_it_finds_the_question(question, refusal):
    device = make_device(question=question, refusal=refusal)
    assert read(device).state is PowerState.MAINS
    assert read(device, status_question=question).state is PowerState.MAINS
    assert device.commands == []


def test_a_ups_of_another_protocol():
    device = make_device(question="QPI")
    with pytest.raises(ProtocolError, match=r"understands none of Q1, QS, D; use NUT"):
        make(device).open()


@pytest.mark.parametrize("refusal", ["", "NAK"])
def test_a_ups_without_name_and_rating(refusal):
    with make(make_device(tells_name=False, tells_rating=False, refusal=refusal)) as ups:
        assert (ups.identity().make, ups.identity().model) == ("unknown", "Megatec UPS (Q1)")
        reading = ups.read_power(timeout_s=1.0)
    assert reading.battery_voltage_v == 27.3
    assert "battery.voltage.nominal" not in reading.variables


def test_an_online_ups_tells_volts_of_a_cell():
    reading = read(make_device(is_online_type=True))
    assert reading.battery_voltage_v == pytest.approx(27.3, abs=0.1)
    assert reading.variables["battery.voltage.cell"] == "2.27"
    assert reading.variables["ups.type"] == "online"
    reading = read(make_device(is_online_type=True, tells_rating=False))
    assert reading.battery_voltage_v is None


def test_a_ups_without_a_thermometer():
    assert "ups.temperature" not in read(make_device(has_sensor=False)).variables
    assert read(make_device()).variables["ups.temperature"] == "33"


def test_a_shutdown_bit_that_is_always_set():
    device = make_device()
    device.power.order_shutdown()
    assert read(device).state is PowerState.LOW_BATTERY
    reading = read(device, ignore_shutdown_bit=True)
    assert (reading.state, reading.variables["ups.status"]) == (PowerState.MAINS, "OL")


@pytest.mark.parametrize(
    ("command", "options", "text"),
    [
        (PowerCommand.TEST_BATTERY, {}, "T"),
        (PowerCommand.TEST_BATTERY, {"test_minutes": 4}, "T04"),
        (PowerCommand.TEST_BATTERY_UNTIL_LOW, {}, "TL"),
        (PowerCommand.STOP_TEST, {}, "CT"),
        (PowerCommand.SHUT_DOWN_AND_RETURN, {}, "S01R0003"),
        (PowerCommand.SHUT_DOWN_AND_RETURN, {"shutdown_delay_s": 30}, "S.5R0003"),
        (
            PowerCommand.SHUT_DOWN_AND_RETURN,
            {"shutdown_delay_s": 600, "return_delay_minutes": 480},
            "S10R0480",
        ),
        (PowerCommand.CANCEL_SHUTDOWN, {}, "C"),
        (PowerCommand.TOGGLE_BEEPER, {}, "Q"),
    ],
)
def test_commands(command, options, text):
    device = make_device()
    with make(device, **options) as ups:
        assert command in ups.commands()
        ups.send_command(command, timeout_s=1.0)
        assert ups.read_power(timeout_s=1.0)
    assert device.commands == [text]


def test_a_battery_test_shows():
    device = make_device()
    with make(device) as ups:
        ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
        during = ups.read_power(timeout_s=1.0)
        ups.send_command(PowerCommand.STOP_TEST, timeout_s=1.0)
        after = ups.read_power(timeout_s=1.0)
    assert (during.variables["ups.status"], after.variables["ups.status"]) == ("OL CAL", "OL")
    assert during.battery_voltage_v < after.battery_voltage_v


def test_reading_sends_no_command():
    device = make_device()
    with make(device) as ups:
        for _ in range(5):
            ups.read_power(timeout_s=1.0)
    assert device.commands == []


STATUS = "(221.4 221.4 219.8 018 50.0 13.6 28.0 00001001\r"


@pytest.mark.parametrize("answer", ["T\r", "NAK\r", "(NAK\r", "?\r"])
def test_a_command_that_the_ups_does_not_know(answer):
    link = replay(("Q1", STATUS), ("I", "I\r"), ("F", "F\r"), ("T", answer))
    options = MegatecUpsOptions(port="replay", answer_timeout_s=0.2)
    with MegatecUps("ups", options, lambda: link) as ups:
        if answer == "?\r":  # some line, neither echo nor refusal: the command may have been taken
            ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
        else:
            with pytest.raises(DeviceReportedError, match="does not know the command T"):
                ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
    link.assert_finished()


def test_damaged_answers_are_asked_for_again():
    link = replay(
        ("Q1", STATUS.replace("221.4", "22!.4")),
        ("Q1", STATUS[5:]),
        ("Q1", "\0" + STATUS),
        ("I", "\xff\xfe\r"),
        ("I", "#ICA             CT1382B    V1.0\r"),
        ("F", "#220.0 005 12.00 50.0\r"),
    )
    options = MegatecUpsOptions(port="replay", answer_timeout_s=0.2)
    with MegatecUps("ups", options, lambda: link) as ups:
        assert ups.identity().model == "CT1382B"
    link.assert_finished()


def test_a_bit_that_changed_on_the_line_is_no_power_cut():
    """There is no checksum, so a change must be told twice."""
    on_battery = STATUS[:-9] + "10001001\r"
    link = replay(
        ("Q1", STATUS),
        ("I", "I\r"),
        ("F", "F\r"),
        ("Q1", on_battery),
        ("Q1", STATUS),
        ("Q1", STATUS),
        ("Q1", on_battery),
        ("Q1", on_battery),
        ("Q1", on_battery),
    )
    options = MegatecUpsOptions(port="replay", answer_timeout_s=0.2)
    with MegatecUps("ups", options, lambda: link) as ups:
        states = [ups.read_power(timeout_s=1.0).state for _ in range(3)]
    assert states == [PowerState.MAINS, PowerState.BATTERY, PowerState.BATTERY]
    link.assert_finished()


@pytest.mark.parametrize("answer", ["x" * 200, STATUS[:20], STATUS[:20] + "\r"])
def test_answers_that_stay_damaged(answer):
    link = replay(*[("Q1", answer)] * 3)
    options = MegatecUpsOptions(port="replay", answer_timeout_s=0.1)
    with pytest.raises(ProtocolError, match="no usable answer to Q1 in 3 tries"):
        MegatecUps("ups", options, lambda: link).open()


def test_silence():
    link = replay(("Q1", ""), ("QS", ""), ("D", ""))
    options = MegatecUpsOptions(port="replay", answer_timeout_s=0.1)
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError, match="that the UPS is on"):
        MegatecUps("ups", options, lambda: link).open()
    assert time.monotonic() - started_s < 1.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"shutdown_delay_s": 31},
        {"shutdown_delay_s": 90},
        {"shutdown_delay_s": 6},
        {"return_delay_minutes": 1},
        {"test_minutes": 100},
        {"status_question": "QPI"},
    ],
)
def test_bad_options(wrong):
    with pytest.raises(ValidationError):
        MegatecUpsOptions(port="/dev/ttyUSB0", **wrong)


def test_on_a_terminal_at_line_speed_and_recorded(tmp_path, assert_no_new_threads):
    path = tmp_path / "reading.jsonl"
    with PseudoTerminal(EmulatedLine(make_device()), baud=2400) as terminal:
        ups = MegatecUps("ups", MegatecUpsOptions(port=terminal.port))
        with TranscriptWriter(path) as transcript:
            ups.record_to(transcript)
            with ups:
                started_s = time.monotonic()
                seen = ups.read_power(timeout_s=2.0)
                assert time.monotonic() - started_s > 0.19
    assert_no_new_threads()
    link = ReplayTransport(load_transcript(path))
    with MegatecUps("ups", MegatecUpsOptions(port="replay"), lambda: link) as replayed:
        assert replayed.read_power(timeout_s=1.0).variables == seen.variables
    link.assert_finished()
