"""How soon a decline is warned of, and how often a healthy station is: years of made-up captures.

python -m selftest.trend_simulation --years 200 --json
"""

import argparse
import json
import sys

import numpy as np
from numpy.typing import NDArray

from selftest.trend import BASELINE_DAYS, FLOORS, judge_trend

CAPTURES_A_DAY = 40  # CHECKS.md A.5
_CAPTURE_SIGMA_GL = 1.5  # one capture's background level around the day's; our assumption
_DAY_SIGMA_GL = 0.2  # a day's level around the year's: temperature, film; our assumption
_DAYS_A_YEAR = 260  # working days


def simulate_days(
    rng: np.random.Generator, days: int, *, decline_from: int | None = None, decline: float = 0.2
) -> NDArray[np.float64]:
    """Return daily medians of the background level in grey levels.

    Parameters
    ----------
    decline_from : int or None
        Day from which the lamp fades by `decline` grey levels a day.
    """
    level = 240.0 + _DAY_SIGMA_GL * rng.standard_normal(days)
    if decline_from is not None:
        level -= decline * np.clip(np.arange(days) - decline_from + 1, 0, None)
    counts = rng.poisson(CAPTURES_A_DAY, days) + 1
    return np.array(
        [
            np.median(mean + _CAPTURE_SIGMA_GL * rng.standard_normal(count))
            for mean, count in zip(level, counts, strict=True)
        ]
    )


def days_to_warning(seed: int, *, decline: float = 0.2) -> int | None:
    """Return after how many days of decline the first alarm comes; None within 60 days."""
    rng = np.random.default_rng(seed)
    days = simulate_days(rng, BASELINE_DAYS + 60, decline_from=BASELINE_DAYS, decline=decline)
    trend = judge_trend(days, floor=FLOORS["background_level"])
    alarms = np.flatnonzero(trend.is_alarm) if trend is not None else np.array([])
    return int(alarms[0]) - BASELINE_DAYS + 1 if alarms.size else None


def count_false_alarms(years: int, seed: int) -> int:
    """Return how many healthy years had an alarm."""
    rng = np.random.default_rng(seed)
    alarms = 0
    for _ in range(years):
        days = simulate_days(rng, BASELINE_DAYS + _DAYS_A_YEAR)
        trend = judge_trend(days, floor=FLOORS["background_level"])
        alarms += trend is not None and bool(trend.is_alarm.any())
    return alarms


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--years", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    delays = [days_to_warning(options.seed + k) for k in range(options.years)]
    known = sorted(delay for delay in delays if delay is not None)
    figures = {
        "declines": len(delays),
        "warned": len(known),
        "median_days": known[len(known) // 2],
        "longest_days": known[-1],
        "healthy_years": options.years,
        "years_with_alarm": count_false_alarms(options.years, options.seed),
    }
    if options.as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    sys.stdout.writelines(f"{name:18} {value}\n" for name, value in figures.items())


if __name__ == "__main__":
    main()
