"""Look for the devices of every driver at once; one that hangs is named, and holds up no other."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.catalog import load_driver
from drivers.devices import AttachedDevice
from drivers.errors import DriverError, OptionsError
from drivers.transport.attachment import examine

LOOK_LIMIT_S = 5.0  # for all drivers together; a search of the network takes 1 s


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One attached device in the list."""

    place: str
    description: str
    problem: str | None
    firmware: str | None
    holders: tuple[str, ...]
    offers: str = ""
    """What a camera says of its picture sizes."""

    @property
    def state(self) -> str:
        """Say in words whether it can be used."""
        if self.problem is not None:
            return self.problem
        if self.holders:
            return f"in use by {', '.join(self.holders)}; close it"
        return "attached"


@dataclass(frozen=True, slots=True)
class DriverRow:
    """One driver in the list."""

    driver: str
    kind: str | None
    attached: tuple[DeviceRow, ...] | None
    state: str


def describe_driver(name: str) -> DriverRow:
    """Load a driver and look for its devices; a failure becomes the state."""
    try:
        driver = load_driver(name)
    except OptionsError as error:
        return DriverRow(name, None, None, error.message)
    try:
        attached = driver.find_attached()
    except DriverError as error:
        return DriverRow(name, driver.kind, None, f"cannot look: {error.message}")
    if attached is None:
        return DriverRow(name, driver.kind, None, "by configuration")
    rows = tuple(_describe_device(one) for one in attached)
    bad = [f"{row.place}: {row.state}" for row in rows if row.state != "attached"]
    return DriverRow(
        name, driver.kind, rows, "; ".join(bad) or ("attached" if rows else "not attached")
    )


def describe_drivers(
    names: Sequence[str], *, limit_s: float = LOOK_LIMIT_S
) -> tuple[DriverRow, ...]:
    """Look for the devices of all drivers side by side; returns within the limit."""
    found: dict[str, DriverRow] = {}

    def look(name: str) -> None:
        found[name] = describe_driver(name)

    threads = [
        threading.Thread(target=look, args=(name,), name=f"look {name}", daemon=True)
        for name in names
    ]
    for thread in threads:
        thread.start()
    deadline_s = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(0.0, deadline_s - time.monotonic()))
    silent = f"no answer in {limit_s:g} s; unplug its device and plug it in again"
    return tuple(found.get(name) or DriverRow(name, None, None, silent) for name in names)


def _describe_device(attached: AttachedDevice) -> DeviceRow:
    closer = examine(attached.place)
    return DeviceRow(
        place=attached.place,
        description=attached.description,
        problem=attached.problem,
        firmware=closer.firmware,
        holders=closer.holders,
        offers=closer.offers,
    )
