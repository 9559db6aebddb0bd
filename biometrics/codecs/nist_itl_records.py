r"""Records of an ANSI/NIST-ITL file in its traditional encoding: bytes to fields and back.

Layout; FS, GS, RS and US are the bytes 1C, 1D, 1E and 1F::

    file     Type-1 record, the records that its field CNT lists, in that order, nothing else
    tagged   K.001:LEN GS K.002:text GS ... FS          text: subfields with RS, items with US
             types 10, 13..17, 19..22, 99 may end in GS K.999:bytes FS
    binary   length:u32 IDC:u8 content                  types 3 to 8
    CNT      1 US count RS type US IDC RS type US IDC ...

Reading is ours and strict, since `nistitl` (its maker's parser) leaves much to the caller: it looks
for separators inside pictures, takes any LEN, loops for ever on a length of 0, compares type and
IDC of CNT only together, and raises whatever `int` raises. Here every length is compared with the
bytes that are there before they are touched; field numbers and the IDC within one type are unique;
text is 7-bit ASCII. Writing lets `nistitl` put the records and their lengths together, so that the
two halves are independent of each other.

Verified against real bytes: 25 of 27 transactions of NIST are read and written as the same bytes.
The two others are refused for a reason: ``type9-15.an2k`` lists IDC 03 for a record of IDC 01, and
``type9-13.an2k`` has field 2.034 twice and a field 13.005 in its Type-9 record.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import nistitl  # type: ignore[import-untyped]  # ships no types

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    LimitExceededError,
    TruncatedError,
    UnencodableError,
    WrongFormatError,
    check,
    require,
)

MAX_BYTES = 64 << 20  # ten lossless prints, three slaps and the rest are 12 MB
MAX_RECORDS = 1000
MAX_FIELDS = 1000  # of one record: 001 to 999, and one
MAX_TEXT_BYTES = 1 << 18  # of one record without its picture; 255 minutiae are 8 KB
MAX_FIELDS_IN_FILE = 20_000  # a file of 100 records has some 2,000
MAX_ITEMS = 10_000  # of one field; 255 minutiae with ridge counts are 4,000
MAX_IDC = 99
DATA_FIELD = 999

FS, GS, RS, US = "\x1c", "\x1d", "\x1e", "\x1f"
_BINARY_KINDS = frozenset(range(3, 9))
_DATA_KINDS = frozenset((10, *range(13, 18), *range(19, 23), 99))
_KINDS = frozenset((*range(1, 23), 98, 99))
_LENGTH_FIELD = re.compile(rb"(\d{1,2})\.(0?01):(\d{1,9})(?=[\x1c\x1d])")
_NUMBER = re.compile(r"\d{1,9}")
_BINARY_HEAD_BYTES = 5
_COUNT_FIELD, _IDC_FIELD = 3, 2


@dataclass(frozen=True, slots=True)
class TaggedField:
    """One field of a tagged record."""

    number: int
    text: str
    """With RS between subfields and US between items."""

    @property
    def items(self) -> tuple[tuple[str, ...], ...]:
        """Subfields, each a tuple of its items; raises LimitExceededError."""
        count = self.text.count(RS) + self.text.count(US) + 1
        if count > MAX_ITEMS:
            raise LimitExceededError(f"{count} items, at most {MAX_ITEMS}", field="items")
        return tuple(tuple(subfield.split(US)) for subfield in self.text.split(RS))


@dataclass(frozen=True, slots=True)
class TaggedRecord:
    """A record of text fields, and perhaps a picture."""

    kind: int
    """Type of the record, 1 or 2 or 9 to 99."""
    fields: tuple[TaggedField, ...]
    """All but LEN and the data, in their order."""
    data: bytes | None = None
    """Field 999."""
    number_digits: int = 3
    """Digits of the field numbers; 2 in files before 2007."""

    @property
    def idc(self) -> int:
        """The number that ties the records of one sample together."""
        return self.number_of(_IDC_FIELD, 0, MAX_IDC)

    def find(self, number: int) -> TaggedField | None:
        """Return a field, or None where the record has no such one."""
        return next((field for field in self.fields if field.number == number), None)

    def text_of(self, number: int) -> str:
        """Return the text of a mandatory field; raises FieldValueError."""
        found = self.find(number)
        if found is None or not found.text:
            raise FieldValueError("missing or empty", field=self._name(number))
        return found.text

    def number_of(self, number: int, lowest: int, highest: int) -> int:
        """Return the value of a mandatory numeric field; raises FieldValueError."""
        return parse_number(self.text_of(number), lowest, highest, self._name(number))

    def _name(self, number: int) -> str:
        return f"{self.kind}.{number:03}"


@dataclass(frozen=True, slots=True)
class BinaryRecord:
    """A record without tags: types 3 to 8."""

    kind: int
    idc: int
    content: bytes
    """Behind the IDC."""


Record = TaggedRecord | BinaryRecord


def read_records(data: bytes) -> tuple[Record, ...]:
    """Read a whole file.

    Parameters
    ----------
    data : bytes
        Exactly one transaction.

    Returns
    -------
    records : tuple of TaggedRecord and BinaryRecord
        The Type-1 record first.

    Raises
    ------
    CodecError
        One subclass per reason.

    References
    ----------
    .. [1] ANSI/NIST-ITL 1-2011, NIST SP 500-290, annex B (traditional encoding).
    """
    cursor = Cursor(data, limit_bytes=MAX_BYTES, name="ANSI/NIST transaction")
    header = _read_tagged(cursor, data, 1)
    contents = read_contents(header)
    records: list[Record] = [header]
    field_count = 0
    for kind, idc in contents:
        is_binary = kind in _BINARY_KINDS
        record = _read_binary(cursor, kind) if is_binary else _read_tagged(cursor, data, kind)
        check(record.idc == idc, f"{kind}.002", f"IDC {record.idc}, announced as {idc}")
        field_count += len(record.fields) if isinstance(record, TaggedRecord) else 0
        if field_count > MAX_FIELDS_IN_FILE:
            raise LimitExceededError(f"more than {MAX_FIELDS_IN_FILE} fields", field="file")
        records.append(record)
    cursor.finish()
    return tuple(records)


def read_contents(header: TaggedRecord) -> tuple[tuple[int, int], ...]:
    """Return type and IDC of every record behind the header, from field 1.003.

    Parameters
    ----------
    header : TaggedRecord
        Of Type 1.

    Returns
    -------
    contents : tuple of (kind, IDC)
        In the order of the file.

    Raises
    ------
    CodecError
        If CNT is malformed, lists one record twice, or too many.
    """
    text = header.text_of(_COUNT_FIELD)
    if text.count(RS) > MAX_RECORDS:
        raise LimitExceededError(f"{text.count(RS)} records, at most {MAX_RECORDS}", field="1.003")
    first, *rest = TaggedField(_COUNT_FIELD, text).items
    pairs = [(first, MAX_RECORDS), *((pair, MAX_IDC) for pair in rest)]
    numbers = [_parse_pair(pair, highest) for pair, highest in pairs]
    check(numbers[0] == (1, len(rest)), "1.003", f"{first} before {len(rest)} records")
    contents = tuple(numbers[1:])
    for kind, _ in contents:
        check(kind in _KINDS and kind != 1, "1.003", f"no record is of type {kind}")
    check(len(set(contents)) == len(contents), "1.003", "two records of a type share an IDC")
    return contents


def write_records(records: Sequence[Record]) -> bytes:
    """Write a whole file; the caller's CNT must list what follows.

    Parameters
    ----------
    records : sequence of TaggedRecord and BinaryRecord
        The Type-1 record first.

    Returns
    -------
    data : bytes
        `read_records` gives back equal records.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.
    """
    header = records[0] if records else None
    if not isinstance(header, TaggedRecord) or header.kind != 1:
        raise UnencodableError("the first is not of Type 1", field="records")
    try:
        is_listed = read_contents(header) == tuple((one.kind, one.idc) for one in records[1:])
    except CodecError as error:
        raise UnencodableError(str(error), field="contents") from error
    require(is_listed, "1.003", "does not list the records that follow")
    written = b"".join(_write_record(record) for record in records)
    require(len(written) <= MAX_BYTES, "file", f"{len(written)} bytes")
    return written


def parse_number(text: str, lowest: int, highest: int, field: str) -> int:
    """Return a plain number; raises FieldValueError."""
    if not _NUMBER.fullmatch(text) or not text.isascii():
        raise FieldValueError(f"{text[:20]!r} is no number", field=field)
    value = int(text)
    check(lowest <= value <= highest, field, f"{value} is not {lowest}..{highest}")
    return value


def parse_date(text: str, field: str) -> date:
    """Return the date of YYYYMMDD; raises FieldValueError."""
    number = parse_number(text, 1, 99_991_231, field)
    check(len(text) == 8, field, f"{text!r} is no date")
    try:
        return date(number // 10_000, number // 100 % 100, number % 100)
    except ValueError as error:
        raise FieldValueError(f"{text!r} is no date", field=field) from error


def date_text(day: date) -> str:
    """Return YYYYMMDD."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _parse_pair(pair: tuple[str, ...], highest: int) -> tuple[int, int]:
    check(len(pair) == 2, "1.003", f"{len(pair)} items, 2 in each subfield")
    return parse_number(pair[0], 1, 99, "1.003"), parse_number(pair[1], 0, highest, "1.003")


def _read_binary(cursor: Cursor, kind: int) -> BinaryRecord:
    length = int.from_bytes(cursor.take(4, f"{kind}.001"), "big")
    check(length >= _BINARY_HEAD_BYTES, f"{kind}.001", f"{length} is too short")
    (idc,) = cursor.take(1, f"{kind}.002")
    check(idc <= MAX_IDC, f"{kind}.002", f"{idc} is above {MAX_IDC}")
    return BinaryRecord(kind, idc, cursor.take(length - _BINARY_HEAD_BYTES, f"Type-{kind} record"))


def _read_tagged(cursor: Cursor, data: bytes, kind: int) -> TaggedRecord:
    found = _LENGTH_FIELD.match(data, cursor.offset)
    if found is None:
        if not cursor.remaining:
            raise TruncatedError(f"no Type-{kind} record", field=f"{kind}.001")
        raise WrongFormatError("no record begins here with its length", field=f"{kind}.001")
    check(int(found[1]) == kind, f"{kind}.001", f"a record of type {int(found[1])}")
    content = cursor.take(int(found[3]), f"Type-{kind} record")
    head_bytes = found.end() - found.start()
    is_ended = len(content) > head_bytes and content.endswith(b"\x1c")
    check(is_ended, f"{kind}.001", "no separator where it ends")
    digits = len(found[2])
    tag = b"\x1d%d.999:" % kind
    text_end = content.find(tag, head_bytes) if kind in _DATA_KINDS else -1
    has_data = text_end >= 0
    text = content[head_bytes : text_end if has_data else -1]
    picture = content[text_end + len(tag) : -1] if has_data else None
    record = TaggedRecord(kind, _read_fields(text, kind, digits), picture, digits)
    if kind != 1:
        _ = record.idc  # raises where it is missing
    return record


def _read_fields(text: bytes, kind: int, digits: int) -> tuple[TaggedField, ...]:
    """Read the fields behind LEN; the text begins with the separator before the second."""
    name = f"Type-{kind} record"
    if len(text) > MAX_TEXT_BYTES or text.count(b"\x1d") > MAX_FIELDS:
        raise LimitExceededError(f"{len(text)} bytes of text", field=name)
    if not text.isascii():
        raise FieldValueError("text that is not 7-bit ASCII", field=name)
    check(FS not in text.decode("ascii"), name, "a record separator inside")
    tag = re.compile(rf"{kind}\.(\d{{{digits}}}):")
    fields = []
    for piece in text.decode("ascii").split(GS)[1:]:
        found = tag.match(piece)
        if found is None:
            raise FieldValueError(f"{piece[:12]!r} begins no field of it", field=name)
        fields.append(TaggedField(int(found[1]), piece[found.end() :]))
    numbers = {field.number for field in fields}
    check(len(numbers) == len(fields), name, "a field stands there twice")
    check(not numbers & {0, 1}, name, "a field 000 or a second LEN")
    return tuple(fields)


def _write_record(record: Record) -> bytes:
    if isinstance(record, BinaryRecord):
        require(record.kind in _BINARY_KINDS, "type", f"{record.kind} is not binary")
        binary = nistitl.BinaryRecord(record.kind)
        binary.IDC, binary.value = record.idc, record.content
        return bytes(binary.NIST)
    _require_fields(record)
    form = f"%d.%0{record.number_digits}d:"
    tagged = nistitl.AsciiRecord(record.kind, autocreate=False, autosort=False)
    for field in (TaggedField(1, "0"), *record.fields):
        tagged += nistitl.Field(record.kind, field.number, field.text, format=form)
    if record.data is not None:
        tagged += nistitl.BinaryField(record.kind, DATA_FIELD, record.data)
    return bytes(tagged.NIST)


def _require_fields(record: TaggedRecord) -> None:
    is_tagged = record.kind in _KINDS - _BINARY_KINDS
    require(is_tagged, "type", f"{record.kind} is no tagged record")
    require(record.number_digits in (2, 3), "digits", f"{record.number_digits}")
    has_place = record.data is None or record.kind in _DATA_KINDS
    require(has_place, "999", f"a Type-{record.kind} record holds no data")
    numbers = [field.number for field in record.fields]
    last = 10**record.number_digits - 1 if record.kind not in _DATA_KINDS else DATA_FIELD - 1
    require(all(2 <= number <= last for number in numbers), "field", f"one above {last}")
    require(len(set(numbers)) == len(numbers), "field", "one stands there twice")
    size = sum(len(field.text) + 8 for field in record.fields)
    require(size <= MAX_TEXT_BYTES, "text", f"{size} bytes in a Type-{record.kind} record")
    for field in record.fields:
        is_text = field.text.isascii() and not {FS, GS} & set(field.text)
        require(is_text, f"{record.kind}.{field.number:03}", "not 7-bit text without separators")
