"""Measure time per stage and peak memory of the check over a folder of images."""

import resource
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.samples import IMAGE_SUFFIXES, read_image
from biometrics.evaluation.timing import (
    StageClock,
    StageMemory,
    pinned,
    time_call_ms,
    transform_ms,
)
from biometrics.finger.check import check

_WARM_UP_CHECKS = 5
_MEMORY_IMAGES = 20  # memory depends on the size of the images, which is the same in most sets
_BYTES_PER_MB = 1024 * 1024


def run_benchmark(folder: Path, resolution_ppi: float) -> dict[str, Any]:
    """Check every image of a folder three times: timed as a whole, by stage, and for memory.

    Parameters
    ----------
    folder : Path
        Images of any names.
    resolution_ppi : float
        Of the images.

    Returns
    -------
    figures : dict
        median_check_ms, p95_check_ms, peak_rss_mb (of the process), stages (median ms of each),
        stage_peak_mb (median of the arrays in use, see `StageMemory`), images, and transform_ms,
        the time of a 512 x 512 cv2.dft on this machine, to relate figures by.

    Raises
    ------
    OSError, ValueError
        If the folder cannot be read, holds no image, or holds a broken one.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise ValueError(f"{folder} holds no image ending in {', '.join(IMAGE_SUFFIXES)}")
    clock = StageClock()
    check_ms = []
    with pinned():
        for path in paths[:_WARM_UP_CHECKS]:
            check(read_image(path), resolution_ppi)
        for path in show_progress("benchmark")(paths, len(paths)):
            image = read_image(path)  # one at a time, as a station holds them
            check_ms.append(time_call_ms(partial(check, image, resolution_ppi)))
            clock.start()
            check(image, resolution_ppi, trace=clock)
    peak_rss_mb = _peak_memory_mb()  # before allocations are counted, which takes memory too
    return {
        "median_check_ms": median(check_ms),
        "p95_check_ms": sorted(check_ms)[int(0.95 * (len(check_ms) - 1))],
        "peak_rss_mb": peak_rss_mb,
        "stages": clock.medians_ms(),
        "stage_peak_mb": _measure_memory(paths[:_MEMORY_IMAGES], resolution_ppi),
        "images": len(paths),
        "transform_ms": transform_ms(),
    }


def _measure_memory(paths: Sequence[Path], resolution_ppi: float) -> dict[str, float]:
    memory = StageMemory()
    for path in paths:
        image = read_image(path)
        with memory.watching():
            check(image, resolution_ppi, trace=memory)
    return memory.medians_mb()


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kilobytes, macOS bytes.
    return peak / _BYTES_PER_MB if sys.platform == "darwin" else peak / 1024
