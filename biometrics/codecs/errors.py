"""Errors of the codecs.

    CodecError                     bytes that are not what they claim, or a value without bytes
    +-- WrongFormatError           the magic number is another one
    +-- UnsupportedVersionError    the format is right, the edition is not one we read
    +-- TruncatedError             the bytes end before the field does
    +-- TrailingBytesError         bytes are left after the end that the record itself names
    +-- FieldValueError            a field holds a value that its standard does not allow
    +-- LimitExceededError         larger than our limits; raised before anything is allocated
    +-- DamagedPayloadError        the decoder of the picture inside (WSQ, JPEG 2000) gave up
    +-- UnencodableError           a value that the format has no bytes for

Every reader of this package raises one of these and nothing else for any bytes whatever.
"""


class CodecError(ValueError):
    """Bytes could not be read, or a value could not be written.

    Parameters
    ----------
    message : str
        What is wrong, with the offending value.
    field : str
        Where: the name of the field in the record.
    """

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class WrongFormatError(CodecError):
    """For instance: a PNG where a finger record was expected."""


class UnsupportedVersionError(CodecError):
    """For instance: an ANSI 378 edition under the ISO magic number."""


class TruncatedError(CodecError):
    """For instance: a download that was cut; a length field larger than the file."""


class TrailingBytesError(CodecError):
    """For instance: two records in one file; something hidden behind the record."""


class FieldValueError(CodecError):
    """For instance: minutia type 3, finger position 200, a minutia outside its image."""


class LimitExceededError(CodecError):
    """For instance: a header that announces 60,000 x 60,000 pixels."""


class DamagedPayloadError(CodecError):
    """For instance: a WSQ stream with a broken Huffman table."""


class UnencodableError(CodecError):
    """For instance: a column of 20,000 pixels, which does not fit 14 bits."""


def require(is_right: bool, field: str, message: str) -> None:
    """Raise UnencodableError unless the value has a place in the format."""
    if not is_right:
        raise UnencodableError(message, field=field)


def check(is_right: bool, field: str, message: str) -> None:
    """Raise FieldValueError unless the field holds what its standard allows."""
    if not is_right:
        raise FieldValueError(message, field=field)
