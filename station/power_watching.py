"""Watches the mains through the station's UPS; what happens is kept for the self-test.

The UPS is read through its slot: two readers of one serial UPS would garble each other. While the
self-test has the UPS there are no readings, and the watch notes that there were none.
"""

import threading

import apsw
import structlog

from drivers.devices import PowerSupply
from drivers.errors import DriverError
from drivers.frames import PowerReading
from selftest.bench import Bench
from selftest.history import History, unit_of
from selftest.power.watch import PowerWatch
from selftest.report import Asset
from station.device_room import DeviceRoom
from station.device_slot import DeviceSlot

log = structlog.get_logger()

INTERVAL_S = 4.0  # a NUT driver polls each 2 to 5 s; our choice
READ_LIMIT_S = 5.0
CLOSE_LIMIT_S = READ_LIMIT_S + 3.0


class SlotReader:
    """Reads a UPS through its slot."""

    def __init__(self, slot: DeviceSlot[PowerSupply]) -> None:
        self._slot = slot
        self._unit: str | None = None

    @property
    def name(self) -> str:
        """Name of the UPS in the configuration."""
        return self._slot.name

    @property
    def unit(self) -> str | None:
        """Who the UPS said it is; None until it did."""
        return self._unit

    def read(self) -> PowerReading:
        """Return a reading; raises DriverError where there is none, also while it is tested."""
        try:
            reading, self._unit = self._slot.call(_read, timeout_s=READ_LIMIT_S)
        except DriverError:
            self._unit = None
            raise
        return reading


class PowerWatching:
    """The watch of the first UPS, in a thread of its own; nothing where there is none."""

    def __init__(self, room: DeviceRoom, bench: Bench, *, interval_s: float = INTERVAL_S) -> None:
        self._room = room
        self._bench = bench
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="power-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        if self._room.has(PowerSupply):
            self._thread.start()

    def close(self) -> None:
        """End the watch in order: what lasts is written."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_LIMIT_S)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch().run(self._stop)
            except (apsw.Error, OSError) as error:  # a full disk: tried again, never the end
                log.warning("the power log cannot be written", cause=str(error))
                self._stop.wait(self._interval_s)

    def _watch(self) -> PowerWatch:
        return PowerWatch(
            History(self._bench.history_file),
            SlotReader(self._room.first(PowerSupply)),
            interval_s=self._interval_s,
            nominal_mains_v=self._bench.nominal_mains_v,
        )


def _read(device: PowerSupply) -> tuple[PowerReading, str]:
    reading = device.read_power(timeout_s=READ_LIMIT_S)
    told = device.identity()
    asset = Asset(
        name=device.name, role=device.kind, make=told.make, model=told.model, serial=told.serial
    )
    return reading, unit_of(asset)
