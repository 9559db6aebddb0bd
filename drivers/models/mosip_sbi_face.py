"""A face camera behind an SBI service on this machine (MOSIP Secure Biometric Interface).

Protocol: PROTOCOLS.md section 10; see `mosip_sbi`. A frame is one signed capture; `raw` is the ISO
record as it came. The photo of exceptions (face and both hands) is a capture of its own.
"""

import time
from collections.abc import Collection

from drivers.devices import AttachedDevice, FaceCamera
from drivers.errors import OptionsError
from drivers.frames import DeviceIdentity, Frame
from drivers.protocols import sbi_search
from drivers.protocols.sbi_client import SbiClient
from drivers.protocols.sbi_desk import CaptureWish
from drivers.protocols.sbi_errors import LowQualityError
from drivers.protocols.sbi_frames import to_colour
from drivers.protocols.sbi_options import SbiOptions, SbiSurroundings
from drivers.protocols.sbi_words import FULL_FACE, DeviceType, part_named


class MosipSbiFace(FaceCamera):
    """A portrait camera that speaks SBI."""

    options_model = SbiOptions
    options: SbiOptions
    has_preview = True

    def __init__(
        self, name: str, options: SbiOptions, surroundings: SbiSurroundings | None = None
    ) -> None:
        super().__init__(name, options)
        self._client = SbiClient(
            name,
            DeviceType.FACE,
            options,
            surroundings or SbiSurroundings(),
            self._raise_if_cancelled,
        )

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the face cameras that services on this machine name; unverified."""
        return sbi_search.find_attached(DeviceType.FACE)

    def begin_transaction(self, transaction_id: str) -> None:
        """Chain the captures of this resident."""
        self._client.begin_transaction(transaction_id)

    def read_preview(self, *, timeout_s: float) -> Frame:
        """Return a picture of the running preview; never evidence of anything."""
        self._require_open()
        self._raise_if_cancelled()
        pixels, jpeg = self._client.read_preview(FULL_FACE, timeout_s=timeout_s)
        return Frame(to_colour(pixels), None, time.monotonic(), self._identity(), jpeg)

    def read_exception_photo(self, parts: Collection[str], *, timeout_s: float) -> Frame:
        """Return the photo that shows which of `parts` ("left_ring", "right_iris") are missing.

        The device leaves out the portrait's checks; its score says nothing and is not judged.
        """
        self._require_open()
        self._raise_if_cancelled()
        if not parts:
            raise OptionsError("a photo of exceptions needs exceptions", device=self.name)
        exceptions = tuple(part_named(part) for part in sorted(parts))
        return self._capture(CaptureWish(FULL_FACE, exceptions=exceptions), timeout_s)[0]

    def _open(self) -> None:
        self._client.open()

    def _close(self) -> None:
        self._client.close()

    def _identity(self) -> DeviceIdentity:
        return self._client.info.identity

    def _read_frame(self, timeout_s: float) -> Frame:
        frame, score = self._capture(CaptureWish(FULL_FACE), timeout_s)
        if score < self.options.min_score:
            self._client.let_go()
            raise LowQualityError(
                f"the portrait has quality {score:g}, {self.options.min_score} is needed; "
                "face the camera in even light",
                device=self.name,
                scores={"Face": score},
                capture=frame,
            )
        return frame

    def _capture(self, wish: CaptureWish, timeout_s: float) -> tuple[Frame, float]:
        capture = self._client.capture(wish, timeout_s=timeout_s)
        sample = capture.samples[0]
        pixels = to_colour(sample.pixels)
        frame = Frame(pixels, None, capture.captured_at_s, self._identity(), sample.record)
        return frame, sample.score


DRIVER = MosipSbiFace
