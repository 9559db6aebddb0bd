"""Where the watch gets its readings: a UPS that may vanish and come back."""

from typing import Protocol

from drivers.devices import PowerSupply
from drivers.errors import DriverError
from drivers.frames import PowerReading
from selftest.history import unit_of
from selftest.report import Asset


class SupplyReader(Protocol):
    """Gives readings of one UPS."""

    @property
    def name(self) -> str:
        """The source's name in the log: the UPS's name in the configuration."""

    @property
    def unit(self) -> str | None:
        """Name under which the history knows the unit; None until it said who it is."""

    def read(self) -> PowerReading:
        """Return a reading; DriverError where there is none."""


class DeviceReader:
    """Reads a device that only the watch uses; after an error it is closed and opened anew."""

    def __init__(self, device: PowerSupply, *, timeout_s: float = 5.0) -> None:
        self._device = device
        self._timeout_s = timeout_s
        self._unit: str | None = None

    @property
    def name(self) -> str:
        """Name of the device."""
        return self._device.name

    @property
    def unit(self) -> str | None:
        """Who the UPS said it is."""
        return self._unit

    def read(self) -> PowerReading:
        """Open the device where it is not, and read it."""
        try:
            self._device.open()
            reading = self._device.read_power(timeout_s=self._timeout_s)
            self._unit = self._unit or self._identify()
        except DriverError:
            self.close()
            raise
        return reading

    def close(self) -> None:
        """Let the device go."""
        self._unit = None
        self._device.close()

    def _identify(self) -> str:
        told = self._device.identity()
        return unit_of(
            Asset(
                name=self._device.name,
                role=self._device.kind,
                make=told.make,
                model=told.model,
                serial=told.serial,
            )
        )
