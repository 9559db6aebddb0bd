"""Answers to reset of smart cards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.card_atr import CardAtr, CardKind, parse_atr
from drivers.simulation.wire.card_vpcd import CHIP_ATR


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "2 to 33 bytes"),
        ("3B", "2 to 33 bytes"),
        ("3B" * 34, "2 to 33 bytes"),
        ("0000", "begins with 3B or 3F"),
        ("3BF0", "within its interface bytes"),
        ("3B80", "within its interface bytes"),
        ("3B02", "announces 4"),
        ("3B0000", "announces 2"),
        ("3B80800100", "check byte"),
    ],
)
def test_what_is_no_atr(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_atr(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3B00", CardAtr(CardKind.CONTACT, b"", (0,))),
        # The example of PROTOCOLS.md section 13: T=0, eight historical bytes.
        (
            "3B6800000073C84012009000",
            CardAtr(CardKind.CONTACT, bytes.fromhex("0073C84012009000"), (0,)),
        ),
        ("3B80800101", CardAtr(CardKind.CONTACTLESS_CHIP, b"", (0, 1))),
        # A MIFARE Classic 1K as every reader shows it (PC/SC part 3, supplement).
        (
            "3B8F8001804F0CA000000306030001000000006A",
            CardAtr(
                CardKind.CONTACTLESS_STORAGE,
                bytes.fromhex("804F0CA00000030603000100000000"),
                (0, 1),
            ),
        ),
    ],
)
def test_known_cards(text, expected):
    assert parse_atr(bytes.fromhex(text)) == expected


def test_the_virtual_card_is_a_chip():
    assert parse_atr(CHIP_ATR).kind is CardKind.CONTACTLESS_CHIP


@given(st.binary(max_size=40))
def test_any_bytes_are_an_atr_or_refused(data):
    for atr in (data, b"\x3b" + data):
        try:
            parsed = parse_atr(atr)
        except ValueError:
            continue
        assert parsed.historical in atr
        assert len(parsed.historical) == atr[1] & 0x0F


@given(st.binary(max_size=15))
def test_every_contactless_chip_is_seen(historical):
    body = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
    check = 0
    for byte in body:
        check ^= byte
    parsed = parse_atr(b"\x3b" + body + bytes((check,)))
    assert parsed.historical == historical
    assert parsed.kind is not CardKind.CONTACT
