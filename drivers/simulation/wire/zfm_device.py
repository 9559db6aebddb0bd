"""The device side of a serial fingerprint module: commands, registers, a picture of the platen.

Written from PROTOCOLS.md section 6 apart from the driver, so that the two check each other; two
independent clients judge it (tests/drivers/test_zfm_judges.py). Strict where a driver could be
lucky: a picture is sent only after one was taken, and nothing is answered before the password.

Not modelled: feature extraction, the template library (always empty; changing it is refused), the
baud rate of the line, what a new address or password does after power-off, the aura light.
"""

import secrets
from dataclasses import dataclass, field

_START = 0xEF01
_COMMAND, _DATA, _ACKNOWLEDGE, _LAST_DATA = 1, 2, 7, 8
_HEADER_BYTES = 9
_LONGEST = 258  # length of a packet with 256 bytes of payload
_MAX_BUFFER = 64 * 1024


@dataclass(slots=True)
class ModuleSetup:
    """What a module is like, and what lies on its platen."""

    picture: bytes
    """The platen as the module sends it: two pixels in a byte, the high nibble left."""
    finger_on: bool = True
    password: int = 0
    address: int = 0xFFFFFFFF
    size_code: int = 2
    """0..3 for data packets of 32, 64, 128, 256 bytes."""
    baud_steps: int = 6
    system_id: int = 0x0009
    is_dead: bool = False
    """The sensor takes no image."""


@dataclass(slots=True)
class _State:
    password: int
    address: int
    size_code: int
    is_unlocked: bool
    security_level: int = 3
    image: bytes | None = None
    buffer: bytearray = field(default_factory=bytearray)


class ZfmDevice:
    """An emulated module; one thread calls it at a time."""

    def __init__(self, setup: ModuleSetup) -> None:
        self.setup = setup
        self.commands: list[int] = []
        """Codes of the commands that came whole, in order."""
        self.restart()

    def restart(self) -> None:
        """Begin anew, as after power-on."""
        setup = self.setup
        self._state = _State(
            setup.password, setup.address, setup.size_code, is_unlocked=setup.password == 0
        )

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        """Take bytes from the host and return the packets that answer whole commands."""
        self._state.buffer += data[-_MAX_BUFFER:]
        answers: list[bytes] = []
        while (packet := self._take_packet()) is not None:
            packet_id, payload, is_sound = packet
            if packet_id == _COMMAND and payload:
                answers += self._answer(payload) if is_sound else [self._acknowledge(0x01)]
        return tuple(answers)

    def _take_packet(self) -> tuple[int, bytes, bool] | None:
        """Return id, payload and soundness of the next packet to this address."""
        buffer = self._state.buffer
        begin = _START.to_bytes(2, "big") + self._state.address.to_bytes(4, "big")
        while True:
            at = buffer.find(begin)
            if at < 0 or len(buffer) < at + _HEADER_BYTES:
                return None
            length = int.from_bytes(buffer[at + 7 : at + _HEADER_BYTES], "big")
            if 2 <= length <= _LONGEST:
                break
            del buffer[: at + len(begin)]
        end = at + _HEADER_BYTES + length
        if len(buffer) < end:
            return None
        summed, told = buffer[at + 6 : end - 2], buffer[end - 2 : end]
        del buffer[:end]
        is_sound = sum(summed) % 65536 == int.from_bytes(told, "big")
        return summed[0], bytes(summed[3:]), is_sound

    def _answer(self, payload: bytes) -> list[bytes]:
        command, body = payload[0], payload[1:]
        self.commands.append(command)
        if command != 0x13 and not self._state.is_unlocked:
            return [self._acknowledge(0x21)]
        match command:
            case 0x0A:
                return self._send_image()
            case 0x01 | 0x02:
                return [self._acknowledge(self._take_image() if command == 1 else 0x07)]
            case 0x0E | 0x12 | 0x13 | 0x15:
                return [self._acknowledge(self._set(command, body))]
            case _:
                return [self._tell(command)]

    def _take_image(self) -> int:
        if self.setup.is_dead:
            return 0x03
        self._state.image = self.setup.picture if self.setup.finger_on else None
        return 0x00 if self.setup.finger_on else 0x02

    def _send_image(self) -> list[bytes]:
        image = self._state.image
        if image is None:
            return [self._acknowledge(0x15)]
        size = 32 << self._state.size_code
        pieces = [image[at : at + size] for at in range(0, len(image), size)]
        packets = [self._pack(_DATA, piece) for piece in pieces[:-1]]
        return [self._acknowledge(0x00), *packets, self._pack(_LAST_DATA, pieces[-1])]

    def _set(self, command: int, body: bytes) -> int:
        """Change a setting and return the confirmation code."""
        state = self._state
        if command == 0x0E:
            return self._set_register(body)
        if len(body) != 4:
            return 0x01
        value = int.from_bytes(body, "big")
        if command == 0x13:
            state.is_unlocked = value == state.password
            return 0x00 if state.is_unlocked else 0x13
        if command == 0x12:
            state.password = value
        else:
            state.address = value
        return 0x00

    def _set_register(self, body: bytes) -> int:
        if len(body) != 2:
            return 0x01
        number, value = body
        if number == 4 and 1 <= value <= 12:
            return 0x00  # a pseudo-terminal has no speed
        if number == 5 and 1 <= value <= 5:
            self._state.security_level = value
            return 0x00
        if number == 6 and 0 <= value <= 3:
            self._state.size_code = value
            return 0x00
        return 0x1A

    def _tell(self, command: int) -> bytes:
        """Answer a question, or 01 to a command that is not modelled."""
        answers = {
            0x0F: (0x00, self._parameters()),
            0x14: (0x00, secrets.token_bytes(4)),
            0x1D: (0x00, bytes(2)),  # templates in the library
            0x1F: (0x00, bytes(32)),
            0x35: (0x00, b""),
            0x3D: (0x00, b""),
            0x53: (0x55, b""),
        }
        code, body = answers.get(command, (0x01, b""))
        return self._acknowledge(code, body)

    def _parameters(self) -> bytes:
        state, setup = self._state, self.setup
        words = (0x0000, setup.system_id, 200, state.security_level)
        last = (state.size_code, setup.baud_steps)
        return b"".join(
            (
                *(word.to_bytes(2, "big") for word in words),
                state.address.to_bytes(4, "big"),
                *(word.to_bytes(2, "big") for word in last),
            )
        )

    def _acknowledge(self, code: int, body: bytes = b"") -> bytes:
        return self._pack(_ACKNOWLEDGE, bytes([code]) + body)

    def _pack(self, packet_id: int, payload: bytes) -> bytes:
        summed = bytes([packet_id]) + (len(payload) + 2).to_bytes(2, "big") + payload
        return b"".join(
            (
                _START.to_bytes(2, "big"),
                self._state.address.to_bytes(4, "big"),
                summed,
                (sum(summed) % 65536).to_bytes(2, "big"),
            )
        )


def pack_picture(pixels: bytes) -> bytes:
    """Return 8-bit pixels, of an even number in each row, as 16 grey levels, two in a byte."""
    return bytes(
        (left & 0xF0) | (right >> 4) for left, right in zip(pixels[::2], pixels[1::2], strict=True)
    )
