"""How well the detectors of a blank platen tell faults from health, on simulated sensors.

    python -m selftest.scanner.evaluate [--sensors 500] [--slap-sensors 20]

Prints which codes each injected fault raised, and how many healthy sensors raised any.
"""

import argparse

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from drivers.catalog import build_device
from drivers.devices import FingerprintScanner
from drivers.simulation.behaviour import Behaviour
from drivers.simulation.faults import FaultSet
from drivers.simulation.platen import Platen
from drivers.simulation.scene import Scene
from selftest.check import Value
from selftest.limits import judge, load_limits
from selftest.report import Severity
from selftest.scanner.blocks import block_means_gl, lowest_share_within
from selftest.scanner.lines import adjacent_difference_gl, banding_gl
from selftest.scanner.pixels import has_cluster
from selftest.scanner.stack import LEAST_FRAMES, BlankStack

SINGLE_PX, SLAP_PX = (500, 500), (1500, 1600)
FAULTS = (
    ("dead column of 5 gl", "dead_column=5", "FPS-106"),
    ("dead row of 5 gl", "dead_row=5", "FPS-106"),
    ("3 dead pixels", "dead_pixels=3", "FPS-105"),
    ("residue of 1 gl", "residue=1", "FPS-108"),
    ("light at 90 % of the baseline", "dim_light=0.9", "FPS-101"),
    ("banding of 2 gl", "banding=2", "FPS-103"),
    ("one speck of dust", "dust=1", "FPS-107"),
    ("a scratch of 15 gl", "scratch=15", "FPS-107"),
    ("light falls off by 40 gl", "led_bank=40", "FPS-102"),
    ("noise of 6 gl", "noise=6", "FPS-109"),
)
"""Name, fault of the simulated scanner, and the code that it must raise."""


def values_of(stack: BlankStack) -> dict[str, tuple[Value, ...]]:
    """Return what the checks of a blank platen measure without a baseline, by code."""
    mean, ppi = stack.mean, stack.resolution_ppi
    share = lowest_share_within(stack.without_specks, ppi)
    return {
        "FPS-102": (Value("block_spread", float(np.ptp(block_means_gl(mean, ppi)))),),
        "FPS-103": (
            Value("adjacent_p99", adjacent_difference_gl(mean, ppi)),
            Value("banding", max(banding_gl(mean, axis, ppi)[0] for axis in (0, 1))),
        ),
        "FPS-104": (Value("share_within", 100 * share),),
        "FPS-105": (
            Value("bad_pixels", int(stack.bad_pixels.sum())),
            Value("cluster", float(has_cluster(stack.bad_pixels))),
        ),
        "FPS-106": (Value("bad_lines", float(stack.bad_rows.size + stack.bad_cols.size)),),
        "FPS-107": (Value("blobs", stack.specks.count),),
        "FPS-108": (Value("ridge_excess", stack.ridges.excess_db),),
        "FPS-109": (Value("temporal_noise", stack.noise_gl),),
    }


def found_codes(stack: BlankStack, baseline_gl: float | None = None) -> dict[str, Severity]:
    """Return the codes that the limits find on a stack, with how bad each is.

    FPS-101 is among them only with the mean level of the baseline.
    """
    judged = {code: judge(code, values).severity for code, values in values_of(stack).items()}
    if baseline_gl is not None and judged["FPS-102"] is None:  # else the light is uneven
        (limit,) = load_limits().find("FPS-101", "blank_level")
        judged["FPS-101"] = limit.judge(float(stack.mean.mean()) - baseline_gl)
    return {code: severity for code, severity in judged.items() if severity is not None}


def healthy_stack(serial: str, shape_px: tuple[int, int]) -> BlankStack:
    """Return a stack of a healthy sensor."""
    platen = Platen(shape_px, serial, FaultSet("fingerprint_scanner"))
    return BlankStack(np.stack([platen.read(None, still_key="empty") for _ in range(LEAST_FRAMES)]))


def faulty_stack(fault: str, model: str, seed: str) -> BlankStack:
    """Return a stack of a simulated scanner with a fault, its glass empty."""
    scene = "evaluation-empty-room"
    Scene.shared(scene).set_behaviour(Behaviour(absent=True))
    options = {"scene": scene, "model": model, "seed": seed, "faults": [fault], "frame_rate": 100}
    scanner = build_device("scanner", "sim_scanner", options)
    if not isinstance(scanner, FingerprintScanner):
        raise TypeError(f"sim_scanner is a {type(scanner).__name__}, no scanner")
    with scanner:
        frames = [scanner.read_frame(timeout_s=5).pixels for _ in range(LEAST_FRAMES)]
    return BlankStack(np.stack(frames))


def main() -> None:
    """Evaluate and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensors", type=int, default=500, help="healthy ones of 500 x 500")
    parser.add_argument("--slap-sensors", type=int, default=20, help="of 1600 x 1500")
    parser.add_argument("--seeds", type=int, default=5, help="sensors per fault")
    wanted = parser.parse_args()
    console = Console()
    faults = Table("fault", "code", "500 x 500", "1600 x 1500", "other codes")
    for name, fault, code in FAULTS:
        single, slap, others = _tell(fault, code, wanted.seeds)
        faults.add_row(name, code, single, slap, others)
    console.print(faults)
    for label, shape_px, count in (
        ("500 x 500", SINGLE_PX, wanted.sensors),
        ("1600 x 1500", SLAP_PX, wanted.slap_sensors),
    ):
        seeds = track(range(count), label, console=console, transient=True)
        false = [n for n in seeds if found_codes(healthy_stack(f"healthy {n}", shape_px))]
        console.print(f"{label}: {len(false)} of {count} healthy sensors raised a code {false}")


def _tell(fault: str, code: str, seeds: int) -> tuple[str, str, str]:
    """Return how many sensors of both sizes raised the code, and which others came beside."""
    told: list[str] = []
    others: set[str] = set()
    for model, shape_px, count in (("single", SINGLE_PX, seeds), ("slap", SLAP_PX, 1)):
        found = []
        for seed in range(count):
            baseline_gl = float(healthy_stack(f"baseline {seed}", shape_px).mean.mean())
            found.append(found_codes(faulty_stack(fault, model, f"seed {seed}"), baseline_gl))
            others |= {f"{other} {found[-1][other]}" for other in found[-1] if other != code}
        told.append(f"{sum(code in codes for codes in found)} of {count}")
    return told[0], told[1], ", ".join(sorted(others)) or "-"


if __name__ == "__main__":
    main()
