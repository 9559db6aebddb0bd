"""A fingerprint scanner behind an SBI service on this machine (MOSIP Secure Biometric Interface).

Protocol: PROTOCOLS.md section 10; `drivers.protocols.sbi_client` speaks it, `sbi_evidence` verifies
what comes. Iris and face devices of the same services have drivers of their own, `mosip_sbi_iris`
and `mosip_sbi_face`: a driver serves one kind (decision 0009).

A frame for a target is one signed capture (RCAPTURE): the device waits for the fingers, cuts them
out and scores them. `raw` is the whole answer with its signatures; each region keeps its ISO
record. Without a target, and from `read_preview`, comes a picture of the device's preview (STREAM),
which is for the eye only.
"""

import time
from collections.abc import Collection
from typing import ClassVar

from drivers.devices import AttachedDevice, CaptureTarget, FingerprintScanner
from drivers.errors import OptionsError
from drivers.frames import DeviceIdentity, Frame, FrameRegion
from drivers.protocols import sbi_search
from drivers.protocols.sbi_client import SbiClient
from drivers.protocols.sbi_desk import Capture, CaptureWish
from drivers.protocols.sbi_errors import LowQualityError, RecordError
from drivers.protocols.sbi_evidence import SbiSample
from drivers.protocols.sbi_frames import lay_side_by_side, shown_grey, to_grey
from drivers.protocols.sbi_options import SbiOptions, SbiSurroundings
from drivers.protocols.sbi_words import (
    FINGER_GROUPS,
    LEFT_SLAP,
    BodyPart,
    DeviceType,
    part_named,
    parts_of,
    sub_id_of,
)

SINGLE = "Single"


class MosipSbi(FingerprintScanner):
    """A slap scanner or single-finger scanner that speaks SBI."""

    options_model = SbiOptions
    options: SbiOptions
    has_preview = True
    targets: ClassVar[frozenset[CaptureTarget]] = frozenset(CaptureTarget)

    def __init__(
        self, name: str, options: SbiOptions, surroundings: SbiSurroundings | None = None
    ) -> None:
        super().__init__(name, options)
        self._client = SbiClient(
            name,
            DeviceType.FINGER,
            options,
            surroundings or SbiSurroundings(),
            self._raise_if_cancelled,
        )
        self._missing: frozenset[BodyPart] = frozenset()
        self._sub_id = LEFT_SLAP

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the scanners that services on this machine name; unverified."""
        return sbi_search.find_attached(DeviceType.FINGER)

    def begin_transaction(self, transaction_id: str) -> None:
        """Chain the captures of this resident; nobody is excepted until said so."""
        self._client.begin_transaction(transaction_id)
        self._missing = frozenset()

    def declare_exceptions(self, parts: Collection[str]) -> None:
        """Do not ask for these fingers; the device is told, as the protocol wants."""
        self._missing = frozenset(part_named(part) for part in parts)

    def read_preview(self, *, target: CaptureTarget | None = None, timeout_s: float) -> Frame:
        """Return a picture of the running preview; never evidence of anything."""
        self._require_open()
        self._raise_if_cancelled()
        sub_id = self._sub_id if target is None else sub_id_of(target)
        pixels, jpeg = self._client.read_preview(sub_id, timeout_s=timeout_s)
        self._sub_id = sub_id
        return Frame(shown_grey(pixels), None, time.monotonic(), self._identity(), jpeg)

    def _open(self) -> None:
        self._client.open()

    def _close(self) -> None:
        self._client.close()

    def _identity(self) -> DeviceIdentity:
        return self._client.info.identity

    def _read_frame(self, target: CaptureTarget | None, timeout_s: float) -> Frame:
        if target is None:
            return self.read_preview(timeout_s=timeout_s)
        wish = self._wish(target)
        capture = self._client.capture(wish, timeout_s=timeout_s)
        self._sub_id = wish.sub_id
        frame = self._frame(capture, wish)
        self._judge(capture, frame)
        return frame

    def _wish(self, target: CaptureTarget) -> CaptureWish:
        """Return what to ask for: of the hand, everything but the target counts as excepted."""
        sub_id = sub_id_of(target)
        asked = tuple(part for part in parts_of(target) if part not in self._missing)
        if not asked:
            raise OptionsError(f"every finger of '{target}' is excepted", device=self.name)
        if len(asked) > 1 and self._client.info.sub_type == SINGLE:
            raise OptionsError(
                f"a single-finger scanner cannot capture '{target}'; ask for one finger",
                device=self.name,
            )
        others = tuple(part for part in FINGER_GROUPS[sub_id] if part not in asked)
        return CaptureWish(sub_id, asked, others)

    def _frame(self, capture: Capture, wish: CaptureWish) -> Frame:
        resolutions = {sample.image.resolution_ppi for sample in capture.samples}
        resolution_ppi = resolutions.pop()
        if resolutions or resolution_ppi is None:
            raise RecordError("the fingers have different resolutions", device=self.name)
        regions = tuple(self._region(sample) for sample in capture.samples)
        pixels = lay_side_by_side(regions, wish.parts, resolution_ppi)
        return Frame(
            pixels, resolution_ppi, capture.captured_at_s, self._identity(), capture.body, regions
        )

    def _region(self, sample: SbiSample) -> FrameRegion:
        try:
            pixels = to_grey(sample.pixels)
        except ValueError as error:
            raise RecordError(f"no fingerprint: {error}", device=self.name) from error
        name = sample.part.sub_type if sample.part is not None else ""
        return FrameRegion(name, pixels, round(sample.score), sample.record)

    def _judge(self, capture: Capture, frame: Frame) -> None:
        """Let a slap pass by its worst finger, whatever the device's mean was."""
        scores = capture.scores()
        worst = min(scores, key=lambda name: scores[name])
        if scores[worst] < self.options.min_score:
            self._client.let_go()
            raise LowQualityError(
                f"{worst} has quality {scores[worst]:g}, {self.options.min_score} is needed; "
                "clean finger and glass, press evenly",
                device=self.name,
                scores=scores,
                capture=frame,
            )


DRIVER = MosipSbi
