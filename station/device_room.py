"""The station's devices: one slot each, so that one that hangs never hangs the others.

A probe comes right after something was plugged in or out, where the system tells of it, and every
few seconds anyway.
"""

import threading
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TypeVar, cast

import structlog

from drivers.devices import Device
from drivers.errors import DeviceNotFoundError, DriverError
from drivers.transport.hotplug import DeviceChange
from station.device_slot import SOUND_STATES, DeviceSlot, SlotStatus
from station.plugging import PlugBell, WatchPlugging

D = TypeVar("D", bound=Device)

log = structlog.get_logger()

PROBE_INTERVAL_S = 5.0  # where the system does not tell of plugging; our choice
SECOND_LOOK_S = 1.0  # what was plugged in and is not there yet: its driver may load; our choice


class DeviceRoom:
    """All slots, and one prober thread per device that notices plugging and unplugging."""

    def __init__(
        self,
        slots: Iterable[DeviceSlot[Device]],
        *,
        watch_plugging: WatchPlugging | None = None,
    ) -> None:
        self._slots = {slot.name: slot for slot in slots}
        self._watch_plugging = watch_plugging
        self._watching = ExitStack()
        self._stop = threading.Event()
        self._bells: list[PlugBell] = []
        self._probers: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to watch the devices."""
        for slot in self._slots.values():
            bell = PlugBell()
            prober = threading.Thread(
                target=self._watch, args=(slot, bell), name=f"probe-{slot.name}", daemon=True
            )
            self._bells.append(bell)
            self._probers.append(prober)
            prober.start()
        self._listen()

    def first_probe(self) -> None:
        """Look at every device once, one after the other; for the start and for tests."""
        for slot in self._slots.values():
            slot.probe()

    def slots(self) -> tuple[DeviceSlot[Device], ...]:
        """Return the slots in the order of the configuration."""
        return tuple(self._slots.values())

    def status(self) -> tuple[SlotStatus, ...]:
        """Return what is known of every device; never waits for one."""
        return tuple(slot.status() for slot in self._slots.values())

    def first(self, kind: type[D]) -> DeviceSlot[D]:
        """Return the first configured device of a kind; raises DeviceNotFoundError."""
        for slot in self._slots.values():
            if isinstance(slot.device, kind):
                return cast(DeviceSlot[D], slot)
        raise DeviceNotFoundError("no device of this kind is configured", device=kind.kind)

    def has(self, kind: type[Device]) -> bool:
        """Tell whether a device of this kind is configured."""
        return any(isinstance(slot.device, kind) for slot in self._slots.values())

    def close(self) -> None:
        """Stop watching and close every device."""
        self._watching.close()
        self._stop.set()
        for bell in self._bells:
            bell.end()
        for prober in self._probers:
            prober.join(timeout=2.0)
        for slot in self._slots.values():
            slot.close()

    def _listen(self) -> None:
        """Let changes ring; where none are told, the probes every few seconds are left."""
        if self._watch_plugging is None:
            return
        try:
            self._watching.enter_context(self._watch_plugging(self._ring))
        except DriverError as error:
            log.warning("plugging is noticed late", every_s=PROBE_INTERVAL_S, cause=error.message)

    def _ring(self, change: DeviceChange) -> None:
        log.info("device plugged" if change.has_come else "device unplugged", what=change.text_en)
        for bell in self._bells:
            bell.ring(change)

    def _watch(self, slot: DeviceSlot[Device], bell: PlugBell) -> None:
        slot.probe()
        places = slot.places()
        interval_s = PROBE_INTERVAL_S
        while not self._stop.is_set():
            news = bell.wait(interval_s)
            if self._stop.is_set():
                return
            before, places = places, slot.places() if news.is_any else places
            slot.probe(is_doubted=news.may_mean_gone(before, places))
            is_awaited = news.has_come and slot.status().state not in SOUND_STATES
            interval_s = SECOND_LOOK_S if is_awaited else PROBE_INTERVAL_S
