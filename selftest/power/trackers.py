"""What the watch follows from one reading to the next: voltage level, battery, swings."""

from collections import deque
from collections.abc import Callable

from selftest.power.events import EventKind, Level, kind_of, level_of
from selftest.power.recorder import OpenEvent, Recorder, Tick
from selftest.ups.battery_run import BatteryPoint
from selftest.ups.battery_store import BatteryRun, RunKind
from selftest.ups.observed import Observed

SWING_V, SWING_S = 20.0, 10.0  # CHECKS row 77
_BOTH_V = 5.0  # away from the usual voltage, so that noise is neither above nor below
_USUAL_N = 200  # readings that the usual voltage is the mean of: ten minutes at 3 s
_LEAST_RUN_S = 20.0
_GAVE_UP_S = 60.0  # low within a minute: the battery does not carry the station
_CLOSE_S, _SELDOM_S = 120.0, 30.0
"""The first two minutes are kept reading by reading, then one in half a minute."""


class LevelTracker:
    """Follows the voltage through normal, low, high and none."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._level = Level.NORMAL
        self._open: OpenEvent | None = None

    def follow(self, volts: float | None, nominal_v: float, tick: Tick) -> None:
        """Take one voltage; one that is not told ends what was going on."""
        level = Level.NORMAL if volts is None else level_of(volts / nominal_v, self._level)
        if level is not self._level:
            self.finish(tick)
            self._level = level
            if level is not Level.NORMAL:
                self._open = self._recorder.begin(kind_of(level, 0.0), tick, volts)
        elif self._open is not None and volts is not None:
            self._deepen(self._open, volts, tick)

    def finish(self, tick: Tick) -> None:
        """End what is going on."""
        opened, self._open = self._open, None
        if opened is not None:
            kind = kind_of(self._level, opened.lasted_s(tick))
            self._recorder.change(opened, kind, opened.event.value)
            self._recorder.end(opened, tick)
        self._level = Level.NORMAL

    def _deepen(self, opened: OpenEvent, volts: float, tick: Tick) -> None:
        before = opened.event.value if opened.event.value is not None else volts
        worst = max(before, volts) if self._level is Level.HIGH else min(before, volts)
        self._recorder.change(opened, kind_of(self._level, opened.lasted_s(tick)), worst)


class BatteryTracker:
    """Follows transfers to the battery and gathers what they tell of the battery."""

    def __init__(self, recorder: Recorder, keep: Callable[[BatteryRun], None]) -> None:
        self._recorder = recorder
        self._keep = keep
        self._open: OpenEvent | None = None
        self._points: list[BatteryPoint] = []
        self._notes = ""
        self._gave_up = False

    def follow(self, observed: Observed, tick: Tick) -> None:
        """Take one reading; a test of the UPS itself is no transfer."""
        if "OB" not in observed.words or observed.is_testing:
            self.finish(tick)
            return
        if self._open is None:
            self._open = self._recorder.begin(EventKind.TRANSFER, tick)
        self._gather(self._open.lasted_s(tick), observed)

    def finish(self, tick: Tick) -> None:
        """End the transfer."""
        opened, self._open = self._open, None
        points, self._points = tuple(self._points), []
        gave_up, self._gave_up = self._gave_up, False
        if opened is None:
            return
        self._recorder.end(opened, tick)
        if points and points[-1].at_s >= _LEAST_RUN_S:
            began = opened.event.began
            self._keep(BatteryRun(began, RunKind.OUTAGE, points, self._notes, gave_up))

    def _gather(self, at_s: float, observed: Observed) -> None:
        battery = observed.battery
        self._gave_up = self._gave_up or ("LB" in observed.words and at_s < _GAVE_UP_S)
        is_due = at_s <= _CLOSE_S or not self._points or at_s - self._points[-1].at_s >= _SELDOM_S
        if battery is None or not battery.is_possible or not is_due:
            return
        load = observed.reading.load_percent
        self._points.append(BatteryPoint(at_s, battery.block_v, load))
        self._notes = battery.note()


class SwingTracker:
    """Finds a voltage that goes up and down, as a loose neutral makes it."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._volts: deque[tuple[float, float]] = deque()
        self._usual_v = 0.0
        self._n = 0

    def follow(self, volts: float | None, nominal_v: float, tick: Tick) -> None:
        """Take one voltage; None where the mains does not feed the station."""
        if volts is None:
            self._volts.clear()
            return
        if level_of(volts / nominal_v) is Level.NORMAL:
            self._n = min(self._n + 1, _USUAL_N)
            self._usual_v += (volts - self._usual_v) / self._n
        self._volts.append((tick.mono_s, volts))
        while tick.mono_s - self._volts[0][0] > SWING_S:
            self._volts.popleft()
        if self._is_swing([v for _, v in self._volts]):
            span_v = max(v for _, v in self._volts) - min(v for _, v in self._volts)
            self._recorder.note(EventKind.SWING, tick, round(span_v, 1))
            self._volts.clear()

    def _is_swing(self, volts: list[float]) -> bool:
        """Both above and below the usual: a motor only pulls down, a bad tap only lifts."""
        lowest, highest = min(volts), max(volts)
        is_both = lowest < self._usual_v - _BOTH_V and highest > self._usual_v + _BOTH_V
        return self._n > 0 and highest - lowest > SWING_V and is_both
