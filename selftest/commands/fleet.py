"""`selftest fleet merge|inventory|host|plan|sample`: what the province knows and does.

Exit codes: 0 done, 1 something was refused or is impossible, 2 could not run.
"""

import datetime
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, RenderableType

from selftest.commands.setting import FOUND_BAD, JsonOption, explained

if TYPE_CHECKING:
    from pydantic import BaseModel

    from selftest.fleet.plan_input import PlanInput

app = typer.Typer(help="Plan for all stations of a province.", no_args_is_help=True)

_USUAL_FILE = Path("var/fleet/fleet.db")
FileOption = Annotated[Path, typer.Option("--file", help="the fleet file")]
OfficesOption = Annotated[
    Path | None, typer.Option("--offices", help="CSV code;name;regency;lat;lng;residents")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="day of the plan, 2026-11-24; default that of the newest report"),
]
TravelOption = Annotated[
    Path | None, typer.Option("--distances", help="CSV from;to;km;hours of measured pairs")
]
RulesOption = Annotated[
    Path | None,
    typer.Option("--rules", help="TOML of pins and vetoes; see selftest/fleet/rules.py"),
]
PinOption = Annotated[list[str] | None, typer.Option("--pin", help="BLOCKED=HOST")]
VetoOption = Annotated[list[str] | None, typer.Option("--veto", help="BLOCKED=HOST or HOST")]
ByOption = Annotated[str, typer.Option("--by", help="name of who decided pins and vetoes")]
SuppliesOption = Annotated[
    Path | None, typer.Option("--spares", help="CSV item;count;place of what is on hand")
]


@contextmanager
def _planned() -> Iterator[None]:
    """Tell what could not run, and which extra brings the solvers where they are missing."""
    with explained():
        try:
            yield
        except ModuleNotFoundError as error:
            from selftest.fleet.errors import FleetError

            if (error.name or "").split(".")[0] not in {
                "scipy",
                "pyvrp",
                "matplotlib",
                "xlsxwriter",
            }:
                raise
            text = f"{error.name} is not installed; install the extras fleet and report"
            raise FleetError(text) from error


@app.command(epilog="example: selftest fleet merge /media/usb reports/ --states states.csv")
def merge(
    sources: Annotated[list[Path], typer.Argument(help="reports, folders, .tar.gz, .zip")],
    place: FileOption = _USUAL_FILE,
    offices: OfficesOption = None,
    keys: Annotated[
        list[Path] | None, typer.Option("--key", help="public key of a station")
    ] = None,
    states: Annotated[
        Path | None, typer.Option("--states", help="CSV code;state;day;person")
    ] = None,
    signed_only: Annotated[
        bool, typer.Option("--signed-only", help="refuse what no given key proves")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take reports of many stations into the fleet file, as often as you like."""
    with _planned():
        from rich.progress import Progress

        from selftest.fleet.fleet_file import open_fleet
        from selftest.fleet.merge import merge_reports
        from selftest.fleet.offices import load_offices
        from selftest.fleet.statements import read_statements
        from selftest.fleet.tables import render_merge
        from selftest.signing import read_keys

        table = load_offices(offices)
        known = {kid: jwk for key in keys or () for kid, jwk in read_keys(key).items()}
        said = read_statements(states, table) if states else ()
        missing = [source for source in sources if not source.exists()]
        if missing:
            raise FileNotFoundError(f"{missing[0]}: no such file or folder; name reports to merge")
        bar = Progress(console=Console(stderr=True), transient=True)
        with bar, open_fleet(place, create=True) as fleet:
            task = bar.add_task("laporan / reports", total=None)
            done = merge_reports(
                fleet, sources, table, known, lambda _: bar.advance(task), signed_only=signed_only
            )
            added = sum(fleet.add_statement(one) for one in said)
        done = done.model_copy(update={"statements_added": added})
        _show(done, render_merge(done), as_json=as_json)
        if done.refused:
            raise typer.Exit(FOUND_BAD)


@app.command(epilog="example: selftest fleet inventory --as-of 2026-11-24 --plot pareto.png")
def inventory(
    place: FileOption = _USUAL_FILE,
    offices: OfficesOption = None,
    as_of: AsOfOption = None,
    supplies: SuppliesOption = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Pareto of codes as PNG")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="all devices as a workbook")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the province has and what is wrong with it."""
    with _planned():
        from selftest.fleet.inventory import take_inventory
        from selftest.fleet.tables import render_inventory

        given = _read(place, offices, as_of, supplies=supplies)
        found = take_inventory(given.state, given.offices, given.supplies)
        if plot is not None:
            from selftest.fleet.pictures import draw_pareto

            plot.write_bytes(draw_pareto(found))
        if xlsx is not None:
            from selftest.fleet.workbook import write_inventory

            xlsx.write_bytes(write_inventory(found, given.offices))
        _show(found, render_inventory(found), as_json=as_json)


@app.command(epilog='example: selftest fleet host --pin 61.01.04=61.01.01 --by "Siti Rahma"')
def host(
    place: FileOption = _USUAL_FILE,
    offices: OfficesOption = None,
    as_of: AsOfOption = None,
    distances: TravelOption = None,
    rules: RulesOption = None,
    pin: PinOption = None,
    veto: VetoOption = None,
    by: ByOption = "",
    capacity: Annotated[int, typer.Option("--capacity", help="guests per host")] = 2,
    penalty_km: Annotated[float, typer.Option("--penalty-km", help="of another regency")] = 30.0,
    limited_hosts: Annotated[bool, typer.Option("--limited-hosts")] = False,
    table: Annotated[
        Path | None, typer.Option("--table", help="write the stations' hosting.json")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find the nearest working host for every blocked office, proved optimal."""
    with _planned():
        from selftest.fleet.hosting import plan_hosting
        from selftest.fleet.plan_input import PlanOptions, hosting_problem
        from selftest.fleet.tables import render_hosting

        options = PlanOptions(capacity=capacity, penalty_km=penalty_km, limited_hosts=limited_hosts)
        given = _read(place, offices, as_of, distances, rules)
        given = _with_rules(given, pin, veto, by)
        plan = plan_hosting(hosting_problem(given, options))
        if table is not None:
            from selftest.fleet.handout import hosting_table

            table.write_text(hosting_table(plan, given), encoding="utf-8")
        _show(plan, render_hosting(plan, given.offices), as_json=as_json)
        if not plan.is_feasible:
            raise typer.Exit(FOUND_BAD)


@app.command(epilog="example: selftest fleet plan --technicians 6 --hubs 3 --out plan/")
def plan(
    place: FileOption = _USUAL_FILE,
    offices: OfficesOption = None,
    as_of: AsOfOption = None,
    distances: TravelOption = None,
    rules: RulesOption = None,
    pin: PinOption = None,
    veto: VetoOption = None,
    by: ByOption = "",
    supplies: SuppliesOption = None,
    depot: Annotated[str, typer.Option("--depot", help="code of where tours start")] = "61.71.01",
    technicians: Annotated[int, typer.Option("--technicians")] = 6,
    tour_hours: Annotated[float, typer.Option("--tour-hours", help="of one tour")] = 80.0,
    day_hours: Annotated[float, typer.Option("--day-hours", help="of a working day")] = 8.0,
    hubs: Annotated[int, typer.Option("--hubs", help="temporary workshops")] = 3,
    lead_days: Annotated[int, typer.Option("--lead-days", help="of parts to buy")] = 60,
    seed: Annotated[int, typer.Option("--seed")] = 1,
    iterations: Annotated[int, typer.Option("--iterations", help="of the route search")] = 1000,
    out: Annotated[
        Path | None, typer.Option("--out", help="folder for plan.json, .xlsx, .pdf and map.png")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Plan repairs: who is phoned, visited, hosted; tours, workshops, parts, half sets."""
    with _planned():
        from selftest.fleet.plan import make_plan
        from selftest.fleet.plan_input import PlanOptions
        from selftest.fleet.tables import render_plan

        options = PlanOptions(
            depot=depot,
            technicians=technicians,
            tour_hours=tour_hours,
            day_hours=day_hours,
            hubs=hubs,
            lead_days=lead_days,
            seed=seed,
            iterations=iterations,
        )
        given = _read(place, offices, as_of, distances, rules, supplies)
        given = _with_rules(given, pin, veto, by)
        with Console(stderr=True).status("menghitung / planning"):
            made = make_plan(given, options)
        if out is not None:
            from selftest.fleet.handout import write_handout

            write_handout(made, given, out)
        _show(made, render_plan(made, given.offices), as_json=as_json)
        if not made.hosting.is_feasible or made.routes.unreachable:
            raise typer.Exit(FOUND_BAD)


@app.command(epilog="example: selftest fleet sample training/ --seed 1")
def sample(
    folder: Path,
    offices: OfficesOption = None,
    seed: Annotated[int, typer.Option("--seed")] = 1,
) -> None:
    """Write a made-up fleet for training: reports of a province, and words by telephone."""
    with _planned():
        from selftest.fleet.offices import load_offices
        from selftest.fleet.sample import make_sample

        made = make_sample(load_offices(offices), seed)
        for name, content in made.files():
            place = folder / "reports" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        (folder / "states.csv").write_text(made.statement_table(), encoding="utf-8")
        Console().print(
            f"{len(made.reports)} laporan contoh / sample reports; next: selftest fleet merge "
            f"{folder / 'reports'} --states {folder / 'states.csv'}",
            soft_wrap=True,
        )


def _read(
    place: Path,
    offices: Path | None,
    as_of: str | None,
    distances: Path | None = None,
    rules: Path | None = None,
    supplies: Path | None = None,
) -> "PlanInput":
    from selftest.fleet.fleet_file import open_fleet
    from selftest.fleet.offices import load_offices
    from selftest.fleet.plan_input import PlanInput
    from selftest.fleet.rules import load_rules
    from selftest.fleet.state import fold_fleet
    from selftest.fleet.supplies import read_supplies
    from selftest.fleet.travel import load_travel

    table = load_offices(offices)
    with open_fleet(place) as fleet:
        first_day, last_day = fleet.known_days()
        day = _day(as_of) or last_day
        state = fold_fleet(fleet.reports(), fleet.statements(), table, day)
    return PlanInput(
        state=state,
        offices=table,
        travel=load_travel(table, distances),
        rules=load_rules(rules, table),
        supplies=read_supplies(supplies),
        first_day=first_day,
    )


def _with_rules(
    given: "PlanInput", pins: list[str] | None, vetoes: list[str] | None, by: str
) -> "PlanInput":
    import dataclasses

    from selftest.fleet.rules import with_options

    rules = with_options(given.rules, pins or (), vetoes or (), by, given.offices)
    return dataclasses.replace(given, rules=rules)


def _day(text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        from selftest.fleet.errors import RulesError

        raise RulesError(f"--as-of {text}: write a day like 2026-11-24") from error


def _show(model: "BaseModel", rendered: RenderableType, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(model.model_dump_json(indent=2) + "\n")
    else:
        Console().print(rendered)
