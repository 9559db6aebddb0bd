"""Synthetic ridges with known minutiae: a wave whose phase winds once around each minutia."""

import numpy as np

PERIOD_PX = 9.0


def draw_wave(shape, *, orientation_rad=0.0, period_px=PERIOD_PX):
    """Parallel ridges; values 0 (ridge) to 255 (valley)."""
    rows, cols = np.mgrid[: shape[0], : shape[1]].astype(float)
    across = cols * np.sin(orientation_rad) + rows * np.cos(orientation_rad)
    return np.rint(127.5 - 127.5 * np.cos(2 * np.pi * across / period_px)).astype(np.uint8)


class DrawnFinger:
    """Curved ridges in an ellipse, with minutiae where the phase winds."""

    def __init__(self, seed, *, minutiae=24, shape=(380, 320), distance_px=30):
        rng = np.random.default_rng(seed)
        self.shape = shape
        self.centre = np.array(shape) / 2
        self.bend = rng.uniform(0.9, 1.6)
        self.lean = rng.uniform(-0.35, 0.35)
        self.places = self._scatter(rng, minutiae, distance_px)
        self.signs = rng.choice([-1, 1], size=minutiae)

    def _scatter(self, rng, count, distance_px):
        places = []
        while len(places) < count:
            place = rng.uniform(-1, 1, 2) * (self.centre - 48)
            inside = np.hypot(*(place / (self.centre - 45))) < 0.92
            if inside and all(np.hypot(*(place - other)) > distance_px for other in places):
                places.append(place)
        return np.array(places)

    def _phase(self, down, right):
        # Arcs around a point below the print, as on the upper half of every finger.
        far = self.bend * self.shape[0]
        turned_right = right * np.cos(self.lean) + down * np.sin(self.lean)
        turned_down = down * np.cos(self.lean) - right * np.sin(self.lean)
        phase = 2 * np.pi / PERIOD_PX * np.hypot(turned_down - far, turned_right)
        for (row, col), sign in zip(self.places, self.signs, strict=True):
            phase += sign * np.arctan2(down - row, right - col)
        return phase

    def draw(self, *, rotation_rad=0.0, shift_px=(0.0, 0.0), noise_levels=8.0, part=None, seed=0):
        """Draw the finger turned counterclockwise about the middle, then shifted."""
        rows, cols = np.mgrid[: self.shape[0], : self.shape[1]].astype(float)
        down = rows - self.centre[0] - shift_px[0]
        right = cols - self.centre[1] - shift_px[1]
        cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
        own_right, own_down = right * cos - down * sin, right * sin + down * cos
        ridges = np.tanh(2.5 * np.cos(self._phase(own_down, own_right)))
        inside = np.hypot(own_down / (self.centre[0] - 20), own_right / (self.centre[1] - 20)) < 1
        if part is not None:
            inside &= part(own_down, own_right)
        levels = np.where(inside, 150 - 80 * ridges, 240)
        noise = np.random.default_rng(seed).normal(0, noise_levels, self.shape)
        return np.clip(np.rint(levels + noise), 0, 255).astype(np.uint8)

    def true_places(self, *, rotation_rad=0.0, shift_px=(0.0, 0.0)):
        """(n, 2) rows and columns of the minutiae in the drawing."""
        cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
        down, right = self.places.T
        return np.stack(
            [
                down * cos - right * sin + self.centre[0] + shift_px[0],
                right * cos + down * sin + self.centre[1] + shift_px[1],
            ],
            axis=1,
        )


def angle_difference(left, right, *, turn=2 * np.pi):
    """Absolute difference of angles that repeat after `turn`."""
    return np.abs((np.asarray(left) - right + turn / 2) % turn - turn / 2)
