"""What a check looks at: one device of the bench, or the computer itself."""

from collections.abc import Callable
from typing import TypeVar

from drivers.devices import Device
from drivers.errors import DriverError
from selftest.bench import Bench
from selftest.errors import NotReadyError

DeviceType = TypeVar("DeviceType", bound=Device)
Result = TypeVar("Result")


class Subject:
    """Lives as long as one run; only its owner thread touches the device."""

    def __init__(self, bench: Bench, device: Device | None = None) -> None:
        self.bench = bench
        self._device = device
        self._kept: dict[object, object] = {}

    @property
    def name(self) -> str | None:
        """Name of the device, None for the computer."""
        return self._device.name if self._device is not None else None

    def device(self, kind: type[DeviceType]) -> DeviceType:
        """Return the device, opened or not; NotReadyError where none is configured."""
        if not isinstance(self._device, kind):
            raise NotReadyError("tidak ada dalam konfigurasi / not configured")
        return self._device

    def opened(self, kind: type[DeviceType]) -> DeviceType:
        """Return the open device; NotReadyError where it did not open."""
        device = self.device(kind)
        if not device.is_open:
            raise NotReadyError("perangkat tidak terbuka / the device is not open")
        return device

    def once(self, make: Callable[["Subject"], Result]) -> Result:
        """Return what `make` gives, made once per run; DriverError of the one try is repeated."""
        if make not in self._kept:
            try:
                self._kept[make] = make(self)
            except DriverError as error:
                self._kept[make] = error
        kept = self._kept[make]
        if isinstance(kept, DriverError):
            raise kept
        return kept  # type: ignore[return-value]  # keyed by the function that made it
