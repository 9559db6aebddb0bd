"""How reports travel to and from an STU pad: over USB HID or over a serial line.

Both raise only DriverError. Pen reports come at any time, also between a command and its answer.
"""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from drivers.errors import (
    DeviceReportedError,
    DriverError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.protocols import stu_reports as reports
from drivers.protocols.stu_descriptor import report_sizes
from drivers.protocols.stu_serial import FrameReader, encode_frame, parse_size_table
from drivers.transport.hid import HidLink
from drivers.transport.serial import SerialLink, SerialSettings

READ_BYTES = 4096
MAX_REPORT_BYTES = 4096
_UNASKED = reports.PEN_REPORTS | reports.ENCRYPTED_PEN_REPORTS


def serial_settings(baud: int) -> SerialSettings:
    """Return the line's settings: 8N1, no flow control, DTR low and RTS high."""
    return SerialSettings(baud, dtr=False, rts=True)


class StuChannel(ABC):
    """Reads, writes and receives reports."""

    sizes: Mapping[int, int]
    """Bytes of each report with its number, as the pad tells."""

    @abstractmethod
    def read(self, number: int) -> bytes:
        """Return a report without its number."""

    def write(self, number: int, payload: bytes) -> None:
        """Send a report, filled up to its size; a pad that has no such report is a ProtocolError.

        Raises DeviceReportedError when the pad refuses it.
        """
        self._send((bytes([number]) + payload).ljust(self._size(number), b"\0"))

    @abstractmethod
    def next_input(self, *, timeout_s: float) -> bytes | None:
        """Return the oldest pen report with its number, or None when none came in time."""

    @abstractmethod
    def close(self) -> None:
        """Give the link back; never raises."""

    def discard_inputs(self) -> None:
        """Forget the pen reports that came and were not taken."""
        while self.next_input(timeout_s=0.0) is not None:
            continue

    @abstractmethod
    def _send(self, report: bytes) -> None: ...

    @abstractmethod
    def _size(self, number: int) -> int: ...


class StuHidChannel(StuChannel):
    """Feature reports on endpoint 0, pen reports on the interrupt endpoint."""

    def __init__(self, link: HidLink, *, device: str, timeout_s: float) -> None:
        self._link = link
        self._device = device
        self._timeout_s = timeout_s
        self.sizes = {}

    def start(self) -> None:
        """Claim the pad and ask for the sizes of its reports."""
        self._link.start()
        descriptor = self._link.report_descriptor(timeout_s=self._timeout_s)
        try:
            self.sizes = report_sizes(descriptor)
        except ValueError as error:
            raise ProtocolError(f"{error}; plug the pad in again", device=self._device) from error
        self._size(reports.STATUS)

    def read(self, number: int) -> bytes:
        """Return a feature report without its number."""
        size = self._size(number)
        report = self._link.get_feature(number, size, timeout_s=self._timeout_s)
        if len(report) != size or report[0] != number:
            raise ProtocolError(
                f"asked for report {number:02x} of {size} bytes, got {report[:4].hex()} "
                f"({len(report)} bytes)",
                device=self._device,
            )
        return report[1:]

    def next_input(self, *, timeout_s: float) -> bytes | None:
        """Return the oldest pen report with its number, or None when none came in time."""
        return self._link.next_input(timeout_s=timeout_s)

    def close(self) -> None:
        """Give the pad back."""
        self._link.close()

    def _send(self, report: bytes) -> None:
        self._link.set_feature(report, timeout_s=self._timeout_s)

    def _size(self, number: int) -> int:
        if number not in self.sizes:
            raise ProtocolError(f"the pad has no report {number:02x}", device=self._device)
        return self.sizes[number]


class StuSerialChannel(StuChannel):
    """Frames on a serial line; one command at a time, for an answer does not name its command.

    After a time-out or a damaged frame an answer could be taken for that of another command, so
    the line is closed: open the pad again.
    """

    def __init__(self, link: SerialLink, *, device: str, timeout_s: float) -> None:
        self._link = link
        self._device = device
        self._timeout_s = timeout_s
        self._frames = FrameReader()
        self._inputs: deque[bytes] = deque()
        self._is_lost = False
        self.sizes = {}

    def start(self) -> None:
        """Ask for the sizes of the pad's reports."""
        self._link.discard_input()
        table = bytes([reports.REPORT_SIZES]) + self.read(reports.REPORT_SIZES)
        with self._losing_line():
            self.sizes = parse_size_table(table)

    def read(self, number: int) -> bytes:
        """Return a report without its number."""
        return self._exchange(bytes([reports.GET_REPORT, number]), number)

    def next_input(self, *, timeout_s: float) -> bytes | None:
        """Return the oldest pen report with its number, or None when none came in time."""
        deadline_s = time.monotonic() + timeout_s
        with self._losing_line():
            while not self._inputs:
                left_s = deadline_s - time.monotonic()
                for report in self._receive(max(left_s, 0.0)):
                    self._take_unasked(report)
                if left_s <= 0 and not self._inputs:
                    return None
        return self._inputs.popleft()

    def close(self) -> None:
        """Give the line back."""
        self._link.close()

    def _send(self, report: bytes) -> None:
        self._exchange(report, reports.SET_RESULT)

    def _size(self, number: int) -> int:
        if number not in self.sizes:
            raise ProtocolError(f"the pad has no report {number:02x}", device=self._device)
        return self.sizes[number]

    def _exchange(self, report: bytes, expected: int) -> bytes:
        with self._losing_line():
            self._link.write(encode_frame(report))
            answer = self._await(expected)
        is_write = expected == reports.SET_RESULT
        if answer[0] == reports.SET_RESULT and (not is_write or answer[1:] != b"\0"):
            raise DeviceReportedError(
                f"the pad refuses report {report[not is_write]:02x} (result {answer[1:].hex()})",
                device=self._device,
            )
        return answer[1:]

    def _await(self, expected: int) -> bytes:
        deadline_s = time.monotonic() + self._timeout_s
        found: bytes | None = None
        while found is None:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise TransportTimeoutError(
                    f"no answer in {self._timeout_s:g} s; check cable and baud", device=self._device
                )
            for report in self._receive(left_s):
                if found is None and report[0] in (expected, reports.SET_RESULT):
                    found = report
                else:
                    self._take_unasked(report)
        return found

    def _receive(self, timeout_s: float) -> list[bytes]:
        data = self._link.read_some(READ_BYTES, timeout_s=timeout_s)
        return self._frames.feed(data)

    def _take_unasked(self, report: bytes) -> None:
        if report[0] not in _UNASKED:
            raise ValueError(f"report {report[0]:02x} came unasked")
        self._inputs.append(report)

    @contextmanager
    def _losing_line(self) -> Iterator[None]:
        """Close the line at the first failure, and say so at the next call."""
        if self._is_lost:
            raise TransportError(
                "the line was closed after an error; open the pad again", device=self._device
            )
        try:
            yield
        except DriverError:
            self._lose()
            raise
        except ValueError as error:
            self._lose()
            raise ProtocolError(f"damaged frame: {error}", device=self._device) from error

    def _lose(self) -> None:
        self._is_lost = True
        self._link.close()
