"""Watches the mains through the UPS and keeps what happens: run by the station or `selftest watch`.

    reading -> credible? -> level, battery, swings -> events
                  |                      ten minutes -> means
                  no, or no reading -> "no data" until it is back

It survives a UPS that vanishes and a clock that is set. A reading that cannot be believed is no
data: no minute on battery is counted from it.
"""

import datetime
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import apsw

from drivers.errors import DriverError
from drivers.frames import PowerReading, PowerState
from drivers.power_events import PowerEvent, events_between
from drivers.protocols.nut_reading import read_number
from selftest.history import History
from selftest.power.events import Event, EventKind
from selftest.power.log import Beat, PowerLog
from selftest.power.recorder import OpenEvent, Recorder, Tick
from selftest.power.slot import Sample, Slot, slot_begin_s
from selftest.power.supply import SupplyReader
from selftest.power.trackers import BatteryTracker, LevelTracker, SwingTracker
from selftest.ups.battery_store import BatteryRun, store_run
from selftest.ups.observed import Observed

INTERVAL_S = 3.0
"""Between readings: 2 to 5 s, CHECKS.md B.3."""
_BEAT_S = 60.0  # a sign of life a minute is enough on mains, and spares the disk
_JUMP_S = 30.0  # the clocks differ by more: the clock was set, or the computer slept
_STALE_S = 30.0  # CHECKS row 61
_NOTED = {
    PowerEvent.LOW_BATTERY: EventKind.LOW_BATTERY,
    PowerEvent.FORCED_SHUTDOWN: EventKind.SHUTDOWN,
    PowerEvent.OVERLOAD: EventKind.OVERLOAD,
    PowerEvent.REPLACE_BATTERY: EventKind.REPLACE_BATTERY,
}

log = logging.getLogger(__name__)


def utc_now() -> datetime.datetime:
    """Return the present time."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, slots=True)
class WatchClock:
    """The clocks of a watch; a test moves its own."""

    now: Callable[[], datetime.datetime] = utc_now
    monotonic_s: Callable[[], float] = time.monotonic


class PowerWatch:
    """Follows one UPS; used by one thread."""

    def __init__(
        self,
        history: History,
        reader: SupplyReader,
        *,
        clock: WatchClock | None = None,
        interval_s: float = INTERVAL_S,
        nominal_mains_v: float = 230.0,
        told: Callable[[Event], None] = lambda _: None,
    ) -> None:
        self._history, self._reader = history, reader
        self._clock = clock or WatchClock()
        self._interval_s, self._nominal_v = interval_s, nominal_mains_v
        self._log = PowerLog(history)
        self._recorder = Recorder(self._log, reader.name, told)
        self._level = LevelTracker(self._recorder)
        self._battery = BatteryTracker(self._recorder, self._keep_run)
        self._swing = SwingTracker(self._recorder)
        self._slot: Slot | None = None
        self._no_data: OpenEvent | None = None
        self._last_tick: Tick | None = None
        self._last_reading: PowerReading | None = None
        self._beat_mono_s = -_BEAT_S
        self.observed: Observed | None = None
        """The newest reading that can be believed; None while there is none."""

    def run(self, stop: threading.Event) -> None:
        """Watch until told to stop, then end in order."""
        while not stop.is_set():
            try:
                self.step()
            except apsw.Error as error:  # a full disk must not end the watch
                log.warning("the power log cannot be written: %s", error)
            stop.wait(self._interval_s)
        self.finish()

    def step(self) -> None:
        """Read once and keep what happened since the last time."""
        tick = self._tick()
        if self._last_tick is None:
            self._take_over(tick)
        else:
            self._compare_clocks(self._last_tick, tick)
        observed = self._read(tick)
        if observed is None:
            self._lose(tick)
        else:
            self._follow(observed, tick)
        self._last_tick = tick

    def finish(self) -> None:
        """Write what is open, and that the watch ended in order."""
        tick = self._tick()
        self._end_all(tick)
        self._close_slot()
        self._write_beat(tick, is_clean=True)
        self._last_tick = None

    def _tick(self) -> Tick:
        return Tick(self._clock.now(), self._clock.monotonic_s())

    def _take_over(self, tick: Tick) -> None:
        """End what the watch before left open; it died on battery if it did not say goodbye."""
        before = self._log.last_beat(self._reader.name)
        if before is None:
            return
        self._log.end_open_events(self._reader.name, before.at)
        if before.on_battery and not before.is_clean and before.at <= tick.at:
            self._recorder.note(EventKind.UNSAFE_SHUTDOWN, Tick(before.at, tick.mono_s))

    def _compare_clocks(self, before: Tick, tick: Tick) -> None:
        passed_s = tick.mono_s - before.mono_s
        jump_s = (tick.at - before.at).total_seconds() - passed_s
        if abs(jump_s) > _JUMP_S:
            self._close_slot()
            self._recorder.note(EventKind.CLOCK, tick, round(jump_s, 1))
        if passed_s > self._gap_s and self._no_data is None:
            self._end_all(before)
            self._recorder.note_past(EventKind.NO_DATA, before, tick)

    @property
    def _gap_s(self) -> float:
        return max(4 * self._interval_s, 15.0)

    def _read(self, tick: Tick) -> Observed | None:
        try:
            reading = self._reader.read()
        except DriverError:
            return None
        is_stale = self._clock.monotonic_s() - reading.read_at_s > _STALE_S
        observed = Observed(reading, self._nominal_v)
        is_usable = reading.state is not PowerState.UNKNOWN and observed.is_credible
        return observed if is_usable and not is_stale else None

    def _lose(self, tick: Tick) -> None:
        self.observed = self._last_reading = None
        if self._no_data is None:
            self._end_all(self._last_tick or tick)
            self._no_data = self._recorder.begin(EventKind.NO_DATA, tick)
        self._beat_when_due(tick, on_battery=False)

    def _follow(self, observed: Observed, tick: Tick) -> None:
        if self._no_data is not None:
            self._recorder.end(self._no_data, tick)
            self._no_data = None
        was_on_battery = self._is_on_battery(self.observed)
        self.observed = observed
        mains = observed.mains
        nominal_v = mains.nominal_v if mains else self._nominal_v
        volts = mains.share * nominal_v if mains else None
        on_battery = self._is_on_battery(observed)
        self._level.follow(volts, nominal_v, tick)
        self._battery.follow(observed, tick)
        self._swing.follow(None if on_battery else volts, nominal_v, tick)
        self._note_words(observed.reading, tick)
        self._gather(observed, tick, volts, nominal_v)
        if on_battery != was_on_battery:
            self._write_beat(tick, is_clean=False)
        self._beat_when_due(tick, on_battery=on_battery)

    @staticmethod
    def _is_on_battery(observed: Observed | None) -> bool:
        return observed is not None and "OB" in observed.words and not observed.is_testing

    def _note_words(self, reading: PowerReading, tick: Tick) -> None:
        for happened in events_between(self._last_reading, reading):
            if happened in _NOTED:
                self._recorder.note(_NOTED[happened], tick)
        self._last_reading = reading

    def _gather(
        self, observed: Observed, tick: Tick, volts: float | None, nominal_v: float
    ) -> None:
        begin_s = slot_begin_s(tick.at)
        if self._slot is None or self._slot.began_s != begin_s:
            self._close_slot()
            self._slot = Slot(begin_s)
        passed_s = tick.mono_s - self._last_tick.mono_s if self._last_tick else 0.0
        self._slot.add(
            Sample(
                at=tick.at,
                weight_s=passed_s if passed_s <= self._gap_s else 0.0,
                volts=volts,
                nominal_v=nominal_v,
                on_battery=self._is_on_battery(observed),
                frequency_share=_frequency_share(observed),
            )
        )

    def _close_slot(self) -> None:
        finished = self._slot.finish() if self._slot else None
        self._slot = None
        if finished is not None:
            self._log.add_mean(self._reader.name, finished)

    def _end_all(self, tick: Tick) -> None:
        self._level.finish(tick)
        self._battery.finish(tick)
        self._swing.follow(None, self._nominal_v, tick)
        if self._no_data is not None:
            self._recorder.end(self._no_data, tick)
            self._no_data = None

    def _beat_when_due(self, tick: Tick, *, on_battery: bool) -> None:
        if on_battery or tick.mono_s - self._beat_mono_s >= _BEAT_S:
            self._write_beat(tick, is_clean=False)

    def _write_beat(self, tick: Tick, *, is_clean: bool) -> None:
        on_battery = self._is_on_battery(self.observed)
        self._log.beat(self._reader.name, Beat(tick.at, on_battery, is_clean))
        self._beat_mono_s = tick.mono_s

    def _keep_run(self, run: BatteryRun) -> None:
        if self._reader.unit is not None:
            store_run(self._history, self._reader.unit, run)


def _frequency_share(observed: Observed) -> float | None:
    """Return the frequency in parts of nominal: 50 Hz, where the UPS tells no other."""
    hertz = read_number(observed.variables.get("input.frequency"))
    nominal = read_number(observed.variables.get("input.frequency.nominal"))
    if hertz is None or hertz <= 0:
        return None
    if nominal is None or nominal <= 0:
        nominal = 60.0 if hertz > _BETWEEN_50_AND_60_HZ else 50.0
    return hertz / nominal


_BETWEEN_50_AND_60_HZ = 55.0
