"""What is fuzzed: every reader of bytes from outside, with seeds that we made.

A target is given any bytes. It may return, or raise its own errors; whatever else comes out is a
finding, and so is more than a second or a large allocation. Where a format has a writer, what was
read must be writable, or be refused as `UnencodableError`, and writing what was written and read
again must give the same bytes.
"""

from collections.abc import Callable
from contextlib import suppress

import numpy as np

from biometrics.codecs import (
    ansi378,
    card_information,
    card_object,
    iso19794_2,
    iso19794_2_card,
    iso19794_4,
    iso19794_5,
    iso19794_6,
    iso19794_7,
    jpeg2000,
    nist_itl,
    nist_itl_records,
    wsq,
)
from biometrics.codecs.errors import CodecError, UnencodableError
from biometrics.codecs.finger_views import FingerViews
from biometrics.codecs.iso19794_2_card import CardFormat, CardLimits, MinutiaOrder
from biometrics.codecs.nist_itl_picture import check_picture
from biometrics.codecs.representation import (
    CaptureDevice,
    CaptureTime,
    QualityBlock,
    RepresentationStart,
)
from biometrics.finger.position import FingerPosition
from tests.biometrics.codecs.made_pictures import ridge_image
from tests.biometrics.codecs.made_transaction import made_strokes, made_template, made_transaction
from tests.biometrics.codecs.made_views import view
from tests.fuzz.selftest_targets import SELFTEST_TARGETS
from tests.fuzz.target import Target


def fuzz(name: str, data: bytes) -> None:
    """Give one input to a target; our own errors are what it should raise."""
    target = TARGETS[name]
    with suppress(*target.errors):
        target.run(data)


def settles(read: Callable, write: Callable) -> Callable[[bytes], object]:
    """Return a target for a format with reader and writer."""

    def run(data):
        value = read(data)
        with suppress(UnencodableError):
            written = write(value)
            again = write(read(written))
            if again != written:
                raise AssertionError("what was written and read is written otherwise")

    return run


START = RepresentationStart(
    CaptureTime(2026, 11, 24, 5, 36, 7, 0), CaptureDevice(2, 1, 3), (QualityBlock(80, 1, 2),)
)
INFORMATION = bytes.fromhex(
    "7f61 1f 02 01 01 7f60 19 a1 17 81 01 08 82 01 09 87 02 0101 88 02 0005"
    "b1 07 81 02 0c 3c 82 01 09"
)
UNSORTED = CardLimits(255, MinutiaOrder.NONE)


def minutiae_seeds():
    fingers = [
        view(made_template(4), areas=((1, b"\x02abc"), (2, b""))),
        view(made_template(0), FingerPosition.LEFT_INDEX, start=START, certifications=((1, 2),)),
    ]
    return [iso19794_2.encode(fingers), iso19794_2.encode_2011(fingers)]


def american_seeds(edition):
    fingers = (view(made_template(4), areas=((1, b"\x02abc"),)), view(made_template(1), 7))
    return [ansi378.encode(FingerViews(fingers, 1, edition, (2, 3)))]


def run_card(data):
    minutiae = card_object.unwrap(data)
    if card_object.unwrap(card_object.wrap(minutiae)) != minutiae:
        raise AssertionError("the data object changed")
    for card_format in CardFormat:
        with suppress(CodecError):
            template = iso19794_2_card.decode(minutiae, card_format=card_format)
            again = iso19794_2_card.encode(template, card_format=card_format, limits=UNSORTED)
            if again != minutiae:
                raise AssertionError("the minutiae changed")


def card_seeds():
    return [
        card_object.wrap(iso19794_2_card.encode(made_template(6), card_format=card_format))
        for card_format in CardFormat
    ]


def finger_image_seeds():
    image = iso19794_4.FingerImage(
        2, b"\x80" * 12, iso19794_4.Compression.RAW, (3, 4), start=START, extended=((3, b"x"),)
    )
    marked = iso19794_4.FingerImage(
        7, b"WSQ", iso19794_4.Compression.WSQ, (3, 4), certifications=((1, 2),)
    )
    older = bytes.fromhex(
        "46495200 30313000 00000000003a 0000 001f 01 01 01f4 01f4 01f4 01f4 08 00 0000"
        "0000001a 02 01 01 50 00 0004 0003 00 808080808080808080808080"
    )
    return [iso19794_4.encode([image]), iso19794_4.encode([image, marked]), older]


def run_finger_image(data):
    settles(lambda raw: iso19794_4.decode(raw).images, lambda images: iso19794_4.encode(images))(
        data
    )
    for image in iso19794_4.decode(data).images:
        if image.compression != iso19794_4.Compression.WSQ:
            with suppress(CodecError):
                iso19794_4.read_pixels(image)


def face_seeds():
    image = iso19794_5.FaceImage(
        b"JP2",
        iso19794_5.Coding.JPEG_2000_LOSSLESS,
        (30, 20),
        landmarks=(iso19794_5.Landmark(1, 2, 3, 4),),
        start=START,
    )
    older = bytes.fromhex(
        "46414300 30313000 00000038 0001 0000002a 0001 01 00 00 000000 0000 000000 000000"
        "01 21 0005 0006 0000 01 00 0014 001e 01 02 0000 0000 ffd8"
    )
    return [iso19794_5.encode([image]), older]


def iris_seeds():
    image = iso19794_6.IrisImage(iso19794_6.Eye.LEFT, b"JP2", (30, 20), start=START)
    return [iso19794_6.encode([image])]


def picture_seeds():
    small = ridge_image((24, 20))
    colours = np.dstack([small, small[::-1], small])
    return [
        jpeg2000.encode_lossless(small),
        jpeg2000.encode_lossless(colours, is_codestream=True),
        jpeg2000.encode_to_ratio(colours, ratio=8.0),
    ]


def wsq_seeds():
    return [wsq.encode(ridge_image((64, 64))), wsq.encode(np.full((64, 64), 9, np.uint8))]


def run_transaction(data):
    records = nist_itl_records.read_records(data)
    if nist_itl_records.read_records(nist_itl_records.write_records(records)) != records:
        raise AssertionError("the records changed")
    settles(nist_itl.decode, nist_itl.encode)(data)
    for part in nist_itl.decode(data).parts:
        if hasattr(part, "picture"):
            with suppress(CodecError):
                check_picture(part.picture)


def transaction_seeds():
    whole = nist_itl.encode(made_transaction())
    header = nist_itl.decode(whole).header
    parts = made_transaction().parts
    singles = [nist_itl.encode(nist_itl.Transaction(header, (part,))) for part in parts]
    return [data for data in singles if len(data) < 8192]


def american(edition):
    """Return the target of one edition."""
    run = settles(lambda raw: ansi378.decode(raw, edition=edition), ansi378.encode)
    return Target(run, lambda: american_seeds(edition))


def run_minutiae(data):
    settles(lambda raw: iso19794_2.decode(raw).views, iso19794_2.encode)(data)
    settles(lambda raw: iso19794_2.decode(raw).views, iso19794_2.encode_2011)(data)


TARGETS = {
    "iso19794_2": Target(run_minutiae, minutiae_seeds),
    "iso19794_2_card": Target(run_card, card_seeds, 1400),
    "card_information": Target(card_information.read_information, lambda: [INFORMATION], 1024),
    "ansi378_2004": american(2004),
    "ansi378_2007": american(2007),
    "ansi378_2009": american(2009),
    "iso19794_4": Target(run_finger_image, finger_image_seeds),
    "iso19794_5": Target(
        settles(lambda raw: iso19794_5.decode(raw).images, iso19794_5.encode), face_seeds
    ),
    "iso19794_6": Target(
        settles(lambda raw: iso19794_6.decode(raw).images, iso19794_6.encode), iris_seeds
    ),
    "iso19794_7": Target(
        settles(iso19794_7.decode, iso19794_7.encode), lambda: [iso19794_7.encode(made_strokes())]
    ),
    "jpeg2000": Target(jpeg2000.decode, picture_seeds),
    "wsq_header": Target(wsq.read_size, wsq_seeds),
    "wsq": Target(wsq.decode, wsq_seeds, is_slow=True),
    "nist_itl": Target(run_transaction, transaction_seeds),
    **SELFTEST_TARGETS,
}
