"""`station centre`: make the centre's keys, trust stations, pull, verify, open.

Exit codes: 0 good, 1 found bad, 2 could not run.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TimeRemainingColumn,
    TransferSpeedColumn,
    track,
)
from rich.table import Table

from station.centre.collector import pull_station
from station.centre.errors import BadPackageError, CentreError, UnknownStationError
from station.centre.holdings import RECEIPT_FILE
from station.centre.intake import RECEIPTS_FOLDER, take_package, write_receipts
from station.centre.keys import CentreKeys, keygen
from station.centre.open_package import find_packages, open_package, verify
from station.centre.report import PullProgress, PullReport
from station.centre.stations import StationIdentity
from station.package.errors import RefusedPackageError
from station.package.manifest import inspect_manifest
from station.package.verify import read_jws

FOUND_BAD = 1
COULD_NOT_RUN = 2

centre_app = typer.Typer(
    name="centre",
    help="The central system's side: keys, pull, verify, open.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
KeysOption = Annotated[Path, typer.Option("--keys", help="folder that keygen made")]
OutOption = Annotated[Path, typer.Option("--out", help="where pulled packages are kept")]
JsonOption = Annotated[bool, typer.Option("--json", help="for programs")]
console = Console()
errors = Console(stderr=True)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the centre cannot do into a message and exit code 2."""
    try:
        yield
    except (CentreError, OSError) as error:
        errors.print(f"[red]centre:[/] {escape(str(error))}", highlight=False)
        raise typer.Exit(COULD_NOT_RUN) from error


@centre_app.command("keygen", epilog="example: station centre keygen var/centre")
def make_keys(
    folder: Path, name: Annotated[str, typer.Option(help="name of the centre")] = "KTP-el centre"
) -> None:
    """Make opening key, receipt key, authority and client certificate in a new folder."""
    with explained():
        keys = keygen(folder, name=name, now=datetime.now(UTC))
    console.print(f"made {folder}; give every station {keys.enrolment}")
    console.print("keep centre.age-identity and ca.key off the collecting machine where you can")


@centre_app.command(epilog="example: station centre trust station.json --keys var/centre")
def trust(
    identity: Path,
    keys: KeysOption,
    replace: Annotated[bool, typer.Option(help="accept a station's new keys")] = False,
) -> None:
    """Import a station's public identity (from `station keys public`)."""
    with explained():
        try:
            text = identity.read_bytes()
        except OSError as error:
            raise CentreError(f"{identity} cannot be read: {error.strerror}") from error
        station = StationIdentity.read(text)
        CentreKeys.load(keys).stations.trust(station, may_replace=replace)
    for what, fingerprint in station.fingerprints().items():
        console.print(f"{what}: {fingerprint}")


@centre_app.command(epilog="example: station centre pull https://10.1.1.7:8462 --keys var/centre")
def pull(
    urls: Annotated[list[str], typer.Argument(help="address, or CODE=address")],
    keys: KeysOption,
    out: OutOption = Path("var/pulled"),
    as_json: JsonOption = False,
) -> None:
    """Pull every new package, verify it, keep it, and answer with receipts."""
    with explained():
        centre = CentreKeys.load(keys)
        reports = [_pull_one(url, centre, out, is_quiet=as_json) for url in urls]
    if as_json:
        _write_json([report.as_dict() for report in reports])
    else:
        console.print(_report_table(reports))
    if any(report.error for report in reports):
        raise typer.Exit(COULD_NOT_RUN)
    if not all(report.is_good for report in reports):
        raise typer.Exit(FOUND_BAD)


@centre_app.command("open", epilog="example: station centre open var/pulled --keys var/centre")
def open_packages(
    packages: Annotated[list[Path], typer.Argument(help="package folders or bundles")],
    keys: KeysOption,
    out: OutOption = Path("var/opened"),
    as_json: JsonOption = False,
) -> None:
    """Verify and open packages, check their content again, write the members."""
    with explained():
        centre = CentreKeys.load(keys)
        _judge(
            packages, lambda folder: open_package(folder, centre, out).as_dict(), as_json=as_json
        )


@centre_app.command("verify", epilog="example: station centre verify var/pulled --keys var/centre")
def verify_packages(
    packages: Annotated[list[Path], typer.Argument(help="package folders or bundles")],
    keys: KeysOption,
    as_json: JsonOption = False,
) -> None:
    """Check signature, sizes and hashes; needs no opening key."""
    with explained():
        stations = CentreKeys.load(keys).stations
        _judge(packages, lambda folder: verify(folder, stations).as_dict(), as_json=as_json)


@centre_app.command(epilog="example: station centre take /media/stick --keys var/centre")
def take(
    packages: Annotated[list[Path], typer.Argument(help="a courier's medium, or package folders")],
    keys: KeysOption,
    out: OutOption = Path("var/pulled"),
    as_json: JsonOption = False,
) -> None:
    """Take in what a courier brought: verify, copy beside the pulled ones, make receipts."""
    with explained():
        centre = CentreKeys.load(keys)
        _judge(packages, lambda folder: _taken(folder, centre, out), as_json=as_json)


@centre_app.command(epilog="example: station centre receipts var/pulled --to /media/stick")
def receipts(
    folder: Annotated[Path, typer.Argument(help="where pulled packages are kept")],
    to: Annotated[Path | None, typer.Option(help="medium that carries receipts back")] = None,
    as_json: JsonOption = False,
) -> None:
    """List pulled packages and whether each has a receipt; copy the receipts to a medium."""
    with explained():
        rows = [_receipt_row(package) for package in find_packages(folder)]
        written = write_receipts(folder, to) if to is not None else 0
    if as_json:
        _write_json(rows)
        return
    if not rows:
        console.print(f"no packages in {folder}")
        return
    table = Table("station", "sequence", "package", "receipt")
    for row in rows:
        receipt = "yes" if row["has_receipt"] else "no"
        table.add_row(row["station_code"], str(row["sequence"]), row["package_id"], receipt)
    console.print(table)
    if to is not None:
        console.print(f"{written} receipts written to {to / RECEIPTS_FOLDER}")


def _taken(folder: Path, centre: CentreKeys, out: Path) -> dict[str, Any]:
    package = take_package(folder, centre, out)
    return {**asdict(package), "is_good": not package.findings}


def _receipt_row(package: Path) -> dict[str, Any]:
    try:
        manifest, _ = inspect_manifest(read_jws(package))
    except RefusedPackageError as error:
        raise CentreError(f"{package}: {error.problem}; verify it first") from error
    return {
        "station_code": manifest.station_code,
        "sequence": manifest.sequence,
        "package_id": manifest.package_id,
        "has_receipt": (package / RECEIPT_FILE).is_file(),
    }


def _pull_one(url: str, centre: CentreKeys, out: Path, *, is_quiet: bool) -> PullReport:
    code, _, address = url.rpartition("=")
    if not code:
        code = _only_code(centre, url)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=is_quiet, transient=True) as bar:
        task = bar.add_task(code, total=None)

        def show(progress: PullProgress) -> None:
            bar.update(task, completed=progress.done_bytes, total=progress.total_bytes)

        return pull_station(address, centre.stations.get(code), centre, out, progress=show)


def _only_code(centre: CentreKeys, url: str) -> str:
    codes = centre.stations.codes()
    if len(codes) != 1:
        known = ", ".join(codes) or "none"
        raise CentreError(f"which station is {url}? Write CODE={url}; trusted are: {known}")
    return codes[0]


def _judge(
    packages: Sequence[Path], look: Callable[[Path], dict[str, Any]], *, as_json: bool
) -> None:
    """Look at every package, tell what was found, and end with 1 if one is bad."""
    folders = [folder for place in packages for folder in find_packages(place)]
    if not folders:
        raise CentreError(f"no package in {', '.join(map(str, packages))}")
    results: list[dict[str, Any]] = []
    for folder in track(folders, "packages", console=errors, disable=as_json, transient=True):
        try:
            results.append(look(folder))
        except (BadPackageError, UnknownStationError) as error:
            results.append({"package_id": folder.name, "is_good": False, "refused": str(error)})
    if as_json:
        _write_json(results)
    else:
        for result in results:
            _say(result)
    if not all(result["is_good"] for result in results):
        raise typer.Exit(FOUND_BAD)


def _say(result: dict[str, Any]) -> None:
    verdict = "[green]good[/]" if result["is_good"] else "[red]bad[/]"
    detail = result.get("refused") or f"{result['station_code']} no. {result['sequence']}"
    console.print(f"{verdict} {result['package_id']} {escape(detail)}", highlight=False)
    for found in (*result.get("violations", ()), *result.get("findings", ())):
        console.print(f"     {found['code']}: {escape(found['detail'])}", highlight=False)


def _report_table(reports: Sequence[PullReport]) -> Table:
    table = Table("station", "listed", "whole", "receipts", "MB", "cuts", "s", "result")
    for report in reports:
        trouble = report.error or "; ".join(finding.detail for finding in report.findings)
        table.add_row(
            report.station_code,
            str(report.listed),
            str(len(report.completed)),
            str(len(report.receipted)),
            f"{report.received_bytes / 1e6:.2f}",
            str(report.cuts),
            f"{report.seconds:.1f}",
            trouble or ("good" if report.is_good else "look at the report: --json"),
        )
    return table


def _write_json(document: object) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
