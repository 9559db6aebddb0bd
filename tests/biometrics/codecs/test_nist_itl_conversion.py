"""From ISO records to parts of a transaction: same pictures, same codes, nothing guessed."""

from dataclasses import replace
from datetime import UTC, date, timedelta, timezone

import pytest

from biometrics.codecs import nist_itl, nist_itl_conversion
from biometrics.codecs.errors import UnencodableError
from biometrics.codecs.finger_images import Compression, FingerImage
from biometrics.codecs.finger_views import ImpressionType
from biometrics.codecs.iso19794_5 import Coding, ColourSpace
from biometrics.codecs.iso19794_5 import FaceImage as IsoFace
from biometrics.codecs.iso19794_6 import Eye, ImageFormat, PriorCompression
from biometrics.codecs.iso19794_6 import IrisImage as IsoIris
from biometrics.codecs.nist_itl import Transaction
from biometrics.codecs.nist_itl_picture import QualityScore
from biometrics.codecs.representation import CaptureTime, QualityBlock, RepresentationStart
from biometrics.finger.position import FingerPosition
from tests.biometrics.codecs.made_transaction import HEADER, SOURCE
from tests.biometrics.codecs.made_views import make_template, view

START = RepresentationStart(CaptureTime(2026, 11, 24), quality=(QualityBlock(80, 1, 2),))
FINGER = FingerImage(2, b"WSQ", Compression.WSQ, (30, 20), start=START)
FACE = IsoFace(b"JP2", Coding.JPEG_2000_LOSSLESS, (30, 20), start=START)
IRIS = IsoIris(Eye.LEFT, b"JP2", (30, 20), start=START)


def again(part):
    (read,) = nist_itl.decode(nist_itl.encode(Transaction(HEADER, (part,)))).parts
    return read


def test_a_finger_becomes_type_14():
    part = nist_itl_conversion.print_of(3, FINGER, source=SOURCE, zone=UTC)
    assert again(part) == part
    assert (part.idc, part.positions, part.captured_on) == (3, (2,), date(2026, 11, 24))
    assert (part.picture.payload, part.picture.compression) == (b"WSQ", "WSQ20")
    assert part.quality == (QualityScore(80, 1, 2, 2),)


@pytest.mark.parametrize(
    ("hour", "offset_h", "day"), [(23, 9, 25), (14, 9, 24), (15, 9, 25), (None, 9, 24), (0, -1, 23)]
)
def test_the_day_is_that_of_the_place(hour, offset_h, day):
    start = RepresentationStart(CaptureTime(2026, 11, 24, hour))
    zone = timezone(timedelta(hours=offset_h))
    part = nist_itl_conversion.print_of(1, replace(FINGER, start=start), source=SOURCE, zone=zone)
    assert part.captured_on == date(2026, 11, day)


def test_a_slap_keeps_its_number_and_no_score():
    part = nist_itl_conversion.print_of(1, replace(FINGER, position=13), source=SOURCE, zone=UTC)
    assert part.positions == (13,)
    assert part.quality == ()


def test_a_face_becomes_type_10():
    part = nist_itl_conversion.face_of(4, FACE, source=SOURCE, zone=UTC)
    assert again(part) == part
    assert (part.picture.compression, part.colours) == ("JP2L", "SRGB")
    grey = nist_itl_conversion.face_of(
        4, replace(FACE, colour_space=ColourSpace.OTHER), source=SOURCE, zone=UTC
    )
    assert grey.colours == "UNK"


@pytest.mark.parametrize(
    ("image_format", "prior", "compression"),
    [
        (ImageFormat.GREY_JPEG_2000, PriorCompression.LOSSLESS_OR_NONE, "JP2L"),
        (ImageFormat.GREY_JPEG_2000, PriorCompression.UNKNOWN, "JP2"),
        (ImageFormat.GREY_RAW, PriorCompression.LOSSLESS_OR_NONE, "NONE"),
        (ImageFormat.GREY_PNG, PriorCompression.UNKNOWN, "PNG"),
    ],
)
def test_an_eye_becomes_type_17(image_format, prior, compression):
    image = replace(IRIS, image_format=image_format, prior_compression=prior)
    part = nist_itl_conversion.iris_of(5, image, source=SOURCE, zone=UTC)
    assert again(part) == part
    assert (part.eye, part.picture.compression) == (2, compression)
    assert part.quality == (QualityScore(80, 1, 2),)


def test_minutiae_become_type_9():
    made = view(
        make_template(3),
        FingerPosition.LEFT_INDEX,
        impression=ImpressionType.LIVE_SCAN_CONTACTLESS,
        quality_score=77,
    )
    part = nist_itl_conversion.minutiae_of(3, made)
    read = again(part)
    assert (read.position, read.impression, read.quality_score) == (7, 24, 77)
    assert len(read.template) == 3


@pytest.mark.parametrize("moment", [CaptureTime(), CaptureTime(2026, 11), CaptureTime(2026, 2, 30)])
def test_a_picture_without_its_day_is_refused(moment):
    image = replace(FINGER, start=RepresentationStart(moment))
    with pytest.raises(UnencodableError, match="capture date"):
        nist_itl_conversion.print_of(1, image, source=SOURCE, zone=UTC)


def test_what_has_no_code_is_refused():
    with pytest.raises(UnencodableError):
        nist_itl_conversion.print_of(
            1, replace(FINGER, compression=Compression.RAW_PACKED), source=SOURCE, zone=UTC
        )
    with pytest.raises(UnencodableError):
        nist_itl_conversion.iris_of(
            1, replace(IRIS, image_format=ImageFormat.COLOUR_JPEG), source=SOURCE, zone=UTC
        )
