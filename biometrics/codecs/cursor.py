"""A strict position in a byte string: every step is checked, nothing is read past the end."""

import struct
from typing import Any

from biometrics.codecs.errors import (
    LimitExceededError,
    TrailingBytesError,
    TruncatedError,
    UnsupportedVersionError,
    WrongFormatError,
)


class Cursor:
    """Reads fields one after the other.

    Parameters
    ----------
    data : bytes
        The whole record.
    limit_bytes : int
        Longer data are refused before anything is read.
    name : str
        What the bytes are, for messages.

    Raises
    ------
    LimitExceededError
        If `data` is longer than `limit_bytes`.
    """

    def __init__(self, data: bytes, *, limit_bytes: int, name: str) -> None:
        if len(data) > limit_bytes:
            raise LimitExceededError(f"{len(data)} bytes, at most {limit_bytes}", field=name)
        self._data = data
        self._offset = 0
        self._end = len(data)
        self._name = name

    @property
    def offset(self) -> int:
        """Bytes read so far."""
        return self._offset

    @property
    def remaining(self) -> int:
        """Bytes left before the end of the record."""
        return self._end - self._offset

    def take(self, count: int, field: str) -> bytes:
        """Return the next `count` bytes; raises TruncatedError when fewer are left."""
        if count > self.remaining:
            raise TruncatedError(
                f"needs {count} bytes at offset {self._offset}, {self.remaining} are left",
                field=field,
            )
        start = self._offset
        self._offset += count
        return self._data[start : self._offset]

    def unpack(self, layout: struct.Struct, field: str) -> tuple[Any, ...]:
        """Return the fields of one struct; raises TruncatedError."""
        return layout.unpack(self.take(layout.size, field))

    def expect(self, magic: bytes, version: bytes) -> None:
        """Check the two leading words; raises WrongFormatError or UnsupportedVersionError."""
        found = self.take(len(magic), "format identifier")
        if found != magic:
            raise WrongFormatError(f"{found!r} is not {magic!r}", field="format identifier")
        found = self.take(len(version), "version")
        if found != version:
            raise UnsupportedVersionError(f"{found!r}, this reads {version!r}", field="version")

    def close_at(self, length: int, *, is_padding_allowed: bool = False) -> None:
        """Let the record end at the length it names, counted from its first byte.

        Raises TruncatedError when the data are shorter and TrailingBytesError when they are
        longer; with `is_padding_allowed`, zero bytes behind the end are no trailing bytes.
        """
        if length > self._end:
            raise TruncatedError(f"names {length} bytes, {self._end} are here", field="length")
        if length < self._offset:
            raise TruncatedError(f"names {length} bytes, fewer than its header", field="length")
        rest = self._data[length : self._end]
        if rest and not (is_padding_allowed and not rest.strip(b"\0")):
            raise TrailingBytesError(f"{len(rest)} bytes behind the record", field="length")
        self._end = length

    def finish(self) -> None:
        """Check that the record ends here; raises TrailingBytesError."""
        if self.remaining:
            raise TrailingBytesError(
                f"{self.remaining} bytes left at offset {self._offset}", field=self._name
            )
