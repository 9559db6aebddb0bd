r"""ISO records as an SBI device writes them: the smallest that the editions of 2011 allow.

Written from the layouts of PROTOCOLS.md 10.7 apart from the driver's reader, so that the two check
each other. Time and device are "not known", no quality block, no certification.
"""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_START = struct.pack(">HBBBBBH", 0xFFFF, 255, 255, 255, 255, 255, 0xFFFF) + bytes(5) + b"\0"
_LOSSLESS = {"finger": 5, "eye": 10, "face": 2}


def jpeg2000(pixels: NDArray[np.uint8], *, is_lossless: bool = True) -> bytes:
    """Compress grey or BGR pixels."""
    ordered = pixels if pixels.ndim == 2 else pixels[:, :, ::-1]
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(ordered)).save(
        buffer, "JPEG2000", irreversible=not is_lossless
    )
    return buffer.getvalue()


def jpeg_preview(pixels: NDArray[np.uint8]) -> bytes:
    """Compress grey pixels as a preview does."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def finger_record(
    position: int, pixels: NDArray[np.uint8], *, is_lossless: bool = True, resolution_ppi: int = 500
) -> bytes:
    """Write a finger image record at so many pixels per inch."""
    image = jpeg2000(pixels, is_lossless=is_lossless)
    rows, cols = pixels.shape
    densities = (resolution_ppi,) * 4
    body = struct.pack(">BBBHHHHBBB", position, 0, 1, *densities, 8, _LOSSLESS["finger"], 0)
    body += struct.pack(">HHI", cols, rows, len(image)) + image
    return _framed(b"FIR\x00020\x00", struct.pack(">HBB", 1, 0, 1), body)


def eye_record(eye: int, pixels: NDArray[np.uint8], *, is_lossless: bool = True) -> bytes:
    """Write an iris image record: eye 1 right, 2 left."""
    image = jpeg2000(pixels, is_lossless=is_lossless)
    rows, cols = pixels.shape
    body = struct.pack(">HBBBBHHB", 1, eye, 2, _LOSSLESS["eye"], 0x40, cols, rows, 8)
    body += struct.pack(">HHH6HI", 0, 0xFFFF, 0xFFFF, *(0,) * 6, len(image)) + image
    return _framed(b"IIR\x00020\x00", struct.pack(">HBB", 1, 0, 1), body)


def face_record(pixels: NDArray[np.uint8], *, is_lossless: bool = True) -> bytes:
    """Write a face image record, full frontal."""
    image = jpeg2000(pixels, is_lossless=is_lossless)
    rows, cols = pixels.shape[:2]
    body = bytes(2 + 15)  # no landmarks, nothing said about the face
    body += struct.pack(">BBHHBHBBI", 1, _LOSSLESS["face"], cols, rows, 0, 0, 0, 1, len(image))
    return _framed(b"FAC\x00030\x00", struct.pack(">HBH", 1, 0, 0), body + image)


def _framed(magic: bytes, counts: bytes, body: bytes) -> bytes:
    representation = struct.pack(">I", 4 + len(_START) + len(body)) + _START + body
    length = len(magic) + 4 + len(counts) + len(representation)
    return magic + struct.pack(">I", length) + counts + representation
