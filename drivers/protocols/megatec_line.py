"""Questions and commands to a UPS with the Megatec protocol.

Source: PROTOCOLS.md section 12.1. Everything ends in CR. A question is answered in one line; a
command is not answered; what a UPS does not know it echoes, or answers NAK. An answer that came
damaged is asked for again.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from drivers.errors import DeviceReportedError, ProtocolError, TransportTimeoutError
from drivers.transport.serial import SerialLink

BAUD = 2400
TRIES = 3
REFUSAL_WAIT_S = 0.3  # an echo of 10 bytes takes 0.04 s; our allowance
_END = b"\r"
_MAX_ANSWER_BYTES = 80  # the longest answer has 47
_REFUSALS = frozenset({"NAK", "(NAK", "ERR"})
_STRAY = "\0\n "  # some send these before an answer

Parsed = TypeVar("Parsed")


class NotUnderstoodError(Exception):
    """The UPS echoed the question or refused it: it does not know it."""


class MegatecLine:
    """An open line to a UPS. Raises DriverError, and NotUnderstoodError where it says so."""

    def __init__(self, link: SerialLink, *, device: str, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        """Limit of each answer; may be changed between two questions."""
        self._link = link
        self._device = device

    def ask(self, question: str, parse: Callable[[str], Parsed]) -> Parsed:
        """Return the answer as `parse` reads it; asks again where that raises ValueError."""
        reason = ""
        for _ in range(TRIES):
            self._link.discard_input()
            self._link.write(question.encode("ascii") + _END)
            try:
                answer = self._read_line(self.timeout_s)
                self._require_understood(question, answer)
                return parse(answer)
            except ValueError as error:
                reason = str(error)
        raise ProtocolError(
            f"no usable answer to {question} in {TRIES} tries ({reason}); check cable and protocol",
            device=self._device,
        )

    def tell(self, command: str) -> None:
        """Send a command; DeviceReportedError when the UPS answers that it does not know it."""
        self._link.discard_input()
        self._link.write(command.encode("ascii") + _END)
        try:
            answer = self._read_line(min(REFUSAL_WAIT_S, self.timeout_s))
            self._require_understood(command, answer)
        except TransportTimeoutError:
            return  # silence is how a command is taken
        except (NotUnderstoodError, ValueError) as error:
            raise DeviceReportedError(
                f"the UPS does not know the command {command}", device=self._device
            ) from error

    @staticmethod
    def _require_understood(said: str, answer: str) -> None:
        if answer == said or answer in _REFUSALS:
            raise NotUnderstoodError(said)

    def _read_line(self, timeout_s: float) -> str:
        """Return a line; silence is a time-out, ValueError where it breaks off or does not end."""
        deadline_s = time.monotonic() + timeout_s
        data = b""
        while not data.endswith(_END):
            left_s = max(deadline_s - time.monotonic(), 0.0)
            piece = self._link.read_some(1, timeout_s=left_s)
            if not piece and not data:
                raise TransportTimeoutError(
                    f"no answer within {timeout_s:g} s; check the cable and that the UPS is on",
                    device=self._device,
                )
            data += piece
            if not piece or len(data) > _MAX_ANSWER_BYTES:
                raise ValueError(f"only {data[:60]!r} came")
        return data[:-1].decode("ascii").lstrip(_STRAY)
