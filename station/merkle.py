"""Merkle trees of RFC 6962 section 2.1 over a store of complete subtrees.

`level` counts from the leaves, `place` from the left: node (level, place) is the hash of the
leaves ``place * 2**level`` to ``(place + 1) * 2**level``, kept only when all of them exist. A tree
of n leaves so has fewer than 2 n nodes, an append writes about two of them and reads one per level
where a subtree becomes complete; root and proofs read O(log n).
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

LEAF_PREFIX = b"\x00"  # RFC 6962 section 2.1: leaf and node hashes must differ in kind
NODE_PREFIX = b"\x01"
EMPTY_ROOT = hashlib.sha256(b"").digest()


class NodeStore(Protocol):
    """Where the hashes of complete subtrees are kept."""

    def node(self, level: int, place: int) -> bytes:
        """Return a stored hash; it must exist."""

    def put_node(self, level: int, place: int, value: bytes) -> None:
        """Store the hash of a subtree that has become complete."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(LEAF_PREFIX + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


def append_leaf(nodes: NodeStore, size: int, leaf: bytes) -> None:
    """Add a leaf to a tree of `size` leaves: its hash, and every subtree it completes."""
    value, level, place = leaf_hash(leaf), 0, size
    nodes.put_node(level, place, value)
    while place % 2 == 1:
        value = node_hash(nodes.node(level, place - 1), value)
        level, place = level + 1, place // 2
        nodes.put_node(level, place, value)


def root(nodes: NodeStore, size: int) -> bytes:
    """Return the root of the first `size` leaves (MTH of RFC 6962)."""
    return _range_hash(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(nodes: NodeStore, index: int, size: int) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` (from 0) in the tree of `size` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    return tuple(_path(nodes, index, 0, size))


def consistency_proof(nodes: NodeStore, old_size: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of `old_size` leaves is a beginning of that of `size`."""
    if not 0 < old_size <= size:
        raise ValueError(f"no tree of {old_size} leaves inside one of {size}")
    return tuple(_subproof(nodes, old_size, (0, size), is_whole=True))


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Check an inclusion proof (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, value = index, size - 1, leaf_hash(leaf)
    for sibling in proof:
        if last == 0:
            return False
        if first % 2 == 1 or first == last:
            value = node_hash(sibling, value)
            first, last = _climb_left_edges(first, last)
        else:
            value = node_hash(value, sibling)
        first, last = first // 2, last // 2
    return last == 0 and value == head


def is_consistent(
    old_size: int, old_head: bytes, size: int, head: bytes, proof: Sequence[bytes]
) -> bool:
    """Check a consistency proof (RFC 9162 section 2.1.4.2)."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not proof and old_head == head
    path = [old_head, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    return bool(path) and _join_consistency(old_size, size, path) == (old_head, head)


def _join_consistency(
    old_size: int, size: int, path: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """Compute both roots from a proof; None when it has the wrong length."""
    first, last = old_size - 1, size - 1
    while first % 2 == 1:
        first, last = first // 2, last // 2
    old_value = value = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if first % 2 == 1 or first == last:
            old_value, value = node_hash(sibling, old_value), node_hash(sibling, value)
            first, last = _climb_left_edges(first, last)
        else:
            value = node_hash(value, sibling)
        first, last = first // 2, last // 2
    return (old_value, value) if last == 0 else None


def _climb_left_edges(first: int, last: int) -> tuple[int, int]:
    """Skip the levels at which the right edge has no sibling."""
    while first % 2 == 0 and first != 0:
        first, last = first // 2, last // 2
    return first, last


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_hash(nodes: NodeStore, start: int, end: int) -> bytes:
    """Hash leaves start..end; start is a multiple of the power of two at or above the length."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes.node(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range_hash(nodes, start, middle), _range_hash(nodes, middle, end))


def _path(nodes: NodeStore, index: int, start: int, end: int) -> Iterator[bytes]:
    if end - start == 1:
        return
    middle = start + _split(end - start)
    if index < middle:
        yield from _path(nodes, index, start, middle)
        yield _range_hash(nodes, middle, end)
    else:
        yield from _path(nodes, index, middle, end)
        yield _range_hash(nodes, start, middle)


def _subproof(
    nodes: NodeStore, old_end: int, span: tuple[int, int], *, is_whole: bool
) -> Iterator[bytes]:
    start, end = span
    if old_end == end:
        if not is_whole:
            yield _range_hash(nodes, start, end)
        return
    middle = start + _split(end - start)
    if old_end <= middle:
        yield from _subproof(nodes, old_end, (start, middle), is_whole=is_whole)
        yield _range_hash(nodes, middle, end)
    else:
        yield from _subproof(nodes, old_end, (middle, end), is_whole=False)
        yield _range_hash(nodes, start, middle)


def check_nodes(
    read: Callable[[int, int], bytes | None], leaf_hashes: Sequence[bytes]
) -> tuple[int, int] | None:
    """Find the first stored node that does not follow from the leaves; (level, place) or None."""
    level, values = 0, list(leaf_hashes)
    while values:
        for place, value in enumerate(values):
            if read(level, place) != value:
                return level, place
        pairs = zip(values[0::2], values[1::2], strict=False)
        level, values = level + 1, [node_hash(left, right) for left, right in pairs]
    return None
