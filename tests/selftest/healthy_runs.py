"""Healthy stations by the hundred: no FAIL, no ERROR, and at most one WARN in a hundred results.

    python -m tests.selftest.healthy_runs --seeds 200 [--json]

Each seed is another unit of every device. It is run with a history of its own, then once more with
what the first run measured as its baseline.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from selftest.report import CheckResult, Outcome
from tests.selftest.fault_matrix import store_baseline
from tests.selftest.matrix_world import World, short_waits


@dataclass
class Tally:
    """What many runs told."""

    seeds: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    """Seed, code, outcome and reason of everything but PASS and SKIP."""
    skipped: dict[str, Counter[str]] = field(default_factory=dict)
    """Reasons by code."""

    def add(self, seed: str, results: Sequence[CheckResult]) -> None:
        """Count one run."""
        for result in results:
            self.outcomes[result.outcome.value] += 1
            if result.outcome is Outcome.SKIP:
                self.skipped.setdefault(result.code, Counter())[result.reason] += 1
            elif result.outcome is not Outcome.PASS:
                self.bad.append(f"{seed} {result.code} {result.outcome.value} {result.reason}")

    @property
    def warn_percent(self) -> float:
        """Return the share of WARN among all results."""
        return 100 * self.outcomes["WARN"] / max(1, self.outcomes.total())

    def is_good(self) -> bool:
        """Tell whether the healthy stations are told healthy."""
        failed = self.outcomes["FAIL"] + self.outcomes["ERROR"]
        return failed == 0 and self.warn_percent <= 1 and self.outcomes["PASS"] > 0


def run_seeds(seeds: Sequence[str], folder: Path) -> Tally:
    """Run every seed twice: with an empty history, and with its baseline."""
    tally = Tally()
    with short_waits():
        for seed in seeds:
            world = World(folder / f"seed-{seed}", seed=seed)
            tally.seeds += 1
            tally.add(seed, store_baseline(world).report.results)
            tally.add(f"{seed} with baseline", world.run().report.results)
    return tally


def as_text(tally: Tally) -> str:
    """Return the figures for people."""
    lines = [
        f"{tally.seeds} seeds, {tally.outcomes.total()} results: {dict(tally.outcomes)}",
        f"WARN {tally.warn_percent:.2f} %",
        *tally.bad,
        "skipped:",
    ]
    for code, reasons in sorted(tally.skipped.items()):
        lines += [f"  {code}  {count} x {reason}" for reason, count in reasons.most_common(2)]
    return "\n".join(lines)


def as_json(tally: Tally) -> str:
    """Return the figures for programs."""
    document = {
        "seeds": tally.seeds,
        "outcomes": dict(tally.outcomes),
        "warn_percent": round(tally.warn_percent, 3),
        "bad": tally.bad,
        "skipped": {code: dict(reasons) for code, reasons in sorted(tally.skipped.items())},
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def main() -> int:
    """Run as many seeds as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = run_seeds([str(number) for number in range(asked.seeds)], Path(folder))
    sys.stdout.write((as_json(tally) if asked.json else as_text(tally)) + "\n")
    return int(not tally.is_good())


if __name__ == "__main__":
    sys.exit(main())
