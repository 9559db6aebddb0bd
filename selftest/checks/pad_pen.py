"""The signature pad under a person's pen: one trace over the area, then a pen at rest."""

import time

from drivers.devices import SignaturePad
from drivers.errors import DriverError
from drivers.frames import PadGeometry, PenSample
from selftest.check import Measured, Picture, Skip, Value, check, measured
from selftest.errors import NotReadyError
from selftest.guide import Question
from selftest.mode import Mode
from selftest.subject import Subject
from selftest.views.pen import (
    draw_cells,
    pressure_span,
    reached_cells,
    report_rate_hz,
    touching,
    tremble_mm,
)

_LIMIT_S = 240.0
_DRAW_S = 60.0  # to trace border and area without haste
_IDLE_S = 5.0  # a pen that stays away so long has finished
_ALL_REACHED_S = 0.6
_FIRST_TOUCH_S = 20.0
_SHOW_EVERY_S = 0.5
_REST_S = 3.0
_LEAST_SAMPLES = 20

Trace = tuple[tuple[PenSample, ...], PadGeometry]


def trace_area(subject: Subject) -> Trace:
    """Ask for the trace and follow it until every cell is reached or the pen stays away."""
    subject.ask(
        Question(
            "pad-trace",
            "Setelah menekan Selesai: tarik garis sepanjang tepi, lalu bolak-balik sampai semua "
            "kotak hijau; bergantian ringan dan keras.",
            "After pressing Done: draw along the border, then to and fro until all boxes are "
            "green; lightly and hard by turns.",
        )
    )
    return _follow(subject, _DRAW_S, shows=True)


def rest_pen(subject: Subject) -> Trace:
    """Ask for a pen at rest."""
    subject.ask(
        Question(
            "pad-rest",
            "Setelah menekan Selesai: letakkan ujung pena di tengah dan tahan diam tiga detik.",
            "After pressing Done: put the tip in the middle and hold it still for three seconds.",
        )
    )
    return _follow(subject, _REST_S, shows=False)


def _follow(subject: Subject, drawing_s: float, *, shows: bool) -> Trace:
    pad = subject.opened(SignaturePad)
    try:
        pad.start_inking()
        samples = _collect(subject, pad, drawing_s, shows=shows)
        pad.stop_inking()
        geometry = pad.geometry()
    except DriverError as error:
        raise NotReadyError(f"alas tidak menjawab / the pad does not answer: {error}") from error
    if len(touching(samples)) < _LEAST_SAMPLES:
        raise NotReadyError("pena tidak menyentuh alas / the pen did not touch the pad")
    return samples, geometry


def _collect(
    subject: Subject, pad: SignaturePad, drawing_s: float, *, shows: bool
) -> tuple[PenSample, ...]:
    geometry = pad.geometry()
    samples: list[PenSample] = []
    times = _Times(time.monotonic())
    while not times.is_over(drawing_s):
        fresh = pad.read_samples(timeout_s=0.1)
        samples += fresh
        times.note(is_touching=any(sample.is_touching for sample in fresh))
        if shows and times.is_time_to_show():
            subject.guide().show(draw_cells(samples, geometry), "Jejak pena", "Trace of the pen")
            if reached_cells(samples, geometry).all() and times.away_s() > _ALL_REACHED_S:
                break
    return tuple(samples)


class _Times:
    """When the pen came, was last seen, and the picture was last shown."""

    def __init__(self, now_s: float) -> None:
        self._began_s = self._shown_s = self._now_s = now_s
        self._first_s: float | None = None
        self._last_s = now_s

    def note(self, *, is_touching: bool) -> None:
        """Take in what came since the last call."""
        self._now_s = time.monotonic()
        if is_touching:
            self._first_s = self._first_s or self._now_s
            self._last_s = self._now_s

    def is_over(self, drawing_s: float) -> bool:
        """Tell whether no pen came, the time is used up, or the pen stays away."""
        if self._first_s is None:
            return self._now_s - self._began_s > _FIRST_TOUCH_S
        return self._now_s - self._first_s > drawing_s or self.away_s() > _IDLE_S

    def away_s(self) -> float:
        """Return how long the pen was not seen; 0 before it came."""
        return 0.0 if self._first_s is None else self._now_s - self._last_s

    def is_time_to_show(self) -> bool:
        """Tell it twice a second."""
        if self._now_s - self._shown_s < _SHOW_EVERY_S:
            return False
        self._shown_s = self._now_s
        return True


@check("pad", "SIG-101", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def report_rate(subject: Subject) -> Measured | Skip:
    """Reports per second while drawing, against what the pad promises."""
    samples, geometry = subject.once(trace_area)
    share = 100 * report_rate_hz(samples) / geometry.sample_rate_hz
    return measured("rate_share", share, n=len(touching(samples)))


@check("pad", "SIG-102", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def dead_cells(subject: Subject) -> Measured | Skip:
    """Cells of the area where the pen was never seen."""
    samples, geometry = subject.once(trace_area)
    missing = int((~reached_cells(samples, geometry)).sum())
    drawn = draw_cells(samples, geometry, shows_trace=False)
    picture = Picture("cells", "Kotak yang terjangkau", "Cells reached", drawn)
    return Measured((Value("dead_cells", missing, len(samples)),), pictures=(picture,))


@check("pad", "SIG-103", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def pressure(subject: Subject) -> Measured | Skip:
    """Share of the pressure range that a light and a hard hand reach."""
    samples, _ = subject.once(trace_area)
    return measured("pressure_span", pressure_span(samples), n=len(touching(samples)))


@check("pad", "SIG-104", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def jitter(subject: Subject) -> Measured | Skip:
    """How far a pen at rest seems to move."""
    samples, _ = subject.once(rest_pen)
    return measured("tremble", tremble_mm(samples), n=len(touching(samples)))
