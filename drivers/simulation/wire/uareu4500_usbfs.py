"""The kernel's side of a live emulated USB device: usbfs calls, answered one by one.

Only the standard library; umockdev hands the calls over. Source of the ioctl numbers and
structures: PROTOCOLS.md section 3.
"""

import errno
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drivers.simulation.wire.uareu4500_device import (
    Fault,
    SilentError,
    StalledError,
    UareuDevice,
    UnpluggedError,
)

GET_CAPABILITIES, SUBMIT_URB, REAP_URB, REAP_URB_NO_DELAY = (
    0x8004551A, 0x8038550A, 0x4008550C, 0x4008550D,
)  # fmt: skip
DISCARD_URB, GET_DRIVER, RELEASE = 0x550B, 0x41045508, 0x80045510
CLAIM, DISCONNECT_CLAIM, RESET, CLEAR_HALT, SET_INTERFACE = (
    0x8004550F, 0x8108551B, 0x5514, 0x80045515, 0x80085504,
)  # fmt: skip
ALWAYS_GOOD = frozenset({CLAIM, DISCONNECT_CLAIM, RESET, CLEAR_HALT, SET_INTERFACE})
ALL_CAPABILITIES = 0x1F
URB_BYTES = 56
INTERRUPT, CONTROL, BULK = 1, 2, 3
STATUS_OFFSET, BUFFER_OFFSET, LENGTH_OFFSET, ACTUAL_OFFSET, SETUP_BYTES = 4, 16, 24, 28, 8
_SETUP = struct.Struct("<BBHHH")


@dataclass(slots=True, eq=False)
class Urb:
    """One transfer that the client submitted."""

    kind: int
    endpoint: int
    data: Any
    """The client's structure, an UMockdev.IoctlData."""
    buffer: Any
    length: int

    def finish(self, status: int, payload: bytes = b"", *, count: int | None = None) -> None:
        """Write the result into the client's memory."""
        payload = payload[: self.length]
        if payload:
            self.buffer.update(SETUP_BYTES if self.kind == CONTROL else 0, list(payload))
        self.data.update(STATUS_OFFSET, list(struct.pack("<i", status)))
        actual = len(payload) if count is None else count
        self.data.update(ACTUAL_OFFSET, list(struct.pack("<i", actual)))


class UsbfsReader:
    """Answers the ioctls of one device node.

    Each fault holds for one opening of the node; a faultless one follows.
    """

    def __init__(self, reader: UareuDevice, faults: Sequence[Fault] = ()) -> None:
        self._reader = reader
        self.sessions: list[list[str]] = []
        """What was transferred in each planned opening."""
        self._plan = [planned for fault in faults for planned in (fault, None)]
        self._pending: list[Urb] = []
        self._finished: list[Urb] = []
        self._is_gone = False

    def on_connect(self, _handler: object, _client: object) -> None:
        """Plug the reader in anew if the plan says so; connected to `client-connected`."""
        if not self._plan:
            return
        self._reader.replug()
        self._reader.fault = self._plan.pop(0)
        self._reader.transfers = []
        self.sessions.append(self._reader.transfers)
        self._pending.clear()
        self._finished.clear()
        self._is_gone = False

    def on_ioctl(self, _handler: object, client: Any) -> bool:  # noqa: ANN401 - introspected
        """Answer one call; connected to the signal `handle-ioctl`."""
        request, argument = client.get_property("request"), client.get_property("arg")
        self._pump()
        result, code = self._answer(request, argument)
        client.complete(result, code)
        return True

    def _answer(self, request: int, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        """Return the call's result and errno."""
        if request in (REAP_URB, REAP_URB_NO_DELAY):
            return self._reap(argument)
        if self._is_gone:
            return -1, errno.ENODEV
        if request in ALWAYS_GOOD:
            return 0, 0
        answers = {
            GET_CAPABILITIES: self._tell_capabilities,
            SUBMIT_URB: self._submit,
            DISCARD_URB: self._discard,
            RELEASE: self._release,
        }
        if request in answers:
            return answers[request](argument)
        return -1, errno.ENODATA if request == GET_DRIVER else errno.ENOTTY

    def _tell_capabilities(self, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        argument.resolve(0, 4).update(0, list(struct.pack("<I", ALL_CAPABILITIES)))
        return 0, 0

    def _submit(self, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        data = argument.resolve(0, URB_BYTES)
        head = bytes(data.retrieve())
        (length,) = struct.unpack_from("<i", head, LENGTH_OFFSET)
        urb = Urb(head[0], head[1], data, data.resolve(BUFFER_OFFSET, length), length)
        self._pending.append(urb)
        self._arrive(urb)
        if urb.kind == CONTROL:
            self._try(urb, self._control)
        self._pump()
        return 0, 0

    def _arrive(self, urb: Urb) -> None:
        """Let the reader know that the host waits for a picture."""
        if urb.kind == BULK:
            self._reader.arm_bulk_read()

    def _reap(self, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        if not self._finished:
            return -1, errno.ENODEV if self._is_gone else errno.EAGAIN
        argument.resolve(0, 8).set_ptr(0, self._finished.pop(0).data)
        return 0, 0

    def _discard(self, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        (address,) = struct.unpack("<Q", bytes(argument.retrieve()))
        for urb in self._pending:
            if urb.data.client_addr == address:
                self._finish(urb, -errno.ENOENT)
                return 0, 0
        return -1, errno.EINVAL

    def _release(self, _argument: object) -> tuple[int, int]:
        """End all waiting reads, as the kernel does when it gets an interface back."""
        for urb in list(self._pending):
            self._finish(urb, -errno.ENOENT)
        self._reader.cancel_reads()
        return 0, 0

    def _pump(self) -> None:
        """Serve waiting reads with what the reader has by now."""
        for urb in list(self._pending):
            if urb.kind != CONTROL and urb in self._pending:
                self._try(urb, self._read)

    def _try(self, urb: Urb, serve: Any) -> None:  # noqa: ANN401 - one of the two below
        try:
            serve(urb)
        except SilentError:
            return  # it stays pending until the client gives up
        except StalledError:
            self._finish(urb, -errno.EPIPE)
        except UnpluggedError:
            self._is_gone = True
            for waiting in list(self._pending):
                self._finish(waiting, -errno.ESHUTDOWN)

    def _control(self, urb: Urb) -> None:
        message = bytes(urb.buffer.retrieve())
        request_type, _, register, _, length = _SETUP.unpack_from(message)
        if request_type & 0x80:
            self._finish(urb, 0, self._reader.read_register(register, length, 0.0))
        else:
            count = self._reader.write_register(register, message[SETUP_BYTES:], 0.0)
            self._finish(urb, 0, count=count)

    def _read(self, urb: Urb) -> None:
        poll = self._reader.poll_interrupt if urb.kind == INTERRUPT else self._reader.poll_bulk
        payload = poll()
        if payload is not None:
            self._finish(urb, 0, payload)

    def _finish(
        self, urb: Urb, status: int, payload: bytes = b"", *, count: int | None = None
    ) -> None:
        self._pending.remove(urb)
        urb.finish(status, payload, count=count)
        self._finished.append(urb)
