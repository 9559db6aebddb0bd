"""Compose and run the SBI service: devices of a configuration, a key, a port from 4501 to 4600."""

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import uvicorn

from drivers.catalog import build_device
from drivers.devices import Device, FaceCamera, FingerprintScanner, IrisCamera
from drivers.protocols.sbi_words import HOST, PORTS
from drivers.transport.hotplug import HotplugWatcher
from station.build import (
    MODELS_FOLDER,
    SIMULATED_PREFIX,
    build_configured_device,
    load_face_models,
    station_id,
)
from station.clock import utc_now
from station.config import CONFIG_NAME, StationConfig
from station.device_room import DeviceRoom
from station.device_slot import DeviceSlot
from station.sbi.answers import Speaker
from station.sbi.app import SbiApp
from station.sbi.device import SbiDevice
from station.sbi.errors import SbiDevicesError, SbiEnvError, SbiPortError
from station.sbi.eyes import EyeKind
from station.sbi.faces import FaceKind
from station.sbi.fingers import FingerKind
from station.sbi.identity import DeviceSigner
from station.sbi.kinds import SbiKind
from station.sbi.service import SbiService
from station.stop_signals import leave_on_stop_signals

D = TypeVar("D", bound=Device)
Say = Callable[[str], None]

SBI_PREFIX = "mosip_sbi"  # what comes from an SBI service is not served again
SIMULATED_CODE = "simulated"
SIMULATED_ENV = "Developer"
REAL_ENV = "Production"
SIMULATED = (("scanner", "sim_scanner"), ("iris", "sim_iris"), ("camera", "sim_camera"))
MAX_CONNECTIONS = 32
MAX_HEADER_BYTES = 16_384
STOP_LIMIT_S = 3
_NUMBERS: tuple[tuple[type[Device], str], ...] = (
    (IrisCamera, "1"),
    (FingerprintScanner, "2"),
    (FaceCamera, "3"),
)
"""deviceId by kind, as the recorded service numbers its devices."""


@dataclass(frozen=True, slots=True)
class SbiSettings:
    """What the command line asks for."""

    data: Path
    is_simulated: bool = False
    port: int | None = None
    """None: the first free one."""
    env: str | None = None
    """None: Production, or Developer where a device is simulated."""
    allowed_origins: tuple[str, ...] = ()


class SbiServer:
    """A composed service on a bound port; `serve_forever` runs it, `close` frees the devices."""

    def __init__(self, settings: SbiSettings) -> None:
        """Raise ConfigError, KeyFileError or an SbiError."""
        named, code, keys_folder = _devices_of(settings)
        env = _env_of(settings, [driver for _, driver in named])
        signer = DeviceSigner.load_or_create(keys_folder, code, now=utc_now())
        self._listener = listen(settings.port)
        self.port: int = self._listener.getsockname()[1]
        self.root_path = signer.root_path
        self.root_fingerprint = signer.fingerprint()
        self.room = DeviceRoom(
            (DeviceSlot(device, driver) for device, driver in named), watch_plugging=HotplugWatcher
        )
        self.devices = sbi_devices(self.room.slots(), code)
        speaker = Speaker(signer, env, code, f"http://{HOST}:{self.port}/")
        service = SbiService(self.devices, speaker, now=utc_now)
        app = SbiApp(service, port=self.port, allowed_origins=settings.allowed_origins)
        self._server = uvicorn.Server(_uvicorn_config(app))
        self.env = env

    @property
    def url(self) -> str:
        """Address of the service."""
        return f"http://{HOST}:{self.port}/"

    def serve_forever(self) -> None:
        """Serve until Ctrl-C, SIGTERM or `stop`."""
        self.room.start()
        self._server.run(sockets=[self._listener])

    def stop(self) -> None:
        """Make `serve_forever` return soon; any thread may call it."""
        self._server.should_exit = True

    def close(self) -> None:
        """Close port and devices."""
        self._listener.close()
        self.room.close()


def serve_sbi(settings: SbiSettings, say: Say) -> None:
    """Run the service until Ctrl-C; raises ConfigError, KeyFileError or an SbiError."""
    server = SbiServer(settings)
    try:
        names = ", ".join(f"{one.device_type.value}: {one.slot.name}" for one in server.devices)
        say(f"SBI service {server.url} (0.9.5 and 1.0, {server.env}) for {names}")
        say(f"clients must trust {server.root_path}")
        say(f"SHA-256 {server.root_fingerprint}; compare by telephone")
        say("stop with Ctrl-C")
        leave_on_stop_signals()
        server.serve_forever()
    finally:
        server.close()


def sbi_devices(slots: Iterable[DeviceSlot[Device]], code: str) -> list[SbiDevice[Device]]:
    """Return the devices that SBI knows, in the order of their numbers."""
    kinds: dict[type[Device], Callable[[], object]] = {
        FingerprintScanner: FingerKind,
        IrisCamera: EyeKind,
        FaceCamera: lambda: FaceKind(load_face_models(MODELS_FOLDER)),
    }
    waiting, found = list(slots), []
    for base, number in _NUMBERS:
        matching = [slot for slot in waiting if isinstance(slot.device, base)]
        for index, slot in enumerate(matching):
            device_id = number if index == 0 else f"{number}{index}"
            kind = cast(SbiKind[Device], kinds[base]())
            found.append(SbiDevice(device_id, slot, kind, f"{code}-{slot.name}"))
    return found


def listen(port: int | None) -> socket.socket:
    """Return a bound socket on 127.0.0.1; raises SbiPortError."""
    for candidate in PORTS if port is None else (port,):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen()
        except OSError:
            listener.close()
            continue
        return listener
    raise SbiPortError(port=port or f"{PORTS[0]}-{PORTS[-1]}")


def _devices_of(settings: SbiSettings) -> tuple[list[tuple[Device, str]], str, Path]:
    """Return devices with their driver names, the code of who serves, and the keys' folder."""
    if settings.is_simulated:
        devices = [(build_device(name, driver, {}), driver) for name, driver in SIMULATED]
        return devices, SIMULATED_CODE, settings.data / "keys"
    path = settings.data / CONFIG_NAME
    config = StationConfig.load(path)
    kinds = tuple(base.kind for base, _ in _NUMBERS)
    named = [
        (build_configured_device(one), one.driver)
        for one in config.devices
        if one.kind in kinds and not one.driver.startswith(SBI_PREFIX)
    ]
    if not named:
        raise SbiDevicesError(path=path)
    return named, station_id(config), config.paths.keys


def _env_of(settings: SbiSettings, drivers: Iterable[str]) -> str:
    """Return the environment: simulated devices must not pass for real ones."""
    is_simulated = any(driver.startswith(SIMULATED_PREFIX) for driver in drivers)
    env = settings.env or (SIMULATED_ENV if is_simulated else REAL_ENV)
    if is_simulated and env != SIMULATED_ENV:
        raise SbiEnvError(env=env)
    return env


def _uvicorn_config(app: SbiApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=STOP_LIMIT_S,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )
