"""The part of a simulated device that is the same in all: identity, scene, faults, pacing."""

import hashlib
from collections.abc import Callable

from drivers.errors import DeviceNotFoundError
from drivers.frames import DeviceIdentity
from drivers.simulation.clock import Clock
from drivers.simulation.faults import FaultSet
from drivers.simulation.options import SimulatedOptions
from drivers.simulation.scene import Scene

FIRMWARE = "1.0"
_POLL_S = 0.02  # a cancelled wait ends within this time


class SimulatedUnit:
    """One simulated device unit, held by its driver."""

    def __init__(self, name: str, model: str, options: SimulatedOptions) -> None:
        self.name = name
        self.scene = Scene.shared(options.scene)
        self.faults = FaultSet(options.fault_kind, options.faults)
        self.scene.register_faults(name, self.faults)
        self.serial = serial_number(name, options.seed)
        self.identity = DeviceIdentity("Simulated", model, self.serial, FIRMWARE)
        self._next_frame_s = 0.0

    @property
    def clock(self) -> Clock:
        """The scene's clock."""
        return self.scene.clock

    def open(self) -> None:
        """Raise DeviceNotFoundError while the unit is unplugged."""
        if self.faults.is_unplugged():
            raise DeviceNotFoundError("not plugged in; check the cable", device=self.name)

    def begin_transfer(self, timeout_s: float, check_cancelled: Callable[[], None]) -> None:
        """Count a transfer and raise what the faults ask for; a stall can be cancelled."""

        def sleep_s(duration_s: float) -> None:
            check_cancelled()
            self.clock.sleep_s(duration_s)

        self.faults.begin_transfer(
            self.name, timeout_s=timeout_s, now_s=self.clock.now_s, sleep_s=sleep_s
        )

    def pace(self, frame_rate_hz: float) -> float:
        """Wait until the next frame is due and return its time."""
        now_s = self.clock.now_s()
        due_s = max(self._next_frame_s, now_s)
        if due_s > now_s:
            self.clock.sleep_s(due_s - now_s)
        late = now_s - self._next_frame_s > 1 / frame_rate_hz
        self._next_frame_s = (now_s if late else self._next_frame_s) + 1 / frame_rate_hz
        return due_s

    def wait(self, duration_s: float, check_cancelled: Callable[[], None]) -> None:
        """Wait on the scene's clock; ends early by what `check_cancelled` raises."""
        end_s = self.clock.now_s() + duration_s
        while (left_s := end_s - self.clock.now_s()) > 0:
            check_cancelled()
            self.clock.sleep_s(min(left_s, _POLL_S))


def serial_number(name: str, seed: str) -> str:
    """Return the serial of a simulated unit: follows from its name and seed."""
    return f"SIM-{hashlib.sha256(f'{name}/{seed}'.encode()).hexdigest()[:8].upper()}"
