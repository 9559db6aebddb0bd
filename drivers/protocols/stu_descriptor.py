"""Sizes of a device's reports, read from its HID report descriptor.

Source: Device Class Definition for HID 1.11, sections 6.2.2.2 (short items) to 6.2.2.7.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

_LONG_ITEM = 0xFE
_INPUT, _FEATURE = 0x80, 0xB0
_PUSH, _POP, _COLLECTION, _END_COLLECTION = 0xA4, 0xB4, 0xA0, 0xC0
_GLOBAL_NAMES = {0x74: "size_bits", 0x84: "number", 0x94: "count"}
_TAG_MASK = 0xFC


@dataclass(frozen=True, slots=True)
class _Globals:
    """The global items that sizes depend on."""

    size_bits: int = 0
    count: int = 0
    number: int = 0

    def changed(self, tag: int, value: int) -> "_Globals":
        """Return them after an item."""
        name = _GLOBAL_NAMES.get(tag)
        return self if name is None else replace(self, **{name: value})


def report_sizes(descriptor: bytes) -> dict[int, int]:
    """Return the bytes of each input and feature report, with its number.

    Raises ValueError for a descriptor that ends within an item or a collection, or pops more than
    it pushed.
    """
    items = list(_items(descriptor))
    depth = sum(tag == _COLLECTION for tag, _ in items)
    if depth != sum(tag == _END_COLLECTION for tag, _ in items):
        raise ValueError("the report descriptor ends within a collection")
    bits: Counter[tuple[int, int]] = Counter()
    now, pushed = _Globals(), []
    for tag, value in items:
        if tag == _PUSH:
            pushed.append(now)
        elif tag == _POP:
            if not pushed:
                raise ValueError("the report descriptor pops what was not pushed")
            now = pushed.pop()
        elif tag in (_INPUT, _FEATURE):
            bits[tag, now.number] += now.size_bits * now.count
        now = now.changed(tag, value)
    sizes: dict[int, int] = {}
    for (_, number), count in bits.items():
        size = -(-count // 8) + (1 if number else 0)
        sizes[number] = max(size, sizes.get(number, 0))
    return sizes


def _items(descriptor: bytes) -> Iterator[tuple[int, int]]:
    """Give tag and unsigned value of each short item; long items are skipped."""
    place = 0
    while place < len(descriptor):
        prefix = descriptor[place]
        place += 1
        if prefix == _LONG_ITEM:
            place += 2 + (descriptor[place] if place < len(descriptor) else 0)
            continue
        length = (0, 1, 2, 4)[prefix & 0x03]
        if place + length > len(descriptor):
            raise ValueError("the report descriptor ends within an item")
        yield prefix & _TAG_MASK, int.from_bytes(descriptor[place : place + length], "little")
        place += length
