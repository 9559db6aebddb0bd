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

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from station.accounts import (
    DRAFT_ROLES,
    Credentials,
    Operator,
    Role,
    account_digest,
    all_accounts,
    find_credentials,
    get_account,
    replace_secrets,
    require_other_supervisor,
    take_draft_keys,
    update_account,
)
from station.audit import Audit
from station.clock import Clock
from station.errors import (
    AccountFormError,
    LockedOutError,
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
from station.store import Store, fetch

__all__ = ["Operator", "Operators", "Role", "SignedInOperator"]

_USER_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
LONGEST_DISPLAY_NAME = 80


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
            return all_accounts(connection)

    def get(self, operator_id: int) -> Operator:
        """Return one account; raises UnknownOperatorError."""
        with self._store.transaction() as connection:
            return get_account(connection, operator_id)

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
            person = get_account(connection, connection.last_insert_rowid())
            self._log("operator_added", person, actor=actor, before=None)
        return person

    def sign_in(self, user_name: str, password: str) -> SignedInOperator:
        """Check a password and open the person's key.

        Raises LockedOutError (nothing was checked) or WrongCredentialsError, which does not tell
        a wrong name from a wrong password.
        """
        user_name = user_name.strip().lower()
        with self._store.transaction() as connection:
            found = find_credentials(connection, user_name)
        subject = _lock_subject(found, user_name)
        self._admit(subject)
        verifier = self._decoy if found is None else found.login_verifier
        is_right = is_correct(verifier, password)
        if found is None or not is_right or not found.account.is_active:
            self._log_failure(found)
            raise WrongCredentialsError
        return self._open_session(found, password, subject)

    def is_current(self, who: SignedInOperator) -> bool:
        """Tell whether a session's account is as it was at sign-in: active, same role and key."""
        return self.get(who.operator.operator_id) == who.operator

    def change_password(self, user_name: str, old_password: str, new_password: str) -> None:
        """Replace one's own password; the key pair stays, and with it access to recordings."""
        signed_in = self.sign_in(user_name, old_password)
        person = signed_in.operator
        self._check_password(new_password, person.user_name)
        wrapped = self._wrap(signed_in.private_key, person.user_name, new_password)
        verifier = make_verifier(new_password, self._cost)
        with self._store.transaction() as connection:
            replace_secrets(connection, person, verifier, wrapped, person.public_key)
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
            take_draft_keys(connection, person, accept_loss=accept_loss)
            replace_secrets(connection, person, verifier, wrapped, public_key)
            forget_failures(connection, f"operator:{operator_id}")
            self._log("password_reset", person, actor=actor, before=person)

    def deactivate(self, operator_id: int, *, actor: str, accept_loss: bool = False) -> Operator:
        """Close an account and take its keys of open recordings.

        Raises LastSupervisorError; LastKeyHolderError as `reset_password` does.
        """
        with self._store.transaction() as connection:
            person = get_account(connection, operator_id)
            require_other_supervisor(connection, person)
            take_draft_keys(connection, person, accept_loss=accept_loss)
            update_account(connection, operator_id, "is_active", 0)
            return self._logged_change("operator_deactivated", person, actor)

    def reactivate(self, operator_id: int, *, actor: str) -> Operator:
        """Open a closed account again, with the password it had."""
        with self._store.transaction() as connection:
            person = get_account(connection, operator_id)
            update_account(connection, operator_id, "is_active", 1)
            return self._logged_change("operator_reactivated", person, actor)

    def change_role(
        self, operator_id: int, role: Role, *, actor: str, accept_loss: bool = False
    ) -> Operator:
        """Give a person another role; raises LastSupervisorError, LastKeyHolderError."""
        with self._store.transaction() as connection:
            person = get_account(connection, operator_id)
            if role is not Role.SUPERVISOR:
                require_other_supervisor(connection, person)
            if role not in DRAFT_ROLES:
                take_draft_keys(connection, person, accept_loss=accept_loss)
            update_account(connection, operator_id, "role", Role(role))
            return self._logged_change("role_changed", person, actor)

    def _admit(self, subject: str) -> None:
        now = self._clock.now()
        with self._store.transaction() as connection:
            left_ms = count_station_attempt(connection, now)
            left_ms = left_ms or count_attempt(connection, subject, now)
        if left_ms > 0:
            wait_s = -(-left_ms // 1000)
            raise LockedOutError(wait_s=wait_s, until_s=(now.monotonic_ms + left_ms) / 1000)

    def _open_session(self, found: Credentials, password: str, subject: str) -> SignedInOperator:
        person = found.account
        context = _key_context(person.user_name)
        secret = unwrap_secret(found.wrapped_private_key, password, context=context)
        if secret is None:  # the row was changed outside the station
            raise WrongCredentialsError
        with self._store.transaction() as connection:
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
            before=None if before is None else account_digest(before),
            after=account_digest(self.get(person.operator_id)),
        )

    def _log_failure(self, found: Credentials | None) -> None:
        whose = "unknown" if found is None else str(found.account.operator_id)
        self._audit.append(
            "sign_in_failed", actor="system", role="none", object_id=f"operator:{whose}"
        )


def _lock_subject(found: Credentials | None, user_name: str) -> str:
    """Name the counter of an account. Unknown names share 256 counters.

    Something typed into the wrong field (a password) so leaves eight bits behind, and the table
    does not grow with guesses.
    """
    if found is not None:
        return f"operator:{found.account.operator_id}"
    return f"unknown:{hashlib.sha256(user_name.encode()).hexdigest()[:2]}"


def _key_context(user_name: str) -> bytes:
    return b"ktpel-station operator key 1\n" + user_name.encode()
