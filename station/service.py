"""Run a station: devices, panel, pull interface; and make a demonstration station to try it on."""

import json
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from station.build import build_station, load_keys
from station.centre.keys import keygen
from station.config import CONFIG_NAME, StationConfig, write_default
from station.durable import write_private
from station.errors import ConfigError
from station.keys import import_centre
from station.operators import Operators, Role
from station.panel.app import create_panel_app
from station.stop_signals import leave_on_stop_signals

DEMO_CODE = "61.71.01"  # Pontianak Selatan; any code of the table would do
DEMO_LOGIN_NAME = "demo-login.json"
DEMO_CENTRE_NAME = "demo-centre"
STOP_LIMIT_S = 3

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person who may sign in to a demonstration station."""

    user_name: str
    display_name: str
    role: Role


DEMO_PEOPLE = (
    DemoPerson("petugas", "Petugas Contoh", Role.OPERATOR),
    DemoPerson("penyelia", "Penyelia Contoh", Role.SUPERVISOR),
    DemoPerson("teknisi", "Teknisi Contoh", Role.TECHNICIAN),
)


def serve(folder: Path, *, is_demonstration: bool, say: Say) -> None:
    """Run until Ctrl-C or SIGTERM; raises ConfigError, a StoreError or ChildProcessError."""
    passwords = make_demonstration(folder, say) if is_demonstration else {}
    config = StationConfig.load(folder / CONFIG_NAME)
    listener = _listen(config)
    leave_on_stop_signals()
    station = build_station(config)
    try:
        for person in DEMO_PEOPLE if is_demonstration else ():
            _ensure_person(station.operators, person, passwords[person.user_name])
        station.start()
        _announce(config, station.pull_url, passwords, say)
        server = uvicorn.Server(
            uvicorn.Config(
                create_panel_app(station),
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=STOP_LIMIT_S,
            )
        )
        server.run(sockets=[listener])
    finally:
        station.close()


def make_demonstration(folder: Path, say: Say) -> dict[str, str]:
    """Make a station with simulated devices and a centre beside it where they are not yet there.

    Returns the passwords of the demonstration people, which lie in a file that only the owner of
    the folder can read: there are only virtual residents behind them.
    """
    if not (folder / CONFIG_NAME).exists():
        say(f"making a demonstration station in {folder}")
        write_default(folder / CONFIG_NAME, code=DEMO_CODE, name="Contoh", simulated=True)
    config = StationConfig.load(folder / CONFIG_NAME)
    keys = load_keys(config)
    if keys.centre() is None:
        centre = keygen(folder / DEMO_CENTRE_NAME, name="Pusat Contoh", now=datetime.now(UTC))
        import_centre(config.paths.keys, centre.enrolment.read_bytes())
    login = folder / DEMO_LOGIN_NAME
    if not login.exists():
        fresh = {person.user_name: secrets.token_urlsafe(9) for person in DEMO_PEOPLE}
        write_private(login, json.dumps(fresh).encode())
    passwords: dict[str, str] = json.loads(login.read_text(encoding="utf-8"))
    return passwords


def _ensure_person(operators: Operators, person: DemoPerson, password: str) -> None:
    if all(known.user_name != person.user_name for known in operators.all()):
        operators.add(person.user_name, person.display_name, person.role, password)


def _listen(config: StationConfig) -> socket.socket:
    """Take the panel's port before anything else, so that a second start fails at once."""
    host, port = config.panel.host, config.panel.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(
            place=f"[panel] port = {port}",
            problem_id=f"porta tidak dapat dipakai ({error.strerror}). Stasiun lain sudah jalan?"
            " Tutup dahulu, atau ganti portanya.",
            problem_en=f"the port cannot be used ({error.strerror}). Does another station run?"
            " Stop it, or change the port.",
        ) from error
    return listener


def _announce(
    config: StationConfig, pull_url: str | None, passwords: dict[str, str], say: Say
) -> None:
    say(f"ready: {config.station.name}, panel http://{config.panel.host}:{config.panel.port}/")
    say(f"pull interface: {pull_url or 'off until a centre is enrolled'}")
    for user_name, password in passwords.items():
        say(f"log-in: {user_name}  password: {password}")
    say("stop with Ctrl-C")
