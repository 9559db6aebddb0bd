"""NextBiometrics NB-1010-U, a small heat sensor.

Protocol: PROTOCOLS.md section 5; bytes are in `drivers.protocols.nb1010_messages`, the
conversation in `nb1010_chip`.

    open    claim; nothing is sent: the recorded reader heard nothing before the first look
    frame   look until a finger is there -> prepare -> capture -> 90 parts of two rows

Preview only: some 385 pixels per inch are less than the 500 that a record needs. The driver says
so in two ways: `targets` is empty, so that a recording that asks for a finger is refused, and
`is_enrolment_grade` is False. A resting finger gives frame after frame.
"""

import itertools
import time
from typing import Annotated, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from drivers.devices import AttachedDevice, CaptureTarget, DeviceOptions, FingerprintScanner
from drivers.errors import CaptureTimeoutError, DeviceNotFoundError, OptionsError
from drivers.frames import DeviceIdentity, Frame
from drivers.protocols.nb1010_chip import Nb1010Chip, SequenceSource
from drivers.protocols.nb1010_messages import PICTURE_COLS, PICTURE_ROWS
from drivers.transport.recording import RecordingUsbLink, TranscriptWriter
from drivers.transport.usb import UsbId, UsbLink, UsbLinkFactory
from drivers.transport.usb_search import UsbFilter, find_attached, open_usb

USB_ID = UsbId(0x298D, 0x1010)
RESOLUTION_PPI = 385.0  # vendor
LOOK_PAUSE_S = 0.05  # between two looks for a finger, as libfprint has it
LAST_SEQUENCE = 0xFF


def _split(value: object) -> object:
    return value.split(",") if isinstance(value, str) else value


class Nb1010Options(DeviceOptions):
    """Options of an NB-1010-U; all may be left out when one reader is attached."""

    serial: str | None = None
    """Only the reader with this serial number."""
    port: str | None = None
    """Only the reader at this port as the kernel names it, for instance "1-7"."""
    transfer_timeout_s: float = Field(2.0, gt=0, le=30)
    """Limit of each transfer."""
    sequence_numbers: Annotated[
        tuple[Annotated[int, Field(ge=0, le=LAST_SEQUENCE)], ...], BeforeValidator(_split)
    ] = ()
    """The first sequence numbers, for instance "1,3,4", to replay recorded traffic."""


class Nb1010(FingerprintScanner):
    """A single-finger reader for looking at fingers, not for records."""

    options_model = Nb1010Options
    targets: ClassVar[frozenset[CaptureTarget]] = frozenset()
    is_enrolment_grade: ClassVar[bool] = False

    def __init__(
        self, name: str, options: Nb1010Options, open_link: UsbLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        wanted = UsbFilter((USB_ID,), serial=options.serial, port=options.port)
        self._timeout_s = options.transfer_timeout_s
        self._sequence_numbers = options.sequence_numbers
        self._open_link = open_link or (lambda: open_usb(wanted, device=name))
        self._link: UsbLink | None = None
        self._chip: Nb1010Chip | None = None

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the readers of this model that are plugged in."""
        return find_attached((USB_ID,))

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""
        open_link = self._open_link
        self._open_link = lambda: RecordingUsbLink(open_link(), transcript)

    def _open(self) -> None:
        self._link = self._open_link()
        self._chip = Nb1010Chip(
            self._link,
            device=self.name,
            timeout_s=self._timeout_s,
            next_sequence=_count_from(self._sequence_numbers),
        )

    def _close(self) -> None:
        link, self._link = self._link, None
        self._chip = None
        if link is not None:
            link.close()

    def _identity(self) -> DeviceIdentity:
        info = self._opened()[0].info
        return DeviceIdentity(
            make=info.manufacturer or "NEXT Biometrics",
            model=info.product or "NB-1010-U",
            serial=info.serial,
        )

    def _read_frame(self, target: CaptureTarget | None, timeout_s: float) -> Frame:
        if target is not None:
            raise OptionsError(
                f"a sensor of {RESOLUTION_PPI:g} pixels per inch may not record {target}: preview "
                "only; configure an enrolment scanner for recording",
                device=self.name,
            )
        _, chip = self._opened()
        self._wait_for_finger(chip, timeout_s)
        captured_at_s = time.monotonic()
        rows = np.frombuffer(chip.read_picture(), np.uint8)
        pixels = rows.reshape(PICTURE_ROWS, PICTURE_COLS).copy()  # bytes cannot be written to
        return Frame(pixels, RESOLUTION_PPI, captured_at_s, self._identity())

    def _is_platen_empty(self, timeout_s: float) -> bool:
        """Look until the finger is gone, at least once."""
        _, chip = self._opened()
        deadline_s = time.monotonic() + timeout_s
        while chip.is_finger_on():
            if not self._pause_until(deadline_s):
                return False
        return True

    def _wait_for_finger(self, chip: Nb1010Chip, timeout_s: float) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not chip.is_finger_on():
            if not self._pause_until(deadline_s):
                raise CaptureTimeoutError(f"no finger within {timeout_s:g} s", device=self.name)

    def _pause_until(self, deadline_s: float) -> bool:
        """Wait a little, and tell whether there is time for another look."""
        self._raise_if_cancelled()
        time.sleep(LOOK_PAUSE_S)
        return time.monotonic() < deadline_s

    def _opened(self) -> tuple[UsbLink, Nb1010Chip]:
        if self._link is None or self._chip is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        return self._link, self._chip


def _count_from(first_numbers: tuple[int, ...]) -> SequenceSource:
    """Return a source of sequence numbers: the given ones, then counted on, round and round."""
    last = first_numbers[-1] if first_numbers else 0
    counted = (number & LAST_SEQUENCE for number in itertools.count(last + 1))
    return itertools.chain(first_numbers, counted).__next__


DRIVER = Nb1010
