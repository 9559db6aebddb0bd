"""Frames of the serial line: vectors of a real pad, an independent encoder, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.stu_serial import (
    FrameReader,
    crc16_arc,
    decode_frame,
    encode_frame,
    pack,
    parse_size_table,
    unpack,
)
from drivers.simulation.wire import stu_line

VECTORS = [  # report, frame: PROTOCOLS.md section 7.3, established on an STU-540
    ("8008", "c00540020c0030"),
    ("800c", "c00540030c1c28"),
    ("0c0100", "c0060600200c0c4c"),
    ("0401", "c0050200383000"),
]
ACKNOWLEDGE = ("8100", "8003404000")  # of a real STU-540, without checksum
REPORTS = st.binary(min_size=1, max_size=600)


def test_checksum_check_value():
    assert crc16_arc(b"123456789") == 0xBB3D
    assert stu_line.checksum(b"123456789") == 0xBB3D


@pytest.mark.parametrize(("report", "frame"), VECTORS)
def test_our_frames_are_those_of_the_real_pad(report, frame):
    report, frame = bytes.fromhex(report), bytes.fromhex(frame)
    assert encode_frame(report) == frame
    assert FrameReader().feed(frame) == [report]


def test_the_acknowledge_of_the_real_pad():
    report, frame = map(bytes.fromhex, ACKNOWLEDGE)
    assert encode_frame(report, has_crc=False) == frame
    assert FrameReader().feed(frame) == [report]


def test_nothing_is_no_frame():
    assert FrameReader().feed(b"") == []
    with pytest.raises(ValueError, match="empty frame"):
        decode_frame(b"\x80\x00")
    with pytest.raises(ValueError, match="checksum"):
        decode_frame(b"\xc0\x00")


@given(REPORTS, st.booleans())
def test_both_encoders_agree_and_both_decoders_read_it(report, has_crc):
    frame = encode_frame(report, has_crc=has_crc)
    assert frame == stu_line.frame(report, has_checksum=has_crc)
    assert decode_frame(frame) == report
    assert stu_line.unframe(frame + b"rest") == (report, b"rest")
    assert all(byte < 0x80 for byte in frame[1:])


@given(st.binary(max_size=40))
def test_packing_is_undone(data):
    assert unpack(pack(data)) == data


@given(st.binary(max_size=40).map(lambda data: bytes(byte & 0x7F for byte in data)))
def test_what_unpacks_packs_to_the_same(packed):
    try:
        data = unpack(packed)
    except ValueError:
        return
    assert pack(data) == packed


def test_filling_bits_must_be_zero():
    with pytest.raises(ValueError, match="filling"):
        unpack(b"\x7f\x7f")


def test_a_report_may_be_too_long():
    encode_frame(bytes(7165))
    with pytest.raises(ValueError, match="does not fit"):
        encode_frame(bytes(7166))


@given(st.lists(REPORTS, max_size=5), st.data())
def test_frames_arrive_in_any_pieces(reports, data):
    line = b"\x00\x7f" + b"".join(encode_frame(report) for report in reports)
    reader, read = FrameReader(), []
    while line:
        count = data.draw(st.integers(1, len(line)))
        read += reader.feed(line[:count])
        line = line[count:]
    assert read == reports
    assert not reader.has_part


@given(REPORTS, st.data())
def test_no_flipped_bit_goes_unseen(report, data):
    frame = bytearray(encode_frame(report))
    place = data.draw(st.integers(2, len(frame) - 1))
    frame[place] ^= 1 << data.draw(st.integers(0, 6))
    with pytest.raises(ValueError, match=r"checksum|filling"):
        FrameReader().feed(bytes(frame))


@given(REPORTS, st.data())
def test_a_cut_frame_is_seen_when_the_next_begins(report, data):
    frame = encode_frame(report)
    cut = frame[: data.draw(st.integers(1, len(frame) - 1))]
    with pytest.raises(ValueError, match="ends after"):
        FrameReader().feed(cut + frame)


def test_size_table():
    table = bytearray(512)
    table[2 * 0x26 : 2 * 0x26 + 2] = (2560).to_bytes(2, "big")
    assert parse_size_table(bytes(table)) == {0x26: 2560}
    with pytest.raises(ValueError, match="511 bytes"):
        parse_size_table(bytes(511))
