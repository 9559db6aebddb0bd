"""The USB tree as sysfs shows it: where a device is, how fast, and ports that carried too much."""

from pathlib import Path

from drivers.devices import Device
from drivers.errors import DriverError
from selftest.errors import NotReadyError
from selftest.host_files import numbers_of, read_number

_DEVICES = "sys/bus/usb/devices"
_PLACE = "USB "


def usb_port_of_device(device: Device) -> str:
    """Return the port of a device as sysfs names it, "1-4.2"; NotReadyError where none is sure."""
    wanted = getattr(device.options, "port", None)
    try:
        attached = type(device).find_attached()
    except DriverError as error:
        raise NotReadyError(f"USB tidak terbaca / not readable: {error}") from error
    ports = [
        one.place.removeprefix(_PLACE) for one in attached or () if one.place.startswith(_PLACE)
    ]
    found = [port for port in ports if wanted in (None, port)]
    if not found:
        raise NotReadyError("tidak terlihat pada USB / not seen on USB")
    if len(found) > 1:
        places = ", ".join(found)
        raise NotReadyError(f"lebih dari satu / more than one: {places}; set the option port")
    return found[0]


def link_speed_mbit_per_s(root: Path, port: str) -> float | None:
    """Return the speed of the link: 1.5, 12, 480, 5000 or more Mbit/s."""
    return read_number(root / _DEVICES / port / "speed")


def over_current_counts(root: Path) -> dict[str, float]:
    """Return how often each port carried too much since the start (kernel ABI since 2018)."""
    counts = numbers_of(root / _DEVICES, "*/*-port*/over_current_count")
    counts |= numbers_of(root / _DEVICES, "*/*/*-port*/over_current_count")
    by_port = {place.parent.name: value for place, value in counts.items()}
    return dict(sorted(by_port.items()))
