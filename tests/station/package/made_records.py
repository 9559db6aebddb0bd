"""Recordings out of nothing: ridges, faces and eyes that nobody has, in any size."""

from dataclasses import dataclass

import numpy as np

from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, TEN_FINGERS, THUMBS
from biometrics.finger.results import Reason
from biometrics.finger.template import FingerTemplate
from station.package.records import (
    AttemptPart,
    AttemptRecord,
    CaseRecord,
    Device,
    FaceSample,
    FingerSample,
    IrisSample,
    OperatorRecord,
    PadSize,
    SignatureSample,
    SlapSample,
    VerificationResult,
    biodata_sha256,
)

NIK = "6101014107980003"  # a woman, 1 July 1998; invented
FULL_NAME = "SITI PERCOBAAN"
RESIDENT = {"nik": NIK, "full_name": FULL_NAME, "sex": "P", "itap": False, "occupation": None}
SCANNER = Device("Contoh", "Sepuluh Jari", "SN-1", "1.0")
CAMERA = Device("Contoh", "Kamera")
TAKEN_AT = "2026-11-24T07:57:21.123Z"
SLAPS = {"left_slap": LEFT_SLAP, "right_slap": RIGHT_SLAP, "thumbs": THUMBS}


@dataclass(frozen=True)
class Sizes:
    """(rows, cols) of everything."""

    finger: tuple[int, int]
    slap: tuple[int, int]
    portrait: tuple[int, int]
    iris: tuple[int, int]
    thumbnail: tuple[int, int]


SMALL = Sizes((70, 66), (40, 60), (40, 30), (24, 32), (10, 12))
REAL = Sizes((500, 400), (1500, 1600), (1600, 1200), (480, 640), (150, 160))


def ridges(shape_px, rng):
    """Concentric ridges with noise on a light ground, about 9 px apart."""
    row, col = np.mgrid[0 : shape_px[0], 0 : shape_px[1]].astype(np.float64)
    middle = (shape_px[0] * 0.55, shape_px[1] * 0.5)
    bend = 6 * np.sin(row / 61 + rng.uniform(0, 6)) + 5 * np.cos(col / 47 + rng.uniform(0, 6))
    distance = np.hypot(row - middle[0], col - middle[1]) + bend
    grey = 128 + 80 * np.sin(2 * np.pi * distance / 9) + rng.normal(0, 6, shape_px)
    inside = ((row / shape_px[0] - 0.5) / 0.48) ** 2 + ((col / shape_px[1] - 0.5) / 0.46) ** 2 < 1
    return np.clip(np.where(inside, grey, 246), 0, 255).astype(np.uint8)


def soft(shape_px, rng, channels=0):
    """A soft picture with a little sensor noise, like a face or an eye."""
    row, col = np.mgrid[0 : shape_px[0], 0 : shape_px[1]].astype(np.float64)
    planes = []
    for _ in range(channels or 1):
        waves = sum(
            30 * np.sin(row / rng.uniform(20, 200) + col / rng.uniform(20, 200)) for _ in range(4)
        )
        planes.append(np.clip(128 + waves + rng.normal(0, 2.5, shape_px), 0, 255).astype(np.uint8))
    return np.stack(planes, -1) if channels else planes[0]


def template(shape_px, count, rng):
    """`count` minutiae anywhere."""
    return FingerTemplate(
        rows=rng.integers(0, shape_px[0], count).astype(np.float32),
        cols=rng.integers(0, shape_px[1], count).astype(np.float32),
        angle_rad=rng.uniform(0, 2 * np.pi, count).astype(np.float32),
        kind=rng.integers(0, 3, count).astype(np.uint8),
        quality=rng.integers(1, 101, count).astype(np.uint8),
        shape_px=shape_px,
    )


def strokes(rng, count=4, samples=200):
    """Loops across a pad of 96 x 60 mm."""
    written = []
    for index in range(count):
        time_s = np.linspace(index, index + 0.8, samples)
        x_mm = 15 + 18 * index + 8 * np.cos(7 * time_s)
        y_mm = 30 + 12 * np.sin(9 * time_s + rng.uniform(0, 3))
        pressure = 0.4 + 0.3 * np.sin(5 * time_s) ** 2
        written.append(
            tuple(zip(*(v.tolist() for v in (x_mm, y_mm, pressure, time_s)), strict=True))
        )
    return tuple(written)


def make_record(sizes=SMALL, *, seed=1, **changes):
    """A complete recording; `changes` replace fields."""
    rng = np.random.default_rng(seed)
    reasons = (Reason("too_dry", 0.31, 0.4),)
    fields = {
        "case_id": "0b0e8f4e-7a2b-4c53-9d0a-0123456789ab",
        "number": "20261124-007",
        "resident": RESIDENT,
        "biodata_sha256": biodata_sha256(RESIDENT),
        "host_code": "61.01.01",
        "origin_code": "61.01.02",
        "operators": (OperatorRecord("sari", "operator", "started", TAKEN_AT),),
        "started_at": TAKEN_AT,
        "ended_at": TAKEN_AT,
        "clock_trust": "free_running",
        "thresholds_version": "2026-11",
        "software_version": "0.1.0",
        "quality_algorithm": "station-finger/1",
        "attempts": tuple(
            AttemptRecord(
                step,
                1,
                TAKEN_AT,
                SCANNER,
                (AttemptPart("right_index", 61, 30, is_passed=True, reasons=reasons),),
                (),
                is_passed=True,
                is_kept=True,
                thumbnail=soft(sizes.thumbnail, rng),
            )
            for step in (*SLAPS, "portrait", "irises", "verification", "signature")
        ),
        "fingers": {
            position: FingerSample(
                ridges(sizes.finger, rng),
                template(sizes.finger, 45, rng),
                61,
                30,
                reasons,
                SCANNER,
                1,
            )
            for position in TEN_FINGERS
        },
        "slaps": {
            step: SlapSample(
                ridges(sizes.slap, rng),
                500.0,
                {p: np.array([[1, 2], [1, 9], [9, 9], [9, 2]], np.float64) for p in positions},
                SCANNER,
                1,
            )
            for step, positions in SLAPS.items()
        },
        "verification": (VerificationResult(TEN_FINGERS[1], 120.5, 40.0, True, 1),),
        "portrait": FaceSample(soft(sizes.portrait, rng, 3), 88, None, (), CAMERA, "red", 1),
        "irises": {
            side: IrisSample(soft(sizes.iris, rng), 77, 60, (), CAMERA, 1, 221.5)
            for side in ("right", "left")
        },
        "signature": SignatureSample(
            strokes(rng),
            PadSize(96.0, 60.0, 200.0, 1024),
            biodata_sha256(RESIDENT),
            90,
            (),
            Device("Contoh", "Papan"),
            1,
        ),
    }
    return CaseRecord(**(fields | changes))


def without_finger(record, position):
    """The fields that change when one finger was not captured."""
    fingers = {p: sample for p, sample in record.fingers.items() if p != position}
    return {"fingers": fingers}
