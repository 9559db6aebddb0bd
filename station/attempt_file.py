"""An attempt as bytes: its judgement and its pictures in one archive, lossless.

The archive is a plain zip without compression of its own: `attempt.json`, one PNG per picture, and
for a signature `strokes.json`. It only ever exists sealed inside a draft (see `drafts.py`).
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from station.recording import Attempt

# Level 1 of 9: a slap takes about 25 ms instead of 200 ms and grows by a tenth.
PNG_COMPRESSION = 1

_INK_FIELDS = ("width_mm", "height_mm", "sample_rate_hz", "biodata_sha256")

Strokes = tuple[tuple[tuple[float, float, float, float], ...], ...]
"""Strokes of (x_mm, y_mm, pressure 0..1, time_s) samples."""


@dataclass(frozen=True, slots=True)
class SignatureInk:
    """A signature as written, with the writing area it was written on."""

    strokes: Strokes
    width_mm: float
    height_mm: float
    sample_rate_hz: float
    biodata_sha256: str
    """Hash of the biodata that was shown while signing."""


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An attempt with what was captured, pictures still compressed."""

    attempt: Attempt
    pictures_png: Mapping[str, bytes]
    resolution_ppi: float | None = None
    ink: SignatureInk | None = None
    originals: Mapping[str, bytes] = field(default_factory=dict)
    """Bytes as the device sent them, where it sends more than pixels."""

    def picture(self, name: str) -> NDArray[np.uint8]:
        """Decode one picture: grey (rows, cols) or BGR (rows, cols, 3); raises KeyError."""
        data = np.frombuffer(self.pictures_png[name], dtype=np.uint8)
        decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        return np.asarray(decoded, dtype=np.uint8)


def compress_picture(pixels: NDArray[np.uint8]) -> bytes:
    """Return `pixels` as PNG."""
    is_done, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION])
    if not is_done:
        raise ValueError(f"pixels of shape {pixels.shape} cannot be coded as PNG")
    return bytes(data)


def encode_attempt(stored: StoredAttempt) -> bytes:
    """Return the archive of an attempt."""
    head = {
        "attempt": json.loads(stored.attempt.model_dump_json(exclude={"is_kept"})),
        "resolution_ppi": stored.resolution_ppi,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("attempt.json", json.dumps(head))
        for name, data in stored.pictures_png.items():
            archive.writestr(f"pictures/{name}.png", data)
        for name, data in stored.originals.items():
            archive.writestr(f"originals/{name}", data)
        if stored.ink is not None:
            archive.writestr("strokes.json", json.dumps(_ink_to_json(stored.ink)))
    return buffer.getvalue()


def decode_attempt(data: bytes) -> StoredAttempt:
    """Read an archive that `encode_attempt` made."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        head = json.loads(archive.read("attempt.json"))
        names = archive.namelist()
        pictures = {
            name.removeprefix("pictures/").removesuffix(".png"): archive.read(name)
            for name in names
            if name.startswith("pictures/")
        }
        originals = {
            name.removeprefix("originals/"): archive.read(name)
            for name in names
            if name.startswith("originals/")
        }
        ink = None
        if "strokes.json" in names:
            ink = _ink_from_json(json.loads(archive.read("strokes.json")))
    return StoredAttempt(
        attempt=Attempt.model_validate(head["attempt"]),
        pictures_png=pictures,
        resolution_ppi=head["resolution_ppi"],
        ink=ink,
        originals=originals,
    )


def _ink_to_json(ink: SignatureInk) -> dict[str, object]:
    return {"strokes": ink.strokes, **{name: getattr(ink, name) for name in _INK_FIELDS}}


def _ink_from_json(document: dict[str, Any]) -> SignatureInk:
    strokes = tuple(tuple(tuple(sample) for sample in stroke) for stroke in document["strokes"])
    return SignatureInk(strokes, **{name: document[name] for name in _INK_FIELDS})
