"""The fault matrix: each injected fault raises its own code and no other FAIL or ERROR.

    python -m tests.selftest.fault_matrix [--markdown] [CODE ...]

Every row runs the whole quick run of all components on a station that is healthy but for the one
fault; rows of cards, cap, pen and battery run the guided or depot checks of their code besides.
Only waits are shortened (matrix_world.py says which).
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from selftest.history import Author, History
from selftest.report import CheckResult, Outcome
from selftest.runner import Run
from tests.selftest.matrix_row import Row
from tests.selftest.matrix_rows import ROWS
from tests.selftest.matrix_world import World, short_waits

_BAD = frozenset({Outcome.FAIL, Outcome.ERROR, Outcome.WARN})


@dataclass(frozen=True)
class Found:
    """What a row's run told."""

    row: Row
    results: tuple[CheckResult, ...]

    @property
    def own(self) -> CheckResult:
        """Return the result of the row's code."""
        return next(result for result in self.results if result.code == self.row.code)

    @property
    def others(self) -> tuple[CheckResult, ...]:
        """Return other results that are FAIL, ERROR or WARN."""
        return tuple(
            result
            for result in self.results
            if result.code != self.row.code and result.outcome in _BAD
        )

    def complaints(self) -> list[str]:
        """Return what is not as the row says; empty when all is."""
        told = []
        if self.own.outcome is not self.row.outcome or self.own.finding is None:
            told.append(f"{self.row.code} is {self.own.outcome.value}: {self.own.reason}")
        told += [
            f"{other.code} is {other.outcome.value}: {other.reason}"
            for other in self.others
            if other.outcome is not Outcome.WARN or other.code not in self.row.also
        ]
        return told


def run_row(row: Row, folder: Path) -> Found:
    """Run one row in a folder of its own."""
    world = World(folder, hands=row.hands)
    with short_waits():
        if row.needs_baseline:
            store_baseline(world)
        row.put(world)
        return Found(row, world.run().report.results)


def store_baseline(world: World) -> Run:
    """Keep what the healthy station measures as its baseline; return that run."""
    run = world.run()
    history = History(world.bench().history_file)
    for unit in dict.fromkeys(unit for unit, _, _ in run.values):
        rows = [(code, value) for other, code, value in run.values if other == unit]
        history.store_baseline(unit, world.now(), Author("Budi"), rows)
    world.device("ups").unit.faults.clear()
    return run


def as_markdown(found: Sequence[Found]) -> str:
    """Return the table."""
    lines = ["| fault | injected as | code | outcome | other findings |", "|---|---|---|---|---|"]
    for one in found:
        others = ", ".join(f"{r.code} {r.outcome.value}" for r in one.others) or "none"
        severity = one.own.finding.severity.value if one.own.finding else "no finding"
        outcome = f"{one.own.outcome.value} ({severity})"
        cells = (one.row.fault, one.row.injected, one.row.code, outcome, others)
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Run all rows, or those of the codes given, and write what came of them."""
    codes = tuple(word for word in arguments if not word.startswith("-"))
    rows = [row for row in ROWS if not codes or row.code in codes]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for number, row in enumerate(rows):
            found.append(run_row(row, Path(folder) / str(number)))
            words = "; ".join(found[-1].complaints())
            sys.stderr.write(f"{'ok ' if not words else 'BAD'} {row.name}  {words}\n")
    bad = sum(bool(one.complaints()) for one in found)
    if "--markdown" in arguments:
        sys.stdout.write(as_markdown(found) + "\n")
    sys.stdout.write(f"{len(found)} faults, {len(found) - bad} as expected, {bad} not\n")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
