"""Commands, replies and picture frames of the NB-1010-U, byte by byte."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.nb1010_messages import (
    CAPTURE,
    FRAME_BYTES,
    FRAMES,
    LOOK,
    PREPARE,
    parse_frame,
    parse_reply,
)

LOOK_REPLY = bytes.fromhex("803701001000000000000000f7000000")
COMMANDS = [LOOK, PREPARE, CAPTURE]


def frame(number, *, row=None, more=None):
    more = number < FRAMES - 1 if more is None else more
    row = 2 * number + 1 if row is None else row
    head = bytes.fromhex("80210000 1c020000 00000000") + struct.pack("<II", more, row)
    return head + bytes.fromhex("0001000001") + bytes(range(256)) * 2 + bytes(3)


@pytest.mark.parametrize(
    ("command", "sequence", "recorded"),
    [
        (LOOK, 1, "8038010008000000"),
        (PREPARE, 3, "800d03000c00000000040000"),
        (CAPTURE, 4, "801204002000000002" + 19 * "00" + "20000000"),
    ],
)
def test_commands_are_those_recorded(command, sequence, recorded):
    assert command.encode(sequence).hex() == recorded


def test_a_recorded_reply():
    assert parse_reply(LOOK_REPLY, LOOK, 1) == LOOK_REPLY


@pytest.mark.parametrize(
    ("data", "command", "sequence", "text"),
    [
        (b"", LOOK, 1, "0 of 16 bytes"),
        (LOOK_REPLY[:8], LOOK, 1, "8 of 16 bytes"),
        (LOOK_REPLY + b"\0", LOOK, 1, "17 of 16 bytes"),
        (LOOK_REPLY, LOOK, 2, "8037010010000000, not 8037020010000000"),
        (LOOK_REPLY, PREPARE, 1, "8037010010000000, not 8020010010000000"),
        (b"\0" + LOOK_REPLY[1:], LOOK, 1, "0037"),
        (LOOK_REPLY[:4] + b"\x11" + LOOK_REPLY[5:], LOOK, 1, "8037010011000000"),
    ],
)
def test_other_replies_are_refused(data, command, sequence, text):
    with pytest.raises(ValueError, match=text):
        parse_reply(data, command, sequence)


@pytest.mark.parametrize("number", [0, 1, 44, FRAMES - 1])
def test_a_frame_gives_its_two_rows(number):
    data = frame(number)
    assert len(data) == FRAME_BYTES
    assert parse_frame(data, number) == bytes(range(256)) * 2


@pytest.mark.parametrize(
    ("data", "number", "text"),
    [
        (b"", 0, "0 of 540 bytes"),
        (frame(0)[:-1], 0, "539 of 540 bytes"),
        (frame(0) + b"\0", 0, "541 of 540"),
        (b"\x80\x20" + frame(0)[2:], 0, "begins with 8020"),
        (frame(1), 0, "row 3 came where row 1"),
        (frame(5, row=9), 5, "row 9 came where row 11"),
        (frame(5, more=0), 5, "frame 5 of 90 says that none follow"),
        (frame(89, more=1), 89, "frame 89 of 90 says that more follow"),
    ],
)
def test_other_frames_are_refused(data, number, text):
    with pytest.raises(ValueError, match=text):
        parse_frame(data, number)


@given(st.sampled_from(COMMANDS), st.integers(0, 255), st.binary(max_size=32))
def test_no_other_bytes_are_a_reply(command, sequence, data):
    head = struct.pack("<BBBBI", 0x80, command.reply_code, sequence, 0, 16)
    if len(data) == 16 and data.startswith(head):
        assert parse_reply(data, command, sequence) == data
    else:
        with pytest.raises(ValueError, match="reply"):
            parse_reply(data, command, sequence)


@given(st.integers(0, FRAMES - 1), st.integers(0, 19), st.integers(1, 255))
def test_a_changed_head_of_a_frame_is_refused_or_means_nothing(number, at, change):
    data = bytearray(frame(number))
    data[at] ^= change
    is_unknown = 8 <= at < 12
    is_still_more = number < FRAMES - 1 and 12 <= at < 16 and any(data[12:16])
    if is_unknown or is_still_more:
        assert parse_frame(bytes(data), number) == bytes(range(256)) * 2
    else:
        with pytest.raises(ValueError, match=r"frame|row"):
            parse_frame(bytes(data), number)


@given(st.sampled_from(COMMANDS), st.integers(0, 255))
def test_a_command_tells_its_length_and_number(command, sequence):
    data = command.encode(sequence)
    assert struct.unpack_from("<BBBBI", data) == (0x80, command.code, sequence, 0, len(data))
