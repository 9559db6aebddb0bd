"""Benches of the USB fingerprint readers, under the real link; a U.are.U in place of it as well."""

from types import MappingProxyType

from drivers.errors import (
    CaptureTimeoutError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.models.nb1010 import Nb1010, Nb1010Options
from drivers.models.uareu4500 import Uareu4500, Uareu4500Options
from drivers.simulation.wire.nb1010_device import NbDevice, NbSetup
from drivers.simulation.wire.uareu4500_device import (
    DeviceSetup,
    FaultKind,
    UareuDevice,
)
from drivers.simulation.wire.uareu4500_device import Fault as UsbFault
from drivers.simulation.wire.uareu4500_link import EmulatedUsbLink
from tests.drivers.fault_walk import Bench, Fault, Hit
from tests.drivers.synthetic_ridges import sensor_ridges
from tests.drivers.usb_backends import EmulatorBackend, NbBackend, open_pyusb

USB_KINDS = {
    Fault.UNPLUG: FaultKind.UNPLUG,
    Fault.STALL: FaultKind.SILENT,
    Fault.SHORT: FaultKind.SHORT,
    Fault.REFUSE: FaultKind.STALL,
}


class UsbReaderBench(Bench):
    """What the two readers have in common."""

    kinds = USB_KINDS
    finger_timeout_s = 0.15
    reader: UareuDevice | NbDevice
    device: Uareu4500 | Nb1010

    def capture(self):
        with self.device:
            return self.device.read_frame(timeout_s=self.finger_timeout_s).pixels.tobytes()

    def replug(self):
        self.reader.replug()

    def made_transfers(self):
        return tuple(self.reader.transfers)


class Uareu4500OnLink(UsbReaderBench):
    """A U.are.U 4500."""

    seam = "link"
    transfers = (
        "read 07", "write 07", "write 07", "read 07", "interrupt", "read f0",
        "write 4e", "interrupt", "write 4e", "bulk", "write 33", "read 34", "write 4e", "write 4e",
    )  # fmt: skip
    """The last one switches it off when it is closed."""
    limit_s = 4.0
    """Three waits for power of one second each are the longest that may be."""
    setup = MappingProxyType({})

    def set_up(self):
        setup = DeviceSetup(sensor_ridges(), **self.setup)
        self.reader = UareuDevice(setup, self.emulated_fault(UsbFault))
        options = Uareu4500Options(transfer_timeout_s=0.3)
        self.device = Uareu4500("device", options, self.open_link)

    def open_link(self):
        return EmulatedUsbLink(self.reader, device="device")

    def expected(self, hit, good):
        if hit.number == len(self.transfers) - 1:
            return good  # the frame is there; closing never raises
        return uareu_error(hit.fault, self.reader.transfers, hit.number) or good


def uareu_error(fault, transfers, number):
    """Return the class of the error, or None where the driver gets over it."""
    if transfers[number] == "interrupt":
        return packet_error(fault, is_first="interrupt" not in transfers[:number])
    match fault:
        case Fault.STALL:
            return TransportTimeoutError
        case Fault.SHORT if not transfers[number].startswith("write"):
            return ProtocolError
    return TransportError


def packet_error(fault, *, is_first):
    """Return what comes of a fault at a packet; the first says that the reader has power."""
    match fault:
        case Fault.SHORT if is_first:
            return None  # the reader is switched on once more, and says so again
        case Fault.STALL if is_first:
            return TransportTimeoutError
        case Fault.SHORT | Fault.STALL:
            return CaptureTimeoutError  # it would have said that a finger is there
    return TransportError


class Uareu4500UnderPyusb(Uareu4500OnLink):
    """The real link has threads, so the order of packets and commands is not fixed."""

    seam = "pyusb"

    def open_link(self):
        return open_pyusb(EmulatorBackend(self.reader), device="device")

    def made_transfers(self):
        """Return them in the order of `transfers` where they are the same ones."""
        made = tuple(self.reader.transfers)
        return self.transfers if sorted(made) == sorted(self.transfers) else made


class UareuV2UnderPyusb(Uareu4500UnderPyusb):
    """Microsoft's reader with a challenge: walked through what is its own."""

    seam = "v2 under pyusb"
    transfers = (
        *Uareu4500OnLink.transfers[:4], "read 2010", "write 2000", "write 07", "read 07",
        *Uareu4500OnLink.transfers[4:],
    )  # fmt: skip
    numbers = tuple(range(4, 8))
    setup = MappingProxyType({"has_challenge": True, "vendor": 0x045E, "product": 0x00CA})


class Nb1010UnderPyusb(UsbReaderBench):
    """An NB-1010-U.

    What is refused or damaged at the first look of a session may be left over from an earlier
    program, so the driver reads everything away and looks once more: the right picture comes. A
    reader that is gone or silent at the first look is told of like anywhere else.
    """

    seam = "pyusb"
    look = ("write 38", "read 37")
    transfers = (*look, "write 0d", "read 20", "write 12", "read 20", *["read 21"] * 90)
    limit_s = 2.0
    picture = bytes(range(256)) * 180

    def set_up(self):
        self.reader = NbDevice(NbSetup(self.picture), self.emulated_fault(UsbFault))
        options = Nb1010Options(transfer_timeout_s=0.1)
        self.device = Nb1010("device", options, self.open_link)

    def open_link(self):
        return open_pyusb(NbBackend(self.reader), device="device")

    def expected(self, hit, good):
        is_read = self.transfers[hit.number].startswith("read")
        match hit.fault:
            case Fault.STALL:
                return TransportTimeoutError
            case Fault.SHORT | Fault.REFUSE if hit.number < len(self.look):
                assert self.made_transfers() == (*self.first_look(hit), *self.transfers)
                return good
            case Fault.SHORT if is_read:
                return ProtocolError
        return TransportError

    def first_look(self, hit):
        """Return what comes before the second look: a reply that was refused is read away."""
        read_away = ("read 37",) if hit == Hit(Fault.REFUSE, 1) else ()
        return (*self.look[: hit.number + 1], *read_away)
