"""A run as it goes, on a terminal: a bar with what is being checked, a line per fault."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from selftest.check import Check
from selftest.exporters.human import render_line
from selftest.exporters.words import OUTCOME_ORDER
from selftest.faults import fault_text
from selftest.report import CheckResult


class Progress:
    """Listens to a run."""

    def __init__(self, console: Console) -> None:
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Bar(*columns, TextColumn("{task.description}"), console=console, transient=True)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def planned(self, checks: Sequence[Check]) -> None:
        """Begin the bar."""
        self._task = self._bar.add_task("", total=len(checks))

    def began(self, item: Check, asset: str | None) -> None:
        """Name what is being checked."""
        where = f" ({asset})" if asset else ""
        if self._task is not None:
            text = f"{item.code} {fault_text(item.code).test_id}{where}"
            self._bar.update(self._task, description=text)

    def ended(self, result: CheckResult) -> None:
        """Print the line of a fault and move the bar; the report tells the rest at the end."""
        if result.outcome in OUTCOME_ORDER:
            self._bar.console.print(render_line(result))
        if self._task is not None:
            self._bar.advance(self._task)
