"""What a card says that it takes: the biometric information templates of its fingers.

Layout (BER; `card_object.py` has the lengths)::

    group     7F61 { 02 count, count * template }
    template  7F60 { ..., A1 { 81 modality, 82 subtype, 87 owner:u16, 88 format:u16,
                               B1 { 81 least:u8 most:u8, 82 order:u8, ... } } }

Objects that are not named here are passed over. Tags and order codes are those of NIST's MINEX II
card tools (BiomDI: `isobit.h`, after ISO/IEC 7816-11 and 19785-3); no card was at hand. **Verify
against a card.**
"""

from dataclasses import dataclass

from biometrics.codecs.card_object import read_object
from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import FieldValueError, check
from biometrics.codecs.iso19794_2_card import CardLimits, MinutiaOrder

MAX_BYTES = 1024  # two fingers take less than 100
MAX_TEMPLATES = 10

_GROUP, _TEMPLATE, _HEADER, _PARAMETERS = b"\x7f\x61", b"\x7f\x60", b"\xa1", b"\xb1"
_COUNT = b"\x02"
_SUBTYPE, _OWNER, _FORMAT = b"\x82", b"\x87", b"\x88"
_NUMBERS, _ORDER = b"\x81", b"\x82"


@dataclass(frozen=True, slots=True)
class CardInformation:
    """One finger's template."""

    limits: CardLimits
    min_minutiae: int
    subtype: int | None = None
    """Which finger, in the codes of ISO/IEC 19785-3; None where the card does not say."""
    format_owner: int | None = None
    """CBEFF; 257 (0101) for ISO/IEC JTC 1/SC 37."""
    format_type: int | None = None


def read_information(data: bytes) -> tuple[CardInformation, ...]:
    """Read a group of biometric information templates.

    Parameters
    ----------
    data : bytes
        Exactly one ``7F61`` object.

    Returns
    -------
    templates : tuple of CardInformation
        In the order of the card.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    cursor = Cursor(data, limit_bytes=MAX_BYTES, name="biometric information")
    tag, group = read_object(cursor)
    check(tag == _GROUP, "tag", f"{tag.hex()} is not 7f61")
    cursor.finish()
    objects = _objects_of(group)
    count = _number(objects, _COUNT, 1)
    templates = tuple(_read_template(content) for tag, content in objects if tag == _TEMPLATE)
    check(0 < len(templates) <= MAX_TEMPLATES, "templates", f"{len(templates)}")
    check(count == len(templates), "count", f"{count} before {len(templates)} templates")
    return templates


def _read_template(content: bytes) -> CardInformation:
    header = _objects_of(_content(_objects_of(content), _HEADER))
    parameters = _objects_of(_content(header, _PARAMETERS))
    least, most = _content(parameters, _NUMBERS, 2)
    check(most > 0 and least <= most, "number of minutiae", f"{least} to {most}")
    order = _number(parameters, _ORDER, 1)
    check(order in list(MinutiaOrder), "order", f"{order:#04x} is unknown")
    return CardInformation(
        limits=CardLimits(most, MinutiaOrder(order)),
        min_minutiae=least,
        subtype=_optional(header, _SUBTYPE, 1),
        format_owner=_optional(header, _OWNER, 2),
        format_type=_optional(header, _FORMAT, 2),
    )


def _objects_of(content: bytes) -> list[tuple[bytes, bytes]]:
    cursor = Cursor(content, limit_bytes=MAX_BYTES, name="data objects")
    objects = []
    while cursor.remaining:
        objects.append(read_object(cursor))
    return objects


def _content(objects: list[tuple[bytes, bytes]], tag: bytes, size: int | None = None) -> bytes:
    found = [content for other, content in objects if other == tag]
    if len(found) != 1:
        raise FieldValueError(f"{len(found)} objects, one expected", field=tag.hex())
    is_size = size is None or len(found[0]) == size
    check(is_size, tag.hex(), f"{len(found[0])} bytes, {size} expected")
    return found[0]


def _number(objects: list[tuple[bytes, bytes]], tag: bytes, size: int) -> int:
    return int.from_bytes(_content(objects, tag, size), "big")


def _optional(objects: list[tuple[bytes, bytes]], tag: bytes, size: int) -> int | None:
    return _number(objects, tag, size) if any(other == tag for other, _ in objects) else None
