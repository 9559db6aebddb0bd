"""The register protocol of the U.are.U readers: start, modes, scramble keys, finger packets.

Source: PROTOCOLS.md sections 4.2 to 4.6 (libfprint's uru4000 and two USB captures).

    start   HWSTAT handshake (for 045e:00ca with challenge and response); "scan power on" packet
    modes   10 await finger on, 12 await finger off, 20 capture, 70 off
    packets 64 bytes on the interrupt endpoint; the first word, big-endian, is the type
"""

import logging
import struct
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from drivers.errors import DeviceReportedError, ProtocolError, TransportTimeoutError
from drivers.protocols.uareu_image import MAX_TRANSFER_BYTES
from drivers.transport.usb import VENDOR_READ, VENDOR_WRITE, ControlSetup, PendingRead, UsbLink

INTERFACE = (0xFF, 0xFF, 0xFF)
INTERRUPT_ENDPOINT, INTERRUPT_BYTES = 0x81, 64
BULK_ENDPOINT = 0x82

REGISTER_REQUEST = 0x04
HWSTAT, SCRAMBLE_INDEX, SCRAMBLE_KEY, MODE, INFORMATION = 0x07, 0x33, 0x34, 0x4E, 0xF0
RESPONSE, CHALLENGE = 0x2000, 0x2010
CHALLENGE_BYTES, INFORMATION_BYTES = 16, 16
HWSTAT_LOW_POWER, HWSTAT_REBOOTED = 0x80, 0x01
HWSTAT_NEEDS_REBOOT = 0x84  # low power and fault together
HWSTAT_WRITABLE = 0x0F
MODE_AWAIT_ON, MODE_AWAIT_OFF, MODE_CAPTURE, MODE_OFF = 0x10, 0x12, 0x20, 0x70
POWER_ON, FINGER_ON, FINGER_OFF = 0x56AA, 0x0101, 0x0200
SCAN_FAILS = 0x0800  # the next picture will probably come without a byte
CHALLENGE_KEY = bytes.fromhex("79AC91795CA1478E98E00F3C598F5F4B")  # a constant of the protocol

STATUS_ROUNDS, STATUS_PAUSE_S = 100, 0.01
START_TRIES = 3
POWER_ON_WAIT_S = 1.0  # libfprint waits 0.3 s; a loaded host may see the packet later
SLICE_S = 0.1  # how often a wait looks whether it was cancelled
OFF_TIMEOUT_S = 1.0

log = logging.getLogger(__name__)

_KEY_INDEX = struct.Struct("<BI")
_KEY_VALUE = struct.Struct("<I")
_PACKET_TYPE = struct.Struct(">H")
_VERSIONS = struct.Struct(">4xH4xH4x")


class UareuChip:
    """A claimed reader. The interrupt reader runs from the first moment to `link.close()`.

    `check_cancel` is called often during waits and raises to end them.
    """

    def __init__(
        self,
        link: UsbLink,
        *,
        device: str,
        timeout_s: float,
        has_challenge: bool,
        check_cancel: Callable[[], None],
    ) -> None:
        self.is_finger_on: bool | None = None
        """As the device said last; None when it said nothing yet."""
        self.mode = MODE_OFF
        self._link = link
        self._device = device
        self._timeout_s = timeout_s
        self._has_challenge = has_challenge
        self._check_cancel = check_cancel
        link.claim(INTERFACE)
        self._interrupts = link.start_interrupts(INTERRUPT_ENDPOINT, INTERRUPT_BYTES)

    def start(self) -> None:
        """Power the sensor up; raises DeviceReportedError or TransportTimeoutError."""
        for _ in range(START_TRIES):
            status = self._read_status()
            if status & HWSTAT_NEEDS_REBOOT == HWSTAT_NEEDS_REBOOT:
                status = self._reboot(status)
            if not status & HWSTAT_LOW_POWER:
                self.write(HWSTAT, bytes([status | HWSTAT_LOW_POWER]))
            self._power_up(status & HWSTAT_WRITABLE)
            if self.wait_for(POWER_ON, timeout_s=POWER_ON_WAIT_S):
                return
        raise TransportTimeoutError(
            f"the sensor did not switch on in {START_TRIES} tries; plug the reader in again",
            device=self._device,
        )

    def read_versions(self) -> str:
        """Return the two version words; which is hardware and which firmware is not known."""
        first, second = _VERSIONS.unpack(self.read(INFORMATION, INFORMATION_BYTES))
        return f"{first:04x}, {second:04x}"

    def set_mode(self, mode: int) -> None:
        """Tell the reader what to do next."""
        self.write(MODE, bytes([mode]))
        self.mode = mode

    def switch_off(self) -> None:
        """Set mode off, with a short time limit."""
        timeout_s = min(OFF_TIMEOUT_S, self._timeout_s)
        self._link.control_write(_setup_write(MODE), bytes([MODE_OFF]), timeout_s=timeout_s)

    def start_image_read(self, *, timeout_s: float) -> PendingRead:
        """Ask for a picture of any length."""
        return self._link.start_bulk_read(BULK_ENDPOINT, MAX_TRANSFER_BYTES, timeout_s=timeout_s)

    def arrange_key(self, key_number: int, seed: int) -> int:
        """Agree with the reader on a scramble key."""
        self.write(SCRAMBLE_INDEX, _KEY_INDEX.pack(key_number, seed))
        (value,) = _KEY_VALUE.unpack(self.read(SCRAMBLE_KEY, _KEY_VALUE.size))
        return int(value) ^ seed

    def read(self, register: int, length: int) -> bytes:
        """Return a register's bytes; a wrong number of them is a ProtocolError."""
        setup = ControlSetup(VENDOR_READ, REGISTER_REQUEST, register)
        data = self._link.control_read(setup, length, timeout_s=self._timeout_s)
        if len(data) != length:
            raise ProtocolError(
                f"register 0x{register:02x} gave {len(data)} of {length} bytes", device=self._device
            )
        return data

    def write(self, register: int, data: bytes) -> None:
        """Write a register."""
        self._link.control_write(_setup_write(register), data, timeout_s=self._timeout_s)

    def wait_for(self, wanted: int, *, timeout_s: float) -> bool:
        """Tell whether a packet of this type comes in time."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._check_cancel()
            left_s = deadline_s - time.monotonic()
            if self._next_packet_type(min(max(left_s, 0.0), SLICE_S)) == wanted:
                return True
            if left_s <= 0:
                return False

    def take_packets(self) -> None:
        """Read the packets that came already; they may be older than the next command."""
        while self._next_packet_type(0.0) is not None:
            pass

    def _next_packet_type(self, timeout_s: float) -> int | None:
        """Return the type of the next packet, 0 for one too short to have a type, or None."""
        packet = self._interrupts.next_packet(timeout_s=timeout_s)
        if packet is None:
            return None
        if len(packet) < _PACKET_TYPE.size:
            return 0  # what a cancelled read gives
        packet_type = int(_PACKET_TYPE.unpack_from(packet)[0])
        if packet_type in (FINGER_ON, FINGER_OFF):
            self.is_finger_on = packet_type == FINGER_ON
        if packet_type == SCAN_FAILS:
            log.warning("%s: the reader says that its next picture will fail", self._device)
        return packet_type

    def _read_status(self) -> int:
        return self.read(HWSTAT, 1)[0]

    def _reboot(self, status: int) -> int:
        self.write(HWSTAT, bytes([status & HWSTAT_WRITABLE]))
        for _ in range(STATUS_ROUNDS):
            status = self._read_status()
            if status & HWSTAT_REBOOTED:
                return status
            time.sleep(STATUS_PAUSE_S)
        raise self._hardware_error("could not restart", status)

    def _power_up(self, status: int) -> None:
        seen = 0
        for _ in range(STATUS_ROUNDS):
            self.write(HWSTAT, bytes([status]))
            seen = self._read_status()
            if not seen & HWSTAT_LOW_POWER:
                return
            time.sleep(STATUS_PAUSE_S)
            if self._has_challenge:
                self.write(RESPONSE, answer_challenge(self.read(CHALLENGE, CHALLENGE_BYTES)))
        raise self._hardware_error("could not power up", seen)

    def _hardware_error(self, what: str, status: int) -> DeviceReportedError:
        return DeviceReportedError(
            f"the reader {what} (status 0x{status:02x}); plug it in again", device=self._device
        )


def answer_challenge(challenge: bytes) -> bytes:
    """Return the answer that the Microsoft reader v2 expects before it powers up."""
    mode = modes.ECB()  # noqa: S305 - one block, as the device's protocol has it
    encryptor = Cipher(algorithms.AES(CHALLENGE_KEY), mode).encryptor()
    return encryptor.update(challenge) + encryptor.finalize()


def _setup_write(register: int) -> ControlSetup:
    return ControlSetup(VENDOR_WRITE, REGISTER_REQUEST, register)
