"""What `python -m drivers watch` and `udev-rules` do and print."""

import json
import time

from rich.console import Console
from rich.text import Text

from drivers.errors import DriverError
from drivers.known_devices import usb_drivers
from drivers.transport.hotplug import DeviceChange, HotplugMonitor
from drivers.transport.udev_rules import write_rules
from drivers.transport.usb import UsbId

GOOD, COULD_NOT_RUN = 0, 2
_LOOK_EVERY_S = 0.5


def print_rules() -> None:
    """Print the udev rules for every USB id that a driver names."""
    Console().out(write_rules(usb_drivers()), end="", highlight=False)


def run_watch(seconds: float | None, *, as_json: bool) -> int:
    """Print a line for each change until the time is over or Ctrl-C; return the exit code."""
    console = Console()
    drivers = usb_drivers()
    end_s = None if seconds is None else time.monotonic() + seconds
    try:
        monitor = HotplugMonitor()
        Console(stderr=True).print("watching; Ctrl-C ends it")
        while end_s is None or time.monotonic() < end_s:
            left_s = _LOOK_EVERY_S if end_s is None else max(0.0, end_s - time.monotonic())
            change = monitor.wait(timeout_s=min(left_s, _LOOK_EVERY_S))
            if change is not None:
                _print_change(console, change, drivers, as_json=as_json)
    except DriverError as error:
        Console(stderr=True).print(Text(f"{error} [{error.issue_id}]"), soft_wrap=True)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        return GOOD
    return GOOD


def _print_change(
    console: Console,
    change: DeviceChange,
    drivers: dict[UsbId, tuple[str, ...]],
    *,
    as_json: bool,
) -> None:
    names = drivers.get(change.usb_id, ()) if change.usb_id is not None else ()
    if as_json:
        row = {
            "has_come": change.has_come,
            "name": change.name,
            "port": change.port,
            "usb_id": None if change.usb_id is None else str(change.usb_id),
            "drivers": names,
        }
        console.out(json.dumps(row), highlight=False)
        return
    known = f" [{', '.join(names)}]" if names else ""
    console.out(f"{change.text_id} / {change.text_en}{known}", highlight=False)
