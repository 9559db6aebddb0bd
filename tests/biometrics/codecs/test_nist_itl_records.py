"""ANSI/NIST records: hand-written bytes, one refusal per reason, and the other parser's opinion."""

import time

import nistitl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import nist_itl, nist_itl_records
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    LimitExceededError,
    TrailingBytesError,
    TruncatedError,
    UnencodableError,
    WrongFormatError,
)
from biometrics.codecs.nist_itl_records import BinaryRecord, TaggedField, TaggedRecord
from tests.biometrics.codecs.made_transaction import made_transaction


def tagged(kind, *texts, data=None, digits=3):
    """The bytes of a record with the length it has."""
    form = f"{{}}.{{:0{digits}}}:"
    fields = [f"{kind}.{number:0{digits}}:{text}" for number, text in texts]
    rest = "\x1d".join(fields).encode("latin-1")
    if data is not None:
        rest += f"\x1d{kind}.999:".encode() + data
    head = form.format(kind, 1)
    for width in range(1, 9):
        length = len(head) + width + 1 + len(rest) + 1
        if len(str(length)) == width:
            return f"{head}{length}\x1d".encode() + rest + b"\x1c"
    raise AssertionError


def file_of(*records, contents, count=None):
    """A file with a header that lists `contents`."""
    pairs = [(1, len(contents) if count is None else count), *contents]
    listed = "\x1e".join(f"{kind}\x1f{idc:02}" for kind, idc in pairs)
    return tagged(1, (2, "0502"), (3, listed), (4, "ENROL")) + b"".join(records)


TEXT = tagged(2, (2, "00"), (3, "a\x1fb\x1ec"))
PRINT = tagged(14, (2, "01"), (3, "0"), data=b"\x1d\x1c\x1e14.999:\x1f")
PEN = b"\0\0\0\x08\x02\x01\x02\x03"
BYTES = file_of(TEXT, PRINT, PEN, contents=[(2, 0), (14, 1), (8, 2)])


def test_the_hand_written_file_means_what_it_says():
    header, text, picture, pen = nist_itl_records.read_records(BYTES)
    assert nist_itl_records.read_contents(header) == ((2, 0), (14, 1), (8, 2))
    assert text.idc == 0
    assert text.find(3).items == (("a", "b"), ("c",))
    assert picture.data == b"\x1d\x1c\x1e14.999:\x1f"
    assert pen == BinaryRecord(8, 2, b"\1\2\3")
    assert nist_itl_records.write_records((header, text, picture, pen)) == BYTES


def test_two_digits_in_field_numbers_are_kept():
    record = tagged(9, (2, "00"), (3, "1"), digits=2)
    data = file_of(record, contents=[(9, 0)])
    records = nist_itl_records.read_records(data)
    assert records[1].number_digits == 2
    assert nist_itl_records.write_records(records) == data


MANY_FIELDS = file_of(
    *(
        tagged(2, (2, f"{idc:02}"), *((number, "") for number in range(3, 1000)))
        for idc in range(25)
    ),
    contents=[(2, idc) for idc in range(25)],
)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", TruncatedError),
        (b"FMR\0 20\0", WrongFormatError),
        (b"1.001:", WrongFormatError),
        (b"1.001:99999\x1d1.002:0502", TruncatedError),
        (b"1.001:9999999999\x1d", WrongFormatError),
        (b"1.001:0\x1d1.002:0502\x1c", FieldValueError),  # nistitl loops for ever here
        (b"1.001:9\x1d", TruncatedError),
        (b"2" + BYTES[1:], FieldValueError),
        (BYTES[:-1], TruncatedError),
        (BYTES + b"\0", TrailingBytesError),
        (BYTES.replace(b"1.003:", b"1.033:"), FieldValueError),
        (BYTES.replace(b"1.002:", b"1.003:"), FieldValueError),
        (BYTES.replace(b"1.002:", b"1.000:"), FieldValueError),
        (BYTES.replace(b"1.002:", b"7.002:"), FieldValueError),
        (BYTES.replace(b"ENROL", b"ENR\xd6L"), FieldValueError),
        (BYTES.replace(b"ENROL", b"ENR\x1cL"), FieldValueError),
        (file_of(TEXT, contents=[(2, 0)], count=2), FieldValueError),
        (file_of(TEXT, contents=[(2, 1)]), FieldValueError),
        (file_of(TEXT, contents=[(9, 0)]), FieldValueError),
        (file_of(TEXT, contents=[(2, 0), (2, 1)]), TruncatedError),
        (file_of(TEXT, TEXT, contents=[(2, 0), (2, 0)]), FieldValueError),
        (file_of(TEXT, contents=[(23, 0)]), FieldValueError),
        (file_of(BYTES, contents=[(1, 0)]), FieldValueError),
        (file_of(PEN, contents=[(8, 3)]), FieldValueError),
        (file_of(b"\0\0\0\x04\x02", contents=[(8, 2)]), FieldValueError),
        (file_of(b"\xff\xff\xff\xff\x02", contents=[(8, 2)]), TruncatedError),
        (file_of(b"\0\0\0\x05\x64", contents=[(8, 99)]), FieldValueError),
        (file_of(tagged(2, (3, "x")), contents=[(2, 0)]), FieldValueError),
        (file_of(tagged(2, (2, "x")), contents=[(2, 0)]), FieldValueError),
        (file_of(tagged(2, (2, "1_0")), contents=[(2, 10)]), FieldValueError),
        (file_of(tagged(2, (2, "\xb2")), contents=[(2, 2)]), FieldValueError),
        (file_of(TEXT[:-1] + b"\x1d", contents=[(2, 0)]), FieldValueError),
        (tagged(1, (2, "0502"), (3, "1\x1f1\x1e2")), FieldValueError),
        (tagged(1, (2, "0502"), (3, "1\x1f1\x1f1\x1e2\x1f0")), FieldValueError),
        (tagged(1, (2, "0502"), (3, "")), FieldValueError),
        (tagged(1, (3, "\x1e" * 1001)), LimitExceededError),
        (tagged(1, (3, "x" * nist_itl_records.MAX_TEXT_BYTES)), LimitExceededError),
        (tagged(1, *((number, "") for number in range(2, 1004))), LimitExceededError),
        (bytes(nist_itl_records.MAX_BYTES + 1), LimitExceededError),
        (MANY_FIELDS, LimitExceededError),
    ],
)
def test_each_damage_has_its_error(data, error):
    start = time.monotonic()
    with pytest.raises(error) as caught:
        nist_itl_records.read_records(data)
    assert type(caught.value) is error
    assert time.monotonic() - start < 1.0


def test_the_items_of_a_field_are_limited():
    assert len(TaggedField(3, "\x1e" * 9999).items) == 10_000
    with pytest.raises(LimitExceededError):
        _ = TaggedField(3, "\x1e" * 9999 + "\x1f").items


@pytest.mark.parametrize("length", range(len(BYTES)))
def test_every_cut_is_an_error(length):
    with pytest.raises(CodecError):
        nist_itl_records.read_records(BYTES[:length])


def header_for(*contents):
    listed = "\x1e".join(f"{kind}\x1f{idc}" for kind, idc in ((1, len(contents)), *contents))
    return TaggedRecord(1, (TaggedField(2, "0502"), TaggedField(3, listed)))


def text_of(*fields, **changes):
    made = (TaggedField(2, "0"), *(TaggedField(*field) for field in fields))
    return TaggedRecord(2, made, **changes)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [text_of()],
        [BinaryRecord(4, 1, b"")],
        [TaggedRecord(1, (TaggedField(2, "0502"),))],
        [header_for((2, 1)), text_of()],
        [header_for((2, 0))],
        [header_for(), text_of()],
        [header_for((2, 0)), text_of((3, "a\x1cb"))],
        [header_for((2, 0)), text_of((3, "a\x1db"))],
        [header_for((2, 0)), text_of((3, "\xe4"))],
        [header_for((2, 0)), text_of((3, "a"), (3, "b"))],
        [header_for((2, 0)), text_of((1, "a"))],
        [header_for((2, 0)), text_of((1000, "a"))],
        [header_for((2, 0)), text_of((100, "a"), number_digits=2)],
        [header_for((2, 0)), text_of(number_digits=4)],
        [header_for((2, 0)), text_of(data=b"")],
        [header_for((2, 0)), text_of((3, "x" * nist_itl_records.MAX_TEXT_BYTES))],
        [header_for((9, 0)), BinaryRecord(9, 0, b"")],
        [header_for((4, 0)), TaggedRecord(4, (TaggedField(2, "0"),))],
        [header_for((4, 100)), BinaryRecord(4, 100, b"")],
        [header_for((2, 0)), TaggedRecord(2, ())],
    ],
)
def test_what_does_not_fit_is_not_written(records):
    with pytest.raises(UnencodableError):
        nist_itl_records.write_records(records)


texts = st.text(st.characters(codec="ascii", exclude_characters="\x1c\x1d"), max_size=12)
pictures = st.none() | st.binary(max_size=40)


@st.composite
def raw_records(draw):
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from([2, 4, 8, 9, 10, 14, 17, 98, 99]), st.integers(0, 99)),
            max_size=5,
            unique=True,
        )
    )
    records = [header_for(*keys)]
    for kind, idc in keys:
        if kind in (4, 8):
            records.append(BinaryRecord(kind, idc, draw(st.binary(max_size=30))))
            continue
        numbers = draw(st.lists(st.integers(3, 998), max_size=4, unique=True))
        fields = (TaggedField(2, str(idc)), *(TaggedField(n, draw(texts)) for n in numbers))
        data = draw(pictures) if kind in (10, 14, 17, 99) else None
        records.append(TaggedRecord(kind, fields, data))
    return tuple(records)


@given(raw_records())
def test_records_survive_the_bytes(made):
    # A text that looks like the tag of the data would begin them: no field can hold it, as GS
    # separates fields.
    data = nist_itl_records.write_records(made)
    assert nist_itl_records.read_records(data) == made


@given(st.integers(0, len(BYTES)), st.integers(0, 8), st.binary(max_size=8))
def test_any_bytes_give_records_or_our_error(offset, removed, patch):
    damaged = BYTES[:offset] + patch + BYTES[offset + removed :]
    try:
        records = nist_itl_records.read_records(damaged)
    except CodecError:
        return
    assert records[0].kind == 1


def test_the_other_parser_reads_our_file_with_equal_lengths():
    data = nist_itl.encode(made_transaction())
    message = nistitl.Message()
    message.parse(data)
    ours = nist_itl_records.read_records(data)
    assert [record.type for record in message] == [record.kind for record in ours]
    for theirs, record in zip(message, ours, strict=True):
        if isinstance(record, BinaryRecord):
            assert (theirs.IDC, theirs.value) == (record.idc, record.content)
        elif record.data is not None:
            assert record.data == theirs.DATA
    lengths = [len(record.NIST) for record in message]
    assert sum(lengths) == len(data)
    assert data == message.NIST
