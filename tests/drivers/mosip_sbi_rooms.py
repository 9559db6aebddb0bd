"""An emulated SBI service and drivers before it, for the tests of the SBI drivers."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from drivers.devices import Device
from drivers.models.mosip_sbi import MosipSbi
from drivers.models.mosip_sbi_face import MosipSbiFace
from drivers.models.mosip_sbi_iris import MosipSbiIris
from drivers.protocols.sbi_chain import HashChains
from drivers.protocols.sbi_link import SbiLink
from drivers.protocols.sbi_options import SbiOptions, SbiSurroundings
from drivers.simulation.wire.sbi_device import SbiDevice, SbiKeys
from drivers.simulation.wire.sbi_server import SbiServer

NOW = datetime(2026, 11, 24, 5, 36, 30, tzinfo=UTC)
TRANSACTION = "TX-0001"


@cache
def keys() -> SbiKeys:
    """RSA keys take half a second to make; all tests share them."""
    return SbiKeys()


@dataclass
class SbiRooms:
    """One service and three drivers, not yet opened, on a frozen clock."""

    device: SbiDevice
    server: SbiServer
    scanner: MosipSbi
    iris: MosipSbiIris
    face: MosipSbiFace

    @property
    def drivers(self) -> tuple[Device, ...]:
        return self.scanner, self.iris, self.face

    def verbs(self) -> list[str]:
        return [request.verb for request in self.server.requests]


@contextmanager
def sbi_rooms(folder: Path, *, faults=(), options=None, chains=None, **device):
    """Serve an emulated device and give drivers that know its port; closes everything."""
    (folder / "roots.pem").write_bytes(keys().root.pem())
    emulated = SbiDevice(keys(), now=lambda: NOW, **device)
    with SbiServer(emulated, faults=faults) as server:
        chosen = {
            "trust_roots": folder / "roots.pem",
            "port": server.port,
            "env": "Staging",
            "capture_s": 0.3,
            **(options or {}),
        }
        checked = SbiOptions(**chosen)
        around = surroundings(server.port, chains=chains)
        rooms = SbiRooms(
            emulated,
            server,
            MosipSbi("scanner", checked, around),
            MosipSbiIris("iris", checked, around),
            MosipSbiFace("face", checked, around),
        )
        try:
            yield rooms
        finally:
            for driver in rooms.drivers:
                driver.close()


def surroundings(port, *, chains=None, now=NOW):
    """Every link leads to `port`, whatever port the service names."""
    return SbiSurroundings(
        make_link=lambda _, device, check: SbiLink(port, device=device, check_cancel=check),
        now=lambda: now,
        chains=chains or HashChains(),
    )
