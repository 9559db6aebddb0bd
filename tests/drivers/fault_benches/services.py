"""Benches of the drivers before an SBI service on this machine."""

import pytest

from drivers.devices import CaptureTarget
from drivers.errors import ProtocolError, TransportError, TransportTimeoutError
from drivers.models.mosip_sbi import MosipSbi
from drivers.models.mosip_sbi_face import MosipSbiFace
from drivers.models.mosip_sbi_iris import MosipSbiIris
from drivers.protocols.sbi_options import SbiOptions
from drivers.simulation.wire.sbi_device import SbiDevice
from drivers.simulation.wire.sbi_server import Fault as SbiFault
from drivers.simulation.wire.sbi_server import FaultKind, SbiServer
from tests.drivers.fault_walk import REQUIRED, Bench, Fault
from tests.drivers.mosip_sbi_rooms import NOW, TRANSACTION, keys, surroundings

SBI_KINDS = {
    Fault.UNPLUG: FaultKind.VANISH,
    Fault.STALL: FaultKind.HANG,
    Fault.SHORT: FaultKind.TRUNCATE,
    Fault.GARBAGE: FaultKind.GARBAGE,
    Fault.TRICKLE: FaultKind.TRICKLE,
    Fault.LIE: FaultKind.LIE,
}
REQUIRED_KINDS = {fault: SBI_KINDS[fault] for fault in REQUIRED}
ASK_LIMIT_S = 0.3
CAPTURE_S = 0.2
MARGIN_S = 0.2
PREVIEW_S = 0.3


class SbiBench(Bench):
    """A transfer is one exchange with the service. Nothing is sent again by itself."""

    seam = "http"
    transfers = ("discovery", "information", "capture")
    kinds = SBI_KINDS
    limit_s = CAPTURE_S + MARGIN_S + 1.0  # other programs on the machine

    def set_up(self):
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("drivers.protocols.sbi_search.ASK_LIMIT_S", ASK_LIMIT_S)
        roots = self.folder / "roots.pem"
        roots.write_bytes(keys().root.pem())
        fault = self.emulated_fault(SbiFault)
        device = SbiDevice(keys(), now=lambda: NOW)
        server = SbiServer(device, faults=() if fault is None else (fault,))
        self.server = self.stack.enter_context(server)
        options = SbiOptions(
            trust_roots=roots,
            port=server.port,
            env="Staging",
            capture_s=CAPTURE_S,
            answer_margin_s=MARGIN_S,
        )
        self.device = self.model("device", options, surroundings(server.port))

    def capture(self):
        with self.device:
            self.device.begin_transaction(TRANSACTION)
            return self.use()

    def replug(self):
        self.server.replug()

    def made_transfers(self):
        return self.named(len(self.server.requests))

    def expected(self, hit, good):
        assert len(self.server.requests) == hit.number + 1
        match hit.fault:
            case Fault.STALL | Fault.TRICKLE:
                return TransportTimeoutError
            case Fault.GARBAGE | Fault.LIE:
                return ProtocolError
        return TransportError


class SbiScanner(SbiBench):
    """Every kind of exchange, and two captures of one chain."""

    model = MosipSbi
    transfers = ("discovery", "information", "capture", "preview", "capture")

    def use(self):
        thumbs = self.device.read_frame(target=CaptureTarget.THUMBS, timeout_s=CAPTURE_S)
        self.device.read_preview(timeout_s=PREVIEW_S)
        slap = self.device.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=CAPTURE_S)
        return thumbs.pixels.tobytes(), slap.pixels.tobytes()

    def expected(self, hit, good):
        if self.transfers[hit.number] == "preview" and hit.fault in (Fault.SHORT, Fault.TRICKLE):
            return self.preview_expected(hit, good)
        return super().expected(hit, good)

    def preview_expected(self, hit, good):
        """Return what comes of a preview of many pictures that ends early, or comes slowly."""
        return good if hit.fault is Fault.SHORT else TransportTimeoutError


class SbiIris(SbiBench):
    """Both eyes. What else can go wrong is walked with the scanner; the client is the same."""

    model = MosipSbiIris
    kinds = REQUIRED_KINDS

    def use(self):
        pair = self.device.read_eyes(timeout_s=CAPTURE_S)
        return pair.right.pixels.tobytes(), pair.left.pixels.tobytes()


class SbiFace(SbiBench):
    """A portrait."""

    model = MosipSbiFace
    kinds = REQUIRED_KINDS

    def use(self):
        return self.device.read_frame(timeout_s=CAPTURE_S).pixels.tobytes()
