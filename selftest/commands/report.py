"""`selftest report|history|verify|export`: stored reports, shown, listed, proved and carried."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from selftest.commands.setting import (
    FOUND_BAD,
    USUAL_CONFIG,
    ConfigOption,
    JsonOption,
    Language,
    SimulatedOption,
    explained,
    find_bench,
)

if TYPE_CHECKING:
    from selftest.bench import Bench
    from selftest.report import Report


class Format(StrEnum):
    """How a stored report is shown."""

    HUMAN = "human"
    JSON = "json"
    OCP = "ocp"
    JUNIT = "junit"
    PDF = "pdf"
    SMS = "sms"


NumberOption = Annotated[int | None, typer.Option("--number", help="default the newest")]
OutOption = Annotated[Path | None, typer.Option("--out", help="default standard output")]


def report(
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    shape: Annotated[Format, typer.Option("--format", help="form")] = Format.HUMAN,
    number: NumberOption = None,
    out: OutOption = None,
    language: Language = Language.ID,
) -> None:
    """Show a stored report, the newest unless a number is given; one cut off is shown as such."""
    with explained():
        bench = find_bench(config, simulated=simulated)
        shown, pictures = _find(bench, number)
        if shape is Format.HUMAN and out is None:
            _show(shown, language)
            return
        content = _render(bench, shown, pictures, shape, language)
        _write(content, out)


def history(
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    last: Annotated[int, typer.Option("--last", help="how many, the newest first")] = 20,
) -> None:
    """List the stored reports."""
    from selftest.exporters.listing import history_json, render_history
    from selftest.outbox import list_reports

    with explained():
        listed = list_reports(find_bench(config, simulated=simulated), last)
        if as_json:
            sys.stdout.write(history_json(listed) + "\n")
        else:
            Console().print(render_history(listed))


def verify(
    place: Annotated[Path, typer.Argument(help="a report's JSON, or the text of a sheet's code")],
    key: Annotated[
        Path | None, typer.Option("--key", help="public JWK, or what `station keys public` prints")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove offline that a report, or a sheet's code, is what the station signed."""
    from selftest.errors import BadReportError
    from selftest.exporters.listing import proof_json
    from selftest.proof import prove
    from selftest.signing import SIGNING_KEY_NAME

    with explained():
        try:
            proved = prove(
                place, key or (config or USUAL_CONFIG).parent / "keys" / SIGNING_KEY_NAME
            )
        except BadReportError as error:
            Console(stderr=True).print(f"[red]✗[/] {place}: {error}", highlight=False)
            raise typer.Exit(FOUND_BAD) from error
        if as_json:
            sys.stdout.write(proof_json(proved) + "\n")
        else:
            said = f"{proved.station_code}  {proved.run_id}  {proved.verdict}"
            Console().print(f"[green]✓[/] {said}  kunci / key {proved.kid}", highlight=False)


def export(
    folder: Annotated[Path, typer.Argument(help="of a removable medium")],
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    after: Annotated[int, typer.Option("--after", help="only reports above this number")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Copy stored reports to a medium for a courier; what lies there already is left alone."""
    from selftest.exporters.listing import carried_json
    from selftest.outbox import carry_reports

    with explained():
        carried = carry_reports(find_bench(config, simulated=simulated), folder, after)
    if as_json:
        sys.stdout.write(carried_json(carried) + "\n")
        return
    text = f"{len(carried.copied)} laporan disalin / reports copied, {carried.present} sudah ada"
    Console().print(f"{text} / there already: {carried.folder}", highlight=False)


def _find(bench: "Bench", number: int | None) -> "tuple[Report, dict[str, bytes]]":
    from selftest.archive import find_report, last_report, pictures_of, read_report, stored_places
    from selftest.stream import is_running, newest_cut_off

    if is_running(bench):
        text = (
            "pemeriksaan sedang berjalan; ini laporan sebelumnya / a run goes on; this is the last"
        )
        Console(stderr=True).print(f"[yellow]{text}[/]")
    if number is not None:
        place = find_report(bench, number)
        return read_report(place), pictures_of(place)
    cut_off = newest_cut_off(bench)
    if cut_off is not None:
        return cut_off, {}
    newest = last_report(bench)
    return newest, pictures_of(stored_places(bench)[-1])


def _show(shown: "Report", language: Language) -> None:
    from selftest.exporters.human import render_report

    Console().print(render_report(shown, language.value))


def _render(
    bench: "Bench",
    shown: "Report",
    pictures: dict[str, bytes],
    shape: Format,
    language: Language,
) -> bytes:
    from selftest.exporters.forms import render_text
    from selftest.exporters.pdf import render_pdf

    if shape is Format.PDF:
        return render_pdf(shown, pictures, language=language.value, sign=bench.sign)
    return render_text(shown, shape.value, language.value).encode()


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    Console(stderr=True).print(f"{out}  {len(content)} bytes", highlight=False)
