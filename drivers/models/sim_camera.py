"""Simulated portrait camera: the face of the virtual resident, 1600 rows x 1200 columns, BGR.

Not modelled: auto-exposure and focus, rolling shutter, perspective, hands or glasses in the
picture, speech and blinking.
"""

from functools import cached_property

from pydantic import Field

from drivers.devices import FaceCamera
from drivers.frames import DeviceIdentity, Frame
from drivers.simulation.behaviour import Behaviour
from drivers.simulation.camera import CameraSensor, Picture
from drivers.simulation.camera_card import draw_card
from drivers.simulation.face import PORTRAIT_SHAPE_PX, Backdrop, PortraitView, render_portrait
from drivers.simulation.options import SimulatedOptions
from drivers.simulation.unit import SimulatedUnit


class SimCameraOptions(SimulatedOptions):
    """Options of the simulated camera."""

    fault_kind = "face_camera"

    frame_rate: float = Field(default=20.0, gt=0, le=60)
    """Frames per second at most."""


class SimCamera(FaceCamera):
    """A camera that sees the virtual resident."""

    options_model = SimCameraOptions
    options: SimCameraOptions

    def __init__(self, name: str, options: SimCameraOptions) -> None:
        super().__init__(name, options)
        self.unit = SimulatedUnit(name, "Virtual portrait camera", options)
        self._portrait: tuple[object, Picture] | None = None
        self._last: Picture | None = None

    @cached_property
    def _sensor(self) -> CameraSensor:
        return CameraSensor((*PORTRAIT_SHAPE_PX, 3), self.unit.serial, self.unit.faults)

    def begin_transaction(self, transaction_id: str) -> None:
        """Let the resident of this transaction step forward."""
        self.unit.scene.begin_transaction(transaction_id)

    def _open(self) -> None:
        self.unit.open()

    def _close(self) -> None:
        self._portrait = None
        self._last = None

    def _identity(self) -> DeviceIdentity:
        return self.unit.identity

    def _read_frame(self, timeout_s: float) -> Frame:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        captured_at_s = self.unit.pace(self.options.frame_rate)
        stuck = self.unit.faults.is_acting("frozen") or self.unit.faults.is_acting("repeated_frame")
        if self._last is None or not stuck:
            self._last = self._expose()
        return Frame(self._last.copy(), None, captured_at_s, self.unit.identity)

    def _expose(self) -> Picture:
        scene = self.unit.scene
        if scene.camera_card is not None:
            return self._sensor.read(draw_card(scene.camera_card, (*PORTRAIT_SHAPE_PX, 3)))
        behaviour, backdrop = scene.behaviour, scene.backdrop()
        key = (scene.transaction, behaviour, backdrop)
        if self._portrait is None or self._portrait[0] != key:
            person = scene.presenter(behaviour)
            self._portrait = key, render_portrait(person.face, portrait_view(behaviour, backdrop))
        return self._sensor.read(self._portrait[1])


def portrait_view(behaviour: Behaviour, backdrop: Backdrop) -> PortraitView:
    """Return how this behaviour looks to the camera."""
    return PortraitView(
        backdrop=backdrop,
        eyes_open=0.0 if behaviour.closed_eyes else 1.0,
        roll_rad=behaviour.head_roll_rad,
        brightness=behaviour.brightness,
        people=0 if behaviour.absent else behaviour.people,
    )


DRIVER = SimCamera
