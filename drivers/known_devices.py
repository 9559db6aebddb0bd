"""Which driver serves which USB device: read off the drivers themselves, so no list is kept twice.

A driver names USB ids as `UsbId` values at the top level of its file, alone or in a collection.
"""

import importlib
import logging
from collections.abc import Iterable, Iterator

from drivers.catalog import driver_names, load_driver
from drivers.errors import OptionsError
from drivers.transport.usb import UsbId

log = logging.getLogger(__name__)


def usb_drivers() -> dict[UsbId, tuple[str, ...]]:
    """Return the names of the drivers for every USB id that any driver names, ordered by id.

    Imports every driver; one that does not load is left out and logged.
    """
    found: dict[UsbId, list[str]] = {}
    for name in driver_names():
        for usb_id in sorted(_named_by(name)):
            found.setdefault(usb_id, []).append(name)
    return {usb_id: tuple(found[usb_id]) for usb_id in sorted(found)}


def _named_by(name: str) -> set[UsbId]:
    try:
        load_driver(name)
    except OptionsError as error:
        log.warning("%s", error)
        return set()
    module = importlib.import_module(f"drivers.models.{name}")
    return {usb_id for value in vars(module).values() for usb_id in _usb_ids(value)}


def _usb_ids(value: object) -> Iterator[UsbId]:
    if isinstance(value, UsbId):
        yield value
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes | type):
        yield from (one for one in value if isinstance(one, UsbId))
