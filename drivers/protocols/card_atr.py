"""A smart card's answer to reset (ATR), ISO/IEC 7816-3:2006 section 8.2, byte by byte.

    TS  T0  [TA1 TB1 TC1 TD1] [TA2 ...] ...  T1 .. TK historical bytes  [TCK check byte]

T0 and each TDi say in their high half which of the next four bytes come; T0 says in its low half
how many historical bytes. TCK comes where a protocol other than T=0 is offered; all bytes after TS
give 0 under exclusive or. A reader makes up the ATR of a contactless card, which has none:
``3B 8n 80 01 T1 .. Tn TCK`` (PC/SC part 3, 3.1.3.2.3.1).
"""

from dataclasses import dataclass
from enum import StrEnum

DIRECT, INVERSE = 0x3B, 0x3F  # TS: convention of the bits
_CONTACTLESS_HEAD = bytes((0x80, 0x01))  # TD1 and TD2: T=0 and T=1 offered, nothing else said
# A storage card names its kind so: application identifier A0 00 00 03 06 of PC/SC, part 3.
_STORAGE_CARD_ID = bytes.fromhex("A000000306")
_MAX_ATR_BYTES = 33


class CardKind(StrEnum):
    """What an ATR tells of a card."""

    CONTACT = "contact"
    CONTACTLESS_CHIP = "contactless_chip"
    """ISO/IEC 14443-4: a chip that runs programs, as that of a KTP-el."""
    CONTACTLESS_STORAGE = "contactless_storage"
    """A tag that only stores: a ticket, a door key."""


@dataclass(frozen=True, slots=True)
class CardAtr:
    """An ATR that is well formed."""

    kind: CardKind
    historical: bytes
    protocols: tuple[int, ...]
    """T numbers offered, in the order of the bytes; (0,) where none is named."""


def parse_atr(atr: bytes) -> CardAtr:
    """Read an ATR; ValueError names what is wrong with it."""
    if not 2 <= len(atr) <= _MAX_ATR_BYTES:
        raise ValueError(f"an ATR has 2 to {_MAX_ATR_BYTES} bytes, not {len(atr)}")
    if atr[0] not in (DIRECT, INVERSE):
        raise ValueError(f"an ATR begins with 3B or 3F, not {atr[0]:02X}")
    protocols, begin = _read_interface(atr)
    count = atr[1] & 0x0F
    has_check = any(protocols)
    if len(atr) != begin + count + has_check:
        raise ValueError(f"{len(atr)} bytes, but the ATR announces {begin + count + has_check}")
    if has_check and _exclusive_or(atr[1:]) != 0:
        raise ValueError("the check byte of the ATR is wrong")
    historical = atr[begin : begin + count]
    return CardAtr(_kind(atr, historical), historical, protocols or (0,))


def _read_interface(atr: bytes) -> tuple[tuple[int, ...], int]:
    """Return the protocols offered, and where the historical bytes begin."""
    protocols: list[int] = []
    place = 2
    present = atr[1] >> 4
    while present:
        place += present.bit_count()
        if place > len(atr):
            raise ValueError("the ATR ends within its interface bytes")
        if not present & 0x8:
            break
        last = atr[place - 1]
        protocols.append(last & 0x0F)
        present = last >> 4
    return tuple(protocols), place


def _kind(atr: bytes, historical: bytes) -> CardKind:
    is_contactless = atr[1] & 0xF0 == 0x80 and atr[2:4] == _CONTACTLESS_HEAD
    if not is_contactless:
        return CardKind.CONTACT
    is_storage = _STORAGE_CARD_ID in historical
    return CardKind.CONTACTLESS_STORAGE if is_storage else CardKind.CONTACTLESS_CHIP


def _exclusive_or(data: bytes) -> int:
    result = 0
    for byte in data:
        result ^= byte
    return result
