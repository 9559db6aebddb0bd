"""A run as it goes, on a terminal: a bar, or lines that leave room for questions."""

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
from selftest.mode import WRONG_MODE
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


class Lines:
    """Listens to a run with a person: no bar that would redraw over a question."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = self._done = 0

    def planned(self, checks: Sequence[Check]) -> None:
        """Begin to count."""
        self._total = len(checks)

    def began(self, item: Check, asset: str | None) -> None:
        """Name what is being checked."""
        where = f" ({asset})" if asset else ""
        name = fault_text(item.code).test_id
        self._console.print(f"[bold]{self._done + 1}/{self._total}[/] {item.code} {name}{where}")

    def ended(self, result: CheckResult) -> None:
        """Print what was found, but for checks that belong to another kind of run."""
        self._done += 1
        if result.reason not in WRONG_MODE.values():
            self._console.print(render_line(result))
