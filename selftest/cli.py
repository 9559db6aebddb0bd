"""The `selftest` command: one line per command, each in a file of `selftest/commands`.

Exit codes: 0 good, 1 found bad or not proven, 2 could not run. Every error names the next step.
"""

import os

import typer

from selftest.commands import (
    baseline,
    diagnose,
    explain,
    fleet,
    guided,
    power,
    report,
    run,
    tickets,
    trend,
    watch,
)

# Small matrices only; set before numpy is loaded, which the commands do.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

app = typer.Typer(
    name="selftest",
    help="Diagnose the station and say what to do.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(epilog="example: selftest quick --config var/station/station.toml")(run.quick)
app.command(epilog="example: selftest only FPS-108 CAM")(run.only)
app.command(epilog="example: selftest guided CAM SIG --person Ani")(guided.guided)
app.command(epilog="example: selftest depot FPS --person Budi")(guided.depot)
app.command(epilog="example: selftest baseline --component scanner --person Ani")(baseline.baseline)
app.command(epilog="example: selftest trend --metric background_level --plot t.png")(trend.trend)
app.command(epilog="example: selftest report --format pdf --out report.pdf")(report.report)
app.command(epilog="example: selftest history --last 5")(report.history)
app.command(epilog="example: selftest verify 000017.json --key station.json")(report.verify)
app.command(epilog="example: selftest export /media/usb --after 12")(report.export)
app.command(epilog="example: selftest tickets --all")(tickets.tickets)
app.command(epilog="example: selftest explain FPS-108 --language en")(explain.explain)
app.add_typer(diagnose.app, name="diagnose")
app.add_typer(fleet.app, name="fleet")
app.command(epilog="example: selftest watch --interval 3")(watch.watch)
app.command(epilog="example: selftest power --month 2026-11 --pdf sheet.pdf")(power.power)


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
