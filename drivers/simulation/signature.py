"""A pen that signs: strokes of a cursive hand, unique per person, a little different each time.

The pen is moved by overlapping pulses, as in the sigma-lognormal view of handwriting (Plamondon,
Pattern Recognition Letters 1998): letters are loops of two out-of-phase oscillations whose size,
slant and phase are the person's; speed is higher on long strokes and falls at sharp turns.

Not modelled: tilt of the pen, palm contact, Arabic or other scripts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.frames import PenSample
from drivers.simulation.randomness import generator

SAMPLE_RATE_HZ = 200.0
AREA_MM = (96.0, 60.0)  # width, height: the usual 4-inch pad


@dataclass(frozen=True, slots=True)
class SignatureTraits:
    """What makes a signature the person's own."""

    seed: str
    letters: int
    slant_rad: float
    letter_mm: float
    """Height of a small letter."""
    speed: float
    """Letters per second."""
    has_flourish: bool
    pressure: float


def draw_signature_traits(seed: str) -> SignatureTraits:
    """Draw the habits of one hand."""
    rng = generator(seed, "signature")
    return SignatureTraits(
        seed=seed,
        letters=int(rng.integers(6, 11)),
        slant_rad=float(rng.normal(0.28, 0.14)),
        letter_mm=float(rng.uniform(4.5, 7.0)),
        speed=float(rng.uniform(4.5, 7.5)),
        has_flourish=bool(rng.random() < 0.7),
        pressure=float(rng.uniform(0.45, 0.7)),
    )


def write_signature(traits: SignatureTraits, attempt: int) -> tuple[PenSample, ...]:
    """Return the pen's samples at 200 Hz from the first touch on; `attempt` makes it vary."""
    habit = generator(traits.seed, "signature habit")
    today = generator(traits.seed, "signature today", attempt)
    paths = [_letters_path(traits, habit, today)]
    if habit.random() < 0.6:
        paths.append(_cross_bar(paths[0], habit, today))
    if traits.has_flourish:
        paths.append(_flourish(paths[0], habit, today))
    return _to_samples(traits, _fitted(paths, today), today)


Path = NDArray[np.float64]  # (n, 2): x_mm, y_mm, one row per 1/200 s


def _letters_path(
    traits: SignatureTraits, habit: np.random.Generator, today: np.random.Generator
) -> Path:
    count = traits.letters
    tall = np.where(habit.random(count) < 0.33, habit.uniform(1.8, 2.6, count), 1.0)
    tall[0] = habit.uniform(2.3, 3.2)  # the capital
    deep = np.where(habit.random(count) < 0.25, habit.uniform(0.8, 1.8, count), 0.0)
    wide = habit.uniform(0.55, 1.25, count) * (1 + 0.05 * today.standard_normal(count))
    phase = habit.uniform(0.5, 2.6, count) + 0.08 * today.standard_normal(count)
    tall *= 1 + 0.05 * today.standard_normal(count)
    length = int(count / (traits.speed * (1 + 0.06 * today.standard_normal())) * SAMPLE_RATE_HZ)
    place = np.linspace(0, count, max(length, 40))
    turn = 2 * np.pi * place
    height, depth = _per_letter(place, tall), _per_letter(place, deep)
    y = -height * 0.5 * (1 - np.cos(turn)) + depth * 0.3 * (1 - np.cos(turn + 2.2))
    loop = 0.33 * _per_letter(place, wide) * np.sin(turn + _per_letter(place, phase))
    advance = np.cumsum(_per_letter(place, wide)) * (place[1] - place[0])
    fade = np.clip((count - place) / 1.2, 0.25, 1.0)  # signatures end in a flat line
    x = 0.85 * (advance + loop - np.tan(traits.slant_rad) * y)
    return traits.letter_mm * np.stack([x, y * fade], axis=1)


def _per_letter(place: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blend a value per letter smoothly along the word."""
    return np.interp(place, np.arange(values.size) + 0.5, values)


def _cross_bar(word: Path, habit: np.random.Generator, today: np.random.Generator) -> Path:
    """Draw the bar of a t or the dot of an i, written after the word."""
    at = int(habit.uniform(0.3, 0.6) * len(word))
    length_mm = habit.uniform(4.0, 9.0)
    steps = np.linspace(0, 1, int(habit.uniform(18, 30)))
    start = word[at] + np.array([-length_mm / 2, -habit.uniform(5, 8)]) + today.normal(0, 0.5, 2)
    bar: Path = start + np.stack([steps * length_mm, -0.15 * steps * length_mm], axis=1)
    return bar


def _flourish(word: Path, habit: np.random.Generator, today: np.random.Generator) -> Path:
    """Draw a stroke that runs back under the word."""
    width_mm = float(np.ptp(word[:, 0])) * habit.uniform(0.6, 1.0)
    sag_mm = habit.uniform(1.5, 4.0)
    steps = np.linspace(0, 1, int(habit.uniform(60, 100)))
    ease = 0.5 * (1 - np.cos(np.pi * steps))
    x = word[-1, 0] - ease * width_mm
    y = word[:, 1].max() + habit.uniform(0.5, 2.5) + sag_mm * np.sin(np.pi * ease)
    return np.stack([x, y], axis=1) + today.normal(0, 0.7, 2)


def _fitted(paths: list[Path], today: np.random.Generator) -> list[Path]:
    """Move, and where needed shrink, the writing so that it stays on the pad."""
    everything = np.vstack(paths)
    low, high = everything.min(axis=0), everything.max(axis=0)
    room = np.array(AREA_MM) * (0.82, 0.75)
    scale = float(min(1.0, (room / (high - low + 1e-9)).min())) * (1 + 0.03 * today.normal())
    place = np.array(AREA_MM) / 2 + today.normal(0, 1.5, 2)
    turn = today.normal(0, 0.025)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return [(path - (low + high) / 2) @ rotation * scale + place for path in paths]


def _to_samples(
    traits: SignatureTraits, paths: list[Path], today: np.random.Generator
) -> tuple[PenSample, ...]:
    samples: list[PenSample] = []
    time_s = 0.0
    for path in paths:
        pressures = _pressure(traits, path, today)
        tremble = np.cumsum(today.normal(0, 0.008, path.shape), axis=0)
        for (x_mm, y_mm), pressure in zip(path + tremble, pressures, strict=True):
            samples.append(PenSample(float(x_mm), float(y_mm), float(pressure), time_s, True))
            time_s += 1 / SAMPLE_RATE_HZ
        samples.append(PenSample(float(path[-1, 0]), float(path[-1, 1]), 0.0, time_s, False))
        time_s += float(today.uniform(0.18, 0.35))
    return tuple(samples)


def _pressure(
    traits: SignatureTraits, path: Path, today: np.random.Generator
) -> NDArray[np.float64]:
    """Pressing is lighter where the pen is fast, and grows from and falls to 0."""
    speed = np.hypot(*np.gradient(path, axis=0).T) * SAMPLE_RATE_HZ
    usual = traits.pressure * (1.25 - 0.4 * speed / (speed.mean() + 1e-9))
    ramp = np.minimum(np.arange(len(path)) / 8, np.arange(len(path))[::-1] / 10)
    knots = np.arange(0, len(path) + 25, 25)
    waves = np.interp(np.arange(len(path)), knots, today.normal(0, 0.05, knots.size))
    pressures: NDArray[np.float64] = np.clip(usual * np.clip(ramp, 0.08, 1) + waves, 0.04, 1.0)
    return pressures
