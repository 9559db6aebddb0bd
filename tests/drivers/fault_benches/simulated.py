"""Benches of the simulated devices, on a clock that stands still until somebody waits.

Their faults act from a transfer on until they are repaired.
"""

import uuid

from drivers.devices import CaptureTarget
from drivers.errors import (
    DeviceNotFoundError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.models.sim_camera import SimCamera, SimCameraOptions
from drivers.models.sim_card import SimCard, SimCardOptions
from drivers.models.sim_iris import SimIris, SimIrisOptions
from drivers.models.sim_pad import SimPad, SimPadOptions
from drivers.models.sim_scanner import SimScanner, SimScannerOptions
from drivers.models.sim_ups import SimUps, SimUpsOptions
from drivers.simulation.clock import ManualClock
from drivers.simulation.scene import Scene
from tests.drivers.fault_walk import Bench, Fault

TIMEOUT_S = 0.5
SIM_KINDS = {Fault.UNPLUG: "unplug_at={}", Fault.STALL: "stall@{}", Fault.SHORT: "short@{}"}


class SimulatedBench(Bench):
    """A transfer is one reading."""

    seam = "simulated"
    transfers = ("read",) * 3
    kinds = SIM_KINDS
    limit_s = 1.5 * TIMEOUT_S

    def set_up(self):
        fault = self.emulated_fault(lambda text, number: text.format(number + 1))
        scene, self.clock = f"bench {uuid.uuid4()}", ManualClock()
        Scene.shared(scene, clock=self.clock)
        self.stack.callback(Scene.forget, scene)
        options = self.options(
            scene=scene, faults=() if fault is None else (fault,), **self.own_options()
        )
        self.device = self.model("device", options)
        self.device.begin_transaction("bench")

    def own_options(self):
        return {}

    def now_s(self):
        return self.clock.now_s()

    def capture(self):
        with self.device:
            return [self.read() for _ in self.transfers]

    def replug(self):
        self.device.unit.faults.clear()

    def made_transfers(self):
        return self.named(self.device.unit.faults.transfers)

    def expected(self, hit, good):
        match hit.fault:
            case Fault.UNPLUG:
                return TransportError if hit.number else DeviceNotFoundError
            case Fault.STALL:
                return TransportTimeoutError
        return ProtocolError


class SimulatedScanner(SimulatedBench):
    """A finger that comes, settles and rests: one second, at five frames in two seconds."""

    model, options = SimScanner, SimScannerOptions
    transfers = ("read",) * 4
    limit_s = 4 * 0.4 + TIMEOUT_S + 0.1

    def own_options(self):
        return {"model": "single", "frame_rate": 2.5}

    def capture(self):
        with self.device:
            frames = [self.read() for _ in self.transfers]
        means = [frame.pixels.mean() for frame in frames]
        assert means[-1] < means[0] - 3  # ridges are dark
        return [frame.pixels.shape for frame in frames]

    def read(self):
        return self.device.read_frame(target=CaptureTarget.RIGHT_INDEX, timeout_s=TIMEOUT_S)


class SimulatedCamera(SimulatedBench):
    """Two pictures."""

    model, options = SimCamera, SimCameraOptions
    transfers = ("read",) * 2

    def read(self):
        return self.device.read_frame(timeout_s=TIMEOUT_S).pixels.shape


class SimulatedIris(SimulatedBench):
    """Three pairs."""

    model, options = SimIris, SimIrisOptions

    def read(self):
        pair = self.device.read_eyes(timeout_s=TIMEOUT_S)
        return pair.right.pixels.shape, pair.left.pixels.shape


class SimulatedPad(SimulatedBench):
    """The beginning of a signature."""

    model, options = SimPad, SimPadOptions
    transfers = ("read",) * 8
    limit_s = 8 * TIMEOUT_S + 0.1

    def capture(self):
        with self.device:
            self.device.start_inking()
            samples = [len(self.read()) for _ in self.transfers]
            self.device.stop_inking()
        assert sum(samples) > 0
        return samples[0]  # nobody writes at once

    def read(self):
        return self.device.read_samples(timeout_s=TIMEOUT_S)


class SimulatedUps(SimulatedBench):
    """Three readings."""

    model, options = SimUps, SimUpsOptions

    def read(self):
        return self.device.read_power(timeout_s=TIMEOUT_S).state


class SimulatedCard(SimulatedBench):
    """A card is seen and asked."""

    model, options = SimCard, SimCardOptions

    def read(self):
        return self.device.read_atr(timeout_s=TIMEOUT_S)
