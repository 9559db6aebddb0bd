"""What an STU pad is asked to do: say who it is, show a picture, report the pen.

    start    information, capability; wait until ready (an upload or capture left over is ended)
    show     start image -> state "image" -> blocks -> end image -> ready
    report   option mode (time and counter) -> inking on -> pen reports ... -> inking off

Encrypted capture is not spoken: reports are read in clear. Source: PROTOCOLS.md section 7.2.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from drivers.errors import (
    CaptureCancelledError,
    DeviceReportedError,
    ProtocolError,
    TransportTimeoutError,
)
from drivers.protocols import stu_reports as reports
from drivers.protocols.stu_channel import StuChannel
from drivers.protocols.stu_reports import (
    StuCapability,
    StuEncoding,
    StuInformation,
    StuPenReport,
    StuState,
    StuStatus,
)

READY_TIMEOUT_S = 5.0  # an STU-540 takes about 3 s to start
STATUS_PAUSE_S = 0.02
UPLOAD_TIMEOUT_S = 10.0  # for the pad to draw what was sent
BLOCK_LENGTH_BYTES = 2
MAX_REPORTS_AT_ONCE = 1000  # 5 s at 200 Hz: a pad that talks without end still lets the caller go


_Parsed = TypeVar("_Parsed")


class StuPad:
    """An STU pad behind a channel. `check_cancel` is called during waits and raises to end them."""

    information: StuInformation
    capability: StuCapability
    uid: str | None = None

    def __init__(
        self, channel: StuChannel, *, device: str, check_cancel: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._device = device
        self._check_cancel = check_cancel

    def start(self) -> None:
        """Ask who the pad is and what it can do, and wait until it is ready."""
        self.information = self._parsed(reports.parse_information, reports.INFORMATION)
        self.capability = self._parsed(reports.parse_capability, reports.CAPABILITY)
        self._end_left_over()
        self._wait_for(StuState.READY, timeout_s=READY_TIMEOUT_S, is_result_ours=False)
        if reports.UID2 in self._channel.sizes:
            text = self._channel.read(reports.UID2).split(b"\0")[0]
            self.uid = text.decode("ascii", "replace").strip() or None

    def read_status(self) -> StuStatus:
        """Return the pad's state; shows also that it is still there."""
        return self._parsed(reports.parse_status, reports.STATUS)

    def clear(self) -> None:
        """Empty the screen: ink and picture."""
        self._channel.write(reports.CLEAR_SCREEN, b"\0")
        self._wait_for(StuState.READY, timeout_s=READY_TIMEOUT_S)

    def show(self, picture: bytes, encoding: StuEncoding) -> None:
        """Put an encoded picture of the whole screen on the screen; it replaces ink as well."""
        size = self._channel.sizes.get(reports.IMAGE_BLOCK, 0)
        capacity = size - 1 - BLOCK_LENGTH_BYTES
        if capacity <= 0:
            raise ProtocolError("the pad takes no pictures", device=self._device)
        try:
            self._upload(picture, encoding, capacity)
        except (CaptureCancelledError, DeviceReportedError):
            self._channel.write(reports.END_IMAGE, bytes([reports.IMAGE_ABANDONED]))
            raise

    def start_pen(self) -> float:
        """Let the pad draw the pen's line and report the pen; return the host's time of it.

        The best clock that the pad has is switched on. The pad reports the pen also without
        inking: what came before is forgotten.
        """
        mode = self._option_mode()
        if mode is not None:
            self._channel.write(reports.PEN_OPTION_MODE, bytes([mode]))
        self._channel.discard_inputs()
        begin_s = time.monotonic()
        self._channel.write(reports.INKING, b"\1")
        return begin_s

    def stop_pen(self) -> None:
        """Let the pad draw no more; reports that still come are not wanted."""
        self._channel.write(reports.INKING, b"\0")

    def take_reports(self, *, timeout_s: float) -> list[StuPenReport]:
        """Return the pen reports that came; empty when none came in time."""
        taken: list[StuPenReport] = []
        wait_s = timeout_s
        while len(taken) < MAX_REPORTS_AT_ONCE:
            report = self._channel.next_input(timeout_s=wait_s)
            if report is None:
                break
            taken.append(self._parse_pen(report))
            wait_s = 0.0
        return taken

    def _upload(self, picture: bytes, encoding: StuEncoding, capacity: int) -> None:
        self._channel.write(reports.START_IMAGE, bytes([encoding]))
        self._wait_for(StuState.IMAGE, timeout_s=READY_TIMEOUT_S)
        for start in range(0, len(picture), capacity):
            self._check_cancel()
            block = picture[start : start + capacity]
            length = len(block).to_bytes(BLOCK_LENGTH_BYTES, "little")
            self._channel.write(reports.IMAGE_BLOCK, length + block)
        self._channel.write(reports.END_IMAGE, bytes([reports.IMAGE_DONE]))
        self._wait_for(StuState.READY, timeout_s=UPLOAD_TIMEOUT_S)

    def _option_mode(self) -> int | None:
        """Return the mode that gives most, by the reports that the pad has."""
        sizes = self._channel.sizes
        if reports.PEN_OPTION_MODE not in sizes:
            return None
        if reports.PEN_TIMED in sizes:
            return reports.OPTION_TIME_SEQUENCE
        return reports.OPTION_TIME if reports.PEN_OPTION in sizes else reports.OPTION_NONE

    def _end_left_over(self) -> None:
        """End an upload or a capture that another program, or a cut cable, left behind."""
        state = self.read_status().state
        if state == StuState.IMAGE:
            self._channel.write(reports.END_IMAGE, bytes([reports.IMAGE_ABANDONED]))
        elif state == StuState.CAPTURE:
            self._channel.write(reports.END_CAPTURE, b"\0")

    def _wait_for(self, state: StuState, *, timeout_s: float, is_result_ours: bool = True) -> None:
        """Ask until the pad is in this state; the result is that of the last command."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            status = self.read_status()
            if is_result_ours and status.result:
                raise DeviceReportedError(
                    f"the pad refused a command (result {status.result}); plug it in again",
                    device=self._device,
                )
            if status.state == state:
                return
            if time.monotonic() >= deadline_s:
                raise TransportTimeoutError(
                    f"the pad is in state {status.state} after {timeout_s:g} s, not {state.name}; "
                    "plug it in again",
                    device=self._device,
                )
            self._check_cancel()
            time.sleep(STATUS_PAUSE_S)

    def _parsed(self, parse: Callable[[bytes], _Parsed], number: int) -> _Parsed:
        payload = self._channel.read(number)
        try:
            return parse(payload)
        except ValueError as error:
            raise ProtocolError(f"{error}; plug the pad in again", device=self._device) from error

    def _parse_pen(self, report: bytes) -> StuPenReport:
        try:
            pen = reports.parse_pen(report)
        except ValueError as error:
            raise ProtocolError(str(error), device=self._device) from error
        capability = self.capability
        if pen.is_touching and (pen.x > capability.max_x or pen.y > capability.max_y):
            raise ProtocolError(
                f"the pen touches at ({pen.x}, {pen.y}), beyond the pad; check the cable",
                device=self._device,
            )
        return pen
