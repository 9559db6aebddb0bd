"""The start of two recorded readers, byte by byte, and the answer to a challenge."""

import pytest

from drivers.errors import DeviceReportedError, TransportTimeoutError
from drivers.protocols.uareu_chip import UareuChip, answer_challenge
from drivers.simulation.wire.uareu4500_device import DeviceSetup, UareuDevice
from drivers.simulation.wire.uareu4500_link import EmulatedUsbLink
from drivers.transport.replay import ReplayTransport
from drivers.transport.transcript import Exchange, Transcript

POWER_ON = "56aa" + 62 * "00"


def read(register, length, data):
    return Exchange("control_read", f"c0 04 {register:04x} 0000", length, data)


def write(register, data):
    return Exchange("control_write", f"40 04 {register:04x} 0000", 0, data)


STARTED = Exchange("interrupts_start", "81", 64)
START_4500 = (
    STARTED,
    read(0x07, 1, "01"),
    write(0x07, "81"),
    write(0x07, "01"),
    read(0x07, 1, "01"),
    Exchange("interrupt", data=POWER_ON),
    read(0xF0, 16, "1a0a1a0a01150000002000108b211130"),
)
START_V2 = (
    STARTED,
    read(0x07, 1, "03"),
    write(0x07, "83"),
    write(0x07, "03"),
    read(0x07, 1, "83"),
    read(0x2010, 16, "4dae5a0b1247a86c9fbf29fdcc178a74"),
    write(0x2000, "329351371e4adfb1f35f09f329c6ab46"),
    write(0x07, "03"),
    read(0x07, 1, "03"),
    Exchange("interrupt", data=POWER_ON),
    read(0xF0, 16, "50255025003400000013005967191800"),
)
START_AFTER_FAULT = (
    STARTED,
    read(0x07, 1, "84"),
    write(0x07, "04"),
    read(0x07, 1, "04"),
    read(0x07, 1, "05"),
    write(0x07, "85"),
    write(0x07, "05"),
    read(0x07, 1, "05"),
    Exchange("interrupt", data=POWER_ON),
    read(0xF0, 16, "1a0a1a0a01150000002000108b211130"),
)


def make_chip(link, *, has_challenge=False):
    return UareuChip(
        link,
        device="scanner",
        timeout_s=0.2,
        has_challenge=has_challenge,
        check_cancel=lambda: None,
    )


def test_challenge_of_a_recorded_reader():
    answer = answer_challenge(bytes.fromhex("4dae5a0b1247a86c9fbf29fdcc178a74"))
    assert answer.hex() == "329351371e4adfb1f35f09f329c6ab46"


@pytest.mark.parametrize(
    ("exchanges", "has_challenge", "versions"),
    [
        (START_4500, False, "0115, 0010"),
        (START_V2, True, "0034, 0059"),
        (START_AFTER_FAULT, False, "0115, 0010"),
    ],
    ids=["4500", "v2", "after fault"],
)
def test_start_says_what_was_recorded(exchanges, has_challenge, versions):
    link = ReplayTransport(Transcript(exchanges))
    chip = make_chip(link, has_challenge=has_challenge)
    chip.start()
    assert chip.read_versions() == versions
    link.assert_finished()


def test_a_sensor_that_never_powers_up_is_reported():
    link = EmulatedUsbLink(UareuDevice(DeviceSetup(b"", is_dead=True)))
    with pytest.raises(DeviceReportedError, match="could not power up"):
        make_chip(link).start()


def test_a_reader_that_never_restarts_is_reported():
    never = (STARTED, read(0x07, 1, "84"), write(0x07, "04"), *[read(0x07, 1, "04")] * 100)
    link = ReplayTransport(Transcript(never))
    with pytest.raises(DeviceReportedError, match="could not restart"):
        make_chip(link).start()
    link.assert_finished()


def test_a_reader_that_never_says_power_on_is_given_three_tries():
    once = (read(0x07, 1, "01"), write(0x07, "81"), write(0x07, "01"), read(0x07, 1, "01"))
    link = ReplayTransport(Transcript((STARTED, *once, *once, *once)))
    with pytest.raises(TransportTimeoutError, match="3 tries"):
        make_chip(link).start()
    link.assert_finished()


def test_packets_too_short_to_have_a_type_are_ignored():
    packets = (Exchange("interrupt"), Exchange("interrupt", data="01"))
    link = ReplayTransport(
        Transcript((STARTED, *packets, Exchange("interrupt", data="0101"), *packets))
    )
    chip = make_chip(link)
    assert chip.wait_for(0x0101, timeout_s=1.0)
    assert chip.is_finger_on is True
    chip.take_packets()
    link.assert_finished()
