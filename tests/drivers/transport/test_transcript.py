"""Transcripts: reading, writing, replaying on USB and serial lines."""

import json
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DriverError, TransportError, TransportTimeoutError
from drivers.transport.recording import RecordingSerialLink, RecordingUsbLink
from drivers.transport.replay import ReplayMismatchError, ReplayTransport
from drivers.transport.transcript import (
    Exchange,
    Transcript,
    TranscriptWriter,
    load_transcript,
    parse_transcript,
)
from drivers.transport.usb import VENDOR_READ, VENDOR_WRITE, ControlSetup, UsbDeviceInfo, UsbId

HEADER = '{"transcript": 1, "usb_id": "05ba:000a", "product": "Reader"}\n'
READ = ControlSetup(VENDOR_READ, 4, 7)
WRITE = ControlSetup(VENDOR_WRITE, 4, 0x4E)

HEX = st.binary(max_size=40).map(bytes.hex)
EXCHANGES = st.builds(
    Exchange, do=st.text(min_size=1), where=st.text(), length=st.integers(0, 9999), data=HEX
)


@pytest.mark.parametrize("text", ["", "{}\n", '{"transcript": 2}\n'])
def test_what_is_no_transcript(text):
    with pytest.raises(ValueError, match="line 1"):
        parse_transcript(text)


@pytest.mark.parametrize("line", ["nonsense", '{"what": "x"}', "[1]"])
def test_a_bad_line_is_named(line):
    with pytest.raises(ValueError, match="line 3"):
        parse_transcript(HEADER + '{"do": "reset"}\n' + line + "\n")


@given(st.lists(EXCHANGES, max_size=8))
def test_what_is_written_is_read_again(exchanges):
    text = "\n".join(['{"transcript": 1}', *(exchange.to_line() for exchange in exchanges)])
    assert parse_transcript(text) == Transcript(tuple(exchanges))


def test_the_header_tells_the_device_but_not_its_serial_number(tmp_path):
    path = tmp_path / "t.jsonl"
    info = UsbDeviceInfo(UsbId(0x05BA, 10), port="1-2", product="Reader", serial="SECRET")
    with TranscriptWriter(path) as writer:
        writer.begin(info)
        writer.begin(info)
        writer.add(Exchange("reset"))
    assert "SECRET" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    transcript = load_transcript(path)
    assert transcript.usb.usb_id == UsbId(0x05BA, 10)
    assert transcript.exchanges == (Exchange("reset"),)


def replay_of(*lines):
    return ReplayTransport(
        parse_transcript(HEADER + "".join(json.dumps(one) + "\n" for one in lines))
    )


def control_read(**more):
    return {"do": "control_read", "where": "c0 04 0007 0000", "length": 1} | more


CONTROL_WRITE = {"do": "control_write", "where": "40 04 004e 0000", "data": "10"}


def test_reads_and_writes_are_compared():
    link = replay_of(control_read(data="01"), CONTROL_WRITE)
    assert link.control_read(READ, 1, timeout_s=1) == b"\x01"
    with pytest.raises(ReplayMismatchError, match="left over"):
        link.assert_finished()
    link.control_write(WRITE, b"\x10", timeout_s=1)
    link.assert_finished()


@pytest.mark.parametrize(
    "say",
    [
        lambda link: link.control_write(WRITE, b"\x11", timeout_s=1),
        lambda link: link.control_write(READ, b"\x10", timeout_s=1),
        lambda link: link.control_read(WRITE, 1, timeout_s=1),
        lambda link: link.start_bulk_read(0x82, 64, timeout_s=1),
        lambda link: link.write(b"\x10"),
        lambda link: link.reset(),
    ],
)
def test_anything_else_fails(say):
    with pytest.raises(ReplayMismatchError, match="exchange 1"):
        say(replay_of(CONTROL_WRITE))


def test_a_read_of_another_length_fails():
    with pytest.raises(ReplayMismatchError):
        replay_of(control_read(data="01")).control_read(READ, 2, timeout_s=1)


def test_saying_more_than_recorded_fails():
    with pytest.raises(ReplayMismatchError, match="ends before"):
        replay_of().control_write(WRITE, b"\x10", timeout_s=1)


def test_a_mismatch_is_no_error_that_a_driver_may_catch():
    assert not issubclass(ReplayMismatchError, DriverError | OSError | ValueError)


def test_recorded_errors_are_raised_again():
    link = replay_of(control_read(error="TransportTimeoutError"))
    with pytest.raises(TransportTimeoutError):
        link.control_read(READ, 1, timeout_s=1)
    link.assert_finished()


def test_bulk_data_comes_at_its_end_and_packets_where_they_are():
    link = replay_of(
        {"do": "interrupts_start", "where": "81", "length": 64},
        {"do": "bulk_start", "where": "82", "length": 64},
        CONTROL_WRITE,
        {"do": "interrupt", "data": "0101"},
        {"do": "bulk_end", "data": "aabb"},
    )
    stream = link.start_interrupts(0x81, 64)
    read = link.start_bulk_read(0x82, 64, timeout_s=1)
    assert stream.next_packet(timeout_s=0.0) is None
    link.control_write(WRITE, b"\x10", timeout_s=1)
    assert stream.next_packet(timeout_s=0.0) == b"\x01\x01"
    assert read.result() == b"\xaa\xbb"
    link.assert_finished()


BULK_WRITE = {"do": "bulk_write", "where": "02", "data": "8038"}


def test_bulk_data_is_compared_and_read_in_one_go():
    link = replay_of(
        BULK_WRITE,
        {"do": "bulk_start", "where": "83", "length": 16},
        {"do": "bulk_end", "data": "8037"},
    )
    link.bulk_write(0x02, b"\x80\x38", timeout_s=1)
    assert link.bulk_read(0x83, 16, timeout_s=1) == b"\x80\x37"
    link.assert_finished()


@pytest.mark.parametrize(("endpoint", "data"), [(0x02, b"\x80\x39"), (0x03, b"\x80\x38")])
def test_other_bulk_data_fails(endpoint, data):
    with pytest.raises(ReplayMismatchError, match="exchange 1"):
        replay_of(BULK_WRITE).bulk_write(endpoint, data, timeout_s=1)


def test_recording_bulk_transfers_gives_the_same_transcript(tmp_path):
    lines = (
        BULK_WRITE,
        {"do": "bulk_start", "where": "83", "length": 16},
        {"do": "bulk_end", "data": "8037"},
        BULK_WRITE | {"error": "TransportError"},
        {"do": "bulk_start", "where": "83", "length": 16},
        {"do": "bulk_end", "error": "TransportTimeoutError"},
    )
    path = tmp_path / "again.jsonl"
    with TranscriptWriter(path) as writer:
        link = RecordingUsbLink(replay_of(*lines), writer)
        link.bulk_write(0x02, b"\x80\x38", timeout_s=1)
        assert link.bulk_read(0x83, 16, timeout_s=1) == b"\x80\x37"
        with pytest.raises(TransportError):
            link.bulk_write(0x02, b"\x80\x38", timeout_s=1)
        with pytest.raises(TransportTimeoutError):
            link.bulk_read(0x83, 16, timeout_s=1)
    assert [json.loads(line) for line in path.read_text().splitlines()[1:]] == list(lines)


def test_serial_bytes_are_cut_as_asked_for():
    link = replay_of(
        {"do": "serial_write", "data": "05"}, {"do": "serial_read", "data": "0102030d"}
    )
    assert link.read_some(9, timeout_s=0.0) == b""
    link.write(b"\x05")
    assert link.read_exactly(2, timeout_s=1) == b"\x01\x02"
    with pytest.raises(ReplayMismatchError, match="030d"):
        link.assert_finished()
    assert link.read_until(b"\r", max_bytes=9, timeout_s=1) == b"\x03\r"
    link.assert_finished()


def test_recording_a_replay_gives_the_same_transcript(tmp_path):
    lines = (
        {"do": "interrupts_start", "where": "81", "length": 64},
        control_read(error="TransportError"),
        control_read(data="01"),
        {"do": "bulk_start", "where": "82", "length": 64},
        CONTROL_WRITE,
        {"do": "interrupt", "data": "0101"},
        {"do": "bulk_end", "data": "aabb"},
        {"do": "reset"},
    )
    original = replay_of(*lines)
    path = tmp_path / "again.jsonl"
    with TranscriptWriter(path) as writer:
        link = RecordingUsbLink(original, writer)
        stream = link.start_interrupts(0x81, 64)
        with pytest.raises(TransportError):
            link.control_read(READ, 1, timeout_s=1)
        link.control_read(READ, 1, timeout_s=1)
        read = link.start_bulk_read(0x82, 64, timeout_s=1)
        link.control_write(WRITE, b"\x10", timeout_s=1)
        assert stream.next_packet(timeout_s=0.0) == b"\x01\x01"
        assert stream.next_packet(timeout_s=0.0) is None
        read.result()
        link.reset()
        link.close()
    original.assert_finished()
    assert [json.loads(line) for line in path.read_text().splitlines()[1:]] == list(lines)
    assert writer.exchange_count == len(lines)


def test_recording_a_serial_line(tmp_path):
    lines = ({"do": "serial_write", "data": "05"}, {"do": "serial_read", "data": "0102"})
    path = tmp_path / "serial.jsonl"
    with TranscriptWriter(path) as writer:
        link = RecordingSerialLink(replay_of(*lines), writer)
        link.write(b"\x05")
        assert link.read_exactly(2, timeout_s=1) == b"\x01\x02"
        link.discard_input()
        link.close()
    assert [json.loads(line) for line in path.read_text().splitlines()[1:]] == list(lines)
