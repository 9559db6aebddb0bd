"""A USB device through pyusb and libusb.

pyusb only has blocking calls, so a read that must be pending while other transfers run has a
thread of its own. Each blocking call has a time limit, and close() takes the interface back, at
which the kernel ends what is still pending; so every thread ends soon.
"""

import errno
import logging
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

import usb.core
import usb.util

from drivers.errors import DriverError, ProtocolError, TransportError, TransportTimeoutError
from drivers.transport.usb import (
    ControlSetup,
    InterruptStream,
    PendingRead,
    UsbDeviceInfo,
    UsbLink,
)
from drivers.transport.usb_errors import translate_usb_error

_INTERRUPT_TIMEOUT_S = 4.0
"""Long, because each time-out costs a new submission; short enough to bound close()."""
_SUBMIT_TIME_S = 0.01
"""From entering pyusb's read to the kernel having the transfer: some 0.1 ms, times a hundred."""
_EMPTY_PACKET_PAUSE_S = 0.25
"""An empty packet is what a cancelled read looks like: the reader waits for the stop signal."""
_RELEASE_EVERY_S = 0.1
_JOIN_MARGIN_S = 1.0

log = logging.getLogger(__name__)


class PyUsbLink(UsbLink):
    """An attached device; made by `drivers.transport.usb_search.open_usb`."""

    def __init__(self, handle: usb.core.Device, info: UsbDeviceInfo, *, device: str) -> None:
        self.info = info
        self._handle = handle
        self.device = device
        self._interface: int | None = None
        self._detached_kernel_driver = False
        self._stopping = threading.Event()
        self._workers: list[_Worker] = []

    @property
    def interface_number(self) -> int:
        """Number of the claimed interface."""
        return self._interface or 0

    def claim(self, interface_class: tuple[int, int, int]) -> None:
        """Take the first interface of this class, subclass and protocol for this process."""
        with self._translating("claiming the interface"):
            interface = self._find_interface(interface_class)
            self._detach_kernel_driver(interface)
            usb.util.claim_interface(self._handle, interface)
        self._interface = interface

    def control_read(self, setup: ControlSetup, length: int, *, timeout_s: float) -> bytes:
        """Return what the device answers; may be shorter than `length`."""
        with self._translating(f"reading 0x{setup.value:04x}"):
            return bytes(self._handle.ctrl_transfer(*_fields(setup), length, _ms(timeout_s)))

    def control_write(self, setup: ControlSetup, data: bytes, *, timeout_s: float) -> None:
        """Send `data`; a device that takes only a part of it is a TransportError."""
        with self._translating(f"writing 0x{setup.value:04x}"):
            written = self._handle.ctrl_transfer(*_fields(setup), data, _ms(timeout_s))
        self._require_all(written, data, f"0x{setup.value:04x}")

    def start_bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> PendingRead:
        """Ask for bulk data and return at once; the read is pending when this returns."""
        read = _BulkRead(self, endpoint, length, timeout_s)
        self._start(read)
        read.submitted.wait(timeout_s)
        time.sleep(_SUBMIT_TIME_S)
        return read

    def bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> bytes:
        """Read in the caller's thread: nothing else has to happen while it waits."""
        return self.read_blocking(endpoint, length, timeout_s)

    def bulk_write(self, endpoint: int, data: bytes, *, timeout_s: float) -> None:
        """Send `data`; a device that takes only a part of it is a TransportError."""
        with self._translating(f"writing endpoint 0x{endpoint:02x}"):
            try:
                written = self._handle.write(endpoint, data, _ms(timeout_s))
            except usb.core.USBError as error:
                self._clear_stall(endpoint, error)
                raise
        self._require_all(written, data, f"endpoint 0x{endpoint:02x}")

    def start_interrupts(self, endpoint: int, length: int) -> InterruptStream:
        """Keep an interrupt read pending from now until close()."""
        stream = _InterruptReader(self, endpoint, length)
        self._start(stream)
        stream.submitted.wait(_INTERRUPT_TIMEOUT_S)
        time.sleep(_SUBMIT_TIME_S)
        return stream

    def reset(self) -> None:
        """Reset the device's port; the device may come back under another address."""
        with self._translating("resetting the port"):
            self._handle.reset()

    def close(self) -> None:
        """Give everything back; never raises for a device that is gone."""
        self._stopping.set()
        for worker in self._workers:
            self._end(worker)
        self._workers.clear()
        self._release()
        if self._detached_kernel_driver:
            self._attach_kernel_driver()
        usb.util.dispose_resources(self._handle)

    # ---- used by the workers below

    def read_blocking(self, endpoint: int, length: int, timeout_s: float) -> bytes:
        """Read once; a stall is cleared so that the next transfer may succeed."""
        with self._translating(f"reading endpoint 0x{endpoint:02x}"):
            try:
                return bytes(self._handle.read(endpoint, length, _ms(timeout_s)))
            except usb.core.USBError as error:
                self._clear_stall(endpoint, error)
                raise

    def is_stopping(self, *, within_s: float = 0.0) -> bool:
        """Tell whether close() has begun, or begins within the given time."""
        return self._stopping.wait(within_s)

    # ---- private

    def _start(self, worker: "_Worker") -> None:
        worker.thread.name = f"{self.device} {worker.purpose}"
        self._workers = [one for one in self._workers if one.thread.is_alive()]
        self._workers.append(worker)
        worker.thread.start()

    def _end(self, worker: "_Worker") -> None:
        """Take the interface back until the worker's read has ended.

        More than once: a read that begins at this moment makes pyusb claim it again.
        """
        deadline_s = time.monotonic() + worker.timeout_s + _JOIN_MARGIN_S
        while worker.thread.is_alive():
            self._release()
            worker.thread.join(_RELEASE_EVERY_S)
            if time.monotonic() > deadline_s:
                log.error("%s: %s does not end", self.device, worker.thread.name)
                return

    def _find_interface(self, interface_class: tuple[int, int, int]) -> int:
        for interface in self._configuration():
            if interface_class == (
                interface.bInterfaceClass,
                interface.bInterfaceSubClass,
                interface.bInterfaceProtocol,
            ):
                return int(interface.bInterfaceNumber)
        wanted = "/".join(f"{part:02x}" for part in interface_class)
        raise ProtocolError(f"the device has no interface of class {wanted}", device=self.device)

    def _configuration(self) -> usb.core.Configuration:
        """Return the active configuration; set the first one where none is active."""
        try:
            return self._handle.get_active_configuration()
        except usb.core.USBError:
            self._handle.set_configuration()
            return self._handle.get_active_configuration()

    def _detach_kernel_driver(self, interface: int) -> None:
        try:
            if not self._handle.is_kernel_driver_active(interface):
                return
        except (usb.core.USBError, NotImplementedError):
            return  # not every system can tell; claiming will show a driver that is in the way
        self._handle.detach_kernel_driver(interface)
        self._detached_kernel_driver = True

    def _release(self) -> None:
        if self._interface is None:
            return
        try:
            usb.util.release_interface(self._handle, self._interface)
        except usb.core.USBError as error:
            log.debug("%s: releasing: %s", self.device, error)  # it is gone: nothing to give back

    def _attach_kernel_driver(self) -> None:
        try:
            self._handle.attach_kernel_driver(self._interface)
        except usb.core.USBError as error:
            log.debug("%s: giving back to the kernel: %s", self.device, error)

    def _require_all(self, written: int, data: bytes, where: str) -> None:
        if written != len(data):
            raise TransportError(
                f"the device took {written} of {len(data)} bytes for {where}", device=self.device
            )

    def _clear_stall(self, endpoint: int, error: usb.core.USBError) -> None:
        """Make an endpoint that refused a transfer take the next one."""
        if error.errno != errno.EPIPE:
            return
        try:
            self._handle.clear_halt(endpoint)
        except usb.core.USBError as failure:
            log.debug("%s: clearing endpoint 0x%02x: %s", self.device, endpoint, failure)

    @contextmanager
    def _translating(self, action: str) -> Iterator[None]:
        try:
            yield
        except usb.core.USBError as error:
            raise translate_usb_error(error, device=self.device, action=action) from error
        except ValueError as error:  # pyusb's word for an endpoint that the device lacks
            raise ProtocolError(f"{error} while {action}", device=self.device) from error
        except NotImplementedError as error:
            raise TransportError(
                f"this system's libusb cannot do it: {action}", device=self.device
            ) from error


def _fields(setup: ControlSetup) -> tuple[int, int, int, int]:
    return (setup.request_type, setup.request, setup.value, setup.index)


def _ms(timeout_s: float) -> int:
    return max(1, round(timeout_s * 1000))  # 0 would mean "for ever" to libusb


class _Worker(ABC):
    """A thread that reads from one endpoint."""

    purpose: str

    def __init__(self, link: PyUsbLink, endpoint: int, length: int, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.submitted = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._link = link
        self._endpoint = endpoint
        self._length = length

    @abstractmethod
    def _run(self) -> None: ...

    def _read(self) -> bytes:
        self.submitted.set()
        return self._link.read_blocking(self._endpoint, self._length, self.timeout_s)


class _BulkRead(_Worker, PendingRead):
    """One bulk read; `result()` hands out what it gave."""

    purpose = "bulk read"
    _data: bytes = b""
    _error: DriverError | None = None

    def result(self) -> bytes:
        """Wait for the end and return what came, which may be shorter than asked for."""
        self.thread.join(self.timeout_s + _JOIN_MARGIN_S)
        if self.thread.is_alive():
            raise TransportTimeoutError("a bulk read does not end", device=self._link.device)
        if self._error is not None:
            raise self._error
        return self._data

    def _run(self) -> None:
        try:
            self._data = self._read()
        except DriverError as error:
            self._error = error


class _InterruptReader(_Worker, InterruptStream):
    """Keeps one interrupt read pending: after each packet the next is asked for at once."""

    purpose = "interrupt reader"

    def __init__(self, link: PyUsbLink, endpoint: int, length: int) -> None:
        super().__init__(link, endpoint, length, _INTERRUPT_TIMEOUT_S)
        self._packets: queue.SimpleQueue[bytes | DriverError] = queue.SimpleQueue()
        self._end: DriverError | None = None

    def next_packet(self, *, timeout_s: float) -> bytes | None:
        """Return the oldest packet not yet taken, or None when none came in time."""
        if self._end is not None:
            raise self._end
        try:
            item = self._packets.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            return None
        if isinstance(item, DriverError):
            self._end = item
            raise item
        return item

    def _run(self) -> None:
        while not self._link.is_stopping():
            try:
                packet = self._read()
            except TransportTimeoutError:
                continue
            except DriverError as error:
                self._packets.put(error)
                return
            self._packets.put(packet)
            if not packet and self._link.is_stopping(within_s=_EMPTY_PACKET_PAUSE_S):
                return
