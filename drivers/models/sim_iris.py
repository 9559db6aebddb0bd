"""Simulated two-eye iris camera: near-infrared, 640 x 480 grey per eye.

Not modelled: one eye at a time, capture wheels and colour guidance, motion blur, glasses.
"""

from functools import cached_property

import numpy as np
from pydantic import Field

from drivers.devices import IrisCamera
from drivers.frames import DeviceIdentity, EyePair, Frame
from drivers.simulation.behaviour import Behaviour
from drivers.simulation.camera import CameraSensor, Picture
from drivers.simulation.camera_card import CameraCard, draw_card
from drivers.simulation.iris import (
    EYE_SHAPE_PX,
    USUAL_DISTANCE_MM,
    EyeTraits,
    EyeView,
    render_eye,
)
from drivers.simulation.options import SimulatedOptions
from drivers.simulation.unit import SimulatedUnit


class SimIrisOptions(SimulatedOptions):
    """Options of the simulated iris camera."""

    fault_kind = "iris_camera"

    frame_rate: float = Field(default=10.0, gt=0, le=60)
    """Pairs per second at most."""


class SimIris(IrisCamera):
    """An iris camera that sees both eyes of the virtual resident."""

    options_model = SimIrisOptions
    options: SimIrisOptions

    def __init__(self, name: str, options: SimIrisOptions) -> None:
        super().__init__(name, options)
        self.unit = SimulatedUnit(name, "Virtual iris camera", options)
        self._count = 0
        self._last: tuple[Picture, Picture] | None = None

    @cached_property
    def _sensor(self) -> CameraSensor:
        return CameraSensor(EYE_SHAPE_PX, self.unit.serial, self.unit.faults)

    def begin_transaction(self, transaction_id: str) -> None:
        """Let the resident of this transaction step forward."""
        self.unit.scene.begin_transaction(transaction_id)

    def _open(self) -> None:
        self.unit.open()
        self._count = 0

    def _close(self) -> None:
        self._last = None

    def _identity(self) -> DeviceIdentity:
        return self.unit.identity

    def _read_eyes(self, timeout_s: float) -> EyePair:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        captured_at_s = self.unit.pace(self.options.frame_rate)
        behaviour, card = self.unit.scene.behaviour, self.unit.scene.camera_card
        if behaviour.absent and card is None:
            return EyePair(None, None)
        if self._last is None or not self.unit.faults.is_acting("repeated_frame"):
            self._last = self._expose(behaviour) if card is None else self._expose_card(card)
        right, left = (
            Frame(pixels.copy(), None, captured_at_s, self.unit.identity) for pixels in self._last
        )
        return EyePair(right, left, behaviour.distance_mm or USUAL_DISTANCE_MM)

    def _expose(self, behaviour: Behaviour) -> tuple[Picture, Picture]:
        self._count += 1
        person = self.unit.scene.presenter(behaviour)
        rng = np.random.Generator(
            np.random.PCG64(self.unit.scene.number("eyes", self.unit.serial, self._count))
        )
        view = eye_view(behaviour, rng)
        right = self._see(person.right_eye, view, rng)
        left = self._see(person.left_eye, view, rng)
        return right, self._by_left_lamp(left)

    def _expose_card(self, card: CameraCard) -> tuple[Picture, Picture]:
        drawn = draw_card(card, EYE_SHAPE_PX)
        return self._sensor.read(drawn), self._by_left_lamp(self._sensor.read(drawn))

    def _by_left_lamp(self, left: Picture) -> Picture:
        share = self.unit.faults.strength("one_lamp")
        return left if share is None else (left * share).astype(np.uint8)

    def _see(self, eye: EyeTraits, view: EyeView, rng: np.random.Generator) -> Picture:
        return self._sensor.read(render_eye(eye, view, rng))


def eye_view(behaviour: Behaviour, rng: np.random.Generator) -> EyeView:
    """Return how the eyes look this time: never twice the same."""
    fidget = 1 + 6 * (1 - behaviour.stillness)
    aside = 55.0 if behaviour.looks_aside else 0.0
    distance_mm = behaviour.distance_mm or USUAL_DISTANCE_MM * float(rng.normal(1, 0.01))
    return EyeView(
        gaze_px=(float(rng.normal(0, 2.5)), aside + float(rng.normal(0, 2.5))),
        openness=0.0 if behaviour.closed_eyes else float(np.clip(rng.normal(1, 0.03), 0.85, 1.1)),
        defocus_px=min(8.0, abs(distance_mm - USUAL_DISTANCE_MM) / 12),
        distance_mm=distance_mm,
        dilation=float(rng.normal(1.0, 0.05)),
        offset_px=(float(rng.normal(0, 3)) * fidget, float(rng.normal(0, 4)) * fidget),
    )


DRIVER = SimIris
