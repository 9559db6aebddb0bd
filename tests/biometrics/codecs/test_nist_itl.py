"""A resident's ANSI/NIST file: what is written comes back, and what does not fit is refused."""

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from biometrics.codecs import nist_itl, nist_itl_records
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    TruncatedError,
    UnencodableError,
    UnsupportedVersionError,
    WrongFormatError,
)
from biometrics.codecs.iso19794_7 import Stroke
from biometrics.codecs.nist_itl import DescriptiveText, Transaction
from biometrics.codecs.nist_itl_images import FaceImage, FixedPrint, IrisImage, PrintImage
from biometrics.codecs.nist_itl_minutiae import Minutiae
from biometrics.codecs.nist_itl_picture import Picture, QualityScore, check_picture
from biometrics.codecs.nist_itl_records import BinaryRecord, TaggedField, TaggedRecord
from biometrics.codecs.nist_itl_signature import Signature, from_strokes
from biometrics.finger.position import FingerPosition
from tests.biometrics.codecs.made_transaction import (
    DAY,
    HEADER,
    SOURCE,
    TEXT,
    made_parts,
    made_strokes,
    made_template,
    made_transaction,
)
from tests.biometrics.codecs.made_views import make_template

PARTS = made_parts()
BYTES = nist_itl.encode(made_transaction())
TINY = Picture(b"\0", "NONE", (1, 1))


def of_type(kind):
    return next(part for part in PARTS if isinstance(part, kind))


def written(*parts, **header):
    return nist_itl.encode(Transaction(dataclasses.replace(HEADER, **header), parts))


def again(part):
    (read,) = nist_itl.decode(written(part)).parts
    return read


def with_field(data, kind, number, text):
    """The file with one text field changed, lengths put right."""
    records = list(nist_itl_records.read_records(data))
    place = next(index for index, one in enumerate(records) if one.kind == kind)
    record = records[place]
    fields = [field for field in record.fields if field.number != number]
    if text is not None:
        fields.append(TaggedField(number, text))
    records[place] = dataclasses.replace(record, fields=tuple(fields))
    return nist_itl_records.write_records(records)


def test_the_whole_transaction_comes_back():
    decoded = nist_itl.decode(BYTES)
    assert decoded.header == HEADER
    assert len(decoded.parts) == len(PARTS) == 8
    for made, read in zip(PARTS, decoded.parts, strict=True):
        if not isinstance(made, Minutiae):
            assert read == made
    assert nist_itl.encode(decoded) == BYTES


def test_the_minutiae_come_back():
    made, read = of_type(Minutiae), again(of_type(Minutiae))
    for name in ("rows", "cols", "kind", "quality"):
        np.testing.assert_array_equal(
            getattr(made.template, name), getattr(read.template, name), err_msg=name
        )
    np.testing.assert_allclose(made.template.angle_rad, read.template.angle_rad, atol=1e-5)
    assert read.template.shape_px == (400, 320)
    for field in dataclasses.fields(Minutiae):
        if field.name != "template":
            assert getattr(made, field.name) == getattr(read, field.name)


def test_the_pictures_are_of_the_size_that_is_said():
    for part in nist_itl.decode(BYTES).parts:
        if hasattr(part, "picture"):
            check_picture(part.picture)


def test_no_minutiae_are_a_record_too():
    read = again(Minutiae(1, FingerPosition.UNKNOWN, make_template()))
    assert len(read.template) == 0
    assert read.quality_score == 254


def test_a_record_of_a_type_that_is_not_read_is_kept_as_it_is():
    latent = TaggedRecord(13, (TaggedField(2, "07"), TaggedField(3, "4")), b"\x1c\x1d")
    old = BinaryRecord(3, 8, b"abc")
    other = TaggedRecord(9, (TaggedField(2, "09"), TaggedField(300, "1\x1f2")))
    decoded = nist_itl.decode(written(latent, old, other))
    assert decoded.parts == (latent, old, other)


def test_a_palm_is_read_and_not_written():
    fields = {3: "11", 4: "X", 5: "20261124", 6: "10", 7: "20", 8: "2", 9: "197", 10: "197"}
    fields |= {11: "JP2L", 12: "8", 13: "21"}
    tagged = (TaggedField(2, "03"), *(TaggedField(key, text) for key, text in fields.items()))
    read = again(TaggedRecord(15, tagged, b"palm"))
    assert (read.kind, read.positions, read.picture.shape_px) == (15, (21,), (20, 10))
    assert read.picture.resolution_ppi == pytest.approx((500.38, 500.38))
    with pytest.raises(UnencodableError):
        nist_itl.encode(Transaction(HEADER, (read,)))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ({2: "0600"}, UnsupportedVersionError),
        ({2: None}, FieldValueError),
        ({4: None}, FieldValueError),
        ({5: "20261131"}, FieldValueError),
        ({5: "2026112"}, FieldValueError),
        ({6: "0"}, FieldValueError),
        ({6: "x"}, FieldValueError),
        ({8: ""}, FieldValueError),
        ({11: "1.969"}, FieldValueError),
        ({12: None}, FieldValueError),
        ({13: "a\x1fb\x1fc"}, FieldValueError),
        ({14: "20261124053607"}, FieldValueError),
        ({14: "20261124246000Z"}, FieldValueError),
        ({14: "2026112405360ZZ"}, FieldValueError),
    ],
)
def test_each_wrong_header_field_has_its_error(text, error):
    ((number, value),) = text.items()
    with pytest.raises(error):
        nist_itl.decode(with_field(BYTES, 1, number, value))


@pytest.mark.parametrize(
    ("kind", "number", "text"),
    [
        (10, 5, "20260230"),
        (10, 6, "0"),
        (10, 7, "70000"),
        (10, 8, "3"),
        (10, 11, "GIF"),
        (10, 12, None),
        (10, 13, "100"),
        (14, 3, ""),
        (14, 4, None),
        (14, 12, "0"),
        (14, 13, ""),
        (14, 13, "13\x1e"),
        (14, 18, "2"),
        (14, 18, "2\x1fYY"),
        (14, 24, "4\x1f77"),
        (14, 24, "4\x1f101\x1f001F\x1f42"),
        (14, 24, "4\x1f77\x1f0x1F\x1f42"),
        (14, 24, "4\x1f77\x1f001F\x1f65536"),
        (17, 3, "3"),
        (17, 13, None),
        (17, 24, "4\x1f77\x1f001F\x1f42"),
        (9, 3, None),
        (9, 126, "27\x1f514\x1f0"),
        (9, 126, "27\x1f513"),
        (9, 127, "NONE"),
        (9, 128, "0"),
        (9, 130, "0"),
        (9, 131, "0"),
        (9, 134, "11"),
        (9, 135, "101\x1f0\x1f0"),
        (9, 136, "11"),
        (9, 136, "256"),
        (9, 137, None),
    ],
)
def test_each_wrong_field_has_its_error(kind, number, text):
    with pytest.raises(FieldValueError):
        nist_itl.decode(with_field(BYTES, kind, number, text))


@pytest.mark.parametrize(
    "row",
    [
        "2\x1f0\x1f0\x1f0\x1f1\x1f50",  # the first is number 1
        "1\x1f320\x1f0\x1f0\x1f1\x1f50",
        "1\x1f0\x1f400\x1f0\x1f1\x1f50",
        "1\x1f0\x1f0\x1f180\x1f1\x1f50",
        "1\x1f0\x1f0\x1f0\x1f3\x1f50",
        "1\x1f0\x1f0\x1f0\x1f1\x1f101",
        "1\x1f0\x1f0\x1f0\x1f1",
        "1\x1f0\x1f0\x1f-1\x1f1\x1f50",
    ],
)
def test_each_wrong_item_of_a_minutia_has_its_error(row):
    one = written(Minutiae(1, FingerPosition.LEFT_INDEX, made_template(1)))
    with pytest.raises(FieldValueError):
        nist_itl.decode(with_field(one, 9, 137, row))


def old_minutiae(*rows, **texts):
    fields = {2: "00", 3: "0", 4: "S", 5: "X", 6: "07", 7: "T\x1fUN", 10: str(len(rows)), 11: "0"}
    fields |= {int(key[1:]): text for key, text in texts.items()}
    if rows:
        fields[12] = "\x1e".join(rows)
    return TaggedRecord(9, tuple(TaggedField(key, text) for key, text in fields.items()))


def test_old_minutiae_are_turned_to_our_conventions():
    read = again(old_minutiae("1\x1f01000200000\x1f2\x1fA", "2\x1f02540454090\x1f63\x1fB\x1f1,2"))
    assert read.is_old_format
    assert read.position == FingerPosition.LEFT_INDEX
    assert read.template.cols == pytest.approx([100 * 500 / 2540, 50])
    assert read.template.rows == pytest.approx([50, 0])
    assert np.degrees(read.template.angle_rad) == pytest.approx([180, 270])
    assert read.template.kind.tolist() == [1, 2]
    assert read.template.quality.tolist() == [100, 1]
    with pytest.raises(UnencodableError):
        nist_itl.encode(Transaction(HEADER, (read,)))


@pytest.mark.parametrize(
    "record",
    [
        old_minutiae("1\x1f01000200360\x1f2\x1fA"),
        old_minutiae("1\x1f010002000\x1f2\x1fA"),
        old_minutiae("1\x1f01000200000\x1f64\x1fA"),
        old_minutiae("1\x1f01000200000\x1f2"),
        old_minutiae("1\x1f01000200000\x1f2\x1fA", f10="2"),
        old_minutiae("1\x1f01000200000\x1f2\x1fA", f6="15"),
        old_minutiae("1\x1f\u0660".encode().decode("latin-1")[:3] + "1\x1f2\x1fA"),
    ],
)
def test_damaged_old_minutiae_are_refused(record):
    with pytest.raises(CodecError):
        again(record)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", TruncatedError),
        (bytes.fromhex("00 01ffffffffff 00 0001 0001"), TruncatedError),
        (bytes.fromhex("00 01ffffffffff 02 0001 0001 00"), FieldValueError),
        (bytes.fromhex("00 01ffffffffff 00 0000 0001 00"), FieldValueError),
        (bytes.fromhex("00 01ffffffffff 00 0001 0000 00"), FieldValueError),
        (bytes.fromhex("00 01ffffffffff 00 0001 0001 07"), FieldValueError),
        (bytes.fromhex("00 ffffffffffff 00 0001 0001 00"), FieldValueError),
    ],
)
def test_a_damaged_print_of_type_4_is_refused(content, error):
    with pytest.raises(error):
        again(BinaryRecord(4, 1, content))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", TruncatedError),
        (bytes.fromhex("02 02 00 0000 0000 00000000ff"), FieldValueError),
        (bytes.fromhex("00 03 00 0000 0000 00000000ff"), FieldValueError),
        (bytes.fromhex("00 02 02 0000 0000 00000000ff"), FieldValueError),
        (bytes.fromhex("00 02 00 0000 0000"), FieldValueError),
        (bytes.fromhex("00 00 00 0008 0008"), FieldValueError),
        (bytes.fromhex("00 02 00 0000 0000 00000000"), FieldValueError),
        (bytes.fromhex("00 02 00 0000 0000 0000000001"), FieldValueError),
        (bytes.fromhex("00 02 00 0000 0000 00000000ff 00000000ff"), FieldValueError),
    ],
)
def test_a_damaged_signature_is_refused(content, error):
    with pytest.raises(error):
        again(BinaryRecord(8, 1, content))


def test_strokes_become_vectors():
    made = from_strokes(3, made_strokes())
    assert again(made) == made
    xs, ys, pressures = (np.array(column) for column in zip(*made.vectors, strict=True))
    assert pressures.tolist().count(0) == 2
    assert pressures.tolist().index(0) == 12
    assert pressures[-1] == 255
    assert min(xs) == min(ys) == 0
    first, second = made_strokes()
    width_mm = max(first.x_mm.max(), second.x_mm.max()) - min(first.x_mm.min(), second.x_mm.min())
    assert max(xs) * 0.0254 == pytest.approx(width_mm, abs=0.0254)
    assert pressures[:12].tolist() == [1 + round(float(p) * 253) for p in first.pressure]


def test_a_scanned_signature_comes_back():
    made = Signature(2, payload=b"picture", shape_px=(64, 256), is_official=True)
    assert again(made) == made


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [Stroke(*(np.zeros(0, np.float32),) * 4)],
        [Stroke(*(np.full(1, np.nan, np.float32),) * 4)],
        [Stroke(*(np.array([0, 2000], np.float32),) * 4)],
    ],
)
def test_what_is_no_signature_is_not_written(strokes):
    with pytest.raises(UnencodableError):
        from_strokes(1, strokes)


@pytest.mark.parametrize(
    "part",
    [
        DescriptiveText(0, ((2, "x"),)),
        DescriptiveText(100, ()),
        DescriptiveText(0, ((3, "\x1c"),)),
        PrintImage(1, TINY, (), SOURCE, DAY),
        PrintImage(1, TINY, (100,), SOURCE, DAY),
        PrintImage(1, TINY, (1,), "", DAY),
        PrintImage(1, TINY, (1,), "x\x1ey", DAY),
        PrintImage(1, TINY, (1,), SOURCE, DAY, missing=((1, "??"),)),
        PrintImage(1, TINY, (1,), SOURCE, DAY, quality=(QualityScore(101, 0, 0),)),
        PrintImage(1, TINY, (1,), SOURCE, DAY, quality=(QualityScore(1, 70_000, 0),)),
        PrintImage(1, Picture(b"", "GIF", (1, 1)), (1,), SOURCE, DAY),
        PrintImage(1, Picture(b"", "NONE", (0, 1)), (1,), SOURCE, DAY),
        PrintImage(1, Picture(b"", "NONE", (1, 1), (0.1, 500.0)), (1,), SOURCE, DAY),
        FixedPrint(1, TINY, ()),
        FixedPrint(1, TINY, (1,) * 7),
        FixedPrint(1, TINY, (255,)),
        FixedPrint(1, TINY, (1,), impression=256),
        FixedPrint(1, Picture(b"", "NONE", (1, 70_000)), (1,)),
        FixedPrint(1, Picture(b"", "WSQ", (1, 1)), (1,)),
        FaceImage(1, TINY, SOURCE, DAY, profile=100),
        IrisImage(1, TINY, 3, SOURCE, DAY),
        Minutiae(1, FingerPosition.UNKNOWN, make_template(256)),
        Minutiae(1, FingerPosition.UNKNOWN, make_template(1), quality_score=101),
        Minutiae(1, FingerPosition.UNKNOWN, make_template(1), view_number=16),
        Minutiae(1, FingerPosition.UNKNOWN, make_template(1), equipment_id=70_000),
        Minutiae(1, FingerPosition.UNKNOWN, make_template(1, kind=np.array([3], np.uint8))),
        Minutiae(1, FingerPosition.UNKNOWN, make_template(1, rows=np.array([401], np.float32))),
        Minutiae(1, FingerPosition.UNKNOWN, make_template(1, shape_px=(0, 5))),
        Signature(1),
        Signature(1, ((0, 0, 255),), b"both"),
        Signature(1, ((0, 0, 1),)),
        Signature(1, ((0, 0, 255), (0, 0, 255))),
        Signature(1, ((70_000, 0, 255),)),
        BinaryRecord(8, 100, b""),
        TaggedRecord(13, ()),
    ],
)
def test_what_does_not_fit_is_not_written(part):
    with pytest.raises(UnencodableError):
        written(part)


@pytest.mark.parametrize(
    "header",
    [
        {"version": "0600"},
        {"transaction_type": "enrol"},
        {"transaction_type": "X" * 17},
        {"destination": ""},
        {"origin": "a\x1fb"},
        {"control_number": "\x1d"},
        {"reference": ""},
        {"priority": 10},
        {"native_scale_per_mm": "500"},
        {"made_at": datetime(2026, 11, 24)},  # noqa: DTZ001 - a time without its zone is the point
    ],
)
def test_a_header_that_does_not_fit_is_not_written(header):
    with pytest.raises(UnencodableError):
        written(TEXT, **header)


def test_two_records_of_a_type_need_two_numbers():
    with pytest.raises(UnencodableError):
        written(TEXT, TEXT)
    with pytest.raises(UnencodableError):
        written()


def test_a_short_header_and_another_zone():
    moment = datetime(2026, 11, 24, 12, 36, 7, tzinfo=timezone(timedelta(hours=7)))
    data = written(TEXT, reference=None, priority=None, domain=None, made_at=moment)
    header = nist_itl.decode(data).header
    assert header.made_at == datetime(2026, 11, 24, 5, 36, 7, tzinfo=UTC)
    assert (header.reference, header.priority, header.domain) == (None, None, None)
    early = nist_itl.decode(written(TEXT, made_on=date(7, 1, 2))).header
    assert early.made_on == date(7, 1, 2)


def test_pictures_are_compared_with_their_record():
    coded = of_type(FixedPrint).picture
    for picture, error in (
        (dataclasses.replace(coded, shape_px=(97, 80)), FieldValueError),
        (dataclasses.replace(coded, compression="JP2"), WrongFormatError),
        (dataclasses.replace(of_type(IrisImage).picture, shape_px=(64, 48)), FieldValueError),
        (Picture(b"\0" * 5, "NONE", (2, 3)), FieldValueError),
        (Picture(b"\0" * 6, "NONE", (2, 3), bits_per_px=16), FieldValueError),
    ):
        with pytest.raises(error):
            check_picture(picture)
    check_picture(Picture(b"\0" * 6, "NONE", (2, 3)))
    check_picture(Picture(b"whatever", "JPEGB", (2, 3)))


def test_every_cut_is_an_error():
    for length in (*range(0, 700), *range(700, len(BYTES), 97)):
        with pytest.raises(CodecError):
            nist_itl.decode(BYTES[:length])
