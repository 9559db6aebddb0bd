"""Turn a recording into the members of both parts, one at a time.

Part a, for bad links: record.json, templates, WSQ, lossy JPEG 2000, the signature. Part b: ISO
records with lossless JPEG 2000, slaps as captured, exception photos, thumbnails of all attempts.
"""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from biometrics.codecs import (
    iso19794_2,
    iso19794_4,
    iso19794_5,
    iso19794_6,
    iso19794_7,
    jpeg2000,
    wsq,
)
from biometrics.codecs.representation import CaptureTime, QualityBlock, RepresentationStart
from biometrics.finger.position import FingerPosition
from station.package.manifest import PartName
from station.package.members import (
    PORTRAIT_RECORD,
    PORTRAIT_SMALL,
    RECORD_FILE,
    SIGNATURE_PICTURE,
    SIGNATURE_SERIES,
    attempt_file,
)
from station.package.record_document import to_document
from station.package.records import (
    STEP_OF_FINGER,
    CaseRecord,
    FaceSample,
    FingerSample,
    IrisSample,
    Pixels,
    SignatureSample,
    check_record,
)
from station.package.signature_picture import draw_signature

PORTRAIT_SMALL_BYTES = 100 * 1024  # source: DESIGN.md section 6, small tier
IRIS_RATIO = 10.0  # source: DESIGN.md section 6, small tier
THUMBNAIL_RATIO = 10.0
VGA_SHAPE_PX = (480, 640)
WHITE = 255


def build_parts(record: CaseRecord) -> dict[PartName, Iterator[tuple[str, bytes]]]:
    """Return the members of both parts as (name, content); each is made when it is asked for.

    Raises IncompleteRecordError at once.
    """
    check_record(record)
    document = to_document(record).to_json()
    return {"a": _part_a(record, document), "b": _part_b(record)}


def _part_a(record: CaseRecord, document: bytes) -> Iterator[tuple[str, bytes]]:
    yield RECORD_FILE, document
    for position, finger in sorted(record.fingers.items()):
        name = position.name.lower()
        yield f"fingers/{name}.fmr", _encode_template(position, finger)
        yield f"fingers/{name}.wsq", wsq.encode(_pad(finger.pixels))
    if record.signature is not None:
        yield SIGNATURE_SERIES, _encode_signature(record.signature)
        yield SIGNATURE_PICTURE, draw_signature(record.signature)
    if record.portrait is not None:
        small = jpeg2000.encode_to_size(record.portrait.pixels, size_bytes=PORTRAIT_SMALL_BYTES)
        yield PORTRAIT_SMALL, small
    for side, iris in sorted(record.irises.items()):
        yield f"irises/{side}.jp2", jpeg2000.encode_to_ratio(iris.pixels, ratio=IRIS_RATIO)


def _part_b(record: CaseRecord) -> Iterator[tuple[str, bytes]]:
    times = _AttemptTimes(record)
    for position, finger in sorted(record.fingers.items()):
        start = times.start(STEP_OF_FINGER[position], finger.attempt, finger.quality_score)
        yield f"fingers/{position.name.lower()}.fir", _encode_finger(position, finger, start)
    if record.portrait is not None:
        start = times.start("portrait", record.portrait.attempt, record.portrait.score)
        yield PORTRAIT_RECORD, _encode_face(record.portrait, start)
    for side, iris in sorted(record.irises.items()):
        start = times.start("irises", iris.attempt, iris.score)
        yield f"irises/{side}.iir", _encode_iris(side, iris, start)
    yield from _evidence(record)


def _evidence(record: CaseRecord) -> Iterator[tuple[str, bytes]]:
    """Return what shows how the samples came about: slaps, exception photos, thumbnails."""
    for step, slap in sorted(record.slaps.items()):
        yield f"slaps/{step}.jp2", jpeg2000.encode_lossless(slap.pixels)
    for exception in record.exceptions:
        if exception.photo is not None:
            photo = jpeg2000.encode_lossless(exception.photo)
            yield f"exceptions/{exception.part}.jp2", photo
    for attempt in record.attempts:
        if attempt.thumbnail is not None:
            small = jpeg2000.encode_to_ratio(attempt.thumbnail, ratio=THUMBNAIL_RATIO)
            yield attempt_file(attempt.step, attempt.number), small


class _AttemptTimes:
    """When each attempt was taken, for the headers of the ISO records."""

    def __init__(self, record: CaseRecord) -> None:
        self._times = {
            (attempt.step, attempt.number): datetime.fromisoformat(attempt.taken_at)
            for attempt in record.attempts
        }

    def start(self, step: str, attempt: int, score: int) -> RepresentationStart:
        """Return the beginning of a representation; the time is left open where it is not known."""
        taken_at = self._times.get((step, attempt))
        return RepresentationStart(
            captured_at=CaptureTime() if taken_at is None else CaptureTime.from_datetime(taken_at),
            quality=(QualityBlock(score),),
        )


def _pad(pixels: Pixels) -> Pixels:
    """Widen what is smaller than WSQ can hold by white; the print stays top left."""
    rows_px, cols_px = pixels.shape
    missing = (max(0, wsq.MIN_SIDE_PX - rows_px), max(0, wsq.MIN_SIDE_PX - cols_px))
    if missing == (0, 0):
        return pixels
    return np.pad(pixels, ((0, missing[0]), (0, missing[1])), constant_values=WHITE)


def _encode_template(position: FingerPosition, sample: FingerSample) -> bytes:
    return iso19794_2.encode(
        [iso19794_2.FingerView(position, sample.template, sample.quality_score)]
    )


def _encode_finger(
    position: FingerPosition, sample: FingerSample, start: RepresentationStart
) -> bytes:
    image = iso19794_4.FingerImage(
        position=position,
        payload=jpeg2000.encode_lossless(sample.pixels),
        compression=iso19794_4.Compression.JPEG_2000_LOSSLESS,
        shape_px=(sample.pixels.shape[0], sample.pixels.shape[1]),
        start=start,
    )
    return iso19794_4.encode([image])


def _encode_face(sample: FaceSample, start: RepresentationStart) -> bytes:
    image = iso19794_5.FaceImage(
        payload=jpeg2000.encode_lossless(sample.pixels),
        coding=iso19794_5.Coding.JPEG_2000_LOSSLESS,
        shape_px=(sample.pixels.shape[0], sample.pixels.shape[1]),
        start=start,
    )
    return iso19794_5.encode([image])


def _encode_iris(side: str, sample: IrisSample, start: RepresentationStart) -> bytes:
    shape_px = (sample.pixels.shape[0], sample.pixels.shape[1])
    kinds = iso19794_6.ImageType
    image = iso19794_6.IrisImage(
        eye=iso19794_6.Eye[side.upper()],
        payload=jpeg2000.encode_lossless(sample.pixels),
        shape_px=shape_px,
        image_type=kinds.VGA if shape_px == VGA_SHAPE_PX else kinds.UNCROPPED,
        prior_compression=iso19794_6.PriorCompression.LOSSLESS_OR_NONE,
        start=start,
    )
    return iso19794_6.encode([image])


def _encode_signature(sample: SignatureSample) -> bytes:
    """Move the origin to the middle of the pad, y up, as ISO/IEC 19794-7 has it."""
    middle = (sample.geometry.width_mm / 2, sample.geometry.height_mm / 2)
    strokes = []
    for stroke in sample.strokes:
        points = np.asarray(stroke, np.float32).reshape(-1, 4)
        strokes.append(
            iso19794_7.Stroke(
                x_mm=points[:, 0] - np.float32(middle[0]),
                y_mm=np.float32(middle[1]) - points[:, 1],
                pressure=points[:, 2],
                time_s=points[:, 3],
            )
        )
    return iso19794_7.encode(strokes)
