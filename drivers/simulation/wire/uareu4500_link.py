"""An emulated U.are.U reader in place of a USB link, with faults at any transfer."""

from collections.abc import Iterator
from contextlib import contextmanager

from drivers.errors import DeviceNotFoundError, TransportError, TransportTimeoutError
from drivers.simulation.wire.uareu4500_device import (
    SilentError,
    StalledError,
    UareuDevice,
    UnpluggedError,
)
from drivers.transport.usb import (
    ControlSetup,
    InterruptStream,
    PendingRead,
    UsbDeviceInfo,
    UsbId,
    UsbLink,
)


class EmulatedUsbLink(UsbLink):
    """The link to an emulated reader. No thread: packets wait in the device until asked for."""

    def __init__(self, reader: UareuDevice, *, device: str = "scanner") -> None:
        self.info = UsbDeviceInfo(
            UsbId(reader.setup.vendor, reader.setup.product), port="emulated", serial="EMULATED"
        )
        self._reader = reader
        self._device = device

    def claim(self, interface_class: tuple[int, int, int]) -> None:
        """Refuse any class but the reader's."""
        if interface_class != (0xFF, 0xFF, 0xFF):
            raise DeviceNotFoundError("no such interface", device=self._device)

    def control_read(self, setup: ControlSetup, length: int, *, timeout_s: float) -> bytes:
        """Read a register."""
        with self.translating(timeout_s):
            return self._reader.read_register(setup.value, length, timeout_s)

    def control_write(self, setup: ControlSetup, data: bytes, *, timeout_s: float) -> None:
        """Write a register."""
        with self.translating(timeout_s):
            taken = self._reader.write_register(setup.value, data, timeout_s)
        if taken != len(data):
            raise TransportError(f"{taken} of {len(data)} bytes taken", device=self._device)

    def start_bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> PendingRead:
        """Arm a read; the data is fetched when asked for."""
        self._reader.arm_bulk_read()
        return _EmulatedRead(self, self._reader, timeout_s)

    def start_interrupts(self, endpoint: int, length: int) -> InterruptStream:
        """Let packets be read."""
        return _EmulatedStream(self, self._reader)

    def reset(self) -> None:
        """Do nothing; the device keeps its state."""

    def close(self) -> None:
        """End what waits."""
        self._reader.cancel_reads()

    @contextmanager
    def translating(self, timeout_s: float) -> Iterator[None]:
        """Turn the device's errors into ours."""
        try:
            yield
        except UnpluggedError as error:
            raise TransportError("the device went away", device=self._device) from error
        except StalledError as error:
            raise TransportError("endpoint stalled", device=self._device) from error
        except SilentError as error:
            raise TransportTimeoutError(
                f"no answer in {timeout_s:g} s", device=self._device
            ) from error


class _EmulatedRead(PendingRead):
    def __init__(self, link: EmulatedUsbLink, reader: UareuDevice, timeout_s: float) -> None:
        self._link = link
        self._reader = reader
        self._timeout_s = timeout_s

    def result(self) -> bytes:
        with self._link.translating(self._timeout_s):
            return self._reader.read_bulk(self._timeout_s)


class _EmulatedStream(InterruptStream):
    def __init__(self, link: EmulatedUsbLink, reader: UareuDevice) -> None:
        self._link = link
        self._reader = reader

    def next_packet(self, *, timeout_s: float) -> bytes | None:
        try:
            with self._link.translating(timeout_s):
                return self._reader.read_interrupt(timeout_s)
        except TransportTimeoutError:
            return None
