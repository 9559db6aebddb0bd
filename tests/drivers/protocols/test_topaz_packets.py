"""Packets of Topaz pads, on hand-written bytes and under damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.topaz_packets import MODELS, TopazIdentity, TopazPoint, TopazReader

DOWN = bytes.fromhex("c1 01 0a 02 0b")  # near and down at (1281, 1410)
UP = bytes.fromhex("c0 01 0a 02 0b")
PRESSURE = bytes.fromhex("9c 00 00 55 03")  # 3 << 7 | 0x55 = 469
IDENTITY = bytes.fromhex("88 25 00 0b 01")  # 9 << 2 | 1, 128 + 11
AWAY = bytes.fromhex("80 7f 1f 7f 1f")


def place(points):
    return [(point.x, point.y, point.pressure, point.is_touching) for point in points]


def test_nothing_gives_nothing():
    assert TopazReader().feed(b"") == []


def test_points_and_the_pressure_that_goes_before_them():
    points = TopazReader().feed(DOWN + PRESSURE + DOWN + UP)
    assert place(points) == [
        (1281, 1410, 0, True),
        (1281, 1410, 469, True),
        (1281, 1410, 469, False),
    ]
    assert [point.bytes_after for point in points] == [15, 5, 0]
    assert points[0] == TopazPoint(1281, 1410, 0, True, True, 15)


@pytest.mark.parametrize("kind", [1, 4])
def test_other_pen_types(kind):
    assert len(TopazReader().feed(bytes([DOWN[0] | kind << 2]) + DOWN[1:])) == 1


def test_no_position_and_other_types_give_no_point():
    reader = TopazReader()
    answer = bytes([0x80 | 3 << 2]) + bytes(4)
    assert reader.feed(AWAY + IDENTITY + answer) == []
    assert reader.identity == TopazIdentity(9, 1 << 16 | 139)
    assert (reader.whole, reader.damaged) == (3, 0)


def test_the_tail_of_a_packet_before_the_first_is_skipped_and_is_no_damage():
    reader = TopazReader()
    assert len(reader.feed(DOWN[2:] + DOWN)) == 1
    assert reader.damaged == 0


@pytest.mark.parametrize("length", range(1, 5))
def test_a_cut_packet_is_dropped_and_counted(length):
    reader = TopazReader()
    assert place(reader.feed(DOWN[:length] + UP)) == [(1281, 1410, 0, False)]
    assert (reader.whole, reader.damaged) == (1, 1)


def test_noise_is_told_from_a_few_cuts():
    reader = TopazReader()
    reader.feed(DOWN * 40 + DOWN[:3] * 30 + DOWN)
    assert not reader.is_noise
    reader = TopazReader()
    reader.feed(b"\xff\x80" * 20)
    assert reader.is_noise


@given(st.lists(st.sampled_from([DOWN, UP, PRESSURE, IDENTITY, AWAY]), max_size=12), st.data())
def test_packets_arrive_in_any_pieces(packets, data):
    line = b"".join(packets)
    expected = place(TopazReader().feed(line))
    reader, read = TopazReader(), []
    while line:
        count = data.draw(st.integers(1, len(line)))
        read += reader.feed(line[:count])
        line = line[count:]
    assert place(read) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_survived_and_points_lie_within_twelve_bits(data):
    for point in TopazReader().feed(data):
        assert 0 <= point.x < 4096
        assert 0 <= point.y < 4096
        assert 0 <= point.pressure < 1024


def test_writing_areas_are_of_a_hands_size():
    for model in MODELS.values():
        width_mm, height_mm = model.size_mm
        assert 100 < width_mm < 250
        assert 35 < height_mm < 300
