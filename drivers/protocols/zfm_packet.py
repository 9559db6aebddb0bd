"""Packets of the serial fingerprint modules: ZFM-20, R30x, R503, AS608.

Source: PROTOCOLS.md section 6 (two public clients and the R301 and R503 manuals). Big-endian:

    EF 01 | address u32 | packet id u8 | length u16 = payload + 2 | payload | checksum u16
    checksum = sum of packet id, both length bytes and payload, modulo 65536

What a sum of bytes cannot see, and what closes it here:

    one byte changed          the sum sees it; start and address, outside it, are compared
    id or length changed      another sum may fit by chance: only what may come now is taken
    byte lost, added, doubled shifted bytes may fit by chance: the next packet must begin exactly
                              where this one ends, and after the last the line must be quiet
    packet lost               only the last one has its id, and the whole must have a known size
    bytes that changed places not seen, nor two errors that cancel out; a line does not make them
"""

import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass

START = b"\xef\x01"
BROADCAST_ADDRESS = 0xFFFFFFFF
COMMAND, DATA, ACKNOWLEDGE, LAST_DATA = 0x01, 0x02, 0x07, 0x08
HEADER = struct.Struct(">2sIBH")
CHECKSUM = struct.Struct(">H")
_ID_AT = 6
MAX_NOISE_BYTES = 64  # stray bytes before an answer: at power-on a module sends 55 (R503 manual)

ReadBytes = Callable[[int], bytes]
"""Returns so many bytes; fewer only when no more came in time."""


class DamagedPacketError(ValueError):
    """What came is no packet that may come now."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What may come now; anything else is damage."""

    address: int
    packet_ids: Collection[int]
    payload_bytes: Collection[int]
    may_follow_noise: bool = False
    """Whether stray bytes before the packet are skipped."""


@dataclass(frozen=True, slots=True)
class ExpectedRun:
    """Data packets that follow each other without a gap."""

    address: int
    packet_bytes: int
    """Payload of every packet, also of the last."""
    total_bytes: Collection[int]
    """Sizes that the whole may have."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A whole packet."""

    packet_id: int
    payload: bytes


def encode_packet(packet_id: int, payload: bytes, address: int) -> bytes:
    """Return the bytes of a packet."""
    length = len(payload) + CHECKSUM.size
    header = HEADER.pack(START, address, packet_id, length)
    return header + payload + CHECKSUM.pack(_sum(packet_id, length, payload))


def read_packet(read: ReadBytes, expected: Expected) -> Packet | None:
    """Read one packet, or None when nothing came; raises DamagedPacketError."""
    head = read(HEADER.size)
    if not head:
        return None
    if expected.may_follow_noise:
        head = _skip_noise(head, read)
    length = _check_header(_whole(head, HEADER.size), expected)
    body = _whole(read(length), length)
    packet_id, payload = head[_ID_AT], body[: -CHECKSUM.size]
    if CHECKSUM.unpack(body[-CHECKSUM.size :])[0] != _sum(packet_id, length, payload):
        raise DamagedPacketError("a packet with a wrong checksum")
    return Packet(packet_id, payload)


def read_run(
    read: ReadBytes, expected: ExpectedRun, *, is_quiet: Callable[[], bool]
) -> bytes | None:
    """Read data packets to the last; None when nothing came; raises DamagedPacketError.

    `is_quiet` tells whether nothing follows.
    """
    one = Expected(expected.address, (DATA, LAST_DATA), (expected.packet_bytes,))
    whole = bytearray()
    while len(whole) < max(expected.total_bytes):
        packet = read_packet(read, one)
        if packet is None:
            return None
        whole += packet.payload
        if packet.packet_id == LAST_DATA:
            break
    else:
        raise DamagedPacketError("data that does not end")
    if len(whole) not in expected.total_bytes:
        raise DamagedPacketError(f"data that ends after {len(whole)} bytes")
    if not is_quiet():
        raise DamagedPacketError("bytes after the end of the data")
    return bytes(whole)


def _check_header(head: bytes, expected: Expected) -> int:
    """Return how many bytes follow the header."""
    start, address, packet_id, length = HEADER.unpack(head)
    if start != START:
        raise DamagedPacketError(f"a packet begins with {start.hex()}, not {START.hex()}")
    if address != expected.address:
        raise DamagedPacketError(f"a packet of address {address:08x}")
    if packet_id not in expected.packet_ids:
        raise DamagedPacketError(f"a packet with id {packet_id:02x} out of turn")
    if length - CHECKSUM.size not in expected.payload_bytes:
        raise DamagedPacketError(f"a packet of length {length}")
    return int(length)


def _whole(data: bytes, count: int) -> bytes:
    if len(data) < count:
        raise DamagedPacketError(f"only {len(data)} of {count} bytes came")
    return data


def _skip_noise(head: bytes, read: ReadBytes) -> bytes:
    """Return the header-sized bytes from the first start code on."""
    skipped = 0
    while (at := _find_start(head)) != 0:
        skipped += at
        if skipped > MAX_NOISE_BYTES:
            raise DamagedPacketError(f"no start of a packet in {skipped} bytes")
        more = _whole(read(at), at)
        head = head[at:] + more
    return head


def _find_start(data: bytes) -> int:
    """Return where a start code begins, or may begin, in `data`; its length if nowhere."""
    at = data.find(START)
    if at >= 0:
        return at
    return len(data) - 1 if data.endswith(START[:1]) else len(data)


def _sum(packet_id: int, length: int, payload: bytes) -> int:
    return (packet_id + (length >> 8) + (length & 0xFF) + sum(payload)) & 0xFFFF
