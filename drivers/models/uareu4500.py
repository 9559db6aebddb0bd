"""U.are.U 4000, 4000B, 4500 and the Microsoft readers with the same chip.

Protocol: PROTOCOLS.md section 4; registers and packets are in `drivers.protocols.uareu_chip`,
pictures in `uareu_image`.

    open      claim; interrupt reader; power-up handshake; versions
    capture   await finger on -> bulk read pending -> capture -> picture -> key -> await finger off
    close     mode off; reader stopped

After a capture the reader waits for the finger to leave and says so by itself. A new capture asks
for a finger again at once, so a resting finger gives a live preview.
"""

import logging
import secrets
import time
from collections.abc import Callable
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from drivers.devices import AttachedDevice, CaptureTarget, DeviceOptions, FingerprintScanner
from drivers.errors import (
    CaptureTimeoutError,
    DeviceNotFoundError,
    DriverError,
    OptionsError,
    ProtocolError,
    TransportTimeoutError,
)
from drivers.frames import DeviceIdentity, Frame
from drivers.protocols import uareu_chip, uareu_image
from drivers.transport.recording import RecordingUsbLink, TranscriptWriter
from drivers.transport.usb import UsbId, UsbLink, UsbLinkFactory
from drivers.transport.usb_search import UsbFilter, find_attached, open_usb

U4500 = UsbId(0x05BA, 0x000A)
MICROSOFT_V2 = UsbId(0x045E, 0x00CA)
MODELS = {
    UsbId(0x045E, 0x00BB): "keyboard with fingerprint reader",
    UsbId(0x045E, 0x00BC): "wireless IntelliMouse with fingerprint reader",
    UsbId(0x045E, 0x00BD): "Fingerprint Reader",
    MICROSOFT_V2: "Fingerprint Reader v2",
    UsbId(0x05BA, 0x0007): "U.are.U 4000",
    UsbId(0x05BA, 0x0008): "U.are.U 4000 in a keyboard",
    U4500: "U.are.U 4000B or 4500",  # the only ones mounted upside down
}
"""What each is, for readers that do not say it themselves."""
USB_IDS = tuple(MODELS)
RESOLUTION_PPI = 512.0  # vendor
IMAGE_READS = 3
RE_READ_WAIT_S = 1.0  # a picture takes 0.13 s
FRESH_CAPTURE_S = 2.0
NOISE_ROWS = 8  # a block scrambled with another key; the captures have none

SeedSource = Callable[[], int]
"""Gives a new scramble seed, 0 .. 2^31 - 2, at every call."""

log = logging.getLogger(__name__)


def _hexadecimal(value: object) -> object:
    return int(value, 16) if isinstance(value, str) and value.lower().startswith("0x") else value


class Uareu4500Options(DeviceOptions):
    """Options of a U.are.U reader; all may be left out when one reader is attached."""

    usb_id: str | None = Field(None, pattern="^[0-9a-f]{4}:[0-9a-f]{4}$")
    """Only readers with this USB id, for instance "05ba:000a"."""
    serial: str | None = None
    """Only the reader with this serial number."""
    port: str | None = None
    """Only the reader at this port as the kernel names it, for instance "1-10"."""
    transfer_timeout_s: float = Field(5.0, gt=0, le=30)
    """Limit of each transfer."""
    scramble_seed: Annotated[int | None, BeforeValidator(_hexadecimal)] = Field(
        None, ge=0, le=2**31 - 2
    )
    """A fixed seed in place of random ones, to replay recorded traffic."""


class Uareu4500(FingerprintScanner):
    """A single-finger optical scanner of the U.are.U family."""

    options_model = Uareu4500Options
    targets: ClassVar[frozenset[CaptureTarget]] = frozenset(CaptureTarget) - {
        CaptureTarget.RIGHT_SLAP,
        CaptureTarget.LEFT_SLAP,
        CaptureTarget.THUMBS,
    }

    def __init__(
        self,
        name: str,
        options: Uareu4500Options,
        open_link: UsbLinkFactory | None = None,
        new_seed: SeedSource | None = None,
    ) -> None:
        super().__init__(name, options)
        self._timeout_s = options.transfer_timeout_s
        self._open_link = open_link or (lambda: open_usb(_usb_filter(options), device=name))
        self._new_seed = new_seed or _seed_source(options.scramble_seed)
        self._link: UsbLink | None = None
        self._chip: uareu_chip.UareuChip | None = None
        self._versions: str | None = None
        self._captured_at_s = -FRESH_CAPTURE_S

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the readers of this family that are plugged in."""
        return find_attached(USB_IDS)

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""
        open_link = self._open_link
        self._open_link = lambda: RecordingUsbLink(open_link(), transcript)

    def _open(self) -> None:
        self._link = self._open_link()
        self._chip = uareu_chip.UareuChip(
            self._link,
            device=self.name,
            timeout_s=self._timeout_s,
            has_challenge=self._link.info.usb_id == MICROSOFT_V2,
            check_cancel=self._raise_if_cancelled,
        )
        self._chip.start()
        self._versions = self._chip.read_versions()

    def _close(self) -> None:
        link, self._link = self._link, None
        chip, self._chip = self._chip, None
        try:
            if chip is not None:
                chip.switch_off()
        except DriverError as error:
            log.info("%s: not switched off: %s", self.name, error)
        finally:
            if link is not None:
                link.close()

    def _identity(self) -> DeviceIdentity:
        info = self._opened()[0].info
        is_microsoft = info.usb_id.vendor == MICROSOFT_V2.vendor
        return DeviceIdentity(
            make=info.manufacturer or ("Microsoft" if is_microsoft else "DigitalPersona"),
            model=info.product or MODELS.get(info.usb_id, f"fingerprint reader {info.usb_id}"),
            serial=info.serial,
            firmware=self._versions,
        )

    def _read_frame(self, target: CaptureTarget | None, timeout_s: float) -> Frame:
        if target is not None and target not in self.targets:
            raise OptionsError(f"a single-finger scanner cannot capture {target}", device=self.name)
        _, chip = self._opened()
        chip.take_packets()
        chip.set_mode(uareu_chip.MODE_AWAIT_ON)
        if not chip.wait_for(uareu_chip.FINGER_ON, timeout_s=timeout_s):
            raise CaptureTimeoutError(f"no finger within {timeout_s:g} s", device=self.name)
        image = self._read_image(chip)
        self._captured_at_s = time.monotonic()
        pixels = self._decode(image, chip)
        chip.set_mode(uareu_chip.MODE_AWAIT_OFF)
        return Frame(pixels, RESOLUTION_PPI, self._captured_at_s, self._identity())

    def _is_platen_empty(self, timeout_s: float) -> bool:
        """Right after a capture wait for its finger to leave, else look whether one is there."""
        _, chip = self._opened()
        if (
            chip.mode == uareu_chip.MODE_AWAIT_OFF
            and chip.is_finger_on
            and self._is_capture_fresh()
        ):
            return chip.wait_for(uareu_chip.FINGER_OFF, timeout_s=timeout_s)
        chip.take_packets()
        chip.set_mode(uareu_chip.MODE_AWAIT_ON)
        if not chip.wait_for(uareu_chip.FINGER_ON, timeout_s=timeout_s):
            return True
        chip.set_mode(uareu_chip.MODE_AWAIT_OFF)
        return False

    def _is_capture_fresh(self) -> bool:
        """Tell whether a report that the finger left is of now: none follows if one comes back."""
        return time.monotonic() - self._captured_at_s < FRESH_CAPTURE_S

    def _read_image(self, chip: uareu_chip.UareuChip) -> uareu_image.RawImage:
        """Ask for a picture and read until a whole one came."""
        pending = chip.start_image_read(timeout_s=self._timeout_s)
        chip.set_mode(uareu_chip.MODE_CAPTURE)
        reasons: list[str] = []
        while True:
            try:
                return uareu_image.parse_image(pending.result())
            except ValueError as error:
                reasons.append(str(error))
                log.warning("%s: picture discarded: %s", self.name, error)
            except TransportTimeoutError as error:
                if not reasons:
                    raise
                raise self._bad_image(reasons) from error
            if len(reasons) == IMAGE_READS:
                raise self._bad_image(reasons)
            pending = chip.start_image_read(timeout_s=min(RE_READ_WAIT_S, self._timeout_s))

    def _bad_image(self, reasons: list[str]) -> ProtocolError:
        return ProtocolError(
            f"no whole picture ({'; '.join(reasons)}); use another USB port or cable",
            device=self.name,
        )

    def _decode(self, image: uareu_image.RawImage, chip: uareu_chip.UareuChip) -> NDArray[np.uint8]:
        rows = image.rows
        if uareu_image.is_scrambled(rows):
            rows = uareu_image.descramble(
                image, lambda key_number: chip.arrange_key(key_number, self._new_seed())
            )
            if uareu_image.count_noise_rows(rows) >= NOISE_ROWS:
                raise ProtocolError("the scramble key does not fit the picture", device=self.name)
        pixels = uareu_image.assemble(rows, image.blocks)
        if self._opened()[0].info.usb_id == U4500:
            pixels = np.ascontiguousarray(np.rot90(pixels, 2))
        return pixels

    def _opened(self) -> tuple[UsbLink, uareu_chip.UareuChip]:
        if self._link is None or self._chip is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        return self._link, self._chip


def _usb_filter(options: Uareu4500Options) -> UsbFilter:
    usb_ids = tuple(usb_id for usb_id in USB_IDS if options.usb_id in (None, str(usb_id)))
    return UsbFilter(usb_ids, serial=options.serial, port=options.port)


def _seed_source(fixed_seed: int | None) -> SeedSource:
    if fixed_seed is None:
        return lambda: secrets.randbelow(2**31 - 1)
    return lambda: fixed_seed


DRIVER = Uareu4500
