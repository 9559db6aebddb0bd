"""Everything about an open recording, sealed before it touches the disk.

Each recording has a key of its own (AES-256-GCM). It is wrapped (HPKE, RFC 9180) to the public key
of every active operator and supervisor; whoever of them signs in can resume. Destroying the
wrapped keys ends the recording's readability: what remains on the medium is noise.

A part is bound to its case, its name and the number of its writing: parts cannot be swapped, and
no (key, nonce) pair is used twice, also after a crash, because every nonce is fresh random.
"""

import secrets
from dataclasses import dataclass, field

import apsw
import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from station.audit import Audit
from station.clock import Clock
from station.errors import (
    CaseExistsError,
    DraftDamagedError,
    NotYourDraftError,
    UnknownPartError,
)
from station.operators import Operator, Operators, SignedInOperator
from station.store import Store, fetch

KEY_BYTES = 32
NONCE_BYTES = 12  # AES-GCM, NIST SP 800-38D section 8.2
KEY_PART = "key"
"""The name under which a damaged wrapped key is reported."""
_WRAPPING = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class DraftKey:
    """The key of one open recording; lives in memory only."""

    case_id: str
    secret: bytes = field(repr=False)


class Drafts:
    """The sealed parts of open recordings."""

    def __init__(
        self, store: Store, audit: Audit, operators: Operators, *, clock: Clock | None = None
    ) -> None:
        self._store = store
        self._audit = audit
        self._operators = operators
        self._clock = clock or Clock()

    def create(self, case_id: str, signed_in: SignedInOperator) -> DraftKey:
        """Make the key of a new recording and wrap it to everyone who may work on it.

        Raises CaseExistsError, or NotYourDraftError for a person who may not record.
        """
        key = DraftKey(case_id, secrets.token_bytes(KEY_BYTES))
        with self._store.transaction() as connection:
            holders = self._operators.draft_holders()
            if signed_in.operator.operator_id not in {person.operator_id for person in holders}:
                raise NotYourDraftError(case_id=case_id)
            if fetch(connection, "SELECT 1 FROM drafts WHERE case_id = ?", (case_id,)):
                raise CaseExistsError(case_id=case_id)
            connection.execute(
                "INSERT INTO drafts (case_id, created_at) VALUES (?, ?)",
                (case_id, self._clock.now().wall_text),
            )
            for person in holders:
                _wrap(connection, key, person)
        return key

    def unlock(self, case_id: str, signed_in: SignedInOperator) -> DraftKey:
        """Open the key of a recording for a person; logged as resuming.

        Raises NotYourDraftError, or DraftDamagedError for a wrapped key that does not open.
        """
        with self._store.transaction():
            key = self._unwrap(case_id, signed_in)
            self._audit.append(
                "draft_unlocked",
                actor=signed_in.operator.user_name,
                role=signed_in.operator.role,
                object_id=f"case:{case_id}",
            )
        return key

    def put(
        self,
        case_id: str,
        key: DraftKey,
        name: str,
        payload: bytes,
        *,
        actor: str,
        log_as: str | None = None,
    ) -> None:
        """Seal and store a part; a part of the same name is replaced and keeps its place.

        Durable when it returns. `log_as` names an action to log with it.
        """
        with self._store.transaction() as connection:
            counter = _next_write(connection, case_id)
            sealed = _seal(key, _aad(case_id, name, counter), payload)
            connection.execute(
                "INSERT INTO draft_parts (case_id, name, position, counter, sealed, written_by)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (case_id, name) DO UPDATE SET"
                " counter = excluded.counter, sealed = excluded.sealed,"
                " written_by = excluded.written_by",
                (case_id, name, counter, counter, sealed, actor),
            )
            if log_as is not None:
                self._audit.append(log_as, actor=actor, object_id=f"case:{case_id}/{name}")

    def get(self, case_id: str, key: DraftKey, name: str) -> bytes:
        """Open a part; raises UnknownPartError or DraftDamagedError."""
        with self._store.transaction() as connection:
            rows = fetch(
                connection,
                "SELECT counter, sealed FROM draft_parts WHERE case_id = ? AND name = ?",
                (case_id, name),
            )
        if not rows:
            raise UnknownPartError(case_id=case_id, part=name)
        return _open(key, case_id, name, *rows[0])

    def names(self, case_id: str) -> tuple[str, ...]:
        """Return the names of the parts in the order in which they first came."""
        with self._store.transaction() as connection:
            rows = fetch(
                connection,
                "SELECT name FROM draft_parts WHERE case_id = ? ORDER BY position",
                (case_id,),
            )
        return tuple(row[0] for row in rows)

    def load(self, case_id: str, key: DraftKey) -> dict[str, bytes]:
        """Open all parts, in the order in which they first came; raises DraftDamagedError."""
        with self._store.transaction():
            return {name: self.get(case_id, key, name) for name in self.names(case_id)}

    def open_cases(self) -> tuple[str, ...]:
        """Return the recordings that have a draft, oldest first."""
        with self._store.transaction() as connection:
            rows = fetch(connection, "SELECT case_id FROM drafts ORDER BY created_at, case_id")
        return tuple(row[0] for row in rows)

    def destroy(self, case_id: str) -> None:
        """Destroy the key and the parts; joins the open transaction. Unknown cases are allowed."""
        with self._store.transaction() as connection:
            for table in ("draft_keys", "draft_parts", "drafts"):
                connection.execute(
                    f"DELETE FROM {table} WHERE case_id = ?",  # noqa: S608 - our own names
                    (case_id,),
                )

    def rewrap_for(self, new: Operator, signed_in: SignedInOperator) -> int:
        """Give `new` every open recording that `signed_in` can open; return how many."""
        return self._share(signed_in, (new,))

    def share_with_all(self, signed_in: SignedInOperator) -> int:
        """Give all who may work on recordings those that `signed_in` can open.

        Called at every sign-in: people added, or given a new key pair, since then get access.
        Returns how many keys were wrapped.
        """
        return self._share(signed_in, self._operators.draft_holders())

    def _share(self, signed_in: SignedInOperator, people: tuple[Operator, ...]) -> int:
        count = 0
        with self._store.transaction() as connection:
            for person in people:
                for case_id in _lacking(connection, person, signed_in.operator):
                    _wrap(connection, self._unwrap(case_id, signed_in), person)
                    self._log_sharing(case_id, person, signed_in.operator)
                    count += 1
        return count

    def _log_sharing(self, case_id: str, person: Operator, by: Operator) -> None:
        self._audit.append(
            "draft_shared",
            actor=by.user_name,
            role=by.role,
            object_id=f"case:{case_id}/operator:{person.operator_id}",
        )

    def _unwrap(self, case_id: str, signed_in: SignedInOperator) -> DraftKey:
        person = signed_in.operator
        with self._store.transaction() as connection:
            rows = fetch(
                connection,
                "SELECT wrapped FROM draft_keys WHERE case_id = ? AND operator_id = ?"
                " AND public_key = ?",
                (case_id, person.operator_id, person.public_key),
            )
        if not rows:
            raise NotYourDraftError(case_id=case_id)
        try:
            secret = _WRAPPING.decrypt(
                rows[0][0], signed_in.private_key, info=_wrap_info(case_id, person)
            )
        except InvalidTag as error:
            raise DraftDamagedError(case_id=case_id, part=KEY_PART) from error
        return DraftKey(case_id, secret)


def _lacking(connection: apsw.Connection, person: Operator, giver: Operator) -> tuple[str, ...]:
    """Return the cases that `giver` can open and `person`, with the present key, cannot."""
    rows = fetch(
        connection,
        "SELECT case_id FROM draft_keys WHERE operator_id = ? AND public_key = ?"
        " EXCEPT SELECT case_id FROM draft_keys WHERE operator_id = ? AND public_key = ?",
        (giver.operator_id, giver.public_key, person.operator_id, person.public_key),
    )
    return tuple(row[0] for row in rows) if person.holds_drafts else ()


def _wrap(connection: apsw.Connection, key: DraftKey, person: Operator) -> None:
    public_key = X25519PublicKey.from_public_bytes(person.public_key)
    wrapped = _WRAPPING.encrypt(key.secret, public_key, info=_wrap_info(key.case_id, person))
    connection.execute(
        "INSERT OR REPLACE INTO draft_keys (case_id, operator_id, public_key, wrapped)"
        " VALUES (?, ?, ?, ?)",
        (key.case_id, person.operator_id, person.public_key, wrapped),
    )


def _wrap_info(case_id: str, person: Operator) -> bytes:
    return rfc8785.dumps(
        ["ktpel-station draft key 1", case_id, person.operator_id, person.public_key.hex()]
    )


def _next_write(connection: apsw.Connection, case_id: str) -> int:
    rows = fetch(
        connection,
        "UPDATE drafts SET writes = writes + 1 WHERE case_id = ? RETURNING writes",
        (case_id,),
    )
    if not rows:
        raise NotYourDraftError(case_id=case_id)
    counter: int = rows[0][0]
    return counter


def _aad(case_id: str, name: str, counter: int) -> bytes:
    return rfc8785.dumps(["ktpel-station draft part 1", case_id, name, counter])


def _seal(key: DraftKey, aad: bytes, payload: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key.secret).encrypt(nonce, payload, aad)


def _open(key: DraftKey, case_id: str, name: str, counter: int, sealed: bytes) -> bytes:
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return AESGCM(key.secret).decrypt(nonce, ciphertext, _aad(case_id, name, counter))
    except (InvalidTag, ValueError) as error:  # ValueError: shorter than a nonce
        raise DraftDamagedError(case_id=case_id, part=name) from error
