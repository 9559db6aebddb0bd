"""Command line of the drivers: what is there, does it work, what does it say.

Exit codes: 0 good, 1 the device was found bad, 2 the command could not run.
"""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="drivers",
    help="List, probe and record the devices of the station.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
DriverName = Annotated[str, typer.Argument(help="Driver name, as `list` shows it.")]
Options = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="KEY=VALUE", help="A driver option; may be repeated."),
]
TimeLimit = Annotated[
    float, typer.Option("--timeout", min=0.1, help="Seconds to wait for a finger, pen or frame.")
]


@app.command("list", epilog="Example: python -m drivers list --json")
def list_drivers(as_json: JsonFlag = False) -> None:
    """Show every driver, its kind of device and what is attached."""
    from drivers.command_line import print_drivers

    print_drivers(as_json=as_json)


@app.command(epilog="Example: python -m drivers watch --seconds 60")
def watch(
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="How long to watch; until Ctrl-C if left out.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say which USB device is plugged in or unplugged, as it happens."""
    from drivers.plugging import run_watch

    raise typer.Exit(run_watch(seconds, as_json=as_json))


@app.command("udev-rules", epilog="Example: python -m drivers udev-rules > 70-ktpel-devices.rules")
def udev_rules() -> None:
    """Print the udev rules for every USB device that a driver names."""
    from drivers.plugging import print_rules

    print_rules()


@app.command(epilog="Example: python -m drivers probe uvc_camera --option source=0 --out face.png")
def probe(
    name: DriverName,
    option: Options = None,
    out: Annotated[
        Path | None, typer.Option(help="Save the frame as PNG; treat it as personal data.")
    ] = None,
    timeout_s: TimeLimit = 15.0,
    as_json: JsonFlag = False,
) -> None:
    """Open a device, say who it is, take one sample and close it."""
    from drivers.command_line import run_probe

    raise typer.Exit(run_probe(name, option or [], out=out, timeout_s=timeout_s, as_json=as_json))


@app.command(epilog="Example: python -m drivers record uareu4500 arm.jsonl")
def record(
    name: DriverName,
    file: Annotated[Path, typer.Argument(help="New file for the transcript (JSON lines).")],
    option: Options = None,
    timeout_s: TimeLimit = 15.0,
) -> None:
    """Take one sample and write all bytes on the link into a transcript for replay tests.

    The transcript holds what the sensor saw: record an arm or the side of a finger, not a print.
    """
    from drivers.command_line import run_record

    raise typer.Exit(run_record(name, option or [], file=file, timeout_s=timeout_s))


@app.command("slaps", epilog="Example: python -m drivers slaps slaps/ --first 100000 --count 2000")
def write_simulated_slaps(
    folder: Annotated[Path, typer.Argument(help="Where images and truth.jsonl go.")],
    first: Annotated[int, typer.Option(min=0, help="Number of the first slap.")] = 0,
    count: Annotated[int, typer.Option(min=1, help="How many slaps.")] = 60,
    people: Annotated[int, typer.Option(min=1, help="Virtual residents who take turns.")] = 40,
    masters: Annotated[
        Path | None, typer.Option(help="Folder in which grown fingers are kept for the next time.")
    ] = None,
) -> None:
    """Write difficult simulated slaps with their truth; what is there already is kept.

    Settings were chosen on numbers below 100000; judge on larger ones.
    """
    from drivers.simulation.slap_command import run_slaps

    run_slaps(folder, range(first, first + count), people=people, master_folder=masters)


if __name__ == "__main__":
    app(prog_name="python -m drivers")
