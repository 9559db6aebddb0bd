"""Tell where a face looks by fitting a face of average shape to its landmarks."""

import numpy as np
from numpy.typing import NDArray

# An average face that looks straight ahead: landmark number: place as (right, down, away) in
# distances between the outer corners of the eyes, about the middle of these points. Mean of 24
# simulated frontal portraits as the network of 478 landmarks sees them, made symmetric. Points
# that move with the brows, the lids or the mouth are left out.
_MIDDLE = {
    10: (-0.914, -0.280),
    151: (-0.748, -0.309),
    9: (-0.608, -0.321),
    168: (-0.374, -0.294),
    6: (-0.256, -0.339),
    197: (-0.161, -0.393),
    195: (-0.075, -0.449),
    5: (0.017, -0.507),
    4: (0.125, -0.528),
    1: (0.202, -0.500),
    2: (0.268, -0.319),
    200: (0.753, -0.169),
    199: (0.843, -0.161),
    175: (0.914, -0.117),
    152: (0.955, -0.029),
}
_PAIRS = {  # (on the left of the picture, on its right): place of the second
    (33, 263): (0.500, -0.347, -0.053),
    (133, 362): (0.175, -0.308, -0.113),
    (234, 454): (0.768, -0.173, 0.570),
    (93, 323): (0.752, -0.009, 0.588),
    (132, 361): (0.720, 0.168, 0.572),
    (58, 288): (0.670, 0.360, 0.519),
    (172, 397): (0.604, 0.520, 0.415),
    (136, 365): (0.530, 0.645, 0.295),
    (150, 379): (0.433, 0.753, 0.197),
    (129, 358): (0.215, 0.150, -0.201),
    (50, 280): (0.535, 0.063, -0.099),
    (205, 425): (0.438, 0.168, -0.155),
    (103, 332): (0.557, -0.831, -0.066),
    (54, 284): (0.659, -0.740, 0.082),
    (67, 297): (0.394, -0.887, -0.193),
}


def _average_face() -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    numbers = [*_MIDDLE]
    places = [(0.0, down, away) for down, away in _MIDDLE.values()]
    for (left, right), (aside, down, away) in _PAIRS.items():
        numbers += [left, right]
        places += [(-aside, down, away), (aside, down, away)]
    shape = np.array(places)
    return np.array(numbers, dtype=np.intp), shape - shape.mean(axis=0)


_NUMBERS, _SHAPE = _average_face()


def measure_pose(landmarks: NDArray[np.float64]) -> dict[str, float]:
    """Measure where a face looks.

    Parameters
    ----------
    landmarks : (478, 3) ndarray of float64
        row, col, depth away from the camera, all in pixels.

    Returns
    -------
    components : dict of str to float
        yaw_rad (positive to the right of the picture) and pitch_rad (positive upwards), 0 for a
        face that looks into the camera. On simulated frontal portraits they scatter by 0.2 and
        0.8 degrees (standard deviation).

    References
    ----------
    .. [1] Kabsch, A solution for the best rotation to relate two sets of vectors, Acta
       Crystallographica A32, 1976.
    """
    places = landmarks[_NUMBERS][:, [1, 0, 2]]
    places = places - places.mean(axis=0)
    left, _, right = np.linalg.svd(places.T @ _SHAPE)
    is_mirrored = np.sign(np.linalg.det(left @ right))
    rotation = left @ np.diag([1.0, 1.0, is_mirrored]) @ right
    aside, down, away = rotation @ np.array([0.0, 0.0, -1.0])  # where the nose points
    return {
        "yaw_rad": float(np.arctan2(aside, -away)),
        "pitch_rad": float(np.arctan2(-down, np.hypot(aside, away))),
    }
