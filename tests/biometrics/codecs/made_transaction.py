"""A transaction of one resident who never lived, for the ANSI/NIST codec and its fuzzing."""

from datetime import UTC, date, datetime

import numpy as np

from biometrics.codecs import jpeg2000, wsq
from biometrics.codecs.iso19794_7 import Stroke
from biometrics.codecs.nist_itl import DescriptiveText, Header, Transaction
from biometrics.codecs.nist_itl_images import FaceImage, FixedPrint, IrisImage, PrintImage
from biometrics.codecs.nist_itl_minutiae import Minutiae
from biometrics.codecs.nist_itl_picture import Picture, QualityScore
from biometrics.codecs.nist_itl_signature import from_strokes
from biometrics.finger.position import FingerPosition
from tests.biometrics.codecs.made_pictures import ridge_image
from tests.biometrics.codecs.made_views import make_template

DAY = date(2026, 11, 24)
SOURCE = "ID3201010"
HEADER = Header(
    transaction_type="ENROL",
    made_on=DAY,
    destination="IDPUSAT",
    origin="ID3201010",
    control_number="3201010-000042",
    reference="3201010-000041",
    priority=4,
    domain=("KTPEL", "1.0"),
    made_at=datetime(2026, 11, 24, 5, 36, 7, tzinfo=UTC),
    native_scale_per_mm="19.69",
    nominal_scale_per_mm="19.69",
)
TEXT = DescriptiveText(0, ((3, "KTP-EL"), (18, "CONTOH,SITI"), (22, "19900102"), (24, "F")))


def made_strokes():
    """Two strokes of a pen."""
    turn = np.linspace(0, 3, 12, dtype=np.float32)
    first = Stroke(10 * np.cos(turn), 5 * np.sin(turn), turn / 3, turn / 10)
    second = Stroke(turn - 3, turn / 2, np.full(12, 0.5, np.float32), 1 + turn / 10)
    return first, second


def made_template(count=12):
    """A template with whole pixels and steps of 2 degrees, as Type 9 holds them."""
    rng = np.random.default_rng(9)
    return make_template(
        count,
        (400, 320),
        rows=rng.integers(0, 400, count).astype(np.float32),
        cols=rng.integers(0, 320, count).astype(np.float32),
        angle_rad=(rng.integers(0, 180, count) * (np.pi / 90)).astype(np.float32),
        kind=rng.integers(0, 3, count).astype(np.uint8),
        quality=rng.integers(0, 101, count).astype(np.uint8),
    )


def made_parts(shape_px=(96, 80)):
    """Every type that we write, with small pictures."""
    print_px = ridge_image(shape_px)
    portrait_px = np.repeat(ridge_image((60, 48))[:, :, None], 3, axis=2)
    coded = wsq.encode(print_px)
    lossless = jpeg2000.encode_lossless(portrait_px)
    eye = jpeg2000.encode_lossless(ridge_image((48, 64), seed=2))
    return (
        TEXT,
        PrintImage(
            idc=1,
            picture=Picture(coded, "WSQ20", shape_px),
            positions=(13,),
            source=SOURCE,
            captured_on=DAY,
            missing=((2, "XX"), (3, "UP")),
            quality=(QualityScore(77, 0x1F, 42, 4), QualityScore(254, 0, 0, 5)),
        ),
        PrintImage(
            idc=2,
            picture=Picture(print_px.tobytes(), "NONE", shape_px),
            positions=(6,),
            source=SOURCE,
            captured_on=DAY,
        ),
        FixedPrint(3, Picture(coded, "WSQ20", shape_px), (1,)),
        Minutiae(
            idc=2,
            position=FingerPosition.LEFT_THUMB,
            template=made_template(),
            quality_score=64,
            quality_algorithm=(0x1F, 42),
            equipment_id=5,
        ),
        FaceImage(4, Picture(lossless, "JP2L", (60, 48), None), SOURCE, DAY, profile=30),
        IrisImage(
            idc=5,
            picture=Picture(eye, "JP2L", (48, 64), None),
            eye=1,
            source=SOURCE,
            captured_on=DAY,
            quality=(QualityScore(90, 1, 2),),
            spectrum="NIR",
        ),
        from_strokes(6, made_strokes()),
    )


def made_transaction():
    """One file with all of them."""
    return Transaction(HEADER, made_parts())
