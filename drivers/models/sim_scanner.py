"""Simulated fingerprint scanner: slaps on 1600 x 1500 or one finger on 500 x 500, at 500 ppi.

A resident of the scene lays down what `target` asks for: the hand comes within 0.3 s, arrives
over 0.4 s, settles, rests, and lifts when the target changes or reading pauses (see
`drivers.simulation.presentation`). Every placement is a new impression of the same fingers.
Without a target the platen stays empty, or shows the test card that lies on it in the scene. Its
light can be switched off for a frame.

Not modelled: exposure control, the device's own finger detection and its LEDs, USB bandwidth,
moving fingers within one frame (motion blur).
"""

from functools import cached_property
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from drivers.devices import CaptureTarget, FingerprintScanner
from drivers.errors import DeviceReportedError, OptionsError
from drivers.frames import DeviceIdentity, Frame
from drivers.simulation.hand import GROUPS
from drivers.simulation.options import SimulatedOptions
from drivers.simulation.placement import FingerTruth
from drivers.simulation.platen import Platen
from drivers.simulation.presentation import Moment, Phase, Presentation
from drivers.simulation.prints_folder import PrintsFolder
from drivers.simulation.scene import Offer, Scene
from drivers.simulation.slap import Contact, compose, lay_offer
from drivers.simulation.target import Optics, Target, render_target
from drivers.simulation.unit import SimulatedUnit

RESOLUTION_PPI = 500.0
_SHAPES_PX = {"slap": (1500, 1600), "single": (500, 500)}

_DRIFT_PX = 5.0  # how far a hand still slides while it arrives and settles


class SimScannerOptions(SimulatedOptions):
    """Options of the simulated scanner."""

    fault_kind = "fingerprint_scanner"

    model: Literal["slap", "single"] = "slap"
    """A four-finger scanner, or one for single fingers."""
    frame_rate: float = Field(default=20.0, gt=0, le=100)
    """Frames per second of the preview at most."""
    prints_dir: Path | None = None
    """A folder <finger>_<impression>.png of real prints that stand in for the virtual ones."""
    prints_ppi: float = Field(default=500.0, ge=250, le=1000)
    """Resolution of those prints."""


class SimScanner(FingerprintScanner):
    """A scanner that sees the fingers of the virtual resident."""

    options_model = SimScannerOptions
    options: SimScannerOptions

    def __init__(self, name: str, options: SimScannerOptions) -> None:
        super().__init__(name, options)
        self.unit = SimulatedUnit(name, f"Virtual {options.model} scanner", options)
        self._shape_px = _SHAPES_PX[options.model]
        self._presentation = Presentation()
        self._contact: Contact | None = None
        self._contact_of: tuple[int, str] | None = None
        self._card: NDArray[np.float32] | None = None
        self._card_of: tuple[Target, Optics] | None = None
        self._last_pixels: NDArray[np.uint8] | None = None
        self._prints: PrintsFolder | None = None

    @cached_property
    def _platen(self) -> Platen:
        return Platen(self._shape_px, self.unit.serial, self.unit.faults)

    @property
    def truths(self) -> tuple[FingerTruth, ...]:
        """What lay on the platen at the last placement, from left to right."""
        return self._contact.truths if self._contact is not None else ()

    def begin_transaction(self, transaction_id: str) -> None:
        """Let the resident of this transaction step forward."""
        self.unit.scene.begin_transaction(transaction_id)

    def _open(self) -> None:
        self.unit.open()
        if self.options.prints_dir is not None:
            try:
                self._prints = PrintsFolder.load(self.options.prints_dir, self.options.prints_ppi)
            except ValueError as error:
                raise OptionsError(f"prints_dir: {error}", device=self.name) from error
        self._presentation = Presentation()

    def _close(self) -> None:
        self._contact = None
        self._contact_of = None

    def _identity(self) -> DeviceIdentity:
        return self.unit.identity

    def _read_frame(self, target: CaptureTarget | None, timeout_s: float) -> Frame:
        if self.options.model == "single" and target in GROUPS:
            raise DeviceReportedError(
                f"a single-finger scanner cannot capture '{target}'; ask for one finger or set "
                'model = "slap"',
                device=self.name,
            )
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        captured_at_s = self.unit.pace(self.options.frame_rate)
        moment = self._presentation.ask(target, captured_at_s)
        if not (self.unit.faults.is_acting("repeated_frame") and self._last_pixels is not None):
            self._last_pixels = self._expose(moment)
        return Frame(self._last_pixels.copy(), RESOLUTION_PPI, captured_at_s, self.unit.identity)

    def _read_dark_frame(self, timeout_s: float) -> Frame:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        captured_at_s = self.unit.pace(self.options.frame_rate)
        return Frame(self._platen.read_dark(), RESOLUTION_PPI, captured_at_s, self.unit.identity)

    def _is_platen_empty(self, timeout_s: float) -> bool:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        moment = self._presentation.look(self.unit.clock.now_s())
        return moment.phase is Phase.EMPTY

    def _expose(self, moment: Moment) -> NDArray[np.uint8]:
        platen = self._platen
        self._leave_residue(platen)
        contact = self._contact_at(moment)
        if contact is None and (card := self.unit.scene.card) is not None:
            seen = self._see_card(card, Optics.of(self.unit.faults, RESOLUTION_PPI))
            return platen.read_target(seen, still_key=self._card_of)
        if contact is None:
            return platen.read(None, still_key="empty")
        if moment.phase is Phase.RESTING:
            darkness = self._as_sensed(contact.darkness)
            return platen.read(darkness, still_key=(moment.target, moment.attempt))
        return platen.read(self._as_sensed(_coming_down(contact, moment)))

    def _see_card(self, card: Target, optics: Optics) -> NDArray[np.float32]:
        """Return what a test card sends back; drawn once while nothing changes."""
        if self._card is None or self._card_of != (card, optics):
            self._card = render_target(card, self._shape_px, optics)
            self._card_of = (card, optics)
        return self._card

    def _contact_at(self, moment: Moment) -> Contact | None:
        """Return what is on the platen; a new placement is rendered once."""
        if moment.target is None or moment.phase is Phase.EMPTY:
            return None
        wanted = (moment.attempt, moment.target)
        if self._contact_of != wanted and moment.phase is not Phase.LIFTING:
            offer = self.unit.scene.offer(CaptureTarget(moment.target))
            self._contact = self._lay(offer)
            self._contact_of = wanted
        return self._contact

    def _lay(self, offer: Offer) -> Contact:
        if self._prints is None:
            return lay_offer(self.unit.scene, offer, self._shape_px)
        return compose(self._prints.lay(offer, self._shape_px), self._shape_px)

    def _as_sensed(self, darkness: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Blur, and scale about the middle while the true resolution differs from its word."""
        if (sigma_px := self.unit.faults.strength("defocus")) is not None:
            blurred = cv2.GaussianBlur(darkness, (0, 0), sigma_px)
            darkness = blurred.astype(np.uint8, copy=False)
        true_ppi = self.unit.faults.strength("wrong_resolution")
        if true_ppi is None:
            return darkness
        rows, cols = darkness.shape
        matrix = cv2.getRotationMatrix2D((cols / 2, rows / 2), 0.0, true_ppi / RESOLUTION_PPI)
        return cv2.warpAffine(darkness, matrix, (cols, rows), flags=cv2.INTER_LINEAR).astype(
            np.uint8, copy=False
        )

    def _leave_residue(self, platen: Platen) -> None:
        """Put the print of an earlier resident on the glass when it shall be seen."""
        if self.unit.faults.is_acting("residue") and platen.latent is None:
            target = CaptureTarget.RIGHT_SLAP
            if self.options.model == "single":
                target = CaptureTarget.RIGHT_INDEX
            earlier = Scene(seed=f"earlier resident/{self.unit.serial}")
            platen.latent = lay_offer(earlier, earlier.offer(target), self._shape_px).darkness


def _coming_down(contact: Contact, moment: Moment) -> NDArray[np.uint8]:
    """Return the contact while it grows, slides or lifts."""
    sliding = {Phase.ARRIVING: 1.0, Phase.SETTLING: 0.5}.get(moment.phase, 0.0)
    shift_px = _DRIFT_PX * sliding * (1 - moment.progress) if sliding < 1 else _DRIFT_PX / 2
    coverage = {Phase.ARRIVING: moment.progress, Phase.LIFTING: 1 - moment.progress}.get(
        moment.phase, 1.0
    )
    order = np.arange(256, dtype=np.float32)
    share = np.clip((coverage * 320 - order) / 64, 0, 1)
    visible = cv2.multiply(
        contact.darkness,
        cv2.LUT(contact.arrival, (255 * share).astype(np.uint8)),
        scale=1 / 255,
    )
    rows, cols = visible.shape
    matrix = np.array([[1, 0, shift_px / 2], [0, 1, shift_px]], dtype=np.float32)
    return cv2.warpAffine(visible, matrix, (cols, rows), flags=cv2.INTER_LINEAR).astype(
        np.uint8, copy=False
    )


DRIVER = SimScanner
