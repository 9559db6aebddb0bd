"""A technician for simulated devices: does before them what the guide asks of a person.

So a guided run can be practised, shown and tested without a device. It wraps the guide who asks:
once the person says "done", the cards lie, the pen moves and the plug is out.
"""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence

from drivers.devices import Device
from drivers.models.sim_ups import SimUps
from drivers.simulation.camera_card import CameraCard
from drivers.simulation.pen_task import PenTask
from drivers.simulation.scene import Scene
from drivers.simulation.target import Target, TargetKind
from drivers.simulation.unit import SimulatedUnit
from selftest.bench import Bench
from selftest.guide import Answer, Guide, Question

_CAMERA_CARDS = {
    "camera-grey-card": CameraCard.GREY,
    "camera-focus-card": CameraCard.FOCUS,
    "camera-cap": CameraCard.CAP,
    "iris-white-card": CameraCard.WHITE,
    "iris-focus-card": CameraCard.FOCUS,
}
_PEN_TASKS = {"pad-trace": PenTask.TRACE, "pad-rest": PenTask.REST}
_TARGETS = {f"card-{kind.value}": kind for kind in TargetKind}
_WIPED = ("residue", "dust")
_TURNED = "-turned"


class SimulatedHands:
    """A guide that also acts in the scenes of simulated devices."""

    def __init__(self, guide: Guide, devices: Sequence[Device]) -> None:
        self._guide = guide
        self._devices = [device for device in devices if isinstance(_unit(device), SimulatedUnit)]
        self.person = guide.person

    def ask(self, question: Question, *, timeout_s: float) -> Answer:
        """Ask, and do what was asked unless the person skipped it."""
        answer = self._guide.ask(question, timeout_s=timeout_s)
        if answer in (Answer.DONE, Answer.YES):
            self._act(question.key)
        return answer

    def show(self, picture_png: bytes, caption_id: str, caption_en: str) -> None:
        """Show it through the guide."""
        self._guide.show(picture_png, caption_id, caption_en)

    def tell(self, text_id: str, text_en: str) -> None:
        """Say it through the guide."""
        self._guide.tell(text_id, text_en)

    def step_back(self) -> None:
        """Take everything away again."""
        for scene in self.scenes():
            scene.camera_card = scene.pen_task = scene.card = None
        self._plug(pulled=False)

    def _act(self, key: str) -> None:
        base = key.removesuffix(_TURNED)
        for scene in self.scenes():
            if key in _CAMERA_CARDS:
                scene.camera_card = _CAMERA_CARDS[key]
            elif key in _PEN_TASKS:
                scene.pen_task = _PEN_TASKS[key]
            elif base in _TARGETS:
                scene.card = Target(_TARGETS[base], turned=key != base)
            elif key == "own-finger":
                scene.card = None
                scene.set_behaviour(dataclasses.replace(scene.behaviour, absent=False))
        if key == "clean-platen":
            self._wipe()
        if key in ("ups-pull", "ups-plug-in"):
            self._plug(pulled=key == "ups-pull")

    def scenes(self) -> set[Scene]:
        """Return the scenes before the simulated devices."""
        return {unit.scene for device in self._devices if (unit := _unit(device)) is not None}

    def _wipe(self) -> None:
        for device in self._devices:
            unit = _unit(device)
            for name in _WIPED:
                if unit is not None and name in unit.faults.names():
                    unit.faults.remove(name)

    def _plug(self, *, pulled: bool) -> None:
        for device in self._devices:
            if isinstance(device, SimUps):
                faults = device.unit.faults
                if pulled:
                    faults.add("outage")
                elif "outage" in faults.names():
                    faults.remove("outage")


@contextlib.contextmanager
def guided_bench(bench: Bench, guide: Guide) -> Iterator[Bench]:
    """Lend a bench with a guide; before simulated devices a simulated technician acts as well.

    Whoever stood there before comes back with every device that is given back.
    """
    hands = SimulatedHands(guide, bench.devices)
    behaviours = {scene: scene.behaviour for scene in hands.scenes()}

    def put_back() -> None:
        hands.step_back()
        for scene, behaviour in behaviours.items():
            scene.set_behaviour(behaviour)

    @contextlib.contextmanager
    def lend(device: Device) -> Iterator[None]:
        with bench.lend(device):
            try:
                yield
            finally:
                put_back()

    try:
        yield dataclasses.replace(bench, guide=hands, lend=lend)
    finally:
        put_back()


def _unit(device: Device) -> SimulatedUnit | None:
    return getattr(device, "unit", None)
