"""The serial side of an emulated STU pad: frames in, frames out, faults.

Run it to try the driver without a pad:

    python -m drivers.simulation.wire.stu_line /tmp/pad          in one terminal
    python -m drivers probe wacom_stu --option serial_port=/tmp/pad
"""

from drivers.simulation.wire.stu_device import RefusedError, StuDevice
from drivers.simulation.wire.stu_faults import PadWire
from drivers.simulation.wire.uareu4500_device import SilentError, StalledError

GET_REPORT, SET_RESULT, SIZE_TABLE = 0x80, 0x81, 0xFF
_POLYNOMIAL = 0x8005  # CRC-16/ARC, bits in their own order; the driver uses the mirrored one


def checksum(data: bytes) -> int:
    """Return CRC-16/ARC by division bit by bit: slow, and independent of the driver's."""
    remainder = 0
    for byte in data:
        remainder ^= int(f"{byte:08b}"[::-1], 2) << 8
        for _ in range(8):
            remainder = (remainder << 1 ^ (_POLYNOMIAL if remainder & 0x8000 else 0)) & 0xFFFF
    return int(f"{remainder:016b}"[::-1], 2)


def frame(report: bytes, *, has_checksum: bool) -> bytes:
    """Return a report as it travels."""
    content = report
    if has_checksum:
        crc = checksum(report)
        content += bytes([crc & 0xFF, crc >> 8])
    bits = "".join(f"{byte:08b}" for byte in content)
    bits += "0" * (-len(bits) % 7)
    packed = bytes(int(bits[place : place + 7], 2) for place in range(0, len(bits), 7))
    first = 0x80 | 0x40 * has_checksum | len(packed) >> 7
    return bytes([first, len(packed) & 0x7F]) + packed


def unframe(data: bytes) -> tuple[bytes | None, bytes]:
    """Return the first report of a line that begins with a frame, and the rest; None: not whole."""
    if len(data) < 2 or len(data) < 2 + ((data[0] & 0x3F) << 7 | data[1]):
        return None, data
    end = 2 + ((data[0] & 0x3F) << 7 | data[1])
    bits = "".join(f"{byte:07b}" for byte in data[2:end])
    whole = bits[: len(bits) // 8 * 8]
    content = bytes(int(whole[place : place + 8], 2) for place in range(0, len(whole), 8))
    if not data[0] & 0x40:
        return content, data[end:]
    report, crc = content[:-2], content[-2:]
    good = crc == checksum(report).to_bytes(2, "little")
    return (report if good else b""), data[end:]


class StuLine:
    """An STU pad at the end of a serial line."""

    def __init__(self, pad: StuDevice, *, answers_with_checksum: bool = False) -> None:
        self.pad = pad
        self.wire: PadWire = pad.wire
        self._answers_with_checksum = answers_with_checksum
        self._heard = b""

    def replug(self) -> None:
        """Become a fresh pad."""
        self._heard = b""
        self.pad.replug()

    def hear(self, data: bytes) -> bytes:
        """Obey the commands that are whole by now and return the answers."""
        self._heard += data
        said = b""
        while True:
            report, self._heard = unframe(self._heard)
            if report is None:
                return said
            said += self._transfer(report)

    def say(self) -> bytes:
        """Return the pen reports that are due."""
        said = b""
        while not self.wire.is_silent() and (report := self.pad.take_pen_report()) is not None:
            said += self._send(report, "pen")
        return said

    def _transfer(self, report: bytes) -> bytes:
        if len(report) < 2:
            return b""  # a damaged command is not answered
        is_read = report[0] == GET_REPORT
        answer = self._read(report[1]) if is_read else self._write(report)
        return self._send(answer, f"{'read' if is_read else 'write'} {report[is_read]:02x}")

    def _send(self, report: bytes, what: str) -> bytes:
        """Put a report on the line; raises UnpluggedError."""
        try:
            is_short = self.wire.begin(what)
        except (StalledError, SilentError):
            return b""
        data = frame(report, has_checksum=self._answers_with_checksum)
        return data[: len(data) // 2] if is_short else data

    def _read(self, number: int) -> bytes:
        try:
            return self._size_table() if number == SIZE_TABLE else self.pad.get_report(number)
        except RefusedError as error:
            return bytes([SET_RESULT, error.result])

    def _write(self, report: bytes) -> bytes:
        try:
            self.pad.set_report(report)
        except RefusedError as error:
            return bytes([SET_RESULT, error.result])
        return bytes([SET_RESULT, 0])

    def _size_table(self) -> bytes:
        sizes = self.pad.sizes | {SIZE_TABLE: 512}
        entries = b"".join(sizes.get(number, 0).to_bytes(2, "big") for number in range(1, 256))
        return bytes([SIZE_TABLE, 0]) + entries
