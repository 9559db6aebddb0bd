"""Time calls and stages on one processor, and count the memory of stages."""

import os
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_MS_PER_S = 1000.0
_BYTES_PER_MB = 1024 * 1024
_PROCESSOR_FIELD = 36  # "processor" of proc(5), counted after the name in brackets
_TRANSFORM_PX = 512
_TRANSFORM_RUNS = 51


@contextmanager
def pinned() -> Iterator[None]:
    """Keep this process on the processor that it runs on, where the system can.

    Yields
    ------
    None
        While pinned; afterwards the process may run where it could before.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {_current_processor()} & allowed or allowed)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _current_processor() -> int:
    """Ask Linux where it put this process: the least busy place, so the best one to stay."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[_PROCESSOR_FIELD])


def time_call_ms(call: Callable[[], object]) -> float:
    """Time one call.

    Parameters
    ----------
    call : callable

    Returns
    -------
    elapsed_ms : float
    """
    start_s = time.perf_counter()
    call()
    return (time.perf_counter() - start_s) * _MS_PER_S


def median_call_ms(call: Callable[[], object], *, runs: int, warm_up: int = 2) -> float:
    """Time a call several times on one processor.

    Parameters
    ----------
    call : callable
    runs : int
        Calls that count.
    warm_up : int
        Calls before, which fill caches and tables.

    Returns
    -------
    median_ms : float
    """
    with pinned():
        for _ in range(warm_up):
            call()
        return median(time_call_ms(call) for _ in range(runs))


def transform_ms() -> float:
    """Time a Fourier transform, by which figures of different machines can be related.

    Returns
    -------
    median_ms : float
        Of cv2.dft on 512 x 512 float32, real to complex.
    """
    wave = np.random.default_rng(0).random((_TRANSFORM_PX, _TRANSFORM_PX), dtype=np.float32)
    return median_call_ms(
        lambda: cv2.dft(wave, flags=cv2.DFT_COMPLEX_OUTPUT), runs=_TRANSFORM_RUNS, warm_up=5
    )


class StageMemory:
    """A trace that notes the most memory that arrays took in each stage.

    Counted by tracemalloc: numpy's arrays and those that OpenCV returns, above what was in use at
    the start. What OpenCV takes for itself inside one call is not counted.
    """

    def __init__(self) -> None:
        self._peaks_bytes: dict[str, list[int]] = defaultdict(list)
        self._base_bytes = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count allocations; they cost time, so times are taken in another run.

        Yields
        ------
        None
            While counting.
        """
        tracemalloc.start()
        try:
            self._base_bytes = tracemalloc.get_traced_memory()[0]
            yield
        finally:
            tracemalloc.stop()

    def __call__(self, name: str, _result: NDArray[Any]) -> None:
        """Take the peak since the last stage, or since the start."""
        peak_bytes = tracemalloc.get_traced_memory()[1] - self._base_bytes
        self._peaks_bytes[name].append(peak_bytes)
        tracemalloc.reset_peak()

    def medians_mb(self) -> dict[str, float]:
        """Return the median peak of every stage over the runs.

        Returns
        -------
        medians_mb : dict of str to float
            In the order of the stages.
        """
        peaks = self._peaks_bytes.items()
        return {name: median(values) / _BYTES_PER_MB for name, values in peaks}


class StageClock:
    """A trace that notes how long each stage took."""

    def __init__(self) -> None:
        self._elapsed_ms: dict[str, list[float]] = defaultdict(list)
        self._last_s = 0.0

    def start(self) -> None:
        """Begin a run of the pipeline."""
        self._last_s = time.perf_counter()

    def __call__(self, name: str, _result: NDArray[Any]) -> None:
        """Take the time since the last stage, or since the start."""
        now_s = time.perf_counter()
        self._elapsed_ms[name].append((now_s - self._last_s) * _MS_PER_S)
        self._last_s = time.perf_counter()

    def medians_ms(self) -> dict[str, float]:
        """Return the median of every stage over the runs.

        Returns
        -------
        medians_ms : dict of str to float
            In the order of the stages.
        """
        return {name: median(elapsed) for name, elapsed in self._elapsed_ms.items()}
