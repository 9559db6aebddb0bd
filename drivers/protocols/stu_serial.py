"""Frames of an STU pad on a serial line.

    byte 0   80 | 40 with checksum | packed length >> 7        the only byte with bit 7
    byte 1   packed length & 7F
    then     report (its number first) and CRC-16/ARC, little-endian, packed most significant
             bit first into bytes of 7 bits; the last is filled with zeros

Source: PROTOCOLS.md section 7.3. The pad may leave the checksum out; we never do.
"""

import struct

SIZE_TABLE_BYTES = 512  # with its number; entry of report n at 2 n, big-endian; 0: no such report
_START, _HAS_CRC, _LENGTH_HIGH, _SEVEN_BITS = 0x80, 0x40, 0x3F, 0x7F
_HEADER_BYTES = 2
_MAX_PACKED = 0x1FFF


def crc16_arc(data: bytes) -> int:
    """Return CRC-16/ARC: polynomial A001 reflected, start 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def pack(data: bytes) -> bytes:
    """Spread bytes over bytes of 7 bits."""
    count = -(-8 * len(data) // 7)
    value = int.from_bytes(data, "big") << (7 * count - 8 * len(data))
    return bytes(value >> 7 * (count - 1 - place) & _SEVEN_BITS for place in range(count))


def unpack(packed: bytes) -> bytes:
    """Undo `pack`; ValueError for what it never makes."""
    length = 7 * len(packed) // 8
    if -(-8 * length // 7) != len(packed):
        raise ValueError(f"{len(packed)} packed bytes hold no whole number of bytes")
    value = 0
    for byte in packed:
        value = value << 7 | byte
    fill_bits = 7 * len(packed) - 8 * length
    if value & ((1 << fill_bits) - 1):
        raise ValueError("the filling bits are not zero")
    return (value >> fill_bits).to_bytes(length, "big")


def encode_frame(report: bytes, *, has_crc: bool = True) -> bytes:
    """Return the frame of a report; ValueError when it does not fit."""
    crc = struct.pack("<H", crc16_arc(report)) if has_crc else b""
    packed = pack(report + crc)
    if len(packed) > _MAX_PACKED:
        raise ValueError(f"a report of {len(report)} bytes does not fit a frame")
    first = _START | (_HAS_CRC if has_crc else 0) | len(packed) >> 7
    return bytes([first, len(packed) & _SEVEN_BITS]) + packed


def decode_frame(frame: bytes) -> bytes:
    """Return the report of a whole frame; ValueError when it is damaged."""
    content = unpack(frame[_HEADER_BYTES:])
    if not frame[0] & _HAS_CRC:
        return _require_number(content)
    report, crc = content[:-2], content[-2:]
    if len(content) < 2 or struct.pack("<H", crc16_arc(report)) != crc:
        raise ValueError("wrong checksum")
    return _require_number(report)


def parse_size_table(report: bytes) -> dict[int, int]:
    """Return the size of each report with its number; ValueError when it is no size table."""
    if len(report) != SIZE_TABLE_BYTES:
        raise ValueError(f"size table of {len(report)} bytes, not {SIZE_TABLE_BYTES}")
    sizes = struct.unpack(">256H", report)
    return {number: size for number, size in enumerate(sizes) if number and size}


class FrameReader:
    """Cuts the bytes of a line into reports, however they arrive.

    Bytes before the first frame are skipped: the pad may have been talking when the port opened.
    """

    def __init__(self) -> None:
        self._frame = b""

    @property
    def has_part(self) -> bool:
        """Tell whether a frame has begun and not ended."""
        return bool(self._frame)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the reports that are whole now; ValueError for a damaged or cut frame."""
        reports = []
        for byte in data:
            if byte & _START and self._frame:
                raise ValueError(f"a frame ends after {len(self._frame)} bytes")
            if byte & _START or self._frame:
                self._frame += bytes([byte])
            if self._is_whole():
                frame, self._frame = self._frame, b""
                reports.append(decode_frame(frame))
        return reports

    def _is_whole(self) -> bool:
        if len(self._frame) < _HEADER_BYTES:
            return False
        packed = (self._frame[0] & _LENGTH_HIGH) << 7 | self._frame[1]
        return len(self._frame) == _HEADER_BYTES + packed


def _require_number(report: bytes) -> bytes:
    if not report:
        raise ValueError("an empty frame")
    return report
