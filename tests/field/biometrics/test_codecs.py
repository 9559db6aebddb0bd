"""The codecs against records that other programs wrote."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.codecs import iso19794_2, iso19794_4, iso19794_5, iso19794_6, jpeg2000, wsq
from biometrics.codecs.errors import CodecError, TruncatedError, UnsupportedVersionError
from biometrics.codecs.iso19794_4 import Compression
from biometrics.finger.position import FingerPosition

SHARED = Path(__file__).parents[4] / "shared" / "data"
NIST = SHARED / "fingerprints" / "nist_libbiomeval"
SOURCE_AFIS = SHARED / "fingerprints" / "sourceafis_java_test"
MOSIP = SHARED / "sbi" / "profile-default"

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="shared data sets not present beside the repository"
)

MINUTIAE_378 = np.dtype([("type_x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])


def mosip_records(magic):
    records = [(path, path.read_bytes()) for path in sorted(MOSIP.glob("*/*.iso"))]
    return [(path, data) for path, data in records if data.startswith(magic)]


@pytest.mark.parametrize("name", ["iso-probe", "iso-matching", "iso-nonmatching"])
def test_sourceafis_templates_are_written_as_the_same_bytes(name):
    data = (SOURCE_AFIS / f"{name}.dat").read_bytes()
    record = iso19794_2.decode(data, is_padding_allowed=True)
    again = iso19794_2.encode(record.views, equipment_id=record.equipment_id)
    assert again == data[: len(again)]
    assert not data[len(again) :].strip(b"\0")


def corrected_nist_minutiae():
    """NIST's record with the two lengths of its last area, one byte too large, put right."""
    data = bytearray((NIST / "fmr.iso2005").read_bytes())
    assert data[0x148:0x14E] == b"\0\x2a\0\2\0\x2a"
    data[0x149] = data[0x14D] = 0x29
    return bytes(data)


def test_nists_minutiae_record():
    with pytest.raises(TruncatedError, match="extended data"):
        iso19794_2.decode((NIST / "fmr.iso2005").read_bytes())
    data = corrected_nist_minutiae()
    record = iso19794_2.decode(data)
    assert iso19794_2.encode(record.views, equipment_id=record.equipment_id) == data
    left, right = record.views
    assert (left.position, right.position) == (
        FingerPosition.LEFT_INDEX,
        FingerPosition.RIGHT_INDEX,
    )
    assert (len(left.template), len(right.template)) == (27, 22)


def test_nists_minutiae_equal_those_of_its_ansi_record():
    ansi = (NIST / "fmr.ansi2004").read_bytes()
    # ANSI/INCITS 378:2004: header 26 bytes, view header 4, the same six bytes a minutia
    expected = np.frombuffer(ansi, MINUTIAE_378, count=27, offset=30)
    template = iso19794_2.decode(corrected_nist_minutiae()).views[0].template
    np.testing.assert_array_equal(template.cols, expected["type_x"] & 0x3FFF)
    np.testing.assert_array_equal(template.rows, expected["y"])
    np.testing.assert_array_equal(template.kind, expected["type_x"] >> 14)
    np.testing.assert_array_equal(template.quality, expected["quality"])
    difference = np.degrees(template.angle_rad) - expected["angle"] * 2.0  # ANSI: 2 degrees
    assert np.abs(difference).max() <= 1.40625


def test_american_records_are_refused():
    with pytest.raises(CodecError):
        iso19794_2.decode((NIST / "fmr.ansi2004").read_bytes())
    with pytest.raises(UnsupportedVersionError):
        iso19794_2.decode((NIST / "fmr.ansi2007").read_bytes())


def test_mosips_finger_records_are_written_as_the_same_bytes():
    records = mosip_records(b"FIR\0")
    assert len(records) == 32
    for path, data in records:
        record = iso19794_4.decode(data)
        assert iso19794_4.encode(record.images) == data, path.name
        (image,) = record.images
        pixels = iso19794_4.read_pixels(image)
        assert pixels.shape == image.shape_px
        is_lossless = image.compression == Compression.JPEG_2000_LOSSLESS
        assert is_lossless == (path.parent.name == "Registration")
        if image.compression != Compression.WSQ:
            assert jpeg2000.read_header(image.payload).is_reversible == is_lossless


def test_mosips_wsq_shows_the_same_fingers_as_its_jpeg_2000():
    paths = sorted((MOSIP / "Auth").glob("*_wsq.iso"))
    assert len(paths) == 11
    for path in paths:
        (compressed,) = iso19794_4.decode(path.read_bytes()).images
        original = MOSIP / "Registration" / path.name.replace("_wsq", "")
        if not original.exists():  # the unknown finger
            continue
        (reference,) = iso19794_4.decode(original.read_bytes()).images
        assert compressed.position == reference.position
        first = iso19794_4.read_pixels(compressed).astype(np.float64)
        second = iso19794_4.read_pixels(reference).astype(np.float64)
        assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.9, path.name


def test_mosips_face_records_are_written_as_the_same_bytes():
    records = mosip_records(b"FAC\0")
    assert len(records) == 3
    for path, data in records:
        record = iso19794_5.decode(data)
        written = iso19794_5.encode(record.images, temporal_semantics=record.temporal_semantics)
        assert written == data, path.name
        (image,) = record.images
        assert jpeg2000.decode(image.payload).shape == (*image.shape_px, 3)


def test_nists_face_record_of_2005():
    record = iso19794_5.decode((NIST / "face01.iso2005").read_bytes())
    (image,) = record.images
    assert record.edition == 2005
    assert image.payload.startswith(b"\xff\xd8")
    decoded = cv2.imdecode(np.frombuffer(image.payload, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape[:2] == image.shape_px == (320, 280)
    first = image.landmarks[0]
    assert (first.code, first.x_px, first.y_px) == (54, 95, 117)
    assert image.description.pose == (5, 10, 15)


def test_iris_records_are_written_as_the_same_bytes():
    records = mosip_records(b"IIR\0")
    assert len(records) == 5
    for path, data in records:
        record = iso19794_6.decode(data)
        assert iso19794_6.encode(record.images, eyes=record.eyes) == data, path.name
        (image,) = record.images
        assert jpeg2000.read_header(image.payload).rows_px == image.shape_px[0]
        assert path.name.startswith(image.eye.name.title()) or "UNKNOWN" in path.name


def test_nists_iris_record():
    data = (NIST / "iris01.iso2011").read_bytes()
    with pytest.raises(TruncatedError, match="image"):
        iso19794_6.decode(data)
    # One of its two quality blocks is not counted in the length of the representation.
    (length,) = struct.unpack(">I", data[16:20])
    corrected = data[:16] + struct.pack(">I", length + 5) + data[20:]
    record = iso19794_6.decode(corrected)
    assert iso19794_6.encode(record.images, eyes=record.eyes) == corrected
    assert record.images[0].payload.startswith(b"\x89PNG")


def test_wsq_is_decoded_like_another_decoder_does():
    decoded = wsq.decode((SOURCE_AFIS / "wsq-original.wsq").read_bytes())
    converted = cv2.imdecode(
        np.frombuffer((SOURCE_AFIS / "wsq-converted.png").read_bytes(), np.uint8),
        cv2.IMREAD_GRAYSCALE,
    )
    np.testing.assert_array_equal(decoded, converted)


def test_nists_compressed_pictures():
    assert wsq.decode((NIST / "img.wsq").read_bytes()).shape == (256, 256)
    picture = (NIST / "img.jp2").read_bytes()
    header = jpeg2000.read_header(picture)
    assert jpeg2000.decode(picture).shape == (header.rows_px, header.cols_px) == (1007, 908)


def test_real_prints_are_compressed_as_the_standard_wants():
    paths = sorted((SHARED / "fingerprints" / "fvc2002_db1b").glob("*_1.png"))
    assert len(paths) == 10
    for path in paths:
        pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        compressed = wsq.encode(pixels)
        assert 10 <= pixels.size / len(compressed) <= 30, path.name
