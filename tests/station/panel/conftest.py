"""A whole station with simulated devices and its panel, served on loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from drivers.transport.hotplug import HotplugWatcher
from station.build import build_station, load_keys
from station.centre.keys import keygen
from station.config import CONFIG_NAME, StationConfig, write_default
from station.durable import write_private
from station.keys import import_centre
from station.operators import Role
from station.panel.app import create_panel_app
from station.plugging import WatchPlugging
from station.station import Station
from tests.station.panel.browsing import open_browser, watched_page

PASSWORDS = {
    "petugas": "sandi-uji-satu",
    "penyelia": "sandi-uji-dua",
    "teknisi": "sandi-uji-tiga",
}
ROLES = {"petugas": Role.OPERATOR, "penyelia": Role.SUPERVISOR, "teknisi": Role.TECHNICIAN}
START_LIMIT_S = 15.0


@dataclass(frozen=True)
class PanelRig:
    """A running station and where its panel is."""

    station: Station
    url: str
    folder: Path
    passwords: Mapping[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class RigOptions:
    """What a test wants other than usual."""

    has_pad: bool = True
    edit: Callable[[str], str] = lambda text: text
    """Changes the text of station.toml."""
    watch_plugging: WatchPlugging = HotplugWatcher


def make_station(folder: Path, port: int, scene: str, options: RigOptions) -> Station:
    place = folder / CONFIG_NAME
    write_default(place, code="61.71.01", name="Contoh", simulated=True)
    text = place.read_text(encoding="utf-8")
    text = text.replace("port = 8461", f"port = {port}").replace("port = 8462", "port = 0")
    text = text.replace('{ model = "slap" }', f'{{ model = "slap", scene = "{scene}" }}')
    text = text.replace("options = {}", f'options = {{ scene = "{scene}" }}')
    if not options.has_pad:
        before, _, after = text.partition('[[devices]]\nkind = "signature_pad"')
        text = before + after[after.index("[[devices]]") :]
    write_private(place, options.edit(text).encode())
    config = StationConfig.load(place)
    centre = keygen(folder / "centre", now=datetime.now(UTC))
    load_keys(config)
    import_centre(config.paths.keys, centre.enrolment.read_bytes())
    station = build_station(config, watch_plugging=options.watch_plugging)
    for name, password in PASSWORDS.items():
        station.operators.add(name, name.title(), ROLES[name], password)
    return station


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PanelRig]:
    """One station per module; tests leave it as they found it or begin cases of their own."""
    with serve_panel(tmp_path_factory.mktemp("panel-station")) as served:
        yield served


@pytest.fixture
def rig_without_pad(tmp_path: Path) -> Iterator[PanelRig]:
    """A station that has no signature pad."""
    with serve_panel(tmp_path, RigOptions(has_pad=False)) as served:
        yield served


@contextmanager
def serve_panel(folder: Path, options: RigOptions | None = None) -> Iterator[PanelRig]:
    """Run a station with its panel until the block ends."""
    port = free_port()
    station = make_station(folder, port, folder.name, options or RigOptions())
    station.start()
    config = uvicorn.Config(
        create_panel_app(station),
        host="127.0.0.1",
        port=port,
        log_level="error",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="panel-under-test")
    thread.start()
    deadline_s = time.monotonic() + START_LIMIT_S
    while not server.started and time.monotonic() < deadline_s:
        time.sleep(0.02)
    try:
        assert server.started
        yield PanelRig(station, f"http://127.0.0.1:{port}", folder, PASSWORDS)
    finally:
        server.should_exit = True
        thread.join(START_LIMIT_S)
        station.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser) as opened:
        yield opened
