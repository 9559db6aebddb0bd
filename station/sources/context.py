"""What every source of captures is given."""

from collections.abc import Callable
from dataclasses import dataclass

from biometrics.face import FaceModels
from drivers.devices import Device
from drivers.frames import DeviceIdentity
from station.capture_statistics import CaptureStatistics
from station.case_file import CaseFile
from station.case_fingers import CaseFingers
from station.recording import Attempt, PartResult, Step


@dataclass(frozen=True, slots=True)
class SourceContext:
    """Models, clock and limits for judging captures."""

    face_models: FaceModels | None
    """None where the model files are absent: portraits are then judged by the cascades alone."""
    utc_text: Callable[[], str]
    """The wall clock as ISO 8601."""
    statistics: CaptureStatistics | None = None
    """Takes numbers about the devices from captures, for the self-test; None in most tests."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case as a source needs it."""

    file: CaseFile
    fingers: CaseFingers
    context: SourceContext
    role_of: Callable[[str], str]
    """Role of a person by user name."""

    def declare_exceptions(
        self, device: Device, declared: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        """Tell a device what the resident lacks, where that is not what it was told last."""
        lacking = tuple(sorted(self.file.case.exceptions))
        if lacking != declared:
            device.declare_exceptions(lacking)
        return lacking

    def new_attempt(
        self,
        step: Step,
        device: DeviceIdentity,
        parts: tuple[PartResult, ...],
        *,
        reasons: tuple[object, ...] = (),
        is_usable: bool,
        pictures: tuple[str, ...],
    ) -> Attempt:
        """Return an attempt with the next number and the present time."""
        case = self.file.case
        return Attempt.model_validate(
            {
                "step": step,
                "number": case.next_number(step),
                "series": case.series(step),
                "taken_at": self.context.utc_text(),
                "device": device,
                "parts": parts,
                "reasons": reasons,
                "is_usable": is_usable,
                "pictures": pictures,
            }
        )
