"""How long the panel takes while the iris camera hangs in its driver, in a real browser.

Example: `python -m tests.station.panel.hang_benchmark --rounds 40 --json`. Needs Chromium.

    idle                nothing hangs yet, for comparison
    view hangs          the operator looks at the step of the hung camera
    fingers captured    the operator went on: a slap is coached, the hung camera still hangs

Each round loads four pages in a second tab, from the call to the parsed document; while fingers are
captured the operator's key is pressed too, from the key to the answer.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
from playwright.sync_api import Page
from rich.console import Console

from drivers.simulation.behaviour import Behaviour
from drivers.simulation.scene import Scene
from tests.station.panel.browsing import CHROMIUM, NIK, begin_case, open_browser
from tests.station.panel.conftest import PanelRig
from tests.station.panel.hanging import serve_with_hanging_iris

BUDGET_MS = 150  # DESIGN.md 11: panel action to screen, 95th percentile while devices stream
PAGES = ("/", "/new", "/recordings", "/devices")
HANG_LIMIT_S = 30.0
COULD_NOT_RUN = 2


def main() -> int:
    """Measure and print; 2 without a browser."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.station.panel.hang_benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=40, help="of four pages each (40)")
    parser.add_argument("--json", action="store_true", help="for programs")
    arguments = parser.parse_args()
    if not CHROMIUM.exists():
        Console(stderr=True).print(f"{CHROMIUM} is missing: run `make test` once")
        return COULD_NOT_RUN
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(prefix="hang-") as folder:
        figures = measure(Path(folder), arguments.rounds)
    text = json.dumps({"budget_ms": BUDGET_MS, **figures}) if arguments.json else table(figures)
    Console().out(text, highlight=False)
    return 0


def measure(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return the figures of each situation."""
    with serve_with_hanging_iris(folder) as (rig, clock), open_browser() as browser:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        operator, other = context.new_page(), context.new_page()
        case = begin_case(operator, rig, NIK, "id")
        operator.goto(rig.url + "/")
        figures = {"idle: pages": summary(load_pages(other, rig, rounds))}
        operator.goto(case + "/irises")
        if not clock.hangs.wait(HANG_LIMIT_S):
            raise TimeoutError("the live view of the iris camera did not begin")
        figures["view hangs: pages"] = summary(load_pages(other, rig, rounds))
        # Three fingers for four are coached without end, and never captured by themselves.
        Scene.shared(rig.folder.name).set_behaviour(Behaviour(three_of_four=True))
        operator.goto(case + "/left_slap")
        operator.wait_for_function("document.querySelector('.stage img').naturalWidth > 0")
        figures["fingers captured: pages"] = summary(load_pages(other, rig, rounds))
        operator.bring_to_front()
        figures["fingers captured: key"] = summary(press_key(operator, rounds))
        context.close()
    return figures


def load_pages(page: Page, rig: PanelRig, rounds: int) -> list[float]:
    """Return milliseconds per page; each page once before, so that its files are cached."""
    for path in PAGES:
        page.goto(rig.url + path)
    taken_ms = []
    for _ in range(rounds):
        for path in PAGES:
            began_s = time.perf_counter()
            page.goto(rig.url + path, wait_until="domcontentloaded")
            taken_ms.append(1000 * (time.perf_counter() - began_s))
    return taken_ms


def press_key(page: Page, rounds: int) -> list[float]:
    """Return milliseconds from the operator's capture key to its answer."""
    taken_ms = []
    page.locator("[data-key=capture]").focus()
    for _ in range(rounds):
        began_s = time.perf_counter()
        with page.expect_response("**/capture"):
            page.keyboard.press("Space")
        taken_ms.append(1000 * (time.perf_counter() - began_s))
    return taken_ms


def summary(taken_ms: Sequence[float]) -> dict[str, float]:
    """Return count, median, 95th percentile (nearest rank) and the longest."""
    ranked = sorted(taken_ms)
    p95 = ranked[max(0, -(-95 * len(ranked) // 100) - 1)]
    return {
        "count": len(ranked),
        "p50_ms": round(statistics.median(ranked), 1),
        "p95_ms": round(p95, 1),
        "max_ms": round(ranked[-1], 1),
    }


def table(figures: dict[str, dict[str, float]]) -> str:
    """Return the figures as text."""
    lines = [f"{'milliseconds':26}{'count':>7}{'p50':>8}{'p95':>8}{'max':>8}"]
    for name, row in figures.items():
        numbers = f"{row['count']:7}{row['p50_ms']:8.0f}{row['p95_ms']:8.0f}{row['max_ms']:8.0f}"
        lines.append(f"{name:26}{numbers}")
    return "\n".join([*lines, f"budget: p95 of {BUDGET_MS} (two cores, devices streaming)"])


if __name__ == "__main__":
    sys.exit(main())
