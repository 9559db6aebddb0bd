"""Benches of the drivers whose vendor's library runs in a process of its own."""

import sys

from drivers.errors import (
    DeviceBusyError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.models.gphoto_camera import GphotoCamera, GphotoCameraOptions
from drivers.models.pcsc_reader import PcscReader, PcscReaderOptions
from drivers.simulation.wire.card_vpcd import GET_UID
from drivers.transport.gphoto import GphotoLink
from drivers.transport.pcsc import PcscLink
from tests.drivers.fault_walk import Bench, Fault

CALL_LIMIT_S = 5.0  # a process that begins on a busy machine takes a second
BEGIN_LIMIT_S = 0.6  # where a process also begins; one that does not in time hangs as well
HANG_LIMIT_S = 0.2
WORKER_KINDS = {
    Fault.UNPLUG: "vanish",
    Fault.STALL: "hang",
    Fault.SHORT: "short",
    Fault.REFUSE: "busy",
    Fault.DIE: "die",
}


class WorkerBench(Bench):
    """A transfer is one call of the worker, a real process that runs an emulated library."""

    seam = "worker"
    kinds = WORKER_KINDS
    limit_s = 4.0  # a process begins within a second on a busy machine; a call may take one

    def set_up(self):
        fault = self.emulated_fault("{}@{}".format)
        self.fault = () if fault is None else ("--fault", fault)
        self.timeout_s = CALL_LIMIT_S
        self.open_timeout_s = CALL_LIMIT_S
        if self.hit is not None and self.hit.fault is Fault.STALL:
            self.timeout_s = HANG_LIMIT_S
            self.open_timeout_s = BEGIN_LIMIT_S
        self.calls = []
        self.device = self.make_device()

    def make_link(self):
        command = (sys.executable, "-m", self.emulator, *self.fault)
        link = self.link(
            device="device", check_cancel=self.device._raise_if_cancelled, worker=command
        )
        ask = link._worker.call

        def counted(name, **values):
            self.calls.append(name)
            return ask(name, **values)

        link._worker.call = counted
        return link

    def made_transfers(self):
        return tuple(self.calls)

    def replug(self):
        self.fault = ()
        self.timeout_s = CALL_LIMIT_S

    def expected(self, hit, good):
        match hit.fault:
            case Fault.STALL:
                return TransportTimeoutError
            case Fault.REFUSE:
                return DeviceBusyError
            case Fault.SHORT:
                return ProtocolError
        return TransportError


class GphotoWorker(WorkerBench):
    """A still camera: a picture of the live view, then a full one."""

    transfers = ("open", "settings", "set", "preview", "capture", "close")
    emulator = "drivers.simulation.wire.gphoto_emulator"
    link = GphotoLink

    def make_device(self):
        options = GphotoCameraOptions(open_timeout_s=self.open_timeout_s)
        return GphotoCamera("device", options, self.make_link)

    def capture(self):
        with self.device:
            seen = self.device.read_frame(timeout_s=self.timeout_s)
            still = self.device.read_still(timeout_s=self.timeout_s)
        return seen.pixels.tobytes(), still.pixels.tobytes()

    def expected(self, hit, good):
        if self.transfers[hit.number] == "close":
            return good  # closing never raises
        if hit.fault is Fault.SHORT and self.transfers[hit.number] == "set":
            return good  # its answer is empty
        return super().expected(hit, good)


class PcscWorker(WorkerBench):
    """A card reader: is a chip there, and its number."""

    transfers = ("open", "status", "exchange")
    emulator = "drivers.simulation.wire.pcsc_emulator"
    link = PcscLink

    def make_device(self):
        options = PcscReaderOptions(open_timeout_s=self.open_timeout_s)
        return PcscReader("device", options, self.make_link)

    def capture(self):
        with self.device:
            has_chip = self.device.has_chip(timeout_s=self.timeout_s)
            return has_chip, self.device.exchange(GET_UID, timeout_s=self.timeout_s)
