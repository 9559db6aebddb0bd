"""The `selftest` command: one line per command, each in a file of `selftest/commands`.

Exit codes: 0 good, 1 found bad or not proven, 2 could not run. Every error names the next step.
"""

import os

import typer

from selftest.commands import baseline, report, run

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
app.command(epilog="example: selftest baseline --component scanner --person Ani")(baseline.baseline)
app.command(epilog="example: selftest report --format json")(report.report)
app.command(epilog="example: selftest explain FPS-108 --language en")(report.explain)


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
