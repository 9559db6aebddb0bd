"""Place the 478 landmarks and measure pose, eyes and mouth by them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters as p
from biometrics.face.pose import measure_pose
from biometrics.face.results import Box, FaceModels

# Indices of the canonical face (MediaPipe face mesh, published with the model).
RIGHT_EYE = (33, 160, 158, 133, 153, 144)
LEFT_EYE = (362, 385, 387, 263, 373, 380)
MOUTH = (78, 13, 308, 14)  # corner, upper lip, corner, lower lip; inner edges
FOREHEAD, CHIN = 10, 152
RIGHT_SIDE, LEFT_SIDE = 234, 454


def place_landmarks(pixels: NDArray[np.uint8], box: Box, models: FaceModels) -> NDArray[np.float64]:
    """Place the landmarks of one face.

    Parameters
    ----------
    pixels : (rows, cols, 3) ndarray of uint8
        BGR. Not modified.
    box : Box
        The face.
    models : FaceModels

    Returns
    -------
    landmarks : (478, 3) ndarray of float64
        row, col, depth (away from the camera) in pixels of the picture.
    """
    edge = p.LANDMARK_MARGIN * max(box.width, box.height)
    top = (box.top + box.bottom - edge) / 2
    left = (box.left + box.right - edge) / 2
    scale = p.LANDMARK_INPUT_PX / edge
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    size = (p.LANDMARK_INPUT_PX, p.LANDMARK_INPUT_PX)
    crop = cv2.warpAffine(
        pixels, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    models.landmarks.setInput(cv2.dnn.blobFromImage(crop, 1 / 255, swapRB=True))
    names = models.landmarks.getUnconnectedOutLayersNames()
    outputs = models.landmarks.forward(names)
    flat = next(output for output in outputs if output.size == 3 * p.LANDMARK_COUNT)
    x, y, depth = flat.reshape(-1, 3).T.astype(np.float64) / scale
    return np.stack([y + top, x + left, depth], axis=1)


def measure_landmarks(landmarks: NDArray[np.float64]) -> dict[str, float]:
    """Measure distance of the eyes, pose, eyes and mouth.

    Parameters
    ----------
    landmarks : (478, 3) ndarray of float64
        From `place_landmarks`.

    Returns
    -------
    components : dict of str to float
        eye_distance_px, roll_rad (counterclockwise), eyes_open and mouth_open (height over
        width), head_height_px, eyes_row, middle_col; yaw_rad and pitch_rad of `measure_pose`.

    References
    ----------
    .. [1] Soukupova and Cech, Eye blink detection using facial landmarks, 2016 (eye opening).
    """
    right, left = (landmarks[list(eye)].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE))
    corner, upper, other, lower = (landmarks[index, :2] for index in MOUTH)
    return {
        "eye_distance_px": float(np.hypot(*(left - right)[:2])),
        "roll_rad": float(np.arctan2(right[0] - left[0], left[1] - right[1])),
        "eyes_open": min(_opening(landmarks, RIGHT_EYE), _opening(landmarks, LEFT_EYE)),
        "mouth_open": float(np.hypot(*(upper - lower)) / max(1.0, np.hypot(*(corner - other)))),
        "head_height_px": float(landmarks[CHIN, 0] - landmarks[FOREHEAD, 0]),
        "eyes_row": float((right[0] + left[0]) / 2),
        "middle_col": float((landmarks[LEFT_SIDE, 1] + landmarks[RIGHT_SIDE, 1]) / 2),
    } | measure_pose(landmarks)


def _opening(landmarks: NDArray[np.float64], eye: tuple[int, ...]) -> float:
    outer, up1, up2, inner, down2, down1 = (landmarks[index, :2] for index in eye)
    height = np.hypot(*(up1 - down1)) + np.hypot(*(up2 - down2))
    return float(height / (2 * max(1.0, np.hypot(*(outer - inner)))))
