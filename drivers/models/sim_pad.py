"""Simulated signature pad: streams the virtual resident's signature at 200 Hz in real time.

The resident begins to sign 0.8 s after inking was started.

Not modelled: hover samples, tilt, erasing by the resident, buttons drawn on the screen.
"""

import numpy as np
from numpy.typing import NDArray

from drivers.devices import SignaturePad
from drivers.frames import DeviceIdentity, PadGeometry, PenSample
from drivers.simulation.options import SimulatedOptions
from drivers.simulation.pen import with_pad_faults
from drivers.simulation.pen_task import do_task
from drivers.simulation.signature import AREA_MM, SAMPLE_RATE_HZ, write_signature
from drivers.simulation.unit import SimulatedUnit

SCREEN_PX = (480, 800)  # rows, cols
PRESSURE_LEVELS = 1024
_BEGIN_AFTER_S = 0.8


class SimPadOptions(SimulatedOptions):
    """Options of the simulated pad."""

    fault_kind = "signature_pad"


class SimPad(SignaturePad):
    """A pad on which the virtual resident signs."""

    options_model = SimPadOptions
    options: SimPadOptions

    def __init__(self, name: str, options: SimPadOptions) -> None:
        super().__init__(name, options)
        self.unit = SimulatedUnit(name, "Virtual signature pad", options)
        self.shown: NDArray[np.uint8] | None = None
        """The last picture put on the pad's screen."""
        self._coming: list[PenSample] = []
        self._begun_s: float | None = None

    def begin_transaction(self, transaction_id: str) -> None:
        """Let the resident of this transaction step forward."""
        self.unit.scene.begin_transaction(transaction_id)

    def _open(self) -> None:
        self.unit.open()

    def _close(self) -> None:
        self._begun_s = None
        self._coming = []

    def _identity(self) -> DeviceIdentity:
        return self.unit.identity

    def _geometry(self) -> PadGeometry:
        return PadGeometry(*AREA_MM, SAMPLE_RATE_HZ, PRESSURE_LEVELS, SCREEN_PX)

    def _show(self, picture: NDArray[np.uint8]) -> None:
        self.shown = picture.copy()

    def _start_inking(self) -> None:
        scene = self.unit.scene
        attempt, behaviour = scene.next_attempt("signature")
        written: tuple[PenSample, ...] = ()
        if scene.pen_task is not None:
            written = do_task(scene.pen_task)
        elif not behaviour.absent:
            written = write_signature(scene.presenter(behaviour).signature, attempt)
        self._coming = with_pad_faults(written, _BEGIN_AFTER_S, self.unit.faults, self.unit.serial)
        self._begun_s = self.unit.clock.now_s()

    def _read_samples(self, timeout_s: float) -> tuple[PenSample, ...]:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        if self._begun_s is None:
            return ()
        wait_s = timeout_s
        if self._coming:
            due_s = self._begun_s + self._coming[0].time_s - self.unit.clock.now_s()
            wait_s = min(timeout_s, max(0.0, due_s))
        self.unit.wait(wait_s, self._raise_if_cancelled)
        return self._take(self._begun_s, self.unit.clock.now_s())

    def _take(self, begun_s: float, now_s: float) -> tuple[PenSample, ...]:
        # Summed up as above: a difference is rounded, and a sample that is due would not come.
        count = sum(begun_s + sample.time_s <= now_s for sample in self._coming)
        taken, self._coming = tuple(self._coming[:count]), self._coming[count:]
        return taken

    def _stop_inking(self) -> None:
        self._begun_s = None
        self._coming = []


DRIVER = SimPad
