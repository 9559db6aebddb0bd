"""The device side of an NB-1010-U: commands, replies and pictures, with faults at any transfer.

Written from PROTOCOLS.md section 5 apart from the driver, so that the two check each other. Only
the standard library, so that an emulator under the system's Python can use it.

What the host did not read stays and comes first, as on a real pipe; a read too small for the
next packet loses it. Not modelled: the time a picture takes, the sensor's warmth but for "finger"
and "no finger", the commands of which only the number is known (07, 13, 16).
"""

import struct
import threading
from collections import deque
from dataclasses import dataclass

from drivers.simulation.wire.uareu4500_device import (
    Fault,
    FaultKind,
    SilentError,
    StalledError,
    UnpluggedError,
)

PICTURE_ROWS, PICTURE_COLS = 180, 256
PACKET_BYTES = 64
WARM, COLD = 0xF7, 0x05  # with a finger, as recorded; without one, our choice below 0x30
_COMMAND_BYTES = {0x38: 8, 0x0D: 12, 0x12: 32}


class BabbleError(Exception):
    """A packet came that the host's read has no room for."""


@dataclass(slots=True)
class NbSetup:
    """What lies on the sensor, and what is odd about the reader."""

    picture: bytes
    """180 rows of 256 bytes."""
    vendor: int = 0x298D
    product: int = 0x1010
    finger_on: bool = True
    looks_without_finger: int = 0
    """So many looks see no finger before one is seen."""
    left_over_frames: int = 0
    """So many parts of a picture that an earlier program did not read."""
    lost_frame: int | None = None
    """The number of a part that is never sent."""
    wrong_sequence: bool = False
    """Replies carry another sequence number than the command."""
    is_endless: bool = False
    """It sends parts of pictures for ever."""


class NbDevice:
    """An emulated reader; any thread may call it."""

    def __init__(self, setup: NbSetup, fault: Fault | None = None) -> None:
        self.setup = setup
        self.fault = fault
        self.transfers: list[str] = []
        """What each transfer was, in order: "write 38", "read 37" ..."""
        self.sequences: list[int] = []
        """The sequence numbers of the commands, in order."""
        self._changed = threading.Condition()
        self._is_plugged = True
        self._is_silent = False
        self._looks_left = setup.looks_without_finger
        self._answers: deque[bytes] = deque()
        self._leave_over()

    # ---- the world around it

    def replug(self) -> None:
        """Pull the plug and put it in again: a fresh, faultless device."""
        with self._changed:
            self.fault = None
            self._is_plugged, self._is_silent = True, False
            self._answers.clear()
            self._changed.notify_all()

    def put_finger(self, *, is_on: bool) -> None:
        """Lay a finger on the sensor, or lift it."""
        with self._changed:
            self.setup.finger_on = is_on

    # ---- transfers

    def write_bulk(self, data: bytes, timeout_s: float) -> int:
        """Take a command and return the count of bytes taken."""
        with self._changed:
            if self._begin_transfer(f"write {data[1]:02x}", timeout_s):
                return len(data) - 1
            self._obey(data)
            self._changed.notify_all()
            return len(data)

    def read_bulk(self, length: int, timeout_s: float) -> bytes:
        """Return the next answer; SilentError when none is there in time."""
        with self._changed:
            self._require_plugged()
            if not self._answers or self._is_silent:
                self._be_silent(timeout_s)
            answer = self._answers[0]
            is_short = self._begin_transfer(f"read {answer[1]:02x}", timeout_s)
            self._answers.popleft()
            if self.setup.is_endless:
                self._answers.append(self._frame(0))
            if len(answer) > length:
                self._keep_rest(answer)
                raise BabbleError
            return answer[: len(answer) // 2] if is_short else answer

    def poll_bulk(self, length: int) -> bytes | None:
        """Return the next answer without waiting, or None."""
        try:
            return self.read_bulk(length, 0.0)
        except SilentError:
            return None

    # ---- inside

    def _leave_over(self) -> None:
        first = 90 - self.setup.left_over_frames
        self._answers.extend(self._frame(number) for number in range(first, 90))

    def _keep_rest(self, answer: bytes) -> None:
        """Lose the first packet only, not the others of the same answer."""
        if len(answer) > PACKET_BYTES:
            self._answers.appendleft(answer[PACKET_BYTES:])

    def _begin_transfer(self, kind: str, timeout_s: float) -> bool:
        """Count a transfer, apply a fault that is due, and tell whether it must be short."""
        self._require_plugged()
        if self._is_silent:
            self._be_silent(timeout_s)
        number = len(self.transfers)
        self.transfers.append(kind)
        if self.fault is None or number != self.fault.at_transfer:
            return False
        match self.fault.kind:
            case FaultKind.UNPLUG:
                self._is_plugged = False
                self._changed.notify_all()
                raise UnpluggedError
            case FaultKind.STALL:
                raise StalledError
            case FaultKind.SILENT:
                self._is_silent = True
                self._be_silent(timeout_s)
        return True

    def _be_silent(self, timeout_s: float) -> None:
        """Let the host wait in vain."""
        self._changed.wait_for(lambda: not self._is_plugged, timeout_s)
        raise SilentError

    def _require_plugged(self) -> None:
        if not self._is_plugged:
            raise UnpluggedError

    def _obey(self, data: bytes) -> None:
        mark, code, sequence, zero, length = struct.unpack_from("<BBBBI", data)
        is_whole = length == len(data) == _COMMAND_BYTES.get(code)
        if (mark, zero, is_whole) != (0x80, 0, True):
            raise StalledError
        self.sequences.append(sequence)
        if self.setup.wrong_sequence:
            sequence ^= 1
        match code:
            case 0x38:
                self._reply(0x37, sequence, self._look())
            case 0x0D:
                self._reply(0x20, sequence, 0)
            case 0x12:
                self._reply(0x20, sequence, 3)
                numbers = (number for number in range(90) if number != self.setup.lost_frame)
                self._answers.extend(self._frame(number) for number in numbers)

    def _look(self) -> int:
        if self._looks_left:
            self._looks_left -= 1
            return COLD
        return WARM if self.setup.finger_on else COLD

    def _reply(self, code: int, sequence: int, value: int) -> None:
        self._answers.append(
            struct.pack("<BBBBII4B", 0x80, code, sequence, 0, 16, 0, value, 0, 0, 0)
        )

    def _frame(self, number: int) -> bytes:
        rows = self.setup.picture[number * 512 : (number + 1) * 512]
        head = struct.pack("<BBBBIIII", 0x80, 0x21, 0, 0, 540, 0, number < 89, 2 * number + 1)
        return head + bytes.fromhex("0001000001") + rows + bytes(3)
