"""Find faces: by the network where it is there, else by OpenCV's cascade."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters as p
from biometrics.face.results import Box, FaceModels

Pixels = NDArray[np.uint8]


def detect_faces(pixels: Pixels, models: FaceModels | None) -> list[Box]:
    """Return every face, the largest first.

    Parameters
    ----------
    pixels : (rows, cols, 3) ndarray of uint8
        BGR. Not modified.
    models : FaceModels or None
        None uses the frontal-face cascade.

    Returns
    -------
    list of Box

    References
    ----------
    .. [1] Bazarevsky et al., BlazeFace, 2019 (anchors and decoding of the network).
    .. [2] Viola and Jones, CVPR 2001 (the cascade).
    """
    boxes = _detect_by_network(pixels, models) if models else _detect_by_cascade(pixels)
    return sorted(boxes, key=lambda box: -box.width * box.height)


def _detect_by_network(pixels: Pixels, models: FaceModels) -> list[Box]:
    rows, cols = pixels.shape[:2]
    edge = max(rows, cols)
    top, left = (edge - rows) // 2, (edge - cols) // 2
    scale = p.DETECTOR_INPUT_PX / edge
    small = cv2.resize(
        pixels,
        (max(1, round(cols * scale)), max(1, round(rows * scale))),
        interpolation=cv2.INTER_AREA,
    )
    square = np.zeros((p.DETECTOR_INPUT_PX, p.DETECTOR_INPUT_PX, 3), np.uint8)
    row, col = round(top * scale), round(left * scale)
    square[row : row + small.shape[0], col : col + small.shape[1]] = small
    blob = cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
    models.detector.setInput(blob)
    names = models.detector.getUnconnectedOutLayersNames()
    outputs = dict(zip(names, models.detector.forward(names), strict=True))
    scores = 1 / (1 + np.exp(-np.clip(outputs["classificators"].reshape(-1), -60, 60)))
    raw = outputs["regressors"].reshape(len(scores), -1)
    found = np.flatnonzero(scores >= p.MIN_FACE_SCORE)
    centres = _anchors()[found] * p.DETECTOR_INPUT_PX + raw[found, :2]
    sizes = raw[found, 2:4]
    corners = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1) / scale
    corners -= np.array([left, top, left, top])
    return _without_repeats(corners, scores[found])


@cache
def _anchors() -> NDArray[np.float64]:
    """Return (896, 2) anchor middles (x, y) as shares of the input, in the network's order."""
    middles = []
    for stride, count in p.DETECTOR_STRIDES:
        cells = p.DETECTOR_INPUT_PX // stride
        y, x = np.mgrid[:cells, :cells]
        grid = np.stack([(x + 0.5) / cells, (y + 0.5) / cells], axis=-1).reshape(-1, 2)
        middles.append(np.repeat(grid, count, axis=0))
    return np.concatenate(middles)


def _without_repeats(corners: NDArray[np.float64], scores: NDArray[np.float64]) -> list[Box]:
    if not len(corners):
        return []
    sizes = corners[:, 2:] - corners[:, :2]
    boxes = np.concatenate([corners[:, :2], sizes], axis=1).tolist()
    kept = cv2.dnn.NMSBoxes(boxes, scores.tolist(), p.MIN_FACE_SCORE, p.MAX_FACE_OVERLAP)
    chosen = corners[np.asarray(kept, np.intp).reshape(-1)]
    return [
        Box(float(top), float(left), float(bottom), float(right))
        for left, top, right, bottom in chosen
    ]


@cache
def _cascade() -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))


def _detect_by_cascade(pixels: Pixels) -> list[Box]:
    scale = min(1.0, p.PREVIEW_WIDTH_PX / pixels.shape[1])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    least = max(24, round(0.15 * small.shape[1]))
    found = _cascade().detectMultiScale(grey, 1.1, 6, minSize=(least, least))
    return [
        Box(float(y), float(x), float(y + height), float(x + width)).scaled(1 / scale)
        for x, y, width, height in found
    ]
