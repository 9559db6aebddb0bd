"""What a USB driver may do with its device; who does it is the link's business.

Three links speak this interface: `PyUsbLink` (a real device), `ReplayTransport` (a transcript) and
the emulators in `drivers.simulation.wire`. All raise `DriverError` and nothing else, and every
call ends within its time limit.

Life of a link: ``made -> claim() -> transfers -> close()``; close() is allowed in every state and
twice, and leaves no thread behind. A link is used once: after close() ask for a new one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

VENDOR_READ = 0xC0  # bmRequestType: device to host, vendor, device (USB 2.0, table 9-2)
VENDOR_WRITE = 0x40  # bmRequestType: host to device, vendor, device


@dataclass(frozen=True, slots=True, order=True)
class UsbId:
    """Vendor and product number of a USB device."""

    vendor: int
    product: int

    def __str__(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"


@dataclass(frozen=True, slots=True)
class UsbDeviceInfo:
    """What the system knows of an attached device without opening it; None where unknown."""

    usb_id: UsbId
    port: str
    """Where it is plugged in, as the Linux kernel names it: "1-10" or "2-1.4"."""
    bus: int = 0
    address: int = 0
    manufacturer: str | None = None
    product: str | None = None
    serial: str | None = None
    is_accessible: bool = True
    """False when the permissions of its device node keep this process out."""


@dataclass(frozen=True, slots=True)
class ControlSetup:
    """The setup packet of a control transfer, without its length."""

    request_type: int
    request: int
    value: int
    index: int = 0


class InterruptStream(ABC):
    """Interrupt packets in the order they came; some reader keeps one transfer pending."""

    @abstractmethod
    def next_packet(self, *, timeout_s: float) -> bytes | None:
        """Return the oldest packet not yet taken, or None when none came in time.

        Raises the TransportError that ended the reader, once all packets before it are taken.
        """


class PendingRead(ABC):
    """A bulk read that the host has already asked for."""

    @abstractmethod
    def result(self) -> bytes:
        """Wait for the end and return what came, which may be shorter than asked for."""


class UsbLink(ABC):
    """One opened USB device."""

    info: UsbDeviceInfo

    @property
    def interface_number(self) -> int:
        """Number of the claimed interface, which requests to it name; 0 where there is but one."""
        return 0

    @abstractmethod
    def claim(self, interface_class: tuple[int, int, int]) -> None:
        """Take the first interface of this class, subclass and protocol for this process."""

    @abstractmethod
    def control_read(self, setup: ControlSetup, length: int, *, timeout_s: float) -> bytes:
        """Return what the device answers; may be shorter than `length`."""

    @abstractmethod
    def control_write(self, setup: ControlSetup, data: bytes, *, timeout_s: float) -> None:
        """Send `data`; a device that takes only a part of it is a TransportError."""

    @abstractmethod
    def start_bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> PendingRead:
        """Ask for bulk data and return at once; the read is pending when this returns."""

    def bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> bytes:
        """Return what came from a bulk endpoint; may be shorter than `length`."""
        return self.start_bulk_read(endpoint, length, timeout_s=timeout_s).result()

    def bulk_write(self, endpoint: int, data: bytes, *, timeout_s: float) -> None:
        """Send `data` to a bulk endpoint; a device that takes only a part is a TransportError."""
        raise NotImplementedError(f"{type(self).__name__} has no bulk OUT endpoint")

    @abstractmethod
    def start_interrupts(self, endpoint: int, length: int) -> InterruptStream:
        """Keep an interrupt read pending from now until close()."""

    @abstractmethod
    def reset(self) -> None:
        """Reset the device's port; the device may come back under another address."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back; never raises for a device that is gone."""


UsbLinkFactory = Callable[[], UsbLink]
"""Opens the link anew at every call; raises DriverError."""
