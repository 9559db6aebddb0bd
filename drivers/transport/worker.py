"""A vendor library in a process of its own, so that one that hangs can be ended.

A thread that hangs in a library stays for ever, and keeps the device; a process can be killed, and
the kernel takes back what it held. The parent asks, the worker answers, one call at a time:

    request   one line of JSON {"call": 7, "do": NAME, ...}
    answer    one line of JSON {"call": 7, "bytes": N, ...}, then N bytes
              an "error" in it is the name of a class of `drivers.errors`, with a "message"

A call that was cancelled leaves its answer under way; the next call reads over it.
"""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from drivers import errors
from drivers.errors import DriverError, ProtocolError, TransportError, TransportTimeoutError

_LOOK_EVERY_S = 0.05  # how soon a cancelled call ends
_END_LIMIT_S = 1.0  # for a worker to end by itself before it is killed
_MAX_LINE_BYTES = 1 << 20
_MAX_DATA_BYTES = 1 << 27  # a picture of 60 megapixels is 40 MB as JPEG of the best quality
_PIECE_BYTES = 1 << 16

_Kind = TypeVar("_Kind")

CancelCheck = Callable[[], None]
"""Raises CaptureCancelledError where the caller wants no answer any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the worker said."""

    values: dict[str, Any]
    data: bytes = b""


class WorkerProcess:
    """The parent's end of a worker. Used once: made, called, closed."""

    def __init__(
        self, command: Sequence[str], *, device: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.device = device
        self._arrived = bytearray()
        self._call = 0
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=None if environment is None else os.environ | dict(environment),
        )

    def call(
        self,
        name: str,
        *,
        timeout_s: float,
        check_cancel: CancelCheck | None = None,
        **values: object,
    ) -> Answer:
        """Return the answer; raises the DriverError that the worker reports.

        A worker without an answer in time is killed: TransportTimeoutError.
        """
        deadline_s = time.monotonic() + timeout_s
        self._call += 1
        self._send({"call": self._call, "do": name} | values)
        while True:
            answer = self._read_answer(deadline_s, name, check_cancel)
            if answer.values.get("call") == self._call:
                break
        self._raise_reported(answer.values)
        return answer

    def require(self, answer: Answer, name: str, kind: type[_Kind]) -> _Kind:
        """Return a value that an answer must have; ProtocolError, and the worker's end, if not."""
        value = answer.values.get(name)
        if not isinstance(value, kind):
            raise self._damaged(f"{value!r} for '{name}'")
        return value

    def close(self) -> None:
        """End the worker; allowed twice, never raises."""
        stdin, stdout = self._pipes()
        with suppress(BrokenPipeError):  # it has ended before
            stdin.close()  # at which a worker that is well ends
        try:
            self._process.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._kill()
        stdout.close()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise TransportError("the worker has no pipes", device=self.device)
        return stdin, stdout

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _send(self, request: dict[str, object]) -> None:
        stdin, _ = self._pipes()
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except (BrokenPipeError, ValueError) as error:  # ValueError: closed before
            raise self._ended() from error

    def _read_answer(
        self, deadline_s: float, name: str, check_cancel: CancelCheck | None
    ) -> Answer:
        def wait() -> None:
            self._wait(deadline_s, name, check_cancel)

        while b"\n" not in self._arrived:
            if len(self._arrived) > _MAX_LINE_BYTES:
                raise self._damaged("a line without end")
            wait()
        begin = self._arrived.index(b"\n") + 1
        values = self._parse(bytes(self._arrived[:begin]))
        length = values.get("bytes", 0)
        if not isinstance(length, int) or not 0 <= length <= _MAX_DATA_BYTES:
            raise self._damaged(f"{length!r} bytes announced")
        while len(self._arrived) < begin + length:  # a cancelled call leaves all of it in place
            wait()
        data = bytes(self._arrived[begin : begin + length])
        del self._arrived[: begin + length]
        return Answer(values, data)

    def _wait(self, deadline_s: float, name: str, check_cancel: CancelCheck | None) -> None:
        """Take what arrives next; raises at the deadline, and when the caller cancelled."""
        _, stdout = self._pipes()
        while not stdout.closed:
            if time.monotonic() > deadline_s:
                raise self._hung(name)
            ready, _, _ = select.select([stdout], [], [], _LOOK_EVERY_S)
            if ready:
                piece = os.read(stdout.fileno(), _PIECE_BYTES)
                if not piece:
                    break
                self._arrived += piece
                return
            if check_cancel is not None:
                check_cancel()
        raise self._ended()

    def _hung(self, name: str) -> TransportTimeoutError:
        self._kill()
        return TransportTimeoutError(
            f"no answer in time to '{name}'; switch the device off and on, or unplug it and plug "
            "it in again",
            device=self.device,
        )

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            values = json.loads(line)
        except ValueError as error:
            raise self._damaged("a line that is no JSON") from error
        if not isinstance(values, dict):
            raise self._damaged("a line that is no answer")
        return values

    def _raise_reported(self, values: dict[str, Any]) -> None:
        name = values.get("error")
        if name is None:
            return
        kind = getattr(errors, str(name), None)
        if not (isinstance(kind, type) and issubclass(kind, DriverError)):
            raise self._damaged(f"an unknown error {name!r}")
        raise kind(str(values.get("message", name)), device=self.device)

    def _damaged(self, what: str) -> ProtocolError:
        self._kill()  # nothing after it can be trusted
        return ProtocolError(f"the device's worker process sent {what}", device=self.device)

    def _ended(self) -> TransportError:
        return TransportError(
            "the device's worker process ended; open the device again", device=self.device
        )
