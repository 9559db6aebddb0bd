"""Serial fingerprint modules with the ZFM-20 protocol: ZFM-20, R30x, R503, AS608.

Protocol: PROTOCOLS.md section 6; packets are in `drivers.protocols.zfm_packet`, commands in
`zfm_module`, pictures in `zfm_image`.

    open    port -> password -> parameters
    frame   take an image until a finger is there -> send the image -> 16 grey levels to 8 bits

Preview only. A picture has 16 grey levels, so it is no "8 bit, 500 dpi" image, and enrolling with
it is not allowed. The driver says so in three ways: `targets` is empty, so that a recording that
asks for a finger is refused; `is_enrolment_grade` is False; each frame carries its `gray_levels`.
The module's own templates are never used, and nothing in it is changed.
"""

import time
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from drivers.devices import CaptureTarget, DeviceOptions, FingerprintScanner
from drivers.errors import CaptureTimeoutError, DeviceNotFoundError, OptionsError
from drivers.frames import DeviceIdentity, Frame
from drivers.protocols.zfm_image import GRAY_LEVELS, decode_image
from drivers.protocols.zfm_module import BAUD_STEP, ZfmModule, ZfmParameters
from drivers.protocols.zfm_packet import BROADCAST_ADDRESS
from drivers.transport.recording import RecordingSerialLink, TranscriptWriter
from drivers.transport.serial import PySerialLink, SerialLink, SerialLinkFactory, SerialSettings

RESOLUTION_PPI = 500.0  # vendor, 500 to 508
POLL_PAUSE_S = 0.05  # between two looks for a finger; our choice


def _hexadecimal(value: object) -> object:
    return int(value, 16) if isinstance(value, str) and value.lower().startswith("0x") else value


Word = Annotated[int, BeforeValidator(_hexadecimal), Field(ge=0, le=0xFFFFFFFF)]


class Zfm20Options(DeviceOptions):
    """Options of a serial fingerprint module."""

    port: str
    """Serial port, for instance "/dev/ttyUSB0"; the names in /dev/serial/by-id stay the same."""
    baud: int = Field(57600, ge=BAUD_STEP, le=12 * BAUD_STEP, multiple_of=BAUD_STEP)
    """Line speed that the module is set to."""
    address: Word = BROADCAST_ADDRESS
    """Address of the module, for instance "0xffffffff"."""
    password: Word = 0
    """Password of the module, for instance "0x00000000"."""
    answer_timeout_s: float = Field(2.0, gt=0, le=30)
    """Limit of each answer."""


class Zfm20(FingerprintScanner):
    """A single-finger module for looking at fingers, not for records."""

    options_model = Zfm20Options
    targets: ClassVar[frozenset[CaptureTarget]] = frozenset()
    is_enrolment_grade: ClassVar[bool] = False

    def __init__(
        self, name: str, options: Zfm20Options, open_link: SerialLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        settings = SerialSettings(baud=options.baud)
        self._address = options.address
        self._password = options.password
        self._baud = options.baud
        self._timeout_s = options.answer_timeout_s
        self._open_link = open_link or (lambda: PySerialLink(options.port, settings, device=name))
        self._link: SerialLink | None = None
        self._module: ZfmModule | None = None
        self._parameters: ZfmParameters | None = None

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""
        open_link = self._open_link
        self._open_link = lambda: RecordingSerialLink(open_link(), transcript)

    def _open(self) -> None:
        self._link = self._open_link()
        self._module = ZfmModule(
            self._link,
            device=self.name,
            address=self._address,
            baud=self._baud,
            timeout_s=self._timeout_s,
            check_cancel=self._raise_if_cancelled,
        )
        self._module.verify_password(self._password)
        self._parameters = self._module.read_parameters()

    def _close(self) -> None:
        link, self._link = self._link, None
        self._module = self._parameters = None
        if link is not None:
            link.close()

    def _identity(self) -> DeviceIdentity:
        """Name what the module tells; it has no serial number and no version."""
        _, parameters = self._opened()
        return DeviceIdentity("ZFM-20 family", f"module, system id {parameters.system_id:04x}")

    def _read_frame(self, target: CaptureTarget | None, timeout_s: float) -> Frame:
        if target is not None:
            raise OptionsError(
                f"a module with {GRAY_LEVELS} grey levels may not record {target}: preview only; "
                "configure an enrolment scanner for recording",
                device=self.name,
            )
        module, parameters = self._opened()
        self._wait_for_finger(module, timeout_s)
        captured_at_s = time.monotonic()
        pixels = decode_image(module.read_image(parameters))
        return Frame(
            pixels, RESOLUTION_PPI, captured_at_s, self._identity(), gray_levels=GRAY_LEVELS
        )

    def _is_platen_empty(self, timeout_s: float) -> bool:
        module, _ = self._opened()
        return not module.take_image()

    def _wait_for_finger(self, module: ZfmModule, timeout_s: float) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not module.take_image():
            self._raise_if_cancelled()
            if time.monotonic() >= deadline_s:
                raise CaptureTimeoutError(f"no finger within {timeout_s:g} s", device=self.name)
            time.sleep(POLL_PAUSE_S)

    def _opened(self) -> tuple[ZfmModule, ZfmParameters]:
        if self._module is None or self._parameters is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        return self._module, self._parameters


DRIVER = Zfm20
