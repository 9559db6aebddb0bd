"""What a card says that it takes: bytes by hand, one refusal per reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import card_information
from biometrics.codecs import iso19794_2_card as card
from biometrics.codecs.card_information import CardInformation
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    LimitExceededError,
    TrailingBytesError,
    TruncatedError,
)
from biometrics.codecs.iso19794_2_card import CardLimits, MinutiaOrder
from tests.biometrics.codecs.made_views import make_template


def tlv(tag, *contents):
    content = b"".join(contents)
    assert len(content) < 0x80
    return bytes.fromhex(tag) + bytes([len(content)]) + content


NUMBERS = tlv("81", b"\x0c\x3c")
ORDER = tlv("82", b"\x09")
PARAMETERS = tlv("b1", NUMBERS, ORDER, tlv("83", b"\0"))
HEADER = tlv(
    "a1",
    tlv("81", b"\x08"),
    tlv("82", b"\x09"),
    tlv("87", b"\1\1"),
    tlv("88", b"\0\5"),
    PARAMETERS,
)
TEMPLATE = tlv("7f60", tlv("83", b"\1"), HEADER)
GROUP = tlv("7f61", tlv("02", b"\2"), TEMPLATE, TEMPLATE)


def of(*parameters, count=b"\1"):
    return tlv("7f61", tlv("02", count), tlv("7f60", tlv("a1", tlv("b1", *parameters))))


def test_the_hand_written_group_means_what_it_says():
    first, second = card_information.read_information(GROUP)
    assert first == second
    assert first == CardInformation(
        CardLimits(60, MinutiaOrder.YX_ASCENDING),
        min_minutiae=12,
        subtype=9,
        format_owner=0x0101,
        format_type=5,
    )
    assert len(card.encode(make_template(80), limits=first.limits)) == 60 * 3


def test_what_a_card_need_not_say_is_none():
    (only,) = card_information.read_information(of(NUMBERS, ORDER))
    assert (only.subtype, only.format_owner, only.format_type) == (None, None, None)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", TruncatedError),
        (GROUP[:-1], TruncatedError),
        (GROUP + b"\0", TrailingBytesError),
        (tlv("7f60", b""), FieldValueError),
        (tlv("7f61", b""), FieldValueError),
        (tlv("7f61", tlv("02", b"\0")), FieldValueError),
        (tlv("7f61", tlv("02", b"\1"), tlv("7f60", b"")), FieldValueError),
        (of(NUMBERS, ORDER, count=b"\2"), FieldValueError),
        (of(NUMBERS, ORDER, count=b"\0\1"), FieldValueError),
        (of(ORDER), FieldValueError),
        (of(NUMBERS), FieldValueError),
        (of(NUMBERS, NUMBERS, ORDER), FieldValueError),
        (of(tlv("81", b"\x3c\x0c"), ORDER), FieldValueError),
        (of(tlv("81", b"\0\0"), ORDER), FieldValueError),
        (of(tlv("81", b"\1"), ORDER), FieldValueError),
        (of(NUMBERS, tlv("82", b"\7")), FieldValueError),
        (of(NUMBERS, ORDER, b"\x9f\x81\x01\0"), FieldValueError),
        (of(NUMBERS, ORDER, b"\x9f"), TruncatedError),
        (bytes(1025), LimitExceededError),
    ],
)
def test_each_refusal_has_its_error(data, error):
    with pytest.raises(error) as caught:
        card_information.read_information(data)
    assert type(caught.value) is error


@given(st.integers(0, len(GROUP)), st.integers(0, 3), st.binary(max_size=4))
def test_any_bytes_give_information_or_our_error(offset, removed, patch):
    try:
        found = card_information.read_information(
            GROUP[:offset] + patch + GROUP[offset + removed :]
        )
    except CodecError:
        return
    assert found
