"""Write difficult slaps with their truth into a folder that other programs can read.

    FOLDER/<number>.png    one slap, 1600 x 1500 at 500 ppi, grey, ridges dark
    FOLDER/truth.jsonl     one line per slap: file, resolution_ppi, expected, hand, rotation_rad,
                           wrong (what is not ideal), fingers (position, quadrilateral)

Positions are the names of ISO/IEC 19794-2 in lower case; quadrilaterals are four corners (row,
col), the finger's own top left first, clockwise. Slaps that are there already are kept, so that
writing can be resumed.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2

from drivers.devices import CaptureTarget
from drivers.simulation.slap_case import draw_case
from drivers.simulation.slap_render import RESOLUTION_PPI, RenderedSlap, render_case

TRUTH_NAME = "truth.jsonl"
_PNG_LEVEL = 1  # noise hardly compresses; more takes long and saves little


def write_slaps(
    folder: Path, seeds: Iterable[int], *, people: int, master_folder: Path | None = None
) -> Iterator[RenderedSlap | None]:
    """Write one slap after the other; yields each, or None for one that was there."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = folder / TRUTH_NAME
    written = _files_in(truth)
    with truth.open("a", encoding="utf-8") as lines:
        for seed in seeds:
            name = f"{seed:07d}.png"
            if name in written:
                yield None
                continue
            slap = render_case(draw_case(seed, people=people), master_folder)
            _, data = cv2.imencode(".png", slap.pixels, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
            (folder / name).write_bytes(data.tobytes())
            lines.write(json.dumps(describe_truth(slap, name)) + "\n")
            lines.flush()
            yield slap


def describe_truth(slap: RenderedSlap, name: str) -> dict[str, Any]:
    """Return the line of a slap whose pixels are in the file of that name."""
    shown = slap.case.shown
    is_pair = shown is CaptureTarget.THUMBS
    return {
        "file": name,
        "resolution_ppi": RESOLUTION_PPI,
        "expected": [finger.value for finger in slap.case.expected],
        "hand": "both" if is_pair else shown.value.split("_")[0],
        "rotation_rad": round(slap.rotation_rad, 4),
        "wrong": sorted(wrong.value for wrong in slap.case.wrong),
        "fingers": [
            {"position": finger.value, "quadrilateral": corners.round(1).tolist()}
            for finger, corners in slap.fingers
        ],
    }


def _files_in(truth: Path) -> set[str]:
    if not truth.exists():
        return set()
    return {json.loads(line)["file"] for line in truth.read_text(encoding="utf-8").splitlines()}
