"""Benches of devices on an emulated line: in place of the port, on a terminal, over TCP."""

import time

from drivers.devices import PowerCommand
from drivers.errors import ProtocolError, TransportError, TransportTimeoutError
from drivers.models.megatec_ups import MegatecUps, MegatecUpsOptions
from drivers.models.nut_ups import NutUps, NutUpsOptions
from drivers.models.zfm20 import Zfm20, Zfm20Options
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.megatec_device import MegatecDevice
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import (
    EmulatedLine,
    EmulatedSerialLink,
    LineFault,
    LineFaultKind,
)
from drivers.simulation.wire.upsd_device import UpsdDevice
from drivers.simulation.wire.upsd_server import EmulatedServer
from drivers.simulation.wire.zfm_device import ModuleSetup, ZfmDevice
from tests.drivers.fault_walk import REQUIRED, Bench, Fault
from tests.drivers.synthetic_ridges import packed_ridges

LINE_KINDS = {
    Fault.UNPLUG: LineFaultKind.UNPLUG,
    Fault.STALL: LineFaultKind.STALL,
    Fault.SHORT: LineFaultKind.SHORT,
    Fault.SKIP: LineFaultKind.SKIP,
    Fault.FLIP: LineFaultKind.FLIP,
    Fault.NOISE: LineFaultKind.NOISE,
}


REQUIRED_KINDS = {fault: LINE_KINDS[fault] for fault in REQUIRED}


def emulated_power():
    return SimulatedPower(FaultSet("power_supply"), time.monotonic, seed="bench")


class LineBench(Bench):
    """An emulated line: a transfer is one answer of the device."""

    kinds = LINE_KINDS
    answer_timeout_s = 0.1

    def set_up(self):
        self.line = EmulatedLine(self.make_emulator(), self.emulated_fault(LineFault))
        self.device = self.make_device()

    def make_link(self):
        return EmulatedSerialLink(self.line, device="device")

    def replug(self):
        self.line.replug()

    def made_transfers(self):
        return self.named(self.line.transfers)


class TerminalBench(LineBench):
    """The line is on a pseudo-terminal, under pyserial; damaged bytes are walked on the link."""

    kinds = REQUIRED_KINDS
    answer_timeout_s = 0.2  # another thread answers, on a machine that may be busy

    def set_up(self):
        super().set_up()
        terminal = PseudoTerminal(self.line, link_path=self.port)
        self.terminal = self.stack.enter_context(terminal)

    @property
    def port(self):
        return self.folder / "ttyUSB0"

    def replug(self):
        self.terminal.replug()


class Zfm20OnLink(LineBench):
    """A serial module: it is asked again for what came damaged."""

    seam = "link"
    transfers = ("password", "parameters", "taken", "sending", *["data"] * 144)
    limit_s = 2.0

    def make_emulator(self):
        return ZfmDevice(ModuleSetup(packed_ridges(), size_code=3))

    def make_device(self):
        options = Zfm20Options(port="emulated", answer_timeout_s=self.answer_timeout_s)
        return Zfm20("device", options, self.make_link)

    def capture(self):
        with self.device:
            return self.device.read_frame(timeout_s=0.3).pixels.tobytes()

    def expected(self, hit, good):
        last = len(self.transfers) - 1
        match hit.fault:
            case Fault.UNPLUG:
                return TransportError
            case Fault.STALL:
                return TransportTimeoutError
            case Fault.SKIP if hit.number in (0, 1, 2, last):
                return TransportTimeoutError
        return good  # asked for again: damaged, or the next packet came out of turn


class Zfm20OnTerminal(TerminalBench, Zfm20OnLink):
    """As on the link, at transfers of every kind."""

    seam = "terminal"
    numbers = (0, 1, 2, 3, 4, 74, 147)

    def make_device(self):
        options = Zfm20Options(port=str(self.port), answer_timeout_s=self.answer_timeout_s)
        return Zfm20("device", options)


class MegatecOnLink(LineBench):
    """A UPS on a serial line: it is asked again for what came damaged.

    A letter that changed in its name cannot be seen, and so the name is not compared.
    """

    seam = "link"
    transfers = ("status", "name", "rating", "status")
    limit_s = 2.0

    def make_emulator(self):
        return MegatecDevice(emulated_power())

    def make_device(self):
        options = MegatecUpsOptions(port="emulated", answer_timeout_s=self.answer_timeout_s)
        return MegatecUps("device", options, self.make_link)

    def capture(self):
        with self.device:
            reading = self.device.read_power(timeout_s=1.0)
        return reading.state, round(reading.battery_voltage_v)

    def expected(self, hit, good):
        match hit.fault:
            case Fault.UNPLUG:
                return TransportError
            case Fault.STALL | Fault.SKIP:
                return TransportTimeoutError
        return good


class MegatecOnTerminal(TerminalBench, MegatecOnLink):
    """The same on a terminal."""

    seam = "terminal"

    def make_device(self):
        options = MegatecUpsOptions(port=str(self.port), answer_timeout_s=self.answer_timeout_s)
        return MegatecUps("device", options)


class NutOverTcp(LineBench):
    """A reading and a command of a UPS behind upsd."""

    seam = "tcp"
    transfers = (
        "version", "list of UPS", "commands", "variables", "variables", "name", "password",
        "command", "goodbye",
    )  # fmt: skip
    kinds = REQUIRED_KINDS  # over TCP nothing flips, strays or is lost alone
    limit_s = 3.0
    answer_timeout_s = 0.2

    def make_emulator(self):
        return UpsdDevice(emulated_power())

    def make_device(self):
        self.server = self.stack.enter_context(EmulatedServer(self.line))
        options = NutUpsOptions(
            port=self.server.port,
            username="station",
            password="secret word",
            answer_timeout_s=self.answer_timeout_s,
        )
        return NutUps("device", options)

    def capture(self):
        with self.device:
            reading = self.device.read_power(timeout_s=1.0)
            self.device.send_command(PowerCommand.STOP_TEST, timeout_s=1.0)
        return reading.state, round(reading.battery_voltage_v), round(reading.charge_percent)

    def replug(self):
        self.server.replug()

    def expected(self, hit, good):
        if self.transfers[hit.number] == "goodbye":
            return good  # closing never raises
        match hit.fault:
            case Fault.UNPLUG:
                return TransportError
            case Fault.STALL:
                return TransportTimeoutError
        return ProtocolError
