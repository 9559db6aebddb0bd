import pytest

from drivers.catalog import build_device
from selftest.bench import EMPTY_ROOM, Bench, DiskUse, simulated_bench
from selftest.errors import NotReadyError
from selftest.simulated_drive import SimulatedDrive


@pytest.fixture
def healthy_root(tmp_path):
    """Fake /proc and /sys of a healthy computer."""
    root = tmp_path / "root"
    files = {
        "proc/vmstat": "nr_free_pages 5\noom_kill 0\n",
        "proc/uptime": "3600.0 7000.0\n",
        "proc/meminfo": "MemTotal: 4000000 kB\nMemAvailable: 2000000 kB\n",
        "sys/class/thermal/thermal_zone0/temp": "48000\n",
        "sys/class/net/lo/operstate": "unknown\n",
        "sys/class/net/eth0/operstate": "up\n",
    }
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return root


def no_program(command, timeout_s):
    """Answer as a computer without any program: no test depends on the machine that runs it."""
    raise NotReadyError(f"{command[0]} belum dipasang / not installed")


@pytest.fixture
def make_bench(tmp_path, healthy_root):
    """Return a maker of benches: healthy, but for what is given."""
    simulated_bench(tmp_path)  # empties the room of the scene

    def make(*devices, **changes):
        settings = {
            "root": healthy_root,
            "disk_use": lambda folder: DiskUse(0.5, 0.9),
            "run_program": no_program,
            "find_drives": lambda: (SimulatedDrive(),),
            **changes,
        }
        return Bench(tuple(devices), tmp_path / "data", **settings)

    return make


@pytest.fixture
def simulated():
    """Return a maker of simulated devices with faults, small and quick."""

    def make(kind, *faults, **options):
        if kind == "scanner":
            options = {"model": "single", "frame_rate": 100, **options}
        return build_device(
            kind, f"sim_{kind}", {"scene": EMPTY_ROOM, "faults": list(faults), **options}
        )

    return make
