"""An iris camera behind an SBI service on this machine (MOSIP Secure Biometric Interface).

Protocol: PROTOCOLS.md section 10; see `mosip_sbi`. A pair is one signed capture; each frame's `raw`
is the eye's ISO record as it came. Eyes are put into 480 x 640; cropped ones are not scaled.
"""

import time
from collections.abc import Collection

from drivers.devices import AttachedDevice, IrisCamera
from drivers.errors import OptionsError
from drivers.frames import DeviceIdentity, EyePair, Frame
from drivers.protocols import sbi_search
from drivers.protocols.sbi_client import SbiClient
from drivers.protocols.sbi_desk import Capture, CaptureWish
from drivers.protocols.sbi_errors import LowQualityError, RecordError
from drivers.protocols.sbi_evidence import SbiSample
from drivers.protocols.sbi_frames import shown_grey, to_eye_frame, to_grey
from drivers.protocols.sbi_options import SbiOptions, SbiSurroundings
from drivers.protocols.sbi_words import BOTH_EYES, EYES, BodyPart, DeviceType, part_named

SINGLE = "Single"


class MosipSbiIris(IrisCamera):
    """A two-eye iris camera that speaks SBI."""

    options_model = SbiOptions
    options: SbiOptions
    has_preview = True

    def __init__(
        self, name: str, options: SbiOptions, surroundings: SbiSurroundings | None = None
    ) -> None:
        super().__init__(name, options)
        self._client = SbiClient(
            name,
            DeviceType.IRIS,
            options,
            surroundings or SbiSurroundings(),
            self._raise_if_cancelled,
        )
        self._missing: frozenset[BodyPart] = frozenset()

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the iris cameras that services on this machine name; unverified."""
        return sbi_search.find_attached(DeviceType.IRIS)

    def begin_transaction(self, transaction_id: str) -> None:
        """Chain the captures of this resident; no eye is excepted until said so."""
        self._client.begin_transaction(transaction_id)
        self._missing = frozenset()

    def declare_exceptions(self, parts: Collection[str]) -> None:
        """Do not ask for these eyes."""
        self._missing = frozenset(part_named(part) for part in parts)

    def read_preview(self, *, timeout_s: float) -> Frame:
        """Return a picture of the running preview; never evidence of anything."""
        self._require_open()
        self._raise_if_cancelled()
        pixels, jpeg = self._client.read_preview(BOTH_EYES, timeout_s=timeout_s)
        return Frame(shown_grey(pixels), None, time.monotonic(), self._identity(), jpeg)

    def _open(self) -> None:
        self._client.open()

    def _close(self) -> None:
        self._client.close()

    def _identity(self) -> DeviceIdentity:
        return self._client.info.identity

    def _read_eyes(self, timeout_s: float) -> EyePair:
        asked = tuple(eye for eye in EYES if eye not in self._missing)
        if not asked:
            raise OptionsError("both eyes are excepted", device=self.name)
        if len(asked) > 1 and self._client.info.sub_type == SINGLE:
            raise OptionsError(
                "a camera for one eye cannot capture both; use a two-eye camera", device=self.name
            )
        missing = tuple(eye for eye in EYES if eye in self._missing)
        capture = self._client.capture(CaptureWish(BOTH_EYES, asked, missing), timeout_s=timeout_s)
        frames = {
            sample.part.part: self._frame(sample, capture.captured_at_s)
            for sample in capture.samples
            if sample.part is not None
        }
        pair = EyePair(right=frames.get("right_iris"), left=frames.get("left_iris"))
        self._judge(capture, pair)
        return pair

    def _frame(self, sample: SbiSample, captured_at_s: float) -> Frame:
        try:
            pixels = to_eye_frame(to_grey(sample.pixels))
        except ValueError as error:
            raise RecordError(f"no eye: {error}", device=self.name) from error
        return Frame(pixels, None, captured_at_s, self._identity(), sample.record)

    def _judge(self, capture: Capture, pair: EyePair) -> None:
        scores = capture.scores()
        worst = min(scores, key=lambda name: scores[name])
        if scores[worst] < self.options.min_score:
            self._client.let_go()
            raise LowQualityError(
                f"the {worst.lower()} eye has quality {scores[worst]:g}, "
                f"{self.options.min_score} is needed; look into the camera, eyes wide open",
                device=self.name,
                scores=scores,
                capture=pair,
            )


DRIVER = MosipSbiIris
