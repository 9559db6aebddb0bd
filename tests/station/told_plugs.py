"""Stands where `HotplugWatcher` stands in a station: the test tells what came and went."""

from collections.abc import Callable

from drivers.transport.hotplug import DeviceChange
from drivers.transport.usb import UsbId


class ToldPlugs:
    """A source of plugging events; give it to a station as `watch_plugging`."""

    def __init__(self) -> None:
        self._on_change: Callable[[DeviceChange], None] | None = None

    def __call__(self, on_change: Callable[[DeviceChange], None]) -> "ToldPlugs":
        self._on_change = on_change
        return self

    def __enter__(self) -> "ToldPlugs":
        return self

    def __exit__(self, *_about_error: object) -> None:
        self._on_change = None

    @property
    def is_heard(self) -> bool:
        return self._on_change is not None

    def tell(self, *, has_come: bool) -> None:
        assert self._on_change is not None, "nobody listens"
        self._on_change(DeviceChange(has_come, "1-3", "Emulated", UsbId(0x05BA, 0x000A)))
