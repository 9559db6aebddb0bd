"""`selftest power`: the month's sheet of the mains, as table, JSON, plot or PDF."""

import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from selftest.commands.setting import (
    ConfigOption,
    JsonOption,
    SimulatedOption,
    explained,
    find_bench,
)

if TYPE_CHECKING:
    from selftest.bench import Bench
    from selftest.power.figures import Stretch
    from selftest.power.sheet import Happened, Month, MonthSheet


def power(
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    month: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m"], help="for instance 2026-11; default this month"),
    ] = None,
    pdf: Annotated[Path | None, typer.Option(help="write one page for PLN here")] = None,
    plot: Annotated[Path | None, typer.Option(help="write the plot as PNG here")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the mains was like in a month, from the power log."""
    with explained():
        bench = find_bench(config, simulated=simulated)
        sheet, stretch = _read(bench, month)
        _write_files(sheet, stretch, pdf, plot)
        if as_json:
            sys.stdout.write(json.dumps(sheet.model_dump(mode="json"), indent=2) + "\n")
        else:
            _show(sheet)


def _read(bench: "Bench", month: datetime.datetime | None) -> "tuple[MonthSheet, Stretch]":
    from selftest.errors import NoReportError
    from selftest.history import History
    from selftest.power.log import PowerLog
    from selftest.power.sheet import Month, make_sheet, read_month

    now = bench.now().astimezone()
    wanted = Month((month or now).year, (month or now).month, now.tzinfo)
    history = History(bench.history_file)
    log = PowerLog(history)
    sources = log.sources()
    if not sources:
        raise NoReportError(f"no power log in {bench.history_file}; run `selftest watch` first")
    stretch = read_month(log, sources[0], wanted, now)
    sheet = make_sheet(
        history,
        sources[0],
        wanted,
        stretch,
        station_code=bench.station_code,
        happened=_happened(bench, wanted),
    )
    return sheet, stretch


def _happened(bench: "Bench", month: "Month") -> "Happened":
    """Return USB resets of the kernel's log and failed checks of the stored reports."""
    from selftest.archive import read_report, stored_places
    from selftest.errors import NoReportError, NotReadyError
    from selftest.power.sheet import Happened
    from selftest.power.usb_resets import usb_reset_times
    from selftest.report import Outcome

    faults: list[datetime.datetime] = []
    for place in stored_places(bench):
        try:
            report = read_report(place)
        except NoReportError:  # damaged: its own check tells
            continue
        faults += [report.started for r in report.results if r.outcome is Outcome.FAIL]
    try:
        resets = usb_reset_times(bench.run_program, month.begin)
    except NotReadyError:  # the sheet shows that it is not known
        resets = None
    return Happened(resets, faults)


def _write_files(
    sheet: "MonthSheet", stretch: "Stretch", pdf: Path | None, plot: Path | None
) -> None:
    if pdf is None and plot is None:
        return
    from selftest.power.plots import plot_month
    from selftest.power.sheet_pdf import sheet_pdf

    png = plot_month(stretch, stretch.begin.tzinfo)
    if plot is not None:
        plot.write_bytes(png)
    if pdf is not None:
        pdf.write_bytes(sheet_pdf(sheet, png))


def _show(sheet: "MonthSheet") -> None:
    from rich.table import Table
    from rich.text import Text

    from selftest.power.sheet_rows import sheet_rows

    table = Table(title=f"{sheet.station_code}  {sheet.month}  {sheet.source}", show_header=False)
    table.add_column("")
    table.add_column("", style="bright_black")
    table.add_column("", justify="right")
    for row in sheet_rows(sheet):
        style = "bold red" if row.is_bad else ""
        table.add_row(row.text_id, row.text_en, Text(row.value, style=style))
    console = Console()
    console.print(table)
    console.print(f"[bright_black]{sheet.note_id}\n{sheet.note_en}[/]")
