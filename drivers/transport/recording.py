"""Links that write down what passes through them, for `ReplayTransport` to repeat."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol, runtime_checkable

from drivers.errors import DriverError
from drivers.transport.serial import SerialLink
from drivers.transport.transcript import Exchange, TranscriptWriter
from drivers.transport.usb import ControlSetup, InterruptStream, PendingRead, UsbLink

__all__ = ["Recordable", "RecordingSerialLink", "RecordingUsbLink", "TranscriptWriter"]


@runtime_checkable
class Recordable(Protocol):
    """A device whose link can be recorded."""

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""


@contextmanager
def _noting_errors(transcript: TranscriptWriter, exchange: Exchange) -> Iterator[None]:
    try:
        yield
    except DriverError as error:
        transcript.add(replace(exchange, error=type(error).__name__))
        raise


class RecordingUsbLink(UsbLink):
    """A USB link that is written down."""

    def __init__(self, link: UsbLink, transcript: TranscriptWriter) -> None:
        self.info = link.info
        self._link = link
        self._transcript = transcript
        transcript.begin(link.info)

    @property
    def interface_number(self) -> int:
        """As the link under it says."""
        return self._link.interface_number

    def claim(self, interface_class: tuple[int, int, int]) -> None:
        """Pass on; claiming is no traffic."""
        self._link.claim(interface_class)

    def control_read(self, setup: ControlSetup, length: int, *, timeout_s: float) -> bytes:
        """Pass on and write down."""
        exchange = Exchange.control("control_read", setup, length=length)
        with _noting_errors(self._transcript, exchange):
            data = self._link.control_read(setup, length, timeout_s=timeout_s)
        self._transcript.add(replace(exchange, data=data.hex()))
        return data

    def control_write(self, setup: ControlSetup, data: bytes, *, timeout_s: float) -> None:
        """Pass on and write down."""
        exchange = Exchange.control("control_write", setup, data=data.hex())
        with _noting_errors(self._transcript, exchange):
            self._link.control_write(setup, data, timeout_s=timeout_s)
        self._transcript.add(exchange)

    def start_bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> PendingRead:
        """Pass on; start and end are written down apart."""
        read = self._link.start_bulk_read(endpoint, length, timeout_s=timeout_s)
        self._transcript.add(Exchange.endpoint("bulk_start", endpoint, length))
        return _RecordingRead(read, self._transcript)

    def bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> bytes:
        """Pass on and write down as a read that was started and then collected."""
        self._transcript.add(Exchange.endpoint("bulk_start", endpoint, length))
        with _noting_errors(self._transcript, Exchange("bulk_end")):
            data = self._link.bulk_read(endpoint, length, timeout_s=timeout_s)
        self._transcript.add(Exchange("bulk_end", data=data.hex()))
        return data

    def bulk_write(self, endpoint: int, data: bytes, *, timeout_s: float) -> None:
        """Pass on and write down."""
        exchange = Exchange("bulk_write", f"{endpoint:02x}", data=data.hex())
        with _noting_errors(self._transcript, exchange):
            self._link.bulk_write(endpoint, data, timeout_s=timeout_s)
        self._transcript.add(exchange)

    def start_interrupts(self, endpoint: int, length: int) -> InterruptStream:
        """Pass on; each packet is written down when the driver takes it."""
        stream = self._link.start_interrupts(endpoint, length)
        self._transcript.add(Exchange.endpoint("interrupts_start", endpoint, length))
        return _RecordingStream(stream, self._transcript)

    def reset(self) -> None:
        """Pass on and write down."""
        with _noting_errors(self._transcript, Exchange("reset")):
            self._link.reset()
        self._transcript.add(Exchange("reset"))

    def close(self) -> None:
        """Pass on."""
        self._link.close()


class _RecordingRead(PendingRead):
    def __init__(self, read: PendingRead, transcript: TranscriptWriter) -> None:
        self._read = read
        self._transcript = transcript

    def result(self) -> bytes:
        with _noting_errors(self._transcript, Exchange("bulk_end")):
            data = self._read.result()
        self._transcript.add(Exchange("bulk_end", data=data.hex()))
        return data


class _RecordingStream(InterruptStream):
    def __init__(self, stream: InterruptStream, transcript: TranscriptWriter) -> None:
        self._stream = stream
        self._transcript = transcript

    def next_packet(self, *, timeout_s: float) -> bytes | None:
        with _noting_errors(self._transcript, Exchange("interrupt")):
            packet = self._stream.next_packet(timeout_s=timeout_s)
        if packet is not None:
            self._transcript.add(Exchange("interrupt", data=packet.hex()))
        return packet


class RecordingSerialLink(SerialLink):
    """A serial link that is written down; reads as they came, not as they were asked for."""

    def __init__(self, link: SerialLink, transcript: TranscriptWriter) -> None:
        self.device = link.device
        self._link = link
        self._transcript = transcript
        transcript.begin()

    def write(self, data: bytes) -> None:
        """Pass on and write down."""
        exchange = Exchange("serial_write", data=data.hex())
        with _noting_errors(self._transcript, exchange):
            self._link.write(data)
        self._transcript.add(exchange)

    def read_some(self, max_bytes: int, *, timeout_s: float) -> bytes:
        """Pass on and write down; silence is not written."""
        with _noting_errors(self._transcript, Exchange("serial_read")):
            data = self._link.read_some(max_bytes, timeout_s=timeout_s)
        if data:
            self._transcript.add(Exchange("serial_read", data=data.hex()))
        return data

    def discard_input(self) -> None:
        """Pass on; what is discarded was never said to the driver."""
        self._link.discard_input()

    def close(self) -> None:
        """Pass on."""
        self._link.close()
