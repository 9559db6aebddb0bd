"""A healthy station in a folder of its own, into which one fault at a time is put.

Everything that a quick run can show is there: simulated devices, files of /proc and /sys, recorded
programs, a database, packages, a certificate of the release. Waits that only cost time are short
(a pad is watched for 0.2 s instead of 3 s, a pen rests 1 s instead of 10 s), and the scanner is the
small model at 100 frames a second.
"""

import contextlib
import dataclasses
import datetime
import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from drivers.catalog import build_device
from drivers.simulation.behaviour import COOPERATIVE
from drivers.simulation.camera_card import CameraCard
from drivers.simulation.clock import ManualClock
from drivers.simulation.pen_task import PenTask
from drivers.simulation.scene import Scene
from drivers.simulation.target import Target, TargetKind
from selftest.bench import Bench, DiskUse
from selftest.catalog import all_checks
from selftest.checks import pad, pad_pen
from selftest.guide import Answer
from selftest.history import unit_of
from selftest.mode import Mode
from selftest.report import Asset
from selftest.runner import Run, run_checks, run_quick
from selftest.simulated_drive import SimulatedDrive
from tests.selftest.host import BOOT, NOW, Programs, tree, write
from tests.selftest.test_computer_faults import HEALTHY, ROUTE

KINDS = ("scanner", "camera", "iris", "pad", "card", "ups")
_USUAL = {
    "scanner": {"model": "single", "frame_rate": 100},
    "camera": {"frame_rate": 60},
    "iris": {"frame_rate": 60},
}
"""Options that make a device quick."""
HOLDS = {
    "camera-grey-card": ("camera_card", CameraCard.GREY),
    "camera-focus-card": ("camera_card", CameraCard.FOCUS),
    "camera-cap": ("camera_card", CameraCard.CAP),
    "iris-white-card": ("camera_card", CameraCard.WHITE),
    "iris-focus-card": ("camera_card", CameraCard.FOCUS),
    "pad-trace": ("pen_task", PenTask.TRACE),
    "pad-rest": ("pen_task", PenTask.REST),
}
"""What a question asks for, as name and value of the scene."""
_SAYS = {"ups-self-test": Answer.NO, "ups-lamp": Answer.NO}


def healthy_files(root: Path) -> None:
    """Write /proc and /sys of a computer where everything can be tested, and all is well."""
    tree(
        root,
        proc__vmstat="nr_free_pages 5\noom_kill 0\n",
        proc__uptime="3600.0 7000.0\n",
        proc__meminfo="MemTotal: 4000000 kB\nMemAvailable: 2000000 kB\n",
        proc__mounts="/dev/sda1 / ext4 rw,relatime 0 0\n",
        proc__sys__kernel__random__boot_id=f"{BOOT}\n",
        proc__net__route=ROUTE,
        sys__class__thermal__thermal_zone0__temp="48000\n",
        sys__class__net__lo__operstate="unknown\n",
        sys__class__net__eth0__operstate="up\n",
        sys__class__rtc__rtc0__since_epoch=f"{NOW.timestamp():.0f}\n",
        sys__class__hwmon__hwmon0__name="coretemp\n",
        sys__class__hwmon__hwmon0__temp1_input="51000\n",
        sys__class__hwmon__hwmon1__fan1_input="1180\n",
        sys__devices__system__edac__mc__mc0__ce_count="0\n",
        sys__devices__system__edac__mc__mc0__ue_count="0\n",
        sys__devices__system__cpu__cpu0__thermal_throttle__package_throttle_count="0\n",
        sys__block__sda__removable="0\n",
        sys__fs__ext4__sda1__errors_count="0\n",
    )
    write(root, "sys/block/sda/sda1/partition", "1\n")
    write(root, "sys/bus/usb/devices/1-0:1.0/usb1-port4/over_current_count", "0\n")


def healthy_database(place: Path) -> None:
    """Write a database with some pages and no open recording."""
    with contextlib.closing(sqlite3.connect(place)) as link, link:
        link.execute("CREATE TABLE drafts (case_id TEXT, created_at TEXT)")
        link.execute("CREATE TABLE t (x)")
        link.executemany("INSERT INTO t VALUES (?)", [("x" * 3000,) for _ in range(20)])


class Technician:
    """Does what a question asks, on the devices of one world."""

    person = "Budi"

    def __init__(self, world: "World") -> None:
        self._world = world

    def ask(self, question, *, timeout_s):
        key = question.key
        if key in HOLDS:
            setattr(self._world.scene, *HOLDS[key])
        elif key.startswith("card-") and key != "card-test":
            kind, _, turned = key.removeprefix("card-").partition("-")
            self._world.scene.card = Target(TargetKind(kind), bool(turned), rotation_rad=0.008)
        elif key.startswith("ups-") and "UPS" not in self._world.hands:
            return Answer.SKIP
        elif key.startswith("ups-"):
            self._touch_ups(key)
        return _SAYS.get(key, Answer.DONE)

    def _touch_ups(self, key: str) -> None:
        faults = self._world.device("ups").unit.faults
        self._world.clock.advance(2.0)
        if key == "ups-pull":
            faults.add("outage")
        elif key == "ups-second-load":
            faults.add("overload=50")
        elif key == "ups-plug-in":
            faults.remove("outage")
        elif key == "ups-lamp":  # the last: what follows was recorded at the beginning
            self._world.rewind()

    def show(self, picture_png, caption_id, caption_en):
        pass

    def tell(self, text_id, text_en):
        pass


class World:
    """One station. `hands` are the first letters of codes that a person helps with."""

    def __init__(self, folder: Path, *, hands: tuple[str, ...] = (), seed: str = "") -> None:
        self.folder, self.hands, self.seed = folder, hands, seed
        self.root = folder / "root"
        self.programs: dict[str, object] = dict(HEALTHY)
        self.changes: dict[str, object] = {}
        self.options: dict[str, dict[str, object]] = {}
        self.faults: dict[str, tuple[str, ...]] = {}
        self.drive = SimulatedDrive()
        name = f"matrix {uuid.uuid4()}"
        self.clock = ManualClock(time.monotonic())
        self._began_s = self.clock.now_s()
        self.empty, self.own, self.power = f"{name} empty", f"{name} own", f"{name} power"
        Scene.shared(self.empty).set_behaviour(dataclasses.replace(COOPERATIVE, absent=True))
        Scene.shared(self.power, clock=self.clock)
        self.scene = Scene.shared(self.own)
        folder.mkdir(parents=True, exist_ok=True)
        healthy_files(self.root)
        healthy_database(folder / "station.db")
        self.build()

    def build(self) -> None:
        """Make the devices anew, the same units, with the present faults."""
        self._devices = {kind: self._build(kind) for kind in KINDS}

    def _build(self, kind: str):
        scene = self.power if kind == "ups" else self.own if self._is_held(kind) else self.empty
        settings = {
            "scene": scene,
            "seed": self.seed,
            "faults": list(self.faults.get(kind, ())),
            **_USUAL.get(kind, {}),
            **self.options.get(kind, {}),
        }
        return build_device(kind, f"sim_{kind}", settings)

    def _is_held(self, kind: str) -> bool:
        first = {"scanner": "FPS", "camera": "CAM", "iris": "IRS", "pad": "SIG", "card": "CRD"}
        return any(code.startswith(first.get(kind, "-")) for code in self.hands)

    def device(self, kind: str):
        """Return a device by its kind."""
        return self._devices[kind]

    def unit(self, kind: str) -> str:
        """Return the name under which the history knows a device."""
        with self._devices[kind] as device:
            told = device.identity()
        asset = Asset(
            name=device.name,
            role=device.kind,
            make=told.make,
            model=told.model,
            serial=told.serial,
            firmware=told.firmware,
        )
        return unit_of(asset)

    def replace(self, kind: str, device) -> None:
        """Put another device in the place of one."""
        self._devices[kind] = device

    def now(self) -> datetime.datetime:
        """Return the world's time; it moves with the UPS's clock."""
        return NOW + datetime.timedelta(seconds=self.clock.now_s() - self._began_s)

    def rewind(self) -> None:
        """Begin the world's time again."""
        self._began_s = self.clock.now_s()

    def bench(self) -> Bench:
        """Return the bench as it stands now."""
        answers = {name: answer for name, answer in self.programs.items() if answer is not None}
        settings: dict[str, object] = {
            "root": self.root,
            "database": self.folder / "station.db",
            "spool": self.folder / "spool",
            "disk_use": lambda folder: DiskUse(0.5, 0.9),
            "run_program": Programs(**answers),
            "find_drives": lambda: (self.drive,),
            "now": self.now,
            "sleep": self.clock.advance,
            "guide": Technician(self) if self.hands else None,
            **self.changes,
        }
        return Bench(tuple(self._devices.values()), self.folder / "data", **settings)

    def checks(self):
        """Return the quick checks and those that the person helps with."""
        quick = [item for item in all_checks() if item.mode is Mode.QUICK]
        helped = [item for item in all_checks() if item.code.startswith(self.hands or ("-",))]
        return [item for item in all_checks() if item in quick or item in helped]

    def run(self) -> Run:
        """Run all quick checks, and those that the person helps with."""
        if not self.hands:
            return run_quick(self.bench())
        return run_checks(self.bench(), self.checks())


@contextlib.contextmanager
def short_waits() -> Iterator[None]:
    """Shorten the waits of checks that only cost time, until the end of the block."""
    wanted = (
        (pad, {"_IDLE_S": 0.15}),
        (pad_pen, {"_REST_S": 1.0, "_IDLE_S": 1.0, "_FIRST_TOUCH_S": 2.0}),
    )
    usual = [(module, name, getattr(module, name)) for module, names in wanted for name in names]
    try:
        for module, names in wanted:
            for name, value in names.items():
                setattr(module, name, value)
        yield
    finally:
        for module, name, value in usual:
            setattr(module, name, value)
