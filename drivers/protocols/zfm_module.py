"""What the host says to a serial fingerprint module, and what it makes of the answers.

Source: PROTOCOLS.md section 6. Only commands that change nothing in the module are used.

    13 verify password   0F read parameters   01 take an image   0A send the image

An answer is one acknowledge packet: confirmation code, then what the command returns. The image
follows its acknowledge in data packets of a fixed size, the last one with an id of its own.
A question whose answer came damaged is asked again; a damaged picture is asked for again as a
whole, for the module keeps it.
"""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.errors import (
    AccessDeniedError,
    DeviceReportedError,
    ProtocolError,
    TransportTimeoutError,
)
from drivers.protocols.zfm_image import SHAPES_PX
from drivers.protocols.zfm_packet import (
    ACKNOWLEDGE,
    COMMAND,
    DamagedPacketError,
    Expected,
    ExpectedRun,
    encode_packet,
    read_packet,
    read_run,
)
from drivers.transport.serial import SerialLink

TAKE_IMAGE, SEND_IMAGE, READ_PARAMETERS, VERIFY_PASSWORD = 0x01, 0x0A, 0x0F, 0x13
OK, PACKET_ERROR, NO_FINGER, WRONG_PASSWORD, PASSWORD_NEEDED = 0x00, 0x01, 0x02, 0x13, 0x21
MEANINGS = {
    OK: "done",
    PACKET_ERROR: "it received a damaged command",
    NO_FINGER: "no finger",
    0x03: "it could not take an image",
    0x06: "the image is too messy",
    0x07: "the image has too few points",
    0x0E: "it cannot send data",
    0x0F: "it could not send the image",
    WRONG_PASSWORD: "wrong password",
    0x15: "it holds no valid image",
    0x18: "its flash memory failed",
    0x1A: "no such register",
    0x20: "the address is wrong",
    PASSWORD_NEEDED: "the password is needed",
}
"""Confirmation codes of the commands used here; any other code is taken for damage."""
PACKET_BYTES = (32, 64, 128, 256)  # by the code in the parameters
BAUD_STEP = 9600
TRIES = 3
QUIET_S = 0.02  # nothing follows a picture; a USB adapter holds bytes back for up to 16 ms
SETTLED_S = 0.1  # after damage: modules pause between packets; our allowance
BITS_PER_BYTE = 10
LINE_RESERVE = 1.5  # share of pauses between packets, our allowance

_PARAMETERS = struct.Struct(">HHHHIHH")
_PASSWORD = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class ZfmParameters:
    """What a module tells of itself."""

    status: int
    system_id: int
    capacity: int
    """Number of templates that fit."""
    security_level: int
    address: int
    packet_bytes: int
    """Payload of a data packet."""
    baud: int


class ZfmModule:
    """An open line to a module. `check_cancel` is called during waits and raises to end them."""

    def __init__(
        self,
        link: SerialLink,
        *,
        device: str,
        address: int,
        baud: int,
        timeout_s: float,
        check_cancel: Callable[[], None],
    ) -> None:
        self._link = link
        self._device = device
        self._address = address
        self._timeout_s = timeout_s
        bytes_with_framing = 2 * max(SHAPES_PX)  # 1.35 times with packets of 32 bytes
        self._picture_s = bytes_with_framing * BITS_PER_BYTE / baud * LINE_RESERVE + timeout_s
        self._check_cancel = check_cancel

    def verify_password(self, password: int) -> None:
        """Unlock the module; raises AccessDeniedError for the wrong password."""
        code, _ = self._ask(VERIFY_PASSWORD, _PASSWORD.pack(password))
        if code == WRONG_PASSWORD:
            raise AccessDeniedError(
                "the module refuses the password; set the driver's option 'password'",
                device=self._device,
            )
        self._require_ok(code)

    def read_parameters(self) -> ZfmParameters:
        """Return what the module tells of itself."""
        code, body = self._ask(READ_PARAMETERS, body_bytes=_PARAMETERS.size)
        self._require_ok(code)
        status, system_id, capacity, level, address, size_code, baud_steps = _PARAMETERS.unpack(
            body
        )
        if size_code >= len(PACKET_BYTES):
            raise ProtocolError(f"unknown packet size code {size_code}", device=self._device)
        return ZfmParameters(
            status=status,
            system_id=system_id,
            capacity=capacity,
            security_level=level,
            address=address,
            packet_bytes=PACKET_BYTES[size_code],
            baud=baud_steps * BAUD_STEP,
        )

    def take_image(self) -> bool:
        """Let the module take an image and keep it; False when no finger was there."""
        code, _ = self._ask(TAKE_IMAGE)
        if code == NO_FINGER:
            return False
        self._require_ok(code)
        return True

    def read_image(self, parameters: ZfmParameters) -> bytes:
        """Return the image that the module keeps, two pixels in a byte."""
        reasons: list[str] = []
        for _ in range(TRIES):
            code, _ = self._ask(SEND_IMAGE)
            self._require_ok(code)
            try:
                return self._read_data(parameters)
            except DamagedPacketError as error:
                reasons.append(str(error))
                self._wait_for_quiet()
        raise ProtocolError(
            f"no whole picture ({'; '.join(reasons)}); use a shorter cable or another adapter",
            device=self._device,
        )

    def _read_data(self, parameters: ZfmParameters) -> bytes:
        """Read the picture's packets within the time that the line needs for them."""
        deadline_s = time.monotonic() + self._picture_s
        expected = ExpectedRun(self._address, parameters.packet_bytes, SHAPES_PX)
        image = read_run(
            lambda count: self._read(count, deadline_s), expected, is_quiet=self._is_quiet
        )
        if image is None:
            raise self._silence()
        return image

    def _ask(self, command: int, body: bytes = b"", *, body_bytes: int = 0) -> tuple[int, bytes]:
        """Return confirmation code and body of the answer; asks again when it came damaged."""
        reason = ""
        for _ in range(TRIES):
            self._link.discard_input()
            self._link.write(encode_packet(COMMAND, bytes([command]) + body, self._address))
            try:
                code, answer = self._read_answer(body_bytes)
            except DamagedPacketError as error:
                reason = str(error)
                self._wait_for_quiet()
                continue
            if code != PACKET_ERROR:
                return code, answer
            reason = MEANINGS[PACKET_ERROR]
        raise ProtocolError(
            f"command {command:02x} failed {TRIES} times ({reason}); check baud rate and cable",
            device=self._device,
        )

    def _read_answer(self, body_bytes: int) -> tuple[int, bytes]:
        lengths = {1, 1 + body_bytes}
        expected = Expected(self._address, (ACKNOWLEDGE,), lengths, may_follow_noise=True)
        deadline_s = time.monotonic() + self._timeout_s
        packet = read_packet(lambda count: self._read(count, deadline_s), expected)
        if packet is None:
            raise self._silence()
        code, answer = packet.payload[0], packet.payload[1:]
        if code not in MEANINGS:
            raise DamagedPacketError(f"an unknown confirmation code {code:02x}")
        if code == OK and len(answer) != body_bytes:
            raise DamagedPacketError(f"an answer {code:02x} with {len(answer)} further bytes")
        if answer and not self._is_quiet():
            raise DamagedPacketError("bytes after the end of an answer")
        return code, answer

    def _read(self, count: int, deadline_s: float) -> bytes:
        """Return so many bytes; fewer when no more came in time."""
        self._check_cancel()
        data = b""
        while len(data) < count:
            left_s = max(deadline_s - time.monotonic(), 0.0)
            piece = self._link.read_some(count - len(data), timeout_s=min(left_s, self._timeout_s))
            if not piece:
                break
            data += piece
        return data

    def _is_quiet(self) -> bool:
        return not self._link.read_some(1, timeout_s=QUIET_S)

    def _wait_for_quiet(self) -> None:
        """Let the rest of a damaged answer pass, or that of a picture that nobody waits for."""
        deadline_s = time.monotonic() + self._picture_s
        while self._link.read_some(max(SHAPES_PX), timeout_s=SETTLED_S):
            self._check_cancel()
            if time.monotonic() > deadline_s:
                raise ProtocolError(
                    "the line is never quiet; check baud rate and cable", device=self._device
                )

    def _silence(self) -> TransportTimeoutError:
        return TransportTimeoutError(
            f"no answer within {self._timeout_s:g} s; check cable, power and baud rate",
            device=self._device,
        )

    def _require_ok(self, code: int) -> None:
        if code == PASSWORD_NEEDED:
            raise AccessDeniedError("the module asks for its password", device=self._device)
        if code != OK:
            raise DeviceReportedError(
                f"the module answers {code:02x} ({MEANINGS[code]}); plug it in again",
                device=self._device,
            )
