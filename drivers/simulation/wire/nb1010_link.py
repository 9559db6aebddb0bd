"""An emulated NB-1010-U in place of a USB link, with faults at any transfer."""

from collections.abc import Iterator
from contextlib import contextmanager

from drivers.errors import DeviceNotFoundError, TransportError, TransportTimeoutError
from drivers.simulation.wire.nb1010_device import BabbleError, NbDevice
from drivers.simulation.wire.uareu4500_device import SilentError, StalledError, UnpluggedError
from drivers.transport.usb import (
    ControlSetup,
    InterruptStream,
    PendingRead,
    UsbDeviceInfo,
    UsbId,
    UsbLink,
)


class EmulatedNbLink(UsbLink):
    """The link to an emulated reader; no thread."""

    def __init__(self, reader: NbDevice, *, device: str = "scanner") -> None:
        usb_id = UsbId(reader.setup.vendor, reader.setup.product)
        self.info = UsbDeviceInfo(usb_id, port="emulated", serial="EMULATED")
        self._reader = reader
        self._device = device

    def claim(self, interface_class: tuple[int, int, int]) -> None:
        """Refuse any class but the reader's."""
        if interface_class != (0, 0, 0):
            raise DeviceNotFoundError("no such interface", device=self._device)

    def bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> bytes:
        """Read an answer."""
        self._require(endpoint, 0x83)
        with self._translating(timeout_s):
            return self._reader.read_bulk(length, timeout_s)

    def bulk_write(self, endpoint: int, data: bytes, *, timeout_s: float) -> None:
        """Send a command."""
        self._require(endpoint, 0x02)
        with self._translating(timeout_s):
            taken = self._reader.write_bulk(data, timeout_s)
        if taken != len(data):
            raise TransportError(f"{taken} of {len(data)} bytes taken", device=self._device)

    def start_bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> PendingRead:
        """Begin a read; the data is fetched when asked for."""
        return _EmulatedRead(self, endpoint, length, timeout_s)

    def control_read(self, setup: ControlSetup, length: int, *, timeout_s: float) -> bytes:
        """Refuse: the reader knows no requests."""
        raise TransportError("request refused", device=self._device)

    def control_write(self, setup: ControlSetup, data: bytes, *, timeout_s: float) -> None:
        """Refuse: the reader knows no requests."""
        raise TransportError("request refused", device=self._device)

    def start_interrupts(self, endpoint: int, length: int) -> InterruptStream:
        """Refuse: nothing is known to come from the interrupt endpoint."""
        raise TransportError("no interrupt packets", device=self._device)

    def reset(self) -> None:
        """Do nothing; the device keeps its state."""

    def close(self) -> None:
        """Do nothing; no read outlives its call."""

    def _require(self, endpoint: int, wanted: int) -> None:
        if endpoint != wanted:
            raise TransportError(f"no endpoint 0x{endpoint:02x}", device=self._device)

    @contextmanager
    def _translating(self, timeout_s: float) -> Iterator[None]:
        """Turn the device's errors into ours."""
        try:
            yield
        except UnpluggedError as error:
            raise TransportError("the device went away", device=self._device) from error
        except StalledError as error:
            raise TransportError("endpoint stalled", device=self._device) from error
        except BabbleError as error:
            raise TransportError("more came than asked for", device=self._device) from error
        except SilentError as error:
            raise TransportTimeoutError(
                f"no answer in {timeout_s:g} s", device=self._device
            ) from error


class _EmulatedRead(PendingRead):
    def __init__(self, link: EmulatedNbLink, endpoint: int, length: int, timeout_s: float) -> None:
        self._link = link
        self._endpoint = endpoint
        self._length = length
        self._timeout_s = timeout_s

    def result(self) -> bytes:
        return self._link.bulk_read(self._endpoint, self._length, timeout_s=self._timeout_s)
