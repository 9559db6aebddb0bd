"""Pictures of the U.are.U readers: splitting, scrambled or not, descrambling, assembly."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.protocols.uareu_image import (
    Block,
    RawImage,
    assemble,
    count_noise_rows,
    descramble,
    is_scrambled,
    parse_image,
)
from drivers.simulation.wire.uareu4500_picture import build_transfer, scramble_block

KEY = 0x544409D6


def transfer(lines, entries, *, rows=None, key_number=0):
    header = struct.pack("<4xHB9x30s18x", lines, key_number, bytes(entries))
    return header + bytes(384 * (lines if rows is None else rows))


@pytest.mark.parametrize("size", [0, 1, 63])
def test_less_than_a_header_is_no_picture(size):
    with pytest.raises(ValueError, match="less than a header"):
        parse_image(bytes(size))


@pytest.mark.parametrize("lines", [0, 1, 290, 65535])
def test_impossible_line_counts_are_no_picture(lines):
    with pytest.raises(ValueError, match="lines"):
        parse_image(transfer(lines, [0, 200], rows=290))


def test_fewer_rows_than_the_header_says_are_no_picture():
    with pytest.raises(ValueError, match="of 3904 bytes came"):
        parse_image(transfer(10, [0, 10], rows=9))


@pytest.mark.parametrize("entries", [[0, 9], [0, 11], [0, 0], [1, 10], [0, 5, 1, 5]])
def test_a_block_list_that_does_not_fit_the_lines_is_no_picture(entries):
    with pytest.raises(ValueError, match="block list"):
        parse_image(transfer(10, entries))


def test_the_block_list_ends_with_no_lines_and_garbage_after_it_is_not_read():
    entries = [
        2,
        72,
        0,
        1,
        2,
        49,
        1,
        1,
        0,
        1,
        2,
        49,
        0,
        1,
        2,
        116,
        0,
        0,
        0x10,
        64,
        0x80,
        1,
        0x5A,
        0,
    ]
    image = parse_image(transfer(289, entries, key_number=5))
    assert image.key_number == 5
    assert [block.lines for block in image.blocks] == [72, 1, 49, 1, 1, 49, 1, 116]
    assert [block.is_present for block in image.blocks].count(False) == 1


def test_the_block_list_ends_when_the_lines_are_used_up():
    image = parse_image(transfer(10, [2, 6, 2, 4, 0x80, 77]))
    assert image.blocks == (Block(2, 6), Block(2, 4))


def test_random_rows_are_scrambled_and_smooth_rows_are_not():
    random = np.random.default_rng(1).integers(0, 256, (2, 384), dtype=np.uint8)
    slope = np.tile(np.arange(384) // 4, (2, 1)).astype(np.uint8)
    assert is_scrambled(random)
    assert not is_scrambled(slope)
    assert not is_scrambled(np.zeros((2, 384), np.uint8))


def test_the_limit_of_scrambled_is_a_variance_of_5000():
    rows = np.zeros((2, 384), np.uint8)
    rows[0, ::2] = 141  # sums 141 and 0: mean 70, variance (71^2 + 70^2) / 2 = 4970
    assert not is_scrambled(rows)
    rows[0, ::2] = 142
    assert is_scrambled(rows)


def test_noise_rows_are_told_from_ridges_and_from_a_blank_platen():
    generator = np.random.default_rng(2)
    columns = np.arange(384)
    ridges = np.tile(127.5 + 127.5 * np.sin(2 * np.pi * columns / 5), (20, 1)).astype(np.uint8)
    blank = generator.normal(200, 8, (20, 384)).clip(0, 255).astype(np.uint8)
    random = generator.integers(0, 256, (20, 384), dtype=np.uint8)
    assert [count_noise_rows(rows) for rows in (ridges, blank, random)] == [0, 0, 20]


def test_lines_not_present_repeat_the_rows_that_follow():
    rows = np.arange(4, dtype=np.uint8)[:, None].repeat(384, axis=1)
    picture = assemble(rows, (Block(0, 2), Block(1, 1), Block(0, 2)))
    assert picture.shape == (290, 384)
    assert (255 - picture[:6, 0]).tolist() == [0, 1, 2, 2, 3, 0]


def test_rows_never_sent_are_white_and_too_many_are_cut():
    rows = np.full((200, 384), 7, np.uint8)
    short = assemble(rows, (Block(0, 200),))
    assert (short[200:] == 255).all()
    long = assemble(rows, (Block(0, 100), Block(1, 100), Block(0, 100)))
    assert long.shape == (290, 384)


def test_the_received_picture_is_left_as_it_was():
    rows = np.random.default_rng(3).integers(0, 256, (4, 384), dtype=np.uint8)
    before = rows.copy()
    descramble(RawImage(0, (Block(2, 4),), rows), lambda key_number: KEY)
    assert np.array_equal(rows, before)


FLAGS = st.sampled_from([0x00, 0x02, 0x04, 0x06, 0x01, 0x80, 0x82, 0x86])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(FLAGS, st.integers(1, 6)), min_size=1, max_size=15),
    st.lists(st.integers(0, 2**32 - 1), min_size=16, max_size=16),
    st.integers(0, 2**32 - 1),
)
def test_whatever_the_emulator_scrambles_comes_out_again(blocks, keys, seed):
    blocks = [*blocks[:14], (0x02, 2)]  # so that rows follow a last block that is not present
    lines = sum(count for flags, count in blocks if not flags & 1)
    rows = np.random.default_rng(seed).integers(0, 256, (lines, 384), dtype=np.uint8)
    wire = build_transfer(rows.tobytes(), tuple(blocks), tuple(keys))
    asked = []

    def next_key(key_number):
        asked.append(key_number)
        return keys[key_number]

    clear = descramble(parse_image(wire), next_key)
    assert asked == list(range(1 + sum(1 for flags, _ in blocks if flags & 0x80)))
    row = 0
    for flags, count in blocks:
        if flags & 1:
            continue
        expected = rows[row : row + count].reshape(-1).copy()
        if flags & 6 == 2:
            expected[-1] = 0  # the protocol loses the last byte of a scrambled block
        assert np.array_equal(clear[row : row + count].reshape(-1), expected)
        row += count


def test_a_block_without_key_update_is_left_alone():
    plain = bytes(range(256)) * 3
    assert scramble_block(plain, 0x06, KEY) == (plain, KEY)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(FLAGS | st.integers(0, 255), st.integers(0, 80)), max_size=15),
    st.integers(0, 300),
    st.integers(0, 255),
    st.integers(0, 64 + 40 * 384),
)
def test_whatever_comes_is_a_whole_picture_or_refused(blocks, lines, key_number, size):
    entries = [number for block in blocks for number in block]
    data = transfer(lines, entries, rows=40, key_number=key_number)[:size]
    try:
        image = parse_image(data)
    except ValueError:
        return
    clear = descramble(image, lambda number: 0x544409D6 ^ number)
    assert is_scrambled(clear) in (True, False)
    assert assemble(clear, image.blocks).shape == (290, 384)
