"""What is under test: devices, folders of the station, and the files the computer tells about.

`root` stands for "/": a test puts fake files of /proc and /sys below a folder of its own.
"""

import contextlib
import dataclasses
import datetime
import os
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.catalog import build_device
from drivers.devices import Device
from drivers.errors import DriverError
from drivers.simulation.behaviour import COOPERATIVE
from drivers.simulation.scene import Scene
from selftest.centre_link import CENTRE_NAME
from selftest.drives import Drive, find_drives
from selftest.errors import BenchError
from selftest.guide import Guide
from selftest.hosting import HOSTING_NAME
from selftest.inventory import INVENTORY_NAME
from selftest.programs import RunProgram, run_program
from selftest.signing import SIGNING_KEY_NAME, load_signature
from selftest.simulated_drive import SimulatedDrive

EMPTY_ROOM = "selftest-empty-room"
"""Scene of simulated devices under test: no resident stands there, as before opening hours."""
DEFAULT_DATA_FOLDER = Path("var/selftest")
_SIMULATED = (
    ("scanner", "sim_scanner"),
    ("camera", "sim_camera"),
    ("iris", "sim_iris"),
    ("pad", "sim_pad"),
    ("card", "sim_card"),
    ("ups", "sim_ups"),
)


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Room on the file system of a folder."""

    free_share: float
    free_inode_share: float


def measure_disk(folder: Path) -> DiskUse:
    """Ask the file system that holds a folder."""
    state = os.statvfs(folder)
    inodes = state.f_favail / state.f_files if state.f_files else 1.0
    return DiskUse(state.f_bavail / state.f_blocks, inodes)


def utc_now() -> datetime.datetime:
    """Return the present time."""
    return datetime.datetime.now(datetime.UTC)


@contextlib.contextmanager
def lend_at_once(device: Device) -> Iterator[None]:
    """Lend a device that only the self-test uses."""
    yield


@dataclass(frozen=True)
class Bench:
    """Everything a run needs."""

    devices: tuple[Device, ...]
    data_folder: Path
    station_code: str = "00.00.00"
    set_number: int = 1
    """Which of the office's recording sets; most have two, each with reports of its own."""
    database: Path | None = None
    ask_database: Callable[[str], list[tuple[object, ...]]] | None = None
    """Asks the station for its database. A must inside the station's process: a second SQLite
    library that opens and closes the file there drops the station's lock (POSIX locks belong to
    the process)."""
    spool: Path | None = None
    reports: Path | None = None
    lock_file: Path | None = None
    root: Path = Path("/")
    disk_use: Callable[[Path], DiskUse] = measure_disk
    find_drives: Callable[[], tuple[Drive, ...]] = find_drives
    now: Callable[[], datetime.datetime] = utc_now
    lend: Callable[[Device], contextlib.AbstractContextManager[None]] = lend_at_once
    """Waits until nobody records with a device; NotReadyError where that takes too long.

    A device that hangs is given back by HungError, which tells when it may be used again."""
    sleep: Callable[[float], None] = time.sleep
    """Waits so many seconds of the same clock as `now`."""
    nominal_mains_v: float = 230.0
    """Of the office; used where the UPS tells none."""
    dumped_on: datetime.date | None = None
    """Day on which replayed readings of a UPS were taken; None where it is not known."""
    run_program: RunProgram = run_program
    """Asks programs of the system; a test answers with recorded text."""
    guide: Guide | None = None
    """Who asks the person; None where nobody is there."""
    sign: Callable[[bytes], str] | None = None
    """Returns a compact JWS over its argument; None of a station without a key."""
    inventory: Path | None = None
    """Which unit belongs at which place; a file that the province hands out."""
    keys: Path | None = None
    """Folder of the station's keys and certificates; only certificates are read."""
    centre: Path | None = None
    """Where the centre is; a file that the province hands out."""
    hosting: Path | None = None
    """Which office records for this one when it cannot; a file that the province hands out."""

    @property
    def reports_folder(self) -> Path:
        """Where reports are stored."""
        return self.reports or self.data_folder / "outbox" / "reports"

    @property
    def history_file(self) -> Path:
        """Where baselines and earlier readings are remembered."""
        return self.data_folder / "selftest.db"


def simulated_bench(data_folder: Path = DEFAULT_DATA_FOLDER) -> Bench:
    """Return a bench of simulated devices in an empty room."""
    devices = tuple(_build(name, driver, {}) for name, driver in _SIMULATED)
    return Bench(
        devices,
        data_folder,
        lock_file=release_lock(),
        find_drives=lambda: (SimulatedDrive(),),
    )


def bench_from_config(path: Path) -> Bench:
    """Read the station's TOML file; raises BenchError that says what cannot be used."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        devices = tuple(
            _build(str(table["name"]), str(table["driver"]), dict(table.get("options", {})))
            for table in document.get("devices", [])
        )
        code = str(document["station"]["code"])
        set_number = int(document["station"].get("set_number", 1))
    except FileNotFoundError as error:
        raise BenchError(f"{path}: no such file; make one with `station init`") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BenchError(f"{path}: cannot be read: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BenchError(f"{path}: lacks {error}; compare with `station init`") from error
    except DriverError as error:
        raise BenchError(f"{path}: {error}") from error
    folder = path.resolve().parent
    paths = document.get("paths", {})
    database = folder / paths.get("database", "station.db")
    return Bench(
        devices,
        database.parent,
        station_code=code,
        set_number=set_number,
        database=database,
        spool=folder / paths.get("spool", "spool"),
        reports=folder / paths.get("reports", "outbox/reports"),
        lock_file=release_lock(),
        sign=load_signature(folder / paths.get("keys", "keys") / SIGNING_KEY_NAME),
        inventory=folder / paths.get("inventory", INVENTORY_NAME),
        hosting=folder / paths.get("hosting", HOSTING_NAME),
        keys=folder / paths.get("keys", "keys"),
        centre=folder / paths.get("centre", CENTRE_NAME),
    )


def _build(name: str, driver: str, options: dict[str, object]) -> Device:
    if driver.startswith("sim_"):
        room = Scene.shared(EMPTY_ROOM)
        room.set_behaviour(dataclasses.replace(COOPERATIVE, absent=True))
        options = {"scene": EMPTY_ROOM, **options}
    return build_device(name, driver, options)


def release_lock() -> Path | None:
    """Return the list of pinned packages; None where it does not lie beside the code."""
    lock = Path(__file__).resolve().parent.parent / "requirements.lock"
    return lock if lock.is_file() else None
