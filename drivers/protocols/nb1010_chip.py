"""The conversation with an NB-1010-U: look for a finger, take a picture.

Source: PROTOCOLS.md section 5.

    look      LOOK -> reply, byte 12 over 0x30: a finger
    picture   PREPARE -> reply; CAPTURE -> reply; 90 frames of two rows

What an earlier conversation left unread (a program that ended in the middle of a picture) comes
first on the wire. So where the conversation is not known to be settled, a look that is answered
wrongly reads everything that is left, and asks once more.
"""

import logging
import time
from collections.abc import Callable

from drivers.errors import ProtocolError, TransportError, TransportTimeoutError
from drivers.protocols.nb1010_messages import (
    CAPTURE,
    FINGER_OFFSET,
    FRAME_BYTES,
    FRAMES,
    LOOK,
    PREPARE,
    REPLY_BYTES,
    Command,
    parse_frame,
    parse_reply,
)
from drivers.transport.usb import UsbLink

INTERFACE = (0x00, 0x00, 0x00)
BULK_OUT, BULK_IN = 0x02, 0x83
FINGER_LEVEL = 0x30  # libfprint's limit; F7 was recorded with a finger on the sensor
PICTURE_LIMIT_S = 5.0  # a recorded picture took less than a second; our choice
LEFT_OVER_WAIT_S = 0.2  # replies come within 0.5 s, what is already there comes at once
MOST_LEFT_OVER = FRAMES + 10

SequenceSource = Callable[[], int]
"""Gives the sequence number of the next command, 0 to 255."""

log = logging.getLogger(__name__)


class Nb1010Chip:
    """A claimed reader."""

    def __init__(
        self, link: UsbLink, *, device: str, timeout_s: float, next_sequence: SequenceSource
    ) -> None:
        self._link = link
        self._device = device
        self._timeout_s = timeout_s
        self._next_sequence = next_sequence
        self._is_settled = False
        link.claim(INTERFACE)

    def is_finger_on(self) -> bool:
        """Ask whether a finger is on the sensor."""
        was_settled, self._is_settled = self._is_settled, False
        try:
            reply = self._ask(LOOK)
        except TransportTimeoutError:
            raise
        except (ProtocolError, TransportError) as error:
            if was_settled:
                raise
            log.info("%s: reading what was left over: %s", self._device, error)
            self._read_left_over()
            reply = self._ask(LOOK)
        self._is_settled = True
        return reply[FINGER_OFFSET] > FINGER_LEVEL

    def read_picture(self) -> bytes:
        """Take a picture and return its rows; raises ProtocolError for one that is not whole."""
        self._is_settled = False
        self._ask(PREPARE)
        self._ask(CAPTURE)
        deadline_s = time.monotonic() + PICTURE_LIMIT_S
        rows = b"".join(self._read_frame(number, deadline_s) for number in range(FRAMES))
        self._is_settled = True
        return rows

    def _ask(self, command: Command) -> bytes:
        sequence = self._next_sequence()
        self._link.bulk_write(BULK_OUT, command.encode(sequence), timeout_s=self._timeout_s)
        data = self._link.bulk_read(BULK_IN, REPLY_BYTES, timeout_s=self._timeout_s)
        try:
            return parse_reply(data, command, sequence)
        except ValueError as error:
            raise ProtocolError(str(error), device=self._device) from error

    def _read_frame(self, number: int, deadline_s: float) -> bytes:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise TransportTimeoutError(
                f"{number} of {FRAMES} parts of a picture in {PICTURE_LIMIT_S:g} s; use another "
                "USB port or cable",
                device=self._device,
            )
        data = self._link.bulk_read(BULK_IN, FRAME_BYTES, timeout_s=min(left_s, self._timeout_s))
        try:
            return parse_frame(data, number)
        except ValueError as error:
            raise ProtocolError(
                f"no whole picture ({error}); use another USB port or cable", device=self._device
            ) from error

    def _read_left_over(self) -> None:
        """Read until nothing comes any more."""
        wait_s = min(LEFT_OVER_WAIT_S, self._timeout_s)
        for _ in range(MOST_LEFT_OVER):
            try:
                self._link.bulk_read(BULK_IN, FRAME_BYTES, timeout_s=wait_s)
            except TransportTimeoutError:
                return
        raise ProtocolError("it does not stop sending; plug it in again", device=self._device)
