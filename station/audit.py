"""The log of actions: a Merkle tree whose every head is signed by the station.

A leaf is canonical JSON and never holds personal data: identifiers, roles, hashes of the state
before and after, and all clocks. With each leaf goes the station's signature over the head that
includes it. Who changes rows without the station's key is named with the sequence; who holds the
key (root on this machine) can forge the future, but not what a head covers that the centre has
seen: `verify(known=...)` compares with such a head.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

import apsw
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from station import merkle
from station.checkpoint import Checkpoint, head_body, rebuild_checkpoint, sign_checkpoint
from station.clock import Clock
from station.errors import AuditBrokenError
from station.store import Store, fetch

ORIGIN_PREFIX = "ktpel.station/"
SYSTEM_ROLE = "system"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[\x20-\x7e]{1,200}")
_NIK_LIKE = re.compile(r"(?<![0-9A-Fa-f])\d{16}(?![0-9A-Fa-f])")


class HeadSigner(Protocol):
    """What the log needs of the station's signing key."""

    station_code: str
    public_key: bytes

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature."""


class AuditLeaf(BaseModel):
    """One action as it is logged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int
    """From 1, without gaps."""
    action: str
    actor: str
    """User name, or "system"."""
    role: str
    object_id: str
    before: str | None
    """SHA-256 of the object's state before the action, or None."""
    after: str | None
    monotonic_ms: int
    boot_id: str
    wall_time: str
    clock_trust: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Evidence that a leaf is under a signed head."""

    leaf: bytes
    index: int
    """From 0."""
    proof: tuple[bytes, ...]
    head: Checkpoint


def digest_of(value: JsonValue) -> str:
    """Return the SHA-256 of a value's canonical JSON, for `before` and `after`."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


class Audit:
    """Appends to the log and proves what is in it."""

    def __init__(self, store: Store, signer: HeadSigner, *, clock: Clock | None = None) -> None:
        self._store = store
        self._signer = signer
        self._clock = clock or Clock()
        self.origin = ORIGIN_PREFIX + signer.station_code

    def append(
        self,
        action: str,
        *,
        actor: str,
        role: str | None = None,
        object_id: str,
        before: str | None = None,
        after: str | None = None,
    ) -> AuditLeaf:
        """Log an action inside the open transaction, or in one of its own.

        `role` is looked up when it is left out. Raises ValueError for a text that could carry
        personal data.
        """
        _check_texts(action, actor, object_id)
        _check_digests(before, after)
        now = self._clock.now()
        with self._store.transaction() as connection:
            size = _size(connection)
            leaf = AuditLeaf(
                sequence=size + 1,
                action=action,
                actor=actor,
                role=role or role_of(connection, actor),
                object_id=object_id,
                before=before,
                after=after,
                monotonic_ms=now.monotonic_ms,
                boot_id=now.boot_id,
                wall_time=now.wall_text,
                clock_trust=now.trust,
            )
            self._write(connection, leaf)
        return leaf

    def head(self) -> Checkpoint:
        """Return the signed head over everything logged so far."""
        with self._store.transaction() as connection:
            size = _size(connection)
            if size == 0:
                return self._signed(0, merkle.EMPTY_ROOT)
            return self._head_at(connection, size)

    def leaves(self, after: int = 0, limit: int = 100) -> tuple[AuditLeaf, ...]:
        """Return up to `limit` leaves that follow sequence `after`."""
        with self._store.transaction() as connection:
            rows = fetch(
                connection,
                "SELECT leaf FROM audit_leaves WHERE sequence > ? ORDER BY sequence LIMIT ?",
                (after, limit),
            )
        return tuple(AuditLeaf.model_validate_json(row[0]) for row in rows)

    def prove_inclusion(self, sequence: int) -> Inclusion:
        """Return a leaf with the evidence that the present head covers it."""
        with self._store.transaction() as connection:
            size = _size(connection)
            proof = merkle.inclusion_proof(_Nodes(connection), sequence - 1, size)
            leaf = fetch(
                connection, "SELECT leaf FROM audit_leaves WHERE sequence = ?", (sequence,)
            )[0][0]
            return Inclusion(leaf, sequence - 1, proof, self._head_at(connection, size))

    def prove_consistency(self, old_size: int) -> tuple[bytes, ...]:
        """Return the proof that the log of `old_size` leaves is a beginning of the present one."""
        with self._store.transaction() as connection:
            return merkle.consistency_proof(_Nodes(connection), old_size, _size(connection))

    def verify(self, *, known: Checkpoint | None = None) -> None:
        """Check every leaf, every node and the signed head; AuditBrokenError names the sequence.

        `known` is a head that someone else kept (the centre, a printed sheet): the log must
        still begin with it.
        """
        with self._store.transaction() as connection:
            leaves = _read_in_order(connection)
            self._check_tree(connection, leaves)
            self._check_signatures(connection, len(leaves))
            if known is not None:
                _check_known(connection, known, len(leaves))

    def _write(self, connection: apsw.Connection, leaf: AuditLeaf) -> None:
        payload = rfc8785.dumps(leaf.model_dump(mode="json"))
        nodes = _Nodes(connection)
        merkle.append_leaf(nodes, leaf.sequence - 1, payload)
        head = merkle.root(nodes, leaf.sequence)
        signature = self._signer.sign(head_body(self.origin, leaf.sequence, head))
        connection.execute(
            "INSERT INTO audit_leaves (sequence, leaf, signature) VALUES (?, ?, ?)",
            (leaf.sequence, payload, signature),
        )

    def _signed(self, size: int, head: bytes) -> Checkpoint:
        return sign_checkpoint(
            self.origin, size, head, public_key=self._signer.public_key, sign=self._signer.sign
        )

    def _head_at(self, connection: apsw.Connection, size: int) -> Checkpoint:
        return rebuild_checkpoint(
            self.origin,
            size,
            merkle.root(_Nodes(connection), size),
            public_key=self._signer.public_key,
            signature=_signature(connection, size),
        )

    def _check_tree(self, connection: apsw.Connection, leaves: list[bytes]) -> None:
        nodes = _Nodes(connection)
        if nodes.node_or_none(0, len(leaves)) is not None:
            raise AuditBrokenError(sequence=len(leaves) + 1, finding="deleted")
        wrong = merkle.check_nodes(nodes.node_or_none, [merkle.leaf_hash(one) for one in leaves])
        if wrong is not None:
            level, place = wrong
            finding = "edited" if level == 0 else "tree edited"
            raise AuditBrokenError(sequence=(place << level) + 1, finding=finding)

    def _check_signatures(self, connection: apsw.Connection, size: int) -> None:
        """Check the last signed head, which covers everything; only if it fails, find the first."""
        if size == 0 or self._is_signed(connection, size):
            return
        for sequence in range(1, size + 1):
            if not self._is_signed(connection, sequence):
                raise AuditBrokenError(sequence=sequence, finding="not signed by this station")

    def _is_signed(self, connection: apsw.Connection, size: int) -> bool:
        body = head_body(self.origin, size, merkle.root(_Nodes(connection), size))
        key = Ed25519PublicKey.from_public_bytes(self._signer.public_key)
        try:
            key.verify(_signature(connection, size), body)
        except InvalidSignature:
            return False
        return True


class _Nodes:
    """The table of complete subtrees."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def node(self, level: int, place: int) -> bytes:
        """Return a node; a missing one means that somebody deleted it."""
        found = self.node_or_none(level, place)
        if found is None:
            raise AuditBrokenError(sequence=(place << level) + 1, finding="tree incomplete")
        return found

    def node_or_none(self, level: int, place: int) -> bytes | None:
        """Return a node, or None where there is none."""
        rows = fetch(
            self._connection,
            "SELECT hash FROM audit_nodes WHERE level = ? AND place = ?",
            (level, place),
        )
        return rows[0][0] if rows else None

    def put_node(self, level: int, place: int, value: bytes) -> None:
        """Store a node."""
        self._connection.execute(
            "INSERT INTO audit_nodes (level, place, hash) VALUES (?, ?, ?)", (level, place, value)
        )


def role_of(connection: apsw.Connection, actor: str) -> str:
    """Return the role of the operator with this user name, or "system"."""
    rows = fetch(connection, "SELECT role FROM operators WHERE user_name = ?", (actor,))
    return str(rows[0][0]) if rows else SYSTEM_ROLE


def _size(connection: apsw.Connection) -> int:
    size: int = fetch(connection, "SELECT coalesce(max(sequence), 0) FROM audit_leaves")[0][0]
    return size


def _signature(connection: apsw.Connection, sequence: int) -> bytes:
    rows = fetch(connection, "SELECT signature FROM audit_leaves WHERE sequence = ?", (sequence,))
    if not rows:
        raise AuditBrokenError(sequence=sequence, finding="deleted")
    signature: bytes = rows[0][0]
    return signature


def _read_in_order(connection: apsw.Connection) -> list[bytes]:
    """Return all leaves; each must stand at the sequence that it carries."""
    leaves = []
    rows = fetch(connection, "SELECT sequence, leaf FROM audit_leaves ORDER BY sequence")
    for expected, (sequence, leaf) in enumerate(rows, start=1):
        if sequence != expected:
            raise AuditBrokenError(sequence=expected, finding="deleted")
        if _own_sequence(leaf) != expected:
            raise AuditBrokenError(sequence=expected, finding="edited or moved")
        leaves.append(leaf)
    return leaves


def _own_sequence(leaf: bytes) -> int | None:
    try:
        return AuditLeaf.model_validate_json(leaf).sequence
    except ValidationError:
        return None


def _check_known(connection: apsw.Connection, known: Checkpoint, size: int) -> None:
    if known.size > size:
        raise AuditBrokenError(sequence=size + 1, finding="shorter than a head seen elsewhere")
    if merkle.root(_Nodes(connection), known.size) != known.root:
        raise AuditBrokenError(sequence=known.size, finding="differs from a head seen elsewhere")


def _check_texts(*texts: str) -> None:
    for text in texts:
        if not _WORD.fullmatch(text) or _NIK_LIKE.search(text):
            raise ValueError(f"'{text}' may not stand in the audit log")


def _check_digests(*digests: str | None) -> None:
    for digest in digests:
        if digest is not None and not _DIGEST.fullmatch(digest):
            raise ValueError("before and after are SHA-256 digests, see digest_of()")
