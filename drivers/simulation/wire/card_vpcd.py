"""A virtual smart card in the reader that vsmartcard's vpcd gives to pcscd.

    python -m drivers.simulation.wire.card_vpcd --port 35963 --fault silent@1

The card connects to the reader. Both ways: length (u16, big-endian), then that many bytes. One byte
from the reader is an order: 0 power off, 1 power on, 2 reset, 4 tell the ATR; more are a command,
answered with data and two status bytes. Source: PROTOCOLS.md section 13.

Not modelled: secure messaging, files, anything of the content of a KTP-el.
"""

import argparse
import socket
import struct
import threading
import time
from enum import StrEnum

POWER_OFF, POWER_ON, RESET, TELL_ATR = 0, 1, 2, 4
DEFAULT_PORT = 35963
# As a reader makes it up for a chip of ISO/IEC 14443 type A without historical bytes.
CHIP_ATR = bytes.fromhex("3B80800101")
UID = bytes.fromhex("08A1B2C3")  # 08: drawn anew at each reset, as of identity cards
GOOD, NO_SUCH_FILE, UNKNOWN_COMMAND = b"\x90\x00", b"\x6a\x82", b"\x6d\x00"
GET_UID = bytes.fromhex("FFCA0000")
SELECT_MASTER = bytes.fromhex("00A40000")
_LENGTH = struct.Struct(">H")


class CardFault(StrEnum):
    """What goes wrong at one command."""

    SILENT = "silent"
    """The card never answers."""
    SHORT = "short"
    """One byte comes where two say how it went."""
    VANISH = "vanish"
    """The card is taken away."""


class VirtualCard:
    """What a card answers."""

    def __init__(
        self, atr: bytes = CHIP_ATR, *, fault: CardFault | None = None, at_command: int = 0
    ) -> None:
        self.atr = atr
        self._fault = fault
        self._at_command = at_command
        self._commands = 0

    def answer(self, message: bytes) -> bytes | None:
        """Return the answer to one message of the reader; None where none is due.

        Raises ConnectionError when the card is taken away.
        """
        if len(message) == 1:
            return self.atr if message[0] == TELL_ATR else None
        fault = self._fault if self._commands == self._at_command else None
        self._commands += 1
        if fault is CardFault.SILENT:
            threading.Event().wait()
        if fault is CardFault.VANISH:
            raise ConnectionAbortedError("the card was taken away")
        return b"\x90" if fault is CardFault.SHORT else _answer_command(message)


def _answer_command(command: bytes) -> bytes:
    if command.startswith(GET_UID):
        return UID + GOOD
    if command.startswith(SELECT_MASTER):
        return GOOD
    return NO_SUCH_FILE if command[1:2] == b"\xa4" else UNKNOWN_COMMAND


def serve_card(card: VirtualCard, port: int, *, connect_limit_s: float) -> None:
    """Lie in the reader until the connection ends; raises OSError when there is no reader."""
    with _connect(port, connect_limit_s) as reader, reader.makefile("rb") as messages:
        while head := messages.read(_LENGTH.size):
            (length,) = _LENGTH.unpack(head)
            answer = card.answer(messages.read(length))
            if answer is not None:
                reader.sendall(_LENGTH.pack(len(answer)) + answer)


def _connect(port: int, limit_s: float) -> socket.socket:
    deadline_s = time.monotonic() + limit_s
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)


def main() -> None:
    """Serve the card that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--atr", type=bytes.fromhex, default=CHIP_ATR, help="hexadecimal")
    parser.add_argument("--fault", metavar="NAME@COMMAND", help=", ".join(CardFault))
    parser.add_argument("--connect-limit", type=float, default=10.0, help="seconds")
    arguments = parser.parse_args()
    name, _, at_command = (arguments.fault or "").partition("@")
    fault = CardFault(name) if name else None
    card = VirtualCard(arguments.atr, fault=fault, at_command=int(at_command or 0))
    try:
        serve_card(card, arguments.port, connect_limit_s=arguments.connect_limit)
    except ConnectionError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
