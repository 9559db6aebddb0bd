"""What a client says to upsd, and what it makes of the answers.

Source: PROTOCOLS.md section 12.2; checked against upsd 2.8.0.

    VER                        one line of text
    LIST UPS | VAR ups | CMD ups     BEGIN LIST ..., rows, END LIST ...
    GET VAR ups name           VAR ups name "value"
    USERNAME, PASSWORD, INSTCMD ups command     OK
    LOGOUT                     OK Goodbye
    anything                   ERR MESSAGE

STARTTLS is not spoken: name and password would travel as they are, so the driver sends them to
this machine only.
"""

import time

from drivers.errors import ProtocolError, TransportError, TransportTimeoutError
from drivers.protocols.nut_text import join_words, split_words
from drivers.transport.serial import SerialLink

MAX_LINE_BYTES = 4096  # the longest row of the dumps has 120; our limit
MAX_ROWS = 2000  # the fullest of 718 dumps has some 300 variables; our limit
_PIECE_BYTES = 4096


class UpsdRefusedError(Exception):
    """Upsd answered ERR; `code` is its first word, the text all of them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.code = text.partition(" ")[0]


class NutClient:
    """A conversation with upsd on an open link.

    Raises DriverError, and UpsdRefusedError where upsd says ERR.
    """

    def __init__(self, link: SerialLink, *, device: str, timeout_s: float) -> None:
        self._link = link
        self.timeout_s = timeout_s
        """Limit of each answer; may be changed between two questions."""
        self._device = device
        self._arrived = b""
        self._is_in_step = True

    def read_version(self) -> str:
        """Return the server's version text."""
        return self._ask("VER")

    def list_ups(self) -> dict[str, str]:
        """Return the descriptions of all UPS by name."""
        return self._pairs(self._list("UPS"))

    def list_variables(self, ups: str) -> dict[str, str]:
        """Return everything that a UPS tells."""
        return self._pairs(self._list("VAR", ups))

    def list_commands(self, ups: str) -> frozenset[str]:
        """Return the names of the instant commands of a UPS."""
        return frozenset(row[0] for row in self._list("CMD", ups, columns=1))

    def read_variable(self, ups: str, name: str) -> str:
        """Return one variable."""
        answer = self._words(self._ask("GET VAR", ups, name))
        if answer[:-1] != ("VAR", ups, name):
            raise self._nonsense(f"GET VAR {name}", " ".join(answer))
        return answer[-1]

    def log_in(self, username: str, password: str) -> None:
        """Name the user of later commands; upsd looks at the password only then."""
        self._require_ok("USERNAME", username)
        self._require_ok("PASSWORD", password)

    def run_command(self, ups: str, command: str) -> None:
        """Let a UPS do something; returns when its driver took the command."""
        self._require_ok("INSTCMD", ups, command)

    def log_out(self) -> None:
        """Say goodbye."""
        self._ask("LOGOUT")

    def _require_ok(self, command: str, *words: str) -> None:
        answer = self._ask(command, *words)
        if not answer.startswith("OK"):
            raise self._nonsense(command, answer)

    @staticmethod
    def _pairs(rows: list[tuple[str, ...]]) -> dict[str, str]:
        return {row[0]: row[1] for row in rows}

    def _list(self, what: str, *of: str, columns: int = 2) -> list[tuple[str, ...]]:
        """Return the rows of a list, without the words that all of them begin with."""
        deadline_s = time.monotonic() + self.timeout_s
        head = self._words(self._begin(f"LIST {what}", *of))
        if head != ("BEGIN", "LIST", what, *of):
            raise self._nonsense(f"LIST {what}", " ".join(head))
        rows: list[tuple[str, ...]] = []
        begin = (what, *of)
        while (row := self._words(self._read_line(deadline_s))) != ("END", "LIST", what, *of):
            is_whole = row[: len(begin)] == begin and len(row) == len(begin) + columns
            if not is_whole or len(rows) >= MAX_ROWS:
                raise self._nonsense(f"LIST {what}", " ".join(row))
            rows.append(row[len(begin) :])
        self._is_in_step = True
        return rows

    def _ask(self, command: str, *words: str) -> str:
        """Send a line and return the answer of one line."""
        answer = self._begin(command, *words)
        self._is_in_step = True
        return answer

    def _begin(self, command: str, *words: str) -> str:
        """Send a line and return the first one of the answer.

        Until the whole answer came the conversation is out of step: an answer that comes too late
        would pass for the next one, so nothing more can be asked on this link.
        """
        line = join_words(command, *words)
        if not self._is_in_step:
            raise TransportError(
                "an earlier answer of upsd is still to come; open the UPS again",
                device=self._device,
            )
        if self._arrived:
            raise self._nonsense("nothing", self._arrived[:80].decode(errors="replace"))
        self._is_in_step = False
        self._link.write(line.encode() + b"\n")
        answer = self._read_line(time.monotonic() + self.timeout_s)
        if answer.startswith("ERR"):
            self._is_in_step = True
            raise UpsdRefusedError(answer.removeprefix("ERR").strip())
        return answer

    def _read_line(self, deadline_s: float) -> str:
        while b"\n" not in self._arrived:
            if len(self._arrived) > MAX_LINE_BYTES:
                raise ProtocolError("upsd sends a line that does not end", device=self._device)
            left_s = max(deadline_s - time.monotonic(), 0.0)
            piece = self._link.read_some(_PIECE_BYTES, timeout_s=left_s)
            if not piece:
                raise self._silence()
            self._arrived += piece
        line, _, self._arrived = self._arrived.partition(b"\n")
        return line.decode(errors="replace").rstrip("\r")

    def _silence(self) -> ProtocolError | TransportTimeoutError:
        if self._arrived:
            return ProtocolError("upsd's answer breaks off in a line", device=self._device)
        return TransportTimeoutError(
            f"upsd did not answer within {self.timeout_s:g} s", device=self._device
        )

    def _words(self, line: str) -> tuple[str, ...]:
        try:
            return split_words(line)
        except ValueError as error:
            raise ProtocolError(f"upsd sends {error}", device=self._device) from error

    def _nonsense(self, question: str, answer: str) -> ProtocolError:
        return ProtocolError(f"upsd answers {question} with: {answer[:80]}", device=self._device)
