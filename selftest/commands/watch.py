"""`selftest watch`: follow the mains through the UPS and keep the power log."""

import datetime
import json
import signal
import sys
import threading
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
    from collections.abc import Callable

    from selftest.bench import Bench
    from selftest.power.events import Event
    from selftest.power.watch import PowerWatch


def watch(
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    interval: Annotated[float, typer.Option(help="seconds between readings", min=1, max=5)] = 3.0,
    minutes: Annotated[
        float | None, typer.Option(help="stop after so long; else at Ctrl-C", min=0)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the power log until stopped; one event a line."""
    from selftest.power.events import POLL_NOTE_EN, POLL_NOTE_ID

    with explained():
        bench = find_bench(config, simulated=simulated)
        console = Console(stderr=True)
        console.print(f"{bench.history_file}\n{POLL_NOTE_ID}\n{POLL_NOTE_EN}", highlight=False)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        watching = make_watch(bench, interval, _write_json if as_json else _write_line)
        if minutes is not None:
            timer = threading.Timer(60 * minutes, stop.set)
            timer.daemon = True
            timer.start()
        with console.status("mengamati listrik / watching the mains"):
            watching.run(stop)


def make_watch(bench: "Bench", interval_s: float, told: "Callable[[Event], None]") -> "PowerWatch":
    """Return the watch of the bench's UPS; BenchError where none is configured."""
    from drivers.devices import PowerSupply
    from selftest.errors import BenchError
    from selftest.history import History
    from selftest.power.supply import DeviceReader
    from selftest.power.watch import PowerWatch

    found = [device for device in bench.devices if isinstance(device, PowerSupply)]
    if not found:
        raise BenchError("no UPS is configured; add a [[devices]] table with driver nut_ups")
    return PowerWatch(
        History(bench.history_file),
        DeviceReader(found[0]),
        interval_s=interval_s,
        nominal_mains_v=bench.nominal_mains_v,
        told=told,
    )


def _write_line(event: "Event") -> None:
    from selftest.power.events import EVENT_WORDS, EventKind

    unit = "s" if event.kind is EventKind.CLOCK else "V"
    value = "" if event.value is None else f"  {event.value:g} {unit}"
    lasted_s = 0.0 if event.ended is None else event.duration_s(event.ended)
    if event.ended is None:
        length = "  mulai / begins"
    else:
        length = f"  selesai / over, {lasted_s:.0f} s" if lasted_s else ""
    words = " / ".join(EVENT_WORDS[event.kind])
    sys.stdout.write(f"{event.began.astimezone():%H:%M:%S}  {words}{value}{length}\n")
    sys.stdout.flush()


def _write_json(event: "Event") -> None:
    sys.stdout.write(json.dumps(event_document(event)) + "\n")
    sys.stdout.flush()


def event_document(event: "Event") -> dict[str, object]:
    """Return an event for programs."""
    return {
        "kind": event.kind.value,
        "began": _written(event.began),
        "ended": _written(event.ended),
        "value": event.value,
    }


def _written(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(datetime.UTC).isoformat()
