"""A link that repeats a transcript, strictly: a wrong byte or a left-over line fails the test."""

import time

from drivers import errors
from drivers.transport.serial import SerialLink
from drivers.transport.transcript import Exchange, Transcript
from drivers.transport.usb import (
    ControlSetup,
    InterruptStream,
    PendingRead,
    UsbDeviceInfo,
    UsbId,
    UsbLink,
)


class ReplayMismatchError(AssertionError):
    """The driver said something else than the transcript. No DriverError: nobody may retry it."""


class ReplayTransport(UsbLink, SerialLink):
    """The device side of a transcript, for USB and for serial lines.

    Interrupt packets and serial bytes come where the transcript has them; a driver that waits
    where it has none waits its time and gets nothing.
    """

    def __init__(self, transcript: Transcript, *, device: str = "replay") -> None:
        self.info = transcript.usb or UsbDeviceInfo(UsbId(0, 0), port="replay")
        self.device = device
        self._exchanges = transcript.exchanges
        self._position = 0
        self._unread = b""

    def assert_finished(self) -> None:
        """Fail when the driver left lines of the transcript unused."""
        left = self._exchanges[self._position :]
        if left or self._unread:
            first = left[0].to_line()[:200] if left else f"serial bytes {self._unread.hex()}"
            raise ReplayMismatchError(f"{len(left)} exchanges are left over; the first: {first}")

    def claim(self, interface_class: tuple[int, int, int]) -> None:
        """Do nothing; claiming is no traffic."""

    def control_read(self, setup: ControlSetup, length: int, *, timeout_s: float) -> bytes:
        """Return the recorded answer."""
        return self._take(Exchange.control("control_read", setup, length=length))

    def control_write(self, setup: ControlSetup, data: bytes, *, timeout_s: float) -> None:
        """Compare with the recorded bytes."""
        self._take(Exchange.control("control_write", setup, data=data.hex()))

    def start_bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> PendingRead:
        """Compare with the recorded start; the data comes at its own line."""
        self._take(Exchange.endpoint("bulk_start", endpoint, length))
        return _ReplayedRead(self)

    def bulk_write(self, endpoint: int, data: bytes, *, timeout_s: float) -> None:
        """Compare with the recorded bytes."""
        self._take(Exchange("bulk_write", f"{endpoint:02x}", data=data.hex()))

    def start_interrupts(self, endpoint: int, length: int) -> InterruptStream:
        """Compare with the recorded start."""
        self._take(Exchange.endpoint("interrupts_start", endpoint, length))
        return _ReplayedStream(self)

    def reset(self) -> None:
        """Compare with the recorded reset."""
        self._take(Exchange("reset"))

    def write(self, data: bytes) -> None:
        """Compare with the recorded bytes."""
        self._take(Exchange("serial_write", data=data.hex()))

    def read_some(self, max_bytes: int, *, timeout_s: float) -> bytes:
        """Return recorded bytes, cut as asked for."""
        if not self._unread:
            self._unread = self.take_if("serial_read", timeout_s) or b""
        data, self._unread = self._unread[:max_bytes], self._unread[max_bytes:]
        return data

    def discard_input(self) -> None:
        """Forget the rest of a recorded read."""
        self._unread = b""

    def close(self) -> None:
        """Do nothing; closing is no traffic."""

    # ---- used by the reads below

    def take_end(self) -> bytes:
        """Return the data of the bulk read that ends here."""
        return self._take(Exchange("bulk_end"))

    def take_if(self, do: str, timeout_s: float) -> bytes | None:
        """Return the next line's data if it is of this kind, else wait in vain."""
        following = self._peek()
        if following is None or following.do != do:
            time.sleep(timeout_s)
            return None
        return self._take(Exchange(do))

    # ---- private

    def _peek(self) -> Exchange | None:
        if self._position < len(self._exchanges):
            return self._exchanges[self._position]
        return None

    def _take(self, said: Exchange) -> bytes:
        """Compare what the driver said with the next line and return that line's data."""
        recorded = self._peek()
        if recorded is None:
            raise ReplayMismatchError(f"the transcript ends before: {said.to_line()[:200]}")
        is_write = said.do.endswith("write")
        if (said.do, said.where, said.length) != (
            recorded.do,
            recorded.where,
            recorded.length,
        ) or (is_write and said.data != recorded.data):
            raise ReplayMismatchError(
                f"exchange {self._position + 1}: the driver said {said.to_line()[:200]}, "
                f"recorded is {recorded.to_line()[:200]}"
            )
        self._position += 1
        if recorded.error:
            raise self._recorded_error(recorded)
        return bytes.fromhex(recorded.data)

    def _recorded_error(self, recorded: Exchange) -> errors.DriverError:
        kind: type[errors.DriverError] = getattr(errors, recorded.error)
        return kind(f"recorded failure of {recorded.do} {recorded.where}", device=self.device)


class _ReplayedRead(PendingRead):
    def __init__(self, replay: ReplayTransport) -> None:
        self._replay = replay

    def result(self) -> bytes:
        return self._replay.take_end()


class _ReplayedStream(InterruptStream):
    def __init__(self, replay: ReplayTransport) -> None:
        self._replay = replay

    def next_packet(self, *, timeout_s: float) -> bytes | None:
        return self._replay.take_if("interrupt", timeout_s)
