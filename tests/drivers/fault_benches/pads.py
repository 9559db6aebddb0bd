"""Benches of the signature pads. A capture is the shortest signature: four points and a lift."""

import time
from dataclasses import replace

import numpy as np
import pytest

from drivers.errors import ProtocolError, TransportError, TransportTimeoutError
from drivers.models.epad import Epad, EpadOptions
from drivers.models.topaz_siglite import TopazSiglite, TopazSigliteOptions
from drivers.models.wacom_stu import WacomStu, WacomStuOptions
from drivers.simulation.wire.epad_device import EpadDevice
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import PadFault, PadFaultKind, PadWire
from drivers.simulation.wire.stu_hid import HidGadget
from drivers.simulation.wire.stu_line import StuLine
from drivers.simulation.wire.stu_pen import PenPoint
from drivers.simulation.wire.stu_pty import PadTerminal
from drivers.simulation.wire.topaz_line import TopazLine
from tests.drivers.fault_walk import REQUIRED, Bench, Fault
from tests.drivers.usb_backends import HidBackend, open_pyusb

DASH = (
    *(PenPoint(0.005 * n, 1000 + 100 * n, 800 + n, 50 + 10 * n) for n in range(4)),
    PenPoint(0.020, 1300, 803, 0, is_touching=False),
)
PENS = ("pen",) * len(DASH)
PAGE = np.full((48, 80, 3), 255, np.uint8)
SILENCE_S = 0.1
"""After so long without a report a pad is asked whether it is there."""


PAD_KINDS = {
    Fault.UNPLUG: PadFaultKind.UNPLUG,
    Fault.STALL: PadFaultKind.SILENT,
    Fault.SHORT: PadFaultKind.SHORT,
    Fault.REFUSE: PadFaultKind.STALL,
}


class PadBench(Bench):
    """A pad whose wire counts and names the transfers."""

    kinds = PAD_KINDS
    limit_s = 2.0
    wait_s = 3 * SILENCE_S

    def set_up(self):
        fault = self.emulated_fault(PadFault)
        self.wire = PadWire(() if fault is None else (fault,))

    def made_transfers(self):
        return tuple(self.wire.transfers)

    def shorten_silence(self, module):
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(f"drivers.models.{module}.SILENCE_S", SILENCE_S)

    def make_terminal(self, line):
        self.terminal = PadTerminal(line, self.folder / "ttyPAD")
        return str(self.stack.enter_context(self.terminal).path)

    def read_dash(self):
        """Read until the pen was lifted or nothing came for a while; times are not compared."""
        samples = []
        deadline_s = time.monotonic() + self.wait_s
        while len(samples) < len(DASH) and time.monotonic() < deadline_s:
            samples += self.device.read_samples(timeout_s=0.05)
        return tuple(replace(sample, time_s=0.0) for sample in samples)


class UsbPadBench(PadBench):
    """The emulator under the real link, with its threads."""

    seam = "pyusb"

    def open_link(self):
        return open_pyusb(HidBackend(self.gadget), device="device")

    def replug(self):
        self.gadget.replug()


class WacomStuOnUsb(UsbPadBench):
    """An STU pad: a page is shown, inking begins, the resident signs, inking ends."""

    is_serial = False
    use = (
        "read 08", "read 09", "read 03", "read 03", "read 0b", "write 25", "read 03", "write 26",
        "write 27", "read 03", "write 32", "write 21", *PENS, "write 21", "write 20", "read 03",
    )  # fmt: skip
    transfers = ("read descriptor", *use)
    transfer_timeout_s = 0.05

    def set_up(self):
        super().set_up()
        self.shorten_silence("wacom_stu")
        self.pad = StuDevice(StuSetup(points=DASH), self.wire, is_serial=self.is_serial)
        self.device = self.make_device(self.pad)

    def make_device(self, pad):
        self.gadget = HidGadget(pad)
        options = WacomStuOptions(transfer_timeout_s=self.transfer_timeout_s)
        return WacomStu("device", options, self.open_link)

    def capture(self):
        with self.device:
            self.device.show(PAGE)
            self.device.start_inking()
            samples = self.read_dash()
            self.device.stop_inking()
        return samples

    def expected(self, hit, good):
        match hit.fault:
            case Fault.STALL:
                return TransportTimeoutError
            case Fault.SHORT if not self.transfers[hit.number].startswith("write"):
                return ProtocolError
        return TransportError


class WacomStuOnTerminal(WacomStuOnUsb):
    """A serial STU pad. It cannot refuse; what it does not send is missing, and a gap shows."""

    seam = "terminal"
    is_serial = True
    transfers = ("read ff", *WacomStuOnUsb.use)
    transfer_timeout_s = 0.15  # another thread answers, on a machine that may be busy

    @classmethod
    def hits(cls):
        """Leave out the lost answers, which are the first moment of a silence."""
        return tuple(
            hit
            for hit in super().hits()
            if hit.fault in REQUIRED or cls.transfers[hit.number] == "pen"
        )

    def make_device(self, pad):
        port = self.make_terminal(StuLine(pad))
        options = WacomStuOptions(serial_port=port, transfer_timeout_s=self.transfer_timeout_s)
        return WacomStu("device", options)

    def replug(self):
        self.terminal.replug()

    def expected(self, hit, good):
        what = self.transfers[hit.number]
        match hit.fault:
            case Fault.UNPLUG:
                return TransportError
            case Fault.REFUSE if what == "pen":
                return self.without_a_point(hit.number - self.transfers.index("pen"), good)
            case Fault.SHORT if what == "pen" or hit.number == self.transfers.index("write 21"):
                return ProtocolError  # what follows shows that a frame was cut
        return TransportTimeoutError

    def without_a_point(self, place, good):
        is_between = 0 < place < len(DASH) - 1
        assert self.device.lost_reports == is_between  # gaps show, ends do not
        return (*good[:place], *good[place + 1 :])


class EpadOnUsb(UsbPadBench):
    """An ePad: its status is asked for at opening, before inking, and when the pen rested."""

    transfers = ("read status", "read status", *PENS, "read status")

    def set_up(self):
        super().set_up()
        self.shorten_silence("epad")
        self.pad = EpadDevice(DASH, self.wire)
        self.gadget = HidGadget(self.pad)
        self.device = Epad("device", EpadOptions(transfer_timeout_s=0.05), self.open_link)

    def capture(self):
        with self.device:
            self.device.start_inking()
            self.pad.sign()
            samples = self.read_dash()
            assert self.device.read_samples(timeout_s=1.5 * SILENCE_S) == ()
        return samples

    def expected(self, hit, good):
        match hit.fault:
            case Fault.STALL:
                return TransportTimeoutError
            case Fault.SHORT if self.transfers[hit.number] == "pen":
                return ProtocolError
        return TransportError


class TopazOnTerminal(PadBench):
    """A Topaz pad only talks: it cannot be asked, and nothing tells a lost packet or a silent pad
    from a resting pen. What came is handed out; unplugging alone is seen at once.
    """

    seam = "terminal"
    transfers = ("identity", *("pressure", "pen") * len(DASH))
    wait_s = 0.15

    def set_up(self):
        super().set_up()
        self.line = TopazLine(DASH, self.wire)
        options = TopazSigliteOptions(port=self.make_terminal(self.line))
        self.device = TopazSiglite("device", options)

    def capture(self):
        with self.device:
            self.device.start_inking()
            self.line.sign()
            samples = self.read_dash()
            self.device.stop_inking()
        return samples

    def replug(self):
        self.terminal.replug()

    def expected(self, hit, good):
        if hit.fault is Fault.UNPLUG:
            return TransportError
        is_last = hit.number == len(self.transfers) - 1
        assert self.device.damaged_packets == (hit.fault is Fault.SHORT and not is_last)
        place = self.transfers[: hit.number].count("pen")
        if hit.fault is Fault.STALL:
            return good[:place]
        return self.without_packet(self.transfers[hit.number], place, good)

    @staticmethod
    def without_packet(what, place, good):
        """Return the points as they come when one packet is lost."""
        if what == "pen":
            return (*good[:place], *good[place + 1 :])
        if what == "identity":
            return good
        pressure = good[place - 1].pressure if place else 0.0  # as the pad said last
        return (*good[:place], replace(good[place], pressure=pressure), *good[place + 1 :])
