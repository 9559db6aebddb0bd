"""The `station` command: set up, run, look, and the centre's side.

Exit codes: 0 good, 1 found bad, 2 could not run. Every error names the cause and the next step.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from station.errors import StationError

# Small matrices only: OpenBLAS on several threads makes a finger check ten times slower on two busy
# cores. Set before numpy is loaded, which the commands below do.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

FOUND_BAD = 1
COULD_NOT_RUN = 2
DEFAULT_FOLDER = Path("var/station")

app = typer.Typer(
    name="station",
    help="Recording station for KTP-el.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(no_args_is_help=True, help="Show the station's keys; enrol the centre.")
app.add_typer(keys_app, name="keys")

DataOption = Annotated[Path, typer.Option("--data", help="folder of the station")]
JsonOption = Annotated[bool, typer.Option("--json", help="for programs")]
console = Console()
errors = Console(stderr=True)


def quiet_logs() -> None:
    """Keep what is merely told out of the terminal."""
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the station refuses into a message and exit code 2."""
    try:
        yield
    except StationError as error:
        errors.print(f"[red]{error.issue_id}[/] {error.text_en}", highlight=False)
        raise typer.Exit(COULD_NOT_RUN) from error
    except ChildProcessError as error:
        errors.print(f"[red]pull interface[/] {error}", highlight=False)
        raise typer.Exit(COULD_NOT_RUN) from error


@app.command(epilog="example: station init --data var/station --code 61.01.01 --name Sambas")
def init(
    code: Annotated[str, typer.Option(help="sub-district code, like 61.01.01")],
    data: DataOption = DEFAULT_FOLDER,
    name: Annotated[str, typer.Option(help="name of the sub-district")] = "",
    simulated: Annotated[bool, typer.Option(help="use simulated devices")] = False,
) -> None:
    """Write station.toml and make the station's keys; nothing is overwritten."""
    from station.build import load_keys
    from station.config import CONFIG_NAME, write_default

    with explained():
        config = write_default(data / CONFIG_NAME, code=code, name=name, simulated=simulated)
        keys = load_keys(config)
    console.print(f"made {data / CONFIG_NAME}; signing key {keys.signer.kid}")
    console.print("next: `station add-operator`, `station keys trust-centre`, `station run`")


@app.command(epilog="example: station run --data var/station")
def run(
    data: DataOption = DEFAULT_FOLDER,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="a demonstration station, made where none is")
    ] = False,
) -> None:
    """Run the station: devices, panel and pull interface, until Ctrl-C."""
    from station.service import serve

    quiet_logs()
    with explained():
        serve(data, is_demonstration=simulated, say=console.print)


@app.command(epilog="example: station demo --unattended --keep /tmp/demo")
def demo(
    unattended: Annotated[
        bool, typer.Option("--unattended", help="record one virtual resident, end to end")
    ] = False,
    prints: Annotated[
        Path | None, typer.Option(help="folder <finger>_<impression>.png that stands in")
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="leave everything in this folder")] = None,
) -> None:
    """Show the whole path: record, seal, serve, pull, verify, open; a line per step."""
    if not unattended:
        run(data=Path("var/demo-station"), simulated=True)
        return
    from station.demo import DemoFailedError, demonstrate

    quiet_logs()
    with explained():
        try:
            demonstrate(say=console.print, prints_folder=prints, keep_folder=keep)
        except DemoFailedError as error:
            errors.print(f"[red]{error}[/]", highlight=False)
            raise typer.Exit(FOUND_BAD) from error


@app.command("sbi-serve", epilog="example: station sbi-serve --data var/station")
def sbi_serve(
    data: DataOption = DEFAULT_FOLDER,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="simulated devices, without station.toml")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="else the first free from 4501 to 4600")
    ] = None,
    env: Annotated[
        str | None, typer.Option(help="Production, Pre-Production, Staging or Developer")
    ] = None,
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="a web client that may call; may be repeated")
    ] = None,
) -> None:
    """Offer the station's devices to other registration clients (MOSIP SBI), until Ctrl-C."""
    from station.sbi.serve import SbiSettings, serve_sbi

    quiet_logs()
    with explained():
        settings = SbiSettings(data, simulated, port, env, tuple(allow_origin or ()))
        serve_sbi(settings, say=lambda text: console.print(text, soft_wrap=True))


@app.command("check-config", epilog="example: station check-config --data var/station")
def check_config(data: DataOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Read station.toml, construct every device, and print what was understood."""
    from station.build import build_configured_device, station_id
    from station.config import CONFIG_NAME, StationConfig

    with explained():
        config = StationConfig.load(data / CONFIG_NAME)
        devices = [build_configured_device(device) for device in config.devices]
    if as_json:
        console.print_json(config.model_dump_json())
        return
    console.print(f"{station_id(config)} {config.station.name}")
    console.print(f"panel {config.panel.host}:{config.panel.port}")
    console.print(f"pull  {config.pull.host}:{config.pull.port}")
    console.print(f"order {', '.join(config.recording.order)}")
    table = Table("device", "kind", "driver", "options")
    for configured, device in zip(config.devices, devices, strict=True):
        options = device.options.model_dump_json(exclude_defaults=True)
        table.add_row(configured.name, configured.kind, configured.driver, options)
    console.print(table)


@app.command(epilog="example: station status --data var/station --json")
def status(data: DataOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Show recordings by state, the spool and the audit log's head; the station must not run."""
    from station.build import build_station
    from station.config import CONFIG_NAME, StationConfig

    with explained():
        station = build_station(StationConfig.load(data / CONFIG_NAME))
        try:
            counts = {state.value: count for state, count in station.register.counts().items()}
            station.audit.verify()
            head = station.audit.head()
        finally:
            station.close()
    document = {"recordings": counts, "audit_leaves": head.size, "audit_root": head.root.hex()}
    _show(document, as_json=as_json)


@app.command("add-operator", epilog="example: station add-operator siti --role operator")
def add_operator(
    user_name: str,
    data: DataOption = DEFAULT_FOLDER,
    role: Annotated[str, typer.Option(help="operator | supervisor | technician")] = "operator",
    display_name: Annotated[str, typer.Option(help="as shown on the panel")] = "",
) -> None:
    """Add a person who may sign in; asks for the password. The station must not run."""
    from station.build import build_station
    from station.config import CONFIG_NAME, StationConfig
    from station.operators import Role

    if role not in tuple(Role):
        raise typer.BadParameter(f"'{role}' is no role: {', '.join(Role)}")
    password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    with explained():
        station = build_station(StationConfig.load(data / CONFIG_NAME))
        try:
            station.operators.add(user_name, display_name or user_name, Role(role), password)
        finally:
            station.close()
    console.print(f"{user_name} may sign in as {role}")


@keys_app.command("public", epilog="example: station keys public > station-61.01.01-1.json")
def keys_public(data: DataOption = DEFAULT_FOLDER) -> None:
    """Print what the centre needs to know this station; nothing secret."""
    from station.build import load_keys
    from station.config import CONFIG_NAME, StationConfig

    with explained():
        keys = load_keys(StationConfig.load(data / CONFIG_NAME))
    sys.stdout.write(json.dumps(keys.public_identity(), indent=2) + "\n")


@keys_app.command("trust-centre", epilog="example: station keys trust-centre enrolment.json")
def keys_trust_centre(
    enrolment: Path,
    data: DataOption = DEFAULT_FOLDER,
    fingerprint: Annotated[
        str | None, typer.Option(help="SHA-256 read out by the centre, to replace an enrolment")
    ] = None,
) -> None:
    """Import the centre's enrolment: who can open packages, who signs receipts, which CA."""
    from station.build import load_keys
    from station.config import CONFIG_NAME, StationConfig
    from station.keys import import_centre

    with explained():
        config = StationConfig.load(data / CONFIG_NAME)
        load_keys(config)
        text = _read_file(enrolment)
        centre = import_centre(config.paths.keys, text, confirmed_fingerprint=fingerprint)
    console.print(f"{len(centre.recipients)} recipients, {len(centre.receipt_keys)} receipt keys")
    console.print(f"compare by telephone: {centre.fingerprint}")


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        errors.print(f"[red]{path}[/] cannot be read: {error.strerror}", highlight=False)
        raise typer.Exit(COULD_NOT_RUN) from error


def _show(document: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(document) + "\n")
        return
    for name, value in document.items():
        console.print(f"{name}: {value}")


def main() -> None:
    """Entry point of the console script; the centre's commands are loaded only for it."""
    from station.centre.cli import centre_app

    app.add_typer(centre_app, name="centre")
    app()


if __name__ == "__main__":
    main()
