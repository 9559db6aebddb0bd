"""The device side of a U.are.U reader: registers, modes, packets and scrambled pictures.

Written from PROTOCOLS.md section 4 apart from the driver, so that the two check each other. Only
the standard library, so that an emulator under the system's Python can use it.

Three adapters put it on a seam: `EmulatedUsbLink` (in place of a link), a pyusb backend in the
tests (under the real link and its threads), and the usbfs emulator (under libusb).

Strict where a driver could be lucky: a picture for which no bulk read is pending is lost.
Not modelled: the time a picture takes, packet history, firmware area, the optics' squares.
"""

import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.simulation.wire.uareu4500_picture import (
    SCRAMBLED_BLOCKS,
    BlockList,
    build_transfer,
)

INTERRUPT_BYTES = 64
_INFORMATION = bytes.fromhex("1a0a1a0a01150000002000108b211130")  # of a recorded 4500
_CHALLENGE = bytes.fromhex("4dae5a0b1247a86c9fbf29fdcc178a74")  # of a recorded reader v2, with
_RESPONSE = bytes.fromhex("329351371e4adfb1f35f09f329c6ab46")  # the response it accepted
_REBOOT_READS = 3


class FaultKind(StrEnum):
    """What goes wrong at a transfer."""

    UNPLUG = "unplug"
    """The device is gone from this transfer on."""
    STALL = "stall"
    """This transfer is refused, the next ones are not."""
    SHORT = "short"
    """Fewer bytes than promised, once."""
    SILENT = "silent"
    """No answer from this transfer on."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at the transfer with this number, from 0."""

    kind: FaultKind
    at_transfer: int


class UnpluggedError(Exception):
    """The device is gone."""


class StalledError(Exception):
    """The device refuses the transfer."""


class SilentError(Exception):
    """Nothing came within the time limit."""


@dataclass(slots=True)
class DeviceSetup:
    """What a reader is like, and what lies on its platen."""

    picture: bytes
    """Rows of 384 bytes as the sensor sees them (ridges bright), one for each received line."""
    blocks: BlockList = SCRAMBLED_BLOCKS
    keys: tuple[int, ...] = (0x544409D6,)
    """Scramble keys by key number; one more per block with flag 80."""
    vendor: int = 0x05BA
    product: int = 0x000A
    has_challenge: bool = False
    needs_reboot: bool = False
    is_dead: bool = False
    """The sensor never powers up."""
    wrong_key_mask: int = 0
    """Spoils the key that the device tells."""
    bad_pictures: int = 0
    """So many pictures come short before a good one."""
    empty_pictures: int = 0
    """So many pictures come without a byte, and are said to, before a good one."""
    power_on_packets: int = 1
    """How often the reader says that it is powered up."""
    finger_on: bool = True
    taps: bool = False
    """The finger comes when the reader waits for one, and leaves when it waits for that."""


@dataclass(slots=True)
class _State:
    status: int
    mode: int = 0
    seed: int = 0
    key_number: int = 0
    is_answered: bool = False
    reboot_reads: int | None = None
    armed_reads: int = 0
    bad_pictures_left: int = 0
    empty_pictures_left: int = 0
    packets: deque[bytes] = field(default_factory=deque)
    pictures: deque[bytes] = field(default_factory=deque)


class UareuDevice:
    """An emulated reader; any thread may call it."""

    def __init__(self, setup: DeviceSetup, fault: Fault | None = None) -> None:
        self.setup = setup
        self.fault = fault
        self.transfers: list[str] = []
        """What each transfer was, in order: "read 07", "interrupt", "bulk" ..."""
        self.lost_pictures = 0
        self._changed = threading.Condition()
        self._is_plugged = True
        self._is_silent = False
        self._generation = 0
        self._state = self._fresh_state()

    # ---- the world around it

    def replug(self) -> None:
        """Pull the plug and put it in again: a fresh, faultless device."""
        with self._changed:
            self.fault = None
            self._is_plugged, self._is_silent = True, False
            self._generation += 1
            self._state = self._fresh_state()
            self._changed.notify_all()

    def put_finger(self, *, is_on: bool) -> None:
        """Lay a finger on the platen, or lift it."""
        with self._changed:
            self.setup.finger_on = is_on
            self._report_finger()
            self._changed.notify_all()

    def cancel_reads(self) -> None:
        """End all waiting reads with no bytes, as a kernel does when the interface is released."""
        with self._changed:
            self._generation += 1
            self._state.armed_reads = 0
            self._changed.notify_all()

    # ---- transfers

    def read_register(self, register: int, length: int, timeout_s: float) -> bytes:
        """Answer a vendor request to read."""
        with self._changed, self._taking_time(timeout_s):
            if self._begin_transfer(f"read {register:02x}"):
                return b""
            return self._answer(register)[:length]

    def write_register(self, register: int, data: bytes, timeout_s: float) -> int:
        """Take a vendor request to write and return the count of bytes taken."""
        with self._changed, self._taking_time(timeout_s):
            if self._begin_transfer(f"write {register:02x}"):
                return len(data) - 1
            self._obey(register, data)
            self._changed.notify_all()
            return len(data)

    def read_interrupt(self, timeout_s: float) -> bytes:
        """Return the next packet; empty when the read was cancelled."""
        with self._changed:
            packet = self._wait_for_item(self._state.packets, timeout_s)
            if packet is None:
                return b""
            return packet[:1] if self._begin_transfer("interrupt") else packet

    def arm_bulk_read(self) -> None:
        """Tell that the host has a bulk read pending."""
        with self._changed:
            self._state.armed_reads += 1

    def read_bulk(self, timeout_s: float) -> bytes:
        """Return the picture for an armed read; empty when the read was cancelled."""
        with self._changed:
            try:
                picture = self._wait_for_item(self._state.pictures, timeout_s)
                if picture is None:
                    return b""
                return picture[:5000] if self._begin_transfer("bulk") else picture
            finally:
                self._state.armed_reads = max(0, self._state.armed_reads - 1)

    def poll_interrupt(self) -> bytes | None:
        """Return the next packet without waiting, or None."""
        with self._changed:
            return self.read_interrupt(0.0) if self._has_ready(self._state.packets) else None

    def poll_bulk(self) -> bytes | None:
        """Return the picture for an armed read without waiting, or None."""
        with self._changed:
            return self.read_bulk(0.0) if self._has_ready(self._state.pictures) else None

    # ---- inside

    def _has_ready(self, items: deque[bytes]) -> bool:
        self._require_plugged()
        return bool(items) and not self._is_silent

    def _fresh_state(self) -> _State:
        status = 0x84 if self.setup.needs_reboot else 0x03 if self.setup.has_challenge else 0x01
        return _State(
            status,
            bad_pictures_left=self.setup.bad_pictures,
            empty_pictures_left=self.setup.empty_pictures,
        )

    @contextmanager
    def _taking_time(self, timeout_s: float) -> Iterator[None]:
        """Let a silent device be silent for as long as the host waits."""
        try:
            yield
        except SilentError:
            self._changed.wait_for(lambda: not self._is_plugged, timeout_s)
            raise

    def _begin_transfer(self, kind: str) -> bool:
        """Count a transfer, apply a fault that is due, and tell whether it must be short."""
        self._require_plugged()
        number = len(self.transfers)
        self.transfers.append(kind)
        if self.fault is not None and number == self.fault.at_transfer:
            if self.fault.kind == FaultKind.UNPLUG:
                self._is_plugged = False
                self._changed.notify_all()
            if self.fault.kind == FaultKind.STALL:
                raise StalledError
            self._is_silent = self.fault.kind == FaultKind.SILENT
            self._require_plugged()
            if self.fault.kind == FaultKind.SHORT:
                return True
        if self._is_silent:
            raise SilentError
        return False

    def _require_plugged(self) -> None:
        if not self._is_plugged:
            raise UnpluggedError

    def _wait_for_item(self, items: deque[bytes], timeout_s: float) -> bytes | None:
        generation = self._generation
        deadline_s = time.monotonic() + timeout_s
        while self._generation == generation:
            self._require_plugged()
            if items and not self._is_silent:
                return items.popleft()
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise SilentError
            self._changed.wait(left_s)
        return None

    def _answer(self, register: int) -> bytes:
        state = self._state
        match register:
            case 0x07:
                return bytes([self._read_status()])
            case 0x34:
                value = self.setup.keys[state.key_number] ^ state.seed ^ self.setup.wrong_key_mask
                return struct.pack("<I", value)
            case 0xF0:
                return _INFORMATION
            case 0x2010:
                return _CHALLENGE
            case _:
                raise StalledError

    def _read_status(self) -> int:
        state = self._state
        if state.reboot_reads is not None:
            state.reboot_reads += 1
            if state.reboot_reads >= _REBOOT_READS:
                state.status, state.reboot_reads = 0x01, None
        return state.status

    def _obey(self, register: int, data: bytes) -> None:
        match register:
            case 0x07:
                self._write_status(data[0])
            case 0x33:
                self._state.key_number, self._state.seed = struct.unpack("<BI", data)
            case 0x4E:
                self._state.mode = data[0]
                self._report_finger()
                if data[0] == 0x20:
                    self._send_picture()
            case 0x2000:
                self._state.is_answered = data == _RESPONSE
            case _:
                raise StalledError

    def _write_status(self, value: int) -> None:
        state = self._state
        if state.status & 0x84 == 0x84:
            state.reboot_reads, state.status = 0, value & 0x0E
        elif value & 0x80:
            state.status = value
        elif self.setup.is_dead or (self.setup.has_challenge and not state.is_answered):
            state.status = value | 0x80
        else:
            state.status = value
            for _ in range(self.setup.power_on_packets):
                self._send_packet(0x56AA)

    def _report_finger(self) -> None:
        if self.setup.taps and self._state.mode in (0x10, 0x12):
            self.setup.finger_on = self._state.mode == 0x10
        if self._state.mode == 0x10 and self.setup.finger_on:
            self._send_packet(0x0101)
        if self._state.mode == 0x12 and not self.setup.finger_on:
            self._send_packet(0x0200)

    def _send_packet(self, packet_type: int) -> None:
        self._state.packets.append(struct.pack(">H", packet_type).ljust(INTERRUPT_BYTES, b"\0"))

    def _send_picture(self) -> None:
        state = self._state
        if state.armed_reads == 0:
            self.lost_pictures += 1
            return
        picture = build_transfer(self.setup.picture, self.setup.blocks, self.setup.keys)
        while state.empty_pictures_left:
            state.empty_pictures_left -= 1
            self._send_packet(0x0800)
            state.pictures.append(b"")
        while state.bad_pictures_left:
            state.bad_pictures_left -= 1
            state.pictures.append(picture[:5000])
        state.pictures.append(picture)
