"""An emulated Topaz pad on a serial line: packets when the pen is near, nothing else.

Written from PROTOCOLS.md section 8 apart from the driver. Where a position follows a change of
pressure, the pressure goes first, as the format has it. Who the pad is goes before each signature:
when real pads say it is not known.
Not modelled: the answer to commands, format 1, the noise of a real digitizer.
"""

import time

from drivers.simulation.wire.stu_faults import PadFaultKind, PadWire
from drivers.simulation.wire.stu_pen import PenPlayer, PenPoint
from drivers.simulation.wire.uareu4500_device import SilentError, StalledError

RATE_HZ = 100.0
MODEL_NUMBER = 9  # arbitrary


class TopazLine:
    """A Topaz pad at the end of a serial line."""

    def __init__(
        self, points: tuple[PenPoint, ...] = (), wire: PadWire | None = None, *, serial: int = 70123
    ) -> None:
        self.wire = wire or PadWire()
        self.sent: list[tuple[float, PenPoint]] = []
        """When each point went out (monotonic), and the point."""
        self._serial = serial
        self._pressure: int | None = None
        self._is_beginning = False
        self._player = PenPlayer(points, (0xFFE, 0xFFE, 1023), self.wire, rate_hz=RATE_HZ)

    def sign(self) -> None:
        """Let the resident write from now on."""
        with self.wire.changed:
            self.sent.clear()
            self._is_beginning = True
            self._player.begin(time.monotonic())

    def replug(self) -> None:
        """Become a fresh pad without faults."""
        self.wire.replug()
        with self.wire.changed:
            self._pressure = None
            self._player.end()

    def hear(self, data: bytes) -> bytes:
        """Be deaf: no command is known."""
        return b""

    def say(self) -> bytes:
        """Return the packets that are due."""
        said = b""
        if self._is_beginning and self._player.due_at_s() is not None:
            self._is_beginning = False
            said += self._packet("identity", self._identity_packet())
        while (point := self._player.take(time.monotonic())) is not None:
            said += self._point(point)
        return said

    def _identity_packet(self) -> bytes:
        return _packet(2, MODEL_NUMBER << 2 | self._serial >> 16 & 0x03, self._serial & 0x3FFF)

    def _point(self, point: PenPoint) -> bytes:
        every = self.wire.strength(PadFaultKind.LOSE, len(self.sent))
        self.sent.append((time.monotonic(), point))
        if every is not None and len(self.sent) % int(every) == 0:
            return b""
        said = b""
        if point.pressure != self._pressure:
            self._pressure = point.pressure
            said += self._packet("pressure", _packet(7, 0, point.pressure))
        flags = point.is_near << 6 | point.is_touching
        return said + self._packet("pen", _packet(0, point.x, point.y, flags))

    def _packet(self, what: str, packet: bytes) -> bytes:
        """Put a packet on the line; raises UnpluggedError."""
        try:
            return packet[:2] if self.wire.begin(what) else packet
        except (StalledError, SilentError):
            return b""


def _packet(kind: int, first: int, second: int, flags: int = 0) -> bytes:
    head = 0x80 | kind << 2 | flags
    return bytes([head, first & 0x7F, first >> 7, second & 0x7F, second >> 7])
