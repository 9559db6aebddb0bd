"""A transaction of one resident in an ANSI/NIST-ITL file: typed values to bytes and back.

The parts and the types of their records::

    header  1    text  2      prints  14 (4 and, read only, palms 15)    minutiae  9
    face   10    iris 17      signature  8       anything else is kept as it is

`nist_itl_records.py` has the bytes, the limits and what is checked; `nist_itl_images.py`,
`nist_itl_minutiae.py` and `nist_itl_signature.py` the records with pictures, minutiae and pen.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from biometrics.codecs.errors import (
    FieldValueError,
    UnencodableError,
    UnsupportedVersionError,
    check,
    require,
)
from biometrics.codecs.nist_itl_images import (
    FaceImage,
    FixedPrint,
    IrisImage,
    PrintImage,
    decode_face,
    decode_fixed_print,
    decode_iris,
    decode_print,
    encode_face,
    encode_fixed_print,
    encode_iris,
    encode_print,
)
from biometrics.codecs.nist_itl_minutiae import (
    Minutiae,
    decode_minutiae_record,
    encode_minutiae_record,
    has_minutiae,
)
from biometrics.codecs.nist_itl_records import (
    GS,
    RS,
    US,
    BinaryRecord,
    Record,
    TaggedField,
    TaggedRecord,
    date_text,
    parse_date,
    parse_number,
    read_records,
    write_records,
)
from biometrics.codecs.nist_itl_signature import Signature, decode_signature, encode_signature

VERSION = "0502"  # ANSI/NIST-ITL 1-2011, update of 2015
VERSIONS = ("0200", "0201", "0300", "0400", "0500", "0501", VERSION)
_TOT = re.compile(r"[A-Z0-9]{1,16}")
_SCALE = re.compile(r"\d{2}\.\d{2}")
_NO_SCALE = "00.00"


@dataclass(frozen=True, slots=True)
class Header:
    """The Type-1 record, without the list of contents."""

    transaction_type: str
    """TOT: what the receiver agreed with the sender, capital letters and digits."""
    made_on: date
    destination: str
    """DAI, agency that receives."""
    origin: str
    """ORI, agency that sends."""
    control_number: str
    """TCN, the sender's number of the transaction."""
    reference: str | None = None
    """TCR, the control number that this answers."""
    priority: int | None = None
    """1 (most urgent) to 9."""
    domain: tuple[str, str] | None = None
    """DOM: name and version of the domain that defines Type 2."""
    made_at: datetime | None = None
    """GMT; written in UTC, to the second."""
    native_scale_per_mm: str = _NO_SCALE
    """NSR and NTR: pixels per mm as "19.69" for Type 4, "00.00" where there is no such record."""
    nominal_scale_per_mm: str = _NO_SCALE
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class DescriptiveText:
    """A Type-2 record: what its domain defines."""

    idc: int
    fields: tuple[tuple[int, str], ...]
    """Number (3 to 999) and text of each field."""


Part = (
    DescriptiveText
    | PrintImage
    | FixedPrint
    | Minutiae
    | FaceImage
    | IrisImage
    | Signature
    | TaggedRecord
    | BinaryRecord
)


@dataclass(frozen=True, slots=True, eq=False)
class Transaction:
    """A whole file."""

    header: Header
    parts: tuple[Part, ...]
    """In the order of the file; records of a type that is not read are kept as they are."""


def encode(transaction: Transaction) -> bytes:
    """Write a file.

    Parameters
    ----------
    transaction : Transaction
        With at least one part; records of one type have different IDCs.

    Returns
    -------
    data : bytes
        `decode` gives back equal parts.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.

    References
    ----------
    .. [1] ANSI/NIST-ITL 1-2011 (NIST SP 500-290), clauses 8.1 to 8.17 and annex B.
    """
    require(bool(transaction.parts), "parts", "none")
    records = [_encode_part(part) for part in transaction.parts]
    return write_records([_encode_header(transaction.header, records), *records])


def decode(data: bytes) -> Transaction:
    """Read a file; the pictures inside stay coded.

    Parameters
    ----------
    data : bytes
        Exactly one transaction.

    Returns
    -------
    transaction : Transaction
        Records of types 3, 5 to 7, 13, 16 and 18 up, and Type-9 records of other vendors, are
        given as they are.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    header, *rest = read_records(data)
    if not isinstance(header, TaggedRecord):
        raise FieldValueError("not of Type 1", field="header")
    return Transaction(_decode_header(header), tuple(_decode_part(record) for record in rest))


def _encode_part(part: Part) -> Record:
    if isinstance(part, TaggedRecord | BinaryRecord):
        return part
    if isinstance(part, DescriptiveText):
        return _encode_text(part)
    encoders: dict[type, Callable[..., Record]] = {
        PrintImage: encode_print,
        FixedPrint: encode_fixed_print,
        Minutiae: encode_minutiae_record,
        FaceImage: encode_face,
        IrisImage: encode_iris,
        Signature: encode_signature,
    }
    return encoders[type(part)](part)


def _decode_part(record: Record) -> Part:
    if isinstance(record, BinaryRecord):
        binary: dict[int, Callable[[BinaryRecord], Part]] = {
            4: decode_fixed_print,
            8: decode_signature,
        }
        return binary[record.kind](record) if record.kind in binary else record
    tagged: dict[int, Callable[[TaggedRecord], Part]] = {
        2: _decode_text,
        10: decode_face,
        14: decode_print,
        15: decode_print,
        17: decode_iris,
    }
    if record.kind == 9 and has_minutiae(record):
        return decode_minutiae_record(record)
    return tagged[record.kind](record) if record.kind in tagged else record


def _encode_text(text: DescriptiveText) -> TaggedRecord:
    numbers = [number for number, _ in text.fields]
    require(all(3 <= number <= 999 for number in numbers), "Type-2 record", f"{numbers}")
    fields = (TaggedField(number, content) for number, content in text.fields)
    return TaggedRecord(2, (TaggedField(2, str(text.idc)), *fields))


def _decode_text(record: TaggedRecord) -> DescriptiveText:
    fields = tuple((field.number, field.text) for field in record.fields if field.number != 2)
    return DescriptiveText(record.idc, fields)


def _encode_header(header: Header, records: Sequence[Record]) -> TaggedRecord:
    require(header.version in VERSIONS, "1.002", f"version {header.version}")
    require(bool(_TOT.fullmatch(header.transaction_type)), "1.004", header.transaction_type)
    for name, text in (
        ("1.007", header.destination),
        ("1.008", header.origin),
        ("1.009", header.control_number),
        ("1.010", header.reference if header.reference is not None else "-"),
    ):
        require(bool(text) and not {GS, RS, US} & set(text), name, f"{text!r}")
    for scale in (header.native_scale_per_mm, header.nominal_scale_per_mm):
        require(bool(_SCALE.fullmatch(scale)), "1.011", f"{scale!r} is not like 19.69")
    is_priority = header.priority is None or 1 <= header.priority <= 9
    require(is_priority, "1.006", f"{header.priority}")
    texts = {
        2: header.version,
        3: _contents_text(records),
        4: header.transaction_type,
        5: date_text(header.made_on),
        6: None if header.priority is None else str(header.priority),
        7: header.destination,
        8: header.origin,
        9: header.control_number,
        10: header.reference,
        11: header.native_scale_per_mm,
        12: header.nominal_scale_per_mm,
        13: None if header.domain is None else US.join(header.domain),
        14: _moment_text(header.made_at),
    }
    return TaggedRecord(
        1, tuple(TaggedField(key, text) for key, text in texts.items() if text is not None)
    )


def _contents_text(records: Sequence[Record]) -> str:
    try:
        pairs = (f"{record.kind}{US}{record.idc}" for record in records)
        return RS.join((f"1{US}{len(records)}", *pairs))
    except FieldValueError as error:
        raise UnencodableError(str(error), field="IDC") from error


def _moment_text(made_at: datetime | None) -> str | None:
    if made_at is None:
        return None
    require(made_at.tzinfo is not None, "1.014", "a time without its zone")
    utc = made_at.astimezone(UTC)
    return f"{date_text(utc)}{utc.hour:02}{utc.minute:02}{utc.second:02}Z"


def _decode_header(record: TaggedRecord) -> Header:
    version = record.text_of(2)
    if version not in VERSIONS:
        raise UnsupportedVersionError(f"{version[:8]!r}, this reads {VERSIONS}", field="1.002")
    for number in (11, 12):
        text = record.text_of(number)
        check(bool(_SCALE.fullmatch(text)), f"1.{number:03}", f"{text[:8]!r} is not like 19.69")
    reference, domain, moment = (record.find(number) for number in (10, 13, 14))
    return Header(
        transaction_type=record.text_of(4),
        made_on=parse_date(record.text_of(5), "1.005"),
        destination=record.text_of(7),
        origin=record.text_of(8),
        control_number=record.text_of(9),
        reference=None if reference is None else reference.text,
        priority=None if record.find(6) is None else record.number_of(6, 1, 9),
        domain=None if domain is None else _to_domain(domain),
        made_at=None if moment is None else _to_moment(moment.text),
        native_scale_per_mm=record.text_of(11),
        nominal_scale_per_mm=record.text_of(12),
        version=version,
    )


def _to_domain(field: TaggedField) -> tuple[str, str]:
    items = field.text.split(US)
    check(len(items) in (1, 2), "1.013", f"{len(items)} items")
    return items[0], items[1] if len(items) == 2 else ""


def _to_moment(text: str) -> datetime:
    check(len(text) == 15 and text.endswith("Z"), "1.014", f"{text[:16]!r} is no moment")
    day = parse_date(text[:8], "1.014")
    hour = parse_number(text[8:10], 0, 23, "1.014")
    minute, second = (parse_number(text[at : at + 2], 0, 59, "1.014") for at in (10, 12))
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)
