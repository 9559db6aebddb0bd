"""Packets of Topaz signature pads on a serial line: models, decoding, resynchronisation.

    byte 0     80 | near 40 | type, bits 4-2 | down 01       the only byte with bit 7
    bytes 1-4  first and second value, low 7 bits first

    type 0 1 4   pen: x and y, 12 bits each; both FFF: no position
    type 2       who the pad is
    type 3       answer to a command
    type 7       pressure of the points that follow, 10 bits, as second value

A byte with bit 7 inside a packet begins a new one. Source: PROTOCOLS.md section 8 (l1n/topaz-dext,
tested there on a T-LBK462-BSB-R). Format 1, of the SignatureGem LCD 1x5 only, is not read: its one
public description contradicts itself (parts of 6 bits in bytes that have 2 of them fixed).
"""

from dataclasses import dataclass

PACKET_BYTES = 5
LINE_BITS_PER_BYTE = 11  # start, 8 data, parity, stop
PARITY = "O"  # data sheets that say 8N1 are wrong
PRESSURE_MAX = 1023
MAX_DAMAGED = 20  # then more damaged than whole packets mean a wrong baud, parity or model

_START, _NEAR, _DOWN = 0x80, 0x40, 0x01
_NO_POSITION = 0xFFF
_PEN_TYPES = frozenset({0, 1, 4})
_IDENTITY_TYPE, _PRESSURE_TYPE = 2, 7


@dataclass(frozen=True, slots=True)
class TopazModel:
    """Line and digitizer of one model."""

    title: str
    baud: int
    x_range: tuple[int, int]
    y_range: tuple[int, int]
    units_per_inch: int = 410  # vendor

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the writing area."""
        return (
            25.4 * (self.x_range[1] - self.x_range[0]) / self.units_per_inch,
            25.4 * (self.y_range[1] - self.y_range[0]) / self.units_per_inch,
        )


MODELS = {
    "signaturegem_1x5": TopazModel("SignatureGem 1x5", 19200, (400, 2400), (350, 950)),
    "signaturegem_4x5": TopazModel("SignatureGem 4x5", 19200, (500, 2650), (700, 2100)),
    "siglite_1x5": TopazModel("SigLite 1x5", 19200, (500, 2650), (700, 2100)),
    "siglite_lcd_1x5": TopazModel("SigLite LCD 1x5", 19200, (400, 2400), (350, 1050)),
    "siglite_lcd_4x5": TopazModel("SigLite LCD 4x5", 38400, (500, 2600), (500, 2100)),
    "clipgem": TopazModel("ClipGem", 9600, (485, 2800), (170, 3200), units_per_inch=275),
    "siggem_color_5x7": TopazModel("SigGem Color 5x7", 115200, (300, 2370), (350, 1950)),
}


@dataclass(frozen=True, slots=True)
class TopazPoint:
    """One point in the pad's own units."""

    x: int
    y: int
    pressure: int
    is_near: bool
    is_touching: bool
    bytes_after: int
    """Bytes of the same `feed` that came after it: what tells its time."""


@dataclass(frozen=True, slots=True)
class TopazIdentity:
    """What a pad says of itself."""

    model: int
    serial: int


class TopazReader:
    """Cuts the bytes of a line into points, however they arrive.

    Bytes before the first packet are skipped: the pad was talking before the port opened.
    """

    def __init__(self) -> None:
        self.identity: TopazIdentity | None = None
        self.damaged = 0
        """Packets that were cut."""
        self.whole = 0
        self._packet = b""
        self._pressure = 0

    @property
    def is_noise(self) -> bool:
        """Tell whether what comes is no speech of this pad."""
        return self.damaged >= MAX_DAMAGED and self.damaged > self.whole

    def forget_part(self) -> None:
        """Forget a packet that has begun: its rest was discarded."""
        self._packet = b""

    def feed(self, data: bytes) -> list[TopazPoint]:
        """Return the points that are whole now."""
        points = []
        for index, byte in enumerate(data):
            if byte & _START:
                self.damaged += bool(self._packet)
                self._packet = bytes([byte])
            elif self._packet:
                self._packet += bytes([byte])
            if len(self._packet) == PACKET_BYTES:
                packet, self._packet = self._packet, b""
                self.whole += 1
                point = self._decode(packet, bytes_after=len(data) - 1 - index)
                points += [] if point is None else [point]
        return points

    def _decode(self, packet: bytes, *, bytes_after: int) -> TopazPoint | None:
        kind = packet[0] >> 2 & 0x07
        first, second = packet[1] | packet[2] << 7, packet[3] | packet[4] << 7
        if kind == _PRESSURE_TYPE:
            self._pressure = second & PRESSURE_MAX
        elif kind == _IDENTITY_TYPE:
            self.identity = TopazIdentity((first & 0xFC) >> 2, (first & 0x03) << 16 | second)
        x, y = first & 0xFFF, second & 0xFFF
        if kind not in _PEN_TYPES or x == y == _NO_POSITION:
            return None
        return TopazPoint(
            x,
            y,
            self._pressure,
            bool(packet[0] & _NEAR),
            bool(packet[0] & _DOWN),
            bytes_after,
        )
