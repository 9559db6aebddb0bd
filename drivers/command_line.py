"""What the commands of `python -m drivers` do and print."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drivers.catalog import build_device, driver_names
from drivers.devices import Device
from drivers.errors import (
    AccessDeniedError,
    DeviceBusyError,
    DeviceNotFoundError,
    DriverError,
    OptionsError,
)
from drivers.listing import DeviceRow, DriverRow, describe_drivers
from drivers.probing import Sample, save_pictures, take_sample_in_time
from drivers.transport.recording import Recordable
from drivers.transport.transcript import TranscriptWriter

GOOD, FOUND_BAD, COULD_NOT_RUN = 0, 1, 2
NOTHING_ATTACHED = (
    "Tidak ada perangkat yang terpasang: periksa kabel dan daya, lalu ulangi.\n"
    "No device is attached: check cables and power, and look again."
)
_COULD_NOT_RUN = (OptionsError, DeviceNotFoundError, DeviceBusyError, AccessDeniedError)


def print_drivers(*, as_json: bool) -> None:
    """Print every attached device with its driver, and the drivers that see none."""
    rows = describe_drivers(driver_names())
    console = Console()
    if as_json:
        console.print_json(json.dumps([asdict(row) for row in rows]))
        return
    table = Table("device", "driver", "kind", "port", "state", "firmware")
    for row in sorted(rows, key=lambda row: not row.attached):
        for cells in _device_cells(row):
            table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    if not any(row.attached for row in rows):
        console.print(NOTHING_ATTACHED, soft_wrap=True)


def run_probe(
    name: str, options: Sequence[str], *, out: Path | None, timeout_s: float, as_json: bool
) -> int:
    """Probe a device, print what was found and return the exit code."""

    def probe() -> int:
        device = build_device(name, name, parse_options(options))
        sample = _sample(device, timeout_s)
        if out is not None:
            _save(sample, out)
        _print_sample(sample, as_json=as_json)
        return GOOD

    return _reporting_errors(probe, as_json=as_json)


def run_record(name: str, options: Sequence[str], *, file: Path, timeout_s: float) -> int:
    """Record the traffic of one sample and return the exit code."""

    def record() -> int:
        device = build_device(name, name, parse_options(options))
        if not isinstance(device, Recordable):
            raise typer.BadParameter(f"driver {name} has no USB or serial link to record")
        with _new_transcript(file) as transcript:
            device.record_to(transcript)
            _sample(device, timeout_s)
        Console().print(f"{transcript.exchange_count} exchanges written to {file}", soft_wrap=True)
        return GOOD

    return _reporting_errors(record, as_json=False)


def parse_options(texts: Sequence[str]) -> dict[str, object]:
    """Read KEY=VALUE texts; the values stay text, the driver's options model reads them."""
    options: dict[str, object] = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise typer.BadParameter(f"--option {text} is not KEY=VALUE")
        options[key] = value
    return options


def _device_cells(row: DriverRow) -> list[tuple[str, ...]]:
    kind = row.kind or "-"
    if not row.attached:
        return [("-", row.driver, kind, "-", row.state, "-")]
    return [
        (_described(one), row.driver, kind, one.place, one.state, one.firmware or "-")
        for one in row.attached
    ]


def _described(device: DeviceRow) -> str:
    return f"{device.description}\n{device.offers}" if device.offers else device.description


def _new_transcript(file: Path) -> TranscriptWriter:
    if file.exists():
        raise typer.BadParameter(f"{file} exists; give a new file name")
    try:
        return TranscriptWriter(file)
    except OSError as error:
        raise typer.BadParameter(f"cannot write {file}: {error.strerror}") from error


def _save(sample: Sample, path: Path) -> None:
    if not sample.pictures:
        raise typer.BadParameter("this device gives no picture; leave out --out")
    try:
        save_pictures(sample, path)
    except OSError as error:
        raise typer.BadParameter(f"cannot write {path}: {error.strerror}") from error


def _sample(device: Device, timeout_s: float) -> Sample:
    with Console(stderr=True).status(f"{device.name}: taking a sample, up to {timeout_s:g} s"):
        return take_sample_in_time(device, timeout_s=timeout_s)


def _print_sample(sample: Sample, *, as_json: bool) -> None:
    console = Console()
    if as_json:
        console.print_json(json.dumps(sample.measurements))
        return
    table = Table("measurement", "value")
    for name, value in sample.measurements.items():
        table.add_row(name, Text("-" if value is None else str(value)))
    console.print(table)


def _reporting_errors(command: Callable[[], int], *, as_json: bool) -> int:
    """Run a command; print a DriverError with its issue id and turn it into an exit code."""
    try:
        return command()
    except DriverError as error:
        report = {
            "error": type(error).__name__,
            "issue_id": error.issue_id,
            "device": error.device,
            "message": error.message,
        }
        if as_json:
            Console().print_json(json.dumps(report))
        else:
            Console(stderr=True).print(Text(f"{error} [{error.issue_id}]"), soft_wrap=True)
        return COULD_NOT_RUN if isinstance(error, _COULD_NOT_RUN) else FOUND_BAD
