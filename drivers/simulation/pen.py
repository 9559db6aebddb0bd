"""What a signature pad reports of a pen, with the pad's faults in it."""

from dataclasses import replace

import numpy as np

from drivers.frames import PenSample
from drivers.simulation.faults import FaultSet
from drivers.simulation.randomness import generator
from drivers.simulation.signature import AREA_MM, SAMPLE_RATE_HZ

_WATCHED_S = 60.0  # ghosts are made up for so long


def with_pad_faults(
    written: tuple[PenSample, ...], begin_s: float, faults: FaultSet, serial: str
) -> list[PenSample]:
    """Return the reports in order of time; writing begins at `begin_s`."""
    samples = [replace(sample, time_s=sample.time_s + begin_s) for sample in written]
    if (pressure := faults.strength("stuck_pen")) is not None:
        samples = [replace(s, pressure=min(1.0, pressure)) for s in samples]
    if (share := faults.strength("weak_pen")) is not None:
        samples = [replace(s, pressure=s.pressure * share) for s in samples]
    if (sigma_mm := faults.strength("jitter")) is not None:
        samples = _trembling(samples, sigma_mm, serial)
    if (factor := faults.strength("slow_reports")) is not None:
        samples = _thinned(samples, factor)
    if (share := faults.strength("dead_zone")) is not None:
        samples = _outside_dead_zone(samples, share, serial)
    if (per_second := faults.strength("ghost")) is not None:
        samples += _ghosts(per_second, serial)
    return sorted(samples, key=lambda sample: sample.time_s)


def _thinned(samples: list[PenSample], factor: float) -> list[PenSample]:
    return [
        sample
        for index, sample in enumerate(samples)
        if not sample.is_touching or int(index * factor) != int((index - 1) * factor)
    ]


def _trembling(samples: list[PenSample], sigma_mm: float, serial: str) -> list[PenSample]:
    moves = generator(serial, "jitter").normal(0, sigma_mm, (len(samples), 2))
    return [
        replace(sample, x_mm=sample.x_mm + float(dx_mm), y_mm=sample.y_mm + float(dy_mm))
        for sample, (dx_mm, dy_mm) in zip(samples, moves, strict=True)
    ]


def _outside_dead_zone(samples: list[PenSample], share: float, serial: str) -> list[PenSample]:
    """Drop touches in a vertical strip near the middle, as a crack in the digitizer does."""
    middle_mm = AREA_MM[0] * generator(serial, "dead_zone").uniform(0.42, 0.58)
    half_mm = AREA_MM[0] * share / 2
    return [
        replace(sample, is_touching=False, pressure=0.0)
        if abs(sample.x_mm - middle_mm) < half_mm
        else sample
        for sample in samples
    ]


def _ghosts(per_second: float, serial: str) -> list[PenSample]:
    """Single touches that nobody made, at random places and times."""
    rng = generator(serial, "ghost")
    ghosts: list[PenSample] = []
    for time_s in np.sort(rng.uniform(0, _WATCHED_S, int(per_second * _WATCHED_S))):
        x_mm, y_mm = rng.uniform(0, AREA_MM[0]), rng.uniform(0, AREA_MM[1])
        touch = PenSample(float(x_mm), float(y_mm), 0.2, float(time_s), True)
        ghosts += [
            touch,
            replace(touch, time_s=touch.time_s + 1 / SAMPLE_RATE_HZ, is_touching=False, pressure=0),
        ]
    return ghosts
