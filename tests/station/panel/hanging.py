"""A station whose iris camera hangs in its driver and heeds neither time limit nor cancel."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.simulation.scene import Scene
from tests.station.panel.conftest import PanelRig, RigOptions, serve_panel

LONGEST_S = 300.0  # then it lets go by itself


class HangingClock:
    """The clock of a simulated device that hangs: who waits for it waits until it is let go."""

    def __init__(self) -> None:
        self.hangs = threading.Event()
        self._goes_on = threading.Event()

    def now_s(self) -> float:
        return time.monotonic()

    def sleep_s(self, duration_s: float) -> None:
        self.hangs.set()
        self._goes_on.wait(LONGEST_S)
        time.sleep(duration_s)

    def let_go(self) -> None:
        self._goes_on.set()


@contextmanager
def serve_with_hanging_iris(folder: Path) -> Iterator[tuple[PanelRig, HangingClock]]:
    """Serve a panel; the iris camera opens, and hangs when the first picture is read."""
    scene, clock = f"{folder.name}-hangs", HangingClock()
    Scene.shared(scene, clock=clock)
    options = f'{{ scene = "{scene}", faults = ["stall"] }}'

    def let_iris_stall(text: str) -> str:
        changed, count = re.subn(
            r'(driver = "sim_iris"\noptions = ).*', lambda match: match[1] + options, text
        )
        assert count == 1
        return changed

    with serve_panel(folder, RigOptions(edit=let_iris_stall)) as rig:
        try:
            yield rig, clock
        finally:
            clock.let_go()
            Scene.forget(scene)
