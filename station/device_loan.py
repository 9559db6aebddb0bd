"""Lends devices of the station to the self-test: a device that is lent is nobody else's.

    wait until nobody records with it -> its slot is held -> self-test -> a look -> slot is free
                                                   |
                                                   hangs -> slot is hung until its thread is back

A live view that is open on a device counts as recording with it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from drivers.devices import Device
from drivers.errors import DeviceBusyError, DriverError
from selftest.errors import HungError, NotReadyError
from station.device_room import DeviceRoom
from station.device_slot import DeviceSlot

WAIT_LIMIT_S = 20.0  # for a recording to end; our choice
_SIGN_OF_LIFE_S = 0.5
_SILENT_LIMIT_S = 3.0  # then a device that hangs shows as hung
_USED_FOR = "sedang diuji / the self-test is using it"
_IN_USE = "sedang dipakai merekam: ulangi nanti / in use by a recording: repeat later"
_HANGS = "macet: cabut dan colokkan kembali / hangs: unplug it and plug it in again"


class _Loan:
    """Holds the thread of a slot until the device is given back."""

    def __init__(self, slot: DeviceSlot[Device]) -> None:
        self._slot = slot
        self._begun = threading.Event()
        self._over = threading.Event()
        self._is_hung = False

    def begin(self, deadline_s: float) -> None:
        """Take the slot once it is free; raises NotReadyError where that takes too long."""
        while True:
            try:
                self._hold()
            except DeviceBusyError as error:
                if time.monotonic() >= deadline_s:
                    raise NotReadyError(_IN_USE) from error
            except DriverError as error:
                raise NotReadyError(_HANGS) from error
            else:
                self._begun.wait()
                return

    def end(self, *, hung: HungError | None = None) -> None:
        """Give the slot back; one whose device hangs only when its thread is back."""
        if hung is None or hung.back is None:
            self._over.set()
            return
        back = hung.back
        self._is_hung = True
        name = f"hung-{self._slot.name}"
        threading.Thread(target=self._end_after, args=(back,), name=name, daemon=True).start()

    def _hold(self) -> "Future[None]":
        return self._slot.lend(
            self._wait_and_look, silent_limit_s=_SILENT_LIMIT_S, used_for=_USED_FOR
        )

    def _wait_and_look(self, device: Device) -> None:
        """Run on the slot's thread; what it sees at the end becomes the state of the slot."""
        device.close()
        self._begun.set()
        while not self._over.wait(_SIGN_OF_LIFE_S):
            if not self._is_hung:
                self._slot.touch()
        self._slot.touch()
        device.open()
        device.identity()

    def _end_after(self, back: threading.Event) -> None:
        back.wait()
        self._over.set()


class DeviceLoans:
    """Lends devices of the room one at a time."""

    def __init__(
        self,
        room: DeviceRoom,
        *,
        told_waiting: Callable[[str | None], None] = lambda _: None,
        wait_limit_s: float = WAIT_LIMIT_S,
    ) -> None:
        self._room = room
        self._told_waiting = told_waiting
        """Told the name of the device that is waited for, then None."""
        self._wait_limit_s = wait_limit_s

    @contextmanager
    def lend(self, device: Device) -> Iterator[None]:
        """Lend a device for the block; raises NotReadyError where nobody gives it back in time."""
        slot = next(slot for slot in self._room.slots() if slot.device is device)
        loan = _Loan(slot)
        self._told_waiting(slot.name)
        try:
            loan.begin(time.monotonic() + self._wait_limit_s)
        finally:
            self._told_waiting(None)
        try:
            yield
        except HungError as error:
            loan.end(hung=error)
            raise
        except BaseException:
            loan.end()
            raise
        loan.end()
