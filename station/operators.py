"""The people at the station: accounts, roles, log-in, and a key pair for each.

Every person has an X25519 key pair; its private half is sealed under the person's password
(Argon2id) and exists in clear only in the memory of a session. Keys of open recordings are
wrapped to the public halves, so that a person who is not at the station can resume tomorrow
(decisions/0001-draft-keys.md).
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

import apsw
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from station.audit import Audit, digest_of
from station.clock import Clock
from station.errors import (
    AccountFormError,
    LastKeyHolderError,
    LastSupervisorError,
    LockedOutError,
    UnknownOperatorError,
    UserNameTakenError,
    WeakPasswordError,
    WrongCredentialsError,
)
from station.lockout import count_attempt, count_station_attempt, forget_failures
from station.passwords import (
    MINIMUM_LENGTH,
    PasswordCost,
    WrappedSecret,
    is_correct,
    is_weak,
    make_verifier,
    unwrap_secret,
    wrap_secret,
)
from station.store import Row, Store, fetch

_USER_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
LONGEST_DISPLAY_NAME = 80
_COLUMNS = "operator_id, user_name, display_name, role, is_active, public_key"


class Role(StrEnum):
    """What a person may do; no role can open a sealed package."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    TECHNICIAN = "technician"


DRAFT_ROLES = frozenset({Role.OPERATOR, Role.SUPERVISOR})
"""Roles that see residents' data; a technician never does."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An account."""

    operator_id: int
    user_name: str
    display_name: str
    role: Role
    is_active: bool
    public_key: bytes
    """X25519, 32 bytes."""

    @property
    def holds_drafts(self) -> bool:
        """Tell whether keys of open recordings are given to this person."""
        return self.is_active and self.role in DRAFT_ROLES


@dataclass(frozen=True, slots=True)
class SignedInOperator:
    """A person with the private key, for as long as the session lasts."""

    operator: Operator
    private_key: X25519PrivateKey = field(repr=False)


class Operators:
    """The table of accounts."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        *,
        cost: PasswordCost | None = None,
        minimum_password_length: int = MINIMUM_LENGTH,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._audit = audit
        self._cost = cost or PasswordCost()
        self._minimum_length = minimum_password_length
        self._clock = clock or Clock()
        # verified for unknown names, so that they cost the same time as known ones
        self._decoy = make_verifier(secrets.token_hex(), self._cost)

    def all(self) -> tuple[Operator, ...]:
        """Return every account, deactivated ones too, in order of their numbers."""
        with self._store.transaction() as connection:
            rows = fetch(connection, f"SELECT {_COLUMNS} FROM operators ORDER BY operator_id")
        return tuple(_operator(row) for row in rows)

    def get(self, operator_id: int) -> Operator:
        """Return one account; raises UnknownOperatorError."""
        with self._store.transaction() as connection:
            return _get(connection, operator_id)

    def draft_holders(self) -> tuple[Operator, ...]:
        """Return those to whom keys of open recordings are given."""
        return tuple(person for person in self.all() if person.holds_drafts)

    def add(
        self,
        user_name: str,
        display_name: str,
        role: Role,
        password: str,
        *,
        actor: str = "system",
    ) -> Operator:
        """Make an account; raises AccountFormError, WeakPasswordError, UserNameTakenError."""
        self._check_form(user_name, display_name)
        self._check_password(password, user_name)
        verifier, wrapped, public_key = self._new_secrets(user_name, password)
        with self._store.transaction() as connection:
            if fetch(connection, "SELECT 1 FROM operators WHERE user_name = ?", (user_name,)):
                raise UserNameTakenError(user_name=user_name)
            connection.execute(
                "INSERT INTO operators (user_name, display_name, role, login_verifier, public_key,"
                " wrap_cost, wrap_salt, sealed_private_key, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    user_name,
                    display_name.strip(),
                    Role(role),
                    verifier,
                    public_key,
                    wrapped.cost,
                    wrapped.salt,
                    wrapped.sealed,
                    self._clock.now().wall_text,
                ),
            )
            person = _get(connection, connection.last_insert_rowid())
            self._log("operator_added", person, actor=actor, before=None)
        return person

    def sign_in(self, user_name: str, password: str) -> SignedInOperator:
        """Check a password and open the person's key.

        Raises LockedOutError (nothing was checked) or WrongCredentialsError, which does not tell
        a wrong name from a wrong password.
        """
        user_name = user_name.strip().lower()
        row = self._find(user_name)
        subject = _lock_subject(row, user_name)
        self._admit(subject)
        verifier = row[1] if row is not None else self._decoy
        is_right = is_correct(verifier, password)
        if row is None or not is_right or not _operator(row[2:]).is_active:
            self._log_failure(row)
            raise WrongCredentialsError
        return self._open_session(_operator(row[2:]), password, subject)

    def change_password(self, user_name: str, old_password: str, new_password: str) -> None:
        """Replace one's own password; the key pair stays, and with it access to recordings."""
        signed_in = self.sign_in(user_name, old_password)
        person = signed_in.operator
        self._check_password(new_password, person.user_name)
        wrapped = self._wrap(signed_in.private_key, person.user_name, new_password)
        verifier = make_verifier(new_password, self._cost)
        with self._store.transaction() as connection:
            _replace_secrets(connection, person, verifier, wrapped, person.public_key)
            self._log("password_changed", person, actor=person.user_name, before=person)

    def reset_password(
        self, operator_id: int, new_password: str, *, actor: str, accept_loss: bool = False
    ) -> None:
        """Give a person who forgot the password a new one, with a new key pair.

        Open recordings come back to them when a person who has access signs in. Those that only
        they could open raise LastKeyHolderError, unless `accept_loss`.
        """
        person = self.get(operator_id)
        self._check_password(new_password, person.user_name)
        verifier, wrapped, public_key = self._new_secrets(person.user_name, new_password)
        with self._store.transaction() as connection:
            _take_draft_keys(connection, person, accept_loss=accept_loss)
            _replace_secrets(connection, person, verifier, wrapped, public_key)
            forget_failures(connection, f"operator:{operator_id}")
            self._log("password_reset", person, actor=actor, before=person)

    def deactivate(self, operator_id: int, *, actor: str, accept_loss: bool = False) -> Operator:
        """Close an account and take its keys of open recordings.

        Raises LastSupervisorError; LastKeyHolderError as `reset_password` does.
        """
        with self._store.transaction() as connection:
            person = _get(connection, operator_id)
            _require_other_supervisor(connection, person)
            _take_draft_keys(connection, person, accept_loss=accept_loss)
            _update(connection, operator_id, "is_active", 0)
            return self._logged_change("operator_deactivated", person, actor)

    def reactivate(self, operator_id: int, *, actor: str) -> Operator:
        """Open a closed account again, with the password it had."""
        with self._store.transaction() as connection:
            person = _get(connection, operator_id)
            _update(connection, operator_id, "is_active", 1)
            return self._logged_change("operator_reactivated", person, actor)

    def change_role(
        self, operator_id: int, role: Role, *, actor: str, accept_loss: bool = False
    ) -> Operator:
        """Give a person another role; raises LastSupervisorError, LastKeyHolderError."""
        with self._store.transaction() as connection:
            person = _get(connection, operator_id)
            if role is not Role.SUPERVISOR:
                _require_other_supervisor(connection, person)
            if role not in DRAFT_ROLES:
                _take_draft_keys(connection, person, accept_loss=accept_loss)
            _update(connection, operator_id, "role", Role(role))
            return self._logged_change("role_changed", person, actor)

    def _find(self, user_name: str) -> Row | None:
        """Return (subject number, verifier, then the columns of an account) of a name."""
        with self._store.transaction() as connection:
            rows = fetch(
                connection,
                f"SELECT operator_id, login_verifier, {_COLUMNS} FROM operators"  # noqa: S608
                " WHERE user_name = ?",
                (user_name,),
            )
        return rows[0] if rows else None

    def _admit(self, subject: str) -> None:
        now = self._clock.now()
        with self._store.transaction() as connection:
            left_ms = count_station_attempt(connection, now)
            left_ms = left_ms or count_attempt(connection, subject, now)
        if left_ms > 0:
            wait_s = -(-left_ms // 1000)
            raise LockedOutError(wait_s=wait_s, until_s=(now.monotonic_ms + left_ms) / 1000)

    def _open_session(self, person: Operator, password: str, subject: str) -> SignedInOperator:
        with self._store.transaction() as connection:
            rows = fetch(
                connection,
                "SELECT wrap_cost, wrap_salt, sealed_private_key FROM operators"
                " WHERE operator_id = ?",
                (person.operator_id,),
            )
            wrapped = WrappedSecret(*rows[0])
            secret = unwrap_secret(wrapped, password, context=_key_context(person.user_name))
            if secret is None:  # the row was changed outside the station
                raise WrongCredentialsError
            forget_failures(connection, subject)
            self._audit.append(
                "signed_in",
                actor=person.user_name,
                role=person.role,
                object_id=f"operator:{person.operator_id}",
            )
        return SignedInOperator(person, X25519PrivateKey.from_private_bytes(secret))

    def _new_secrets(self, user_name: str, password: str) -> tuple[str, WrappedSecret, bytes]:
        key = X25519PrivateKey.generate()
        wrapped = self._wrap(key, user_name, password)
        public_key = key.public_key().public_bytes_raw()
        return make_verifier(password, self._cost), wrapped, public_key

    def _wrap(self, key: X25519PrivateKey, user_name: str, password: str) -> WrappedSecret:
        context = _key_context(user_name)
        return wrap_secret(key.private_bytes_raw(), password, cost=self._cost, context=context)

    def _check_form(self, user_name: str, display_name: str) -> None:
        shown = display_name.strip()
        is_shown_well = 1 <= len(shown) <= LONGEST_DISPLAY_NAME and shown.isprintable()
        if not _USER_NAME.fullmatch(user_name) or not is_shown_well:
            raise AccountFormError

    def _check_password(self, password: str, user_name: str) -> None:
        if is_weak(password, user_name, minimum_length=self._minimum_length):
            raise WeakPasswordError(minimum=self._minimum_length)

    def _logged_change(self, action: str, before: Operator, actor: str) -> Operator:
        self._log(action, self.get(before.operator_id), actor=actor, before=before)
        return self.get(before.operator_id)

    def _log(self, action: str, person: Operator, *, actor: str, before: Operator | None) -> None:
        self._audit.append(
            action,
            actor=actor,
            object_id=f"operator:{person.operator_id}",
            before=None if before is None else _digest(before),
            after=_digest(self.get(person.operator_id)),
        )

    def _log_failure(self, row: Row | None) -> None:
        whose = "unknown" if row is None else str(row[0])
        self._audit.append(
            "sign_in_failed", actor="system", role="none", object_id=f"operator:{whose}"
        )


def _operator(row: Row) -> Operator:
    operator_id, user_name, display_name, role, is_active, public_key = row
    return Operator(
        operator_id, user_name, display_name, Role(role), bool(is_active), bytes(public_key)
    )


def _get(connection: apsw.Connection, operator_id: int) -> Operator:
    rows = fetch(
        connection,
        f"SELECT {_COLUMNS} FROM operators WHERE operator_id = ?",  # noqa: S608
        (operator_id,),
    )
    if not rows:
        raise UnknownOperatorError(operator_id=operator_id)
    return _operator(rows[0])


def _digest(person: Operator) -> str:
    return digest_of(
        {
            "user_name": person.user_name,
            "role": person.role,
            "is_active": person.is_active,
            "public_key": person.public_key.hex(),
        }
    )


def _lock_subject(row: Row | None, user_name: str) -> str:
    """Name the counter of an account. Unknown names share 256 counters.

    Something typed into the wrong field (a password) so leaves eight bits behind, and the table
    does not grow with guesses.
    """
    if row is not None:
        return f"operator:{row[0]}"
    return f"unknown:{hashlib.sha256(user_name.encode()).hexdigest()[:2]}"


def _key_context(user_name: str) -> bytes:
    return b"ktpel-station operator key 1\n" + user_name.encode()


def _update(connection: apsw.Connection, operator_id: int, column: str, value: str | int) -> None:
    connection.execute(
        f"UPDATE operators SET {column} = ? WHERE operator_id = ?",  # noqa: S608 - our own names
        (value, operator_id),
    )


def _replace_secrets(
    connection: apsw.Connection,
    person: Operator,
    verifier: str,
    wrapped: WrappedSecret,
    public_key: bytes,
) -> None:
    connection.execute(
        "UPDATE operators SET login_verifier = ?, wrap_cost = ?, wrap_salt = ?,"
        " sealed_private_key = ?, public_key = ? WHERE operator_id = ?",
        (verifier, wrapped.cost, wrapped.salt, wrapped.sealed, public_key, person.operator_id),
    )


def _require_other_supervisor(connection: apsw.Connection, person: Operator) -> None:
    if person.role is not Role.SUPERVISOR or not person.is_active:
        return
    others = fetch(
        connection,
        "SELECT 1 FROM operators WHERE role = 'supervisor' AND is_active AND operator_id != ?",
        (person.operator_id,),
    )
    if not others:
        raise LastSupervisorError(user_name=person.user_name)


def _take_draft_keys(connection: apsw.Connection, person: Operator, *, accept_loss: bool) -> None:
    alone = fetch(
        connection,
        "SELECT case_id FROM draft_keys GROUP BY case_id"
        " HAVING count(*) = 1 AND max(operator_id) = ?",
        (person.operator_id,),
    )
    if alone and not accept_loss:
        raise LastKeyHolderError(user_name=person.user_name, drafts=len(alone))
    connection.execute("DELETE FROM draft_keys WHERE operator_id = ?", (person.operator_id,))
