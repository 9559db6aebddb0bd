"""The device side of an ePad: reports of six bytes while the pen is near; no command, no screen.

Written from PROTOCOLS.md section 9 apart from the driver; `stu_hid` puts it on a USB cable.
Not modelled: buttons, the vendor's field, the pad's real rate of reports.
"""

import time

from drivers.simulation.wire.stu_device import NoSuchReportError
from drivers.simulation.wire.stu_faults import PadFaultKind, PadWire
from drivers.simulation.wire.stu_pen import PenPlayer, PenPoint

WIDTH, HEIGHT, PRESSURE = 2896, 1370, 127
RATE_HZ = 100.0


class EpadDevice:
    """An emulated ePad. Its methods are called with `wire.changed` held, but for `sign`."""

    vendor = 0x04DF
    product = 0x0012

    def __init__(
        self,
        points: tuple[PenPoint, ...] = (),
        wire: PadWire | None = None,
        *,
        signs_when_heard: bool = False,
    ) -> None:
        """With `signs_when_heard` the resident begins as soon as a program listens."""
        self._signs_when_heard = signs_when_heard
        self.wire = wire or PadWire()
        self.sizes = {0: 6}
        self.sent: list[tuple[float, PenPoint]] = []
        """When each point went out (monotonic), and the point."""
        self._player = PenPlayer(points, (WIDTH, HEIGHT, PRESSURE), self.wire, rate_hz=RATE_HZ)

    def sign(self) -> None:
        """Let the resident write from now on."""
        with self.wire.changed:
            self.sent.clear()
            self._player.begin(time.monotonic())
            self.wire.changed.notify_all()

    def replug(self) -> None:
        """Become a fresh pad without faults."""
        self.wire.replug()
        with self.wire.changed:
            self._player.end()

    def get_report(self, number: int) -> bytes:
        """Refuse: there is none."""
        raise NoSuchReportError

    def set_report(self, report: bytes) -> None:
        """Refuse: there is none."""
        raise NoSuchReportError

    def due_at_s(self) -> float | None:
        """Return when the next report comes, or None when none does."""
        return self._player.due_at_s()

    def take_pen_report(self) -> bytes | None:
        """Return the next report when it is due."""
        if self._signs_when_heard:
            self._signs_when_heard = False
            self._player.begin(time.monotonic())
        point = self._player.take(time.monotonic())
        if point is None:
            return None
        every = self.wire.strength(PadFaultKind.LOSE, len(self.sent))
        self.sent.append((time.monotonic(), point))
        if every is not None and len(self.sent) % int(every) == 0:
            return self.take_pen_report()
        flags = point.is_touching << 5 | point.is_near << 6
        x, y = point.x.to_bytes(2, "little"), point.y.to_bytes(2, "little")
        return bytes([flags]) + x + y + bytes([point.pressure])
