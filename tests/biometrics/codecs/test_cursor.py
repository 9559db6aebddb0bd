"""Every step of the reader is checked."""

import struct

import pytest

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import (
    LimitExceededError,
    TrailingBytesError,
    TruncatedError,
    UnsupportedVersionError,
    WrongFormatError,
)


def cursor(data, limit=100):
    return Cursor(data, limit_bytes=limit, name="thing")


def test_an_empty_record_is_truncated():
    with pytest.raises(TruncatedError, match="format identifier"):
        cursor(b"").expect(b"ABC\0", b"010\0")


def test_too_long_is_refused_before_reading():
    with pytest.raises(LimitExceededError, match="thing: 101 bytes, at most 100"):
        cursor(b"x" * 101)


def test_magic_and_version_have_their_own_errors():
    with pytest.raises(WrongFormatError):
        cursor(b"ABX\0" + b"010\0").expect(b"ABC\0", b"010\0")
    with pytest.raises(UnsupportedVersionError):
        cursor(b"ABC\0" + b"011\0").expect(b"ABC\0", b"010\0")


def test_the_named_length_closes_the_record():
    reader = cursor(b"abcdefgh")
    reader.take(2, "head")
    reader.close_at(8)
    assert reader.remaining == 6
    for length, error in ((9, TruncatedError), (1, TruncatedError), (7, TrailingBytesError)):
        with pytest.raises(error):
            reader.close_at(length)


def test_padding_is_zero_bytes_only():
    reader = cursor(b"abc\0\0")
    reader.close_at(3, is_padding_allowed=True)
    assert reader.remaining == 3
    with pytest.raises(TrailingBytesError):
        cursor(b"abc\0x").close_at(3, is_padding_allowed=True)


def test_what_is_left_is_an_error_and_the_offset_is_named():
    reader = cursor(b"\0\1\2")
    assert reader.unpack(struct.Struct(">H"), "pair") == (1,)
    with pytest.raises(TrailingBytesError, match="thing: 1 bytes left at offset 2"):
        reader.finish()
    with pytest.raises(TruncatedError, match="pair: needs 2 bytes at offset 2, 1 are left"):
        reader.unpack(struct.Struct(">H"), "pair")
