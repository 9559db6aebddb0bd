"""Ten minutes of mains as they are gathered: the mean is kept, the readings are not."""

import datetime
from dataclasses import dataclass, field

from selftest.power.events import INTERRUPTED
from selftest.power.log import SLOT_S, TenMinutes

_NARROW, _WIDE = (0.98, 1.02), (0.94, 1.04)
"""Of nominal: 49 to 51 Hz and 47 to 52 Hz; EN 50160 by CHECKS.md B.5."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one reading says of the mains."""

    at: datetime.datetime
    weight_s: float
    """Time that it stands for."""
    volts: float | None
    nominal_v: float
    on_battery: bool
    frequency_share: float | None = None
    """In parts of the nominal frequency."""


def slot_begin_s(moment: datetime.datetime) -> float:
    """Return the begin of the ten minutes that a moment lies in."""
    return moment.timestamp() // SLOT_S * SLOT_S


@dataclass
class Slot:
    """Gathers samples of one slot."""

    began_s: float
    covered_s: float = 0.0
    battery_s: float = 0.0
    frequency_s: float = 0.0
    off_narrow_s: float = 0.0
    off_wide_s: float = 0.0
    nominal_v: float = 0.0
    _volts: list[tuple[float, float, float]] = field(default_factory=list)
    """Voltage, weight, time; without interruptions, which are events and no voltage."""

    def add(self, sample: Sample) -> None:
        """Take one sample."""
        self.covered_s += sample.weight_s
        self.battery_s += sample.weight_s if sample.on_battery else 0.0
        self.nominal_v = sample.nominal_v
        if sample.volts is not None and sample.volts >= INTERRUPTED * sample.nominal_v:
            self._volts.append((sample.volts, sample.weight_s, sample.at.timestamp()))
        if sample.frequency_share is not None and not sample.on_battery:
            self._add_frequency(sample.frequency_share, sample.weight_s)

    def mean_v(self) -> float | None:
        """Return the mean voltage so far; None without any."""
        weight = sum(w for _, w, _ in self._volts)
        return sum(v * w for v, w, _ in self._volts) / weight if weight > 0 else None

    def finish(self) -> TenMinutes | None:
        """Return what to keep; None where nothing was seen."""
        if self.covered_s <= 0:
            return None
        lowest = min(self._volts, default=(0.0, 0.0, self.began_s))
        highest = max(self._volts, default=(0.0, 0.0, self.began_s))
        return TenMinutes(
            began_s=self.began_s,
            nominal_v=self.nominal_v,
            covered_s=self.covered_s,
            battery_s=self.battery_s,
            mains_s=sum(w for _, w, _ in self._volts),
            mean_v=self.mean_v() or 0.0,
            lowest_v=lowest[0],
            lowest_at_s=lowest[2],
            highest_v=highest[0],
            highest_at_s=highest[2],
            frequency_s=self.frequency_s,
            off_narrow_s=self.off_narrow_s,
            off_wide_s=self.off_wide_s,
        )

    def _add_frequency(self, share: float, weight_s: float) -> None:
        self.frequency_s += weight_s
        self.off_narrow_s += 0.0 if _NARROW[0] <= share <= _NARROW[1] else weight_s
        self.off_wide_s += 0.0 if _WIDE[0] <= share <= _WIDE[1] else weight_s
