"""A noisy line: no damaged pen report is taken for a good one, and nothing hangs."""

import random
import struct

import pytest

from drivers.protocols.stu_reports import parse_pen
from drivers.protocols.stu_serial import FrameReader, encode_frame

ROUNDS = 1500
FRAMES = 6


def pen_report(number):
    word = 0x9000 | 100 + number
    return b"\x34" + struct.pack(">HHHHH", word, 4000 + 9 * number, 3000, 5 * number, number)


SENT = [pen_report(number) for number in range(FRAMES)]


def damage(line, rng, kind):
    """The line with one byte flipped, dropped, doubled, inserted, or cut off from there on."""
    place = rng.randrange(len(line))
    before, byte, after = line[:place], line[place : place + 1], line[place + 1 :]
    match kind:
        case "flip":
            return before + bytes([byte[0] ^ 1 << rng.randrange(8)]) + after
        case "drop":
            return before + after
        case "double":
            return before + byte + byte + after
        case "insert":
            return before + bytes([rng.randrange(256)]) + byte + after
    return before


def accepted(line):
    """Reports that are taken before the line is given up."""
    reader, taken = FrameReader(), []
    try:
        for byte in line:
            for report in reader.feed(bytes([byte])):
                parse_pen(report)
                taken.append(report)
    except ValueError:
        return taken
    return taken


@pytest.mark.parametrize("kind", ["flip", "drop", "double", "insert", "cut"])
def test_with_checksum_no_damaged_report_is_accepted(kind):
    rng = random.Random(kind)
    line = b"".join(encode_frame(report) for report in SENT)
    for _ in range(ROUNDS):
        taken = accepted(damage(line, rng, kind))
        assert set(taken) <= set(SENT)
        assert taken == sorted(taken, key=SENT.index)


def test_without_checksum_a_flip_may_pass_and_only_a_flip_of_content():
    """The pad may leave the checksum out; then only the length and the frame's own bit protect."""
    rng = random.Random("bare")
    line = b"".join(encode_frame(report, has_crc=False) for report in SENT)
    wrong = sum(not set(accepted(damage(line, rng, "flip"))) <= set(SENT) for _ in range(ROUNDS))
    assert 0 < wrong < ROUNDS
    for kind in ("drop", "cut"):
        for _ in range(ROUNDS):
            assert set(accepted(damage(line, rng, kind))) <= set(SENT)
