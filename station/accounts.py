"""Accounts as rows of the database: what an account is, and the statements that change one."""

from dataclasses import dataclass
from enum import StrEnum

import apsw

from station.audit import digest_of
from station.errors import LastKeyHolderError, LastSupervisorError, UnknownOperatorError
from station.passwords import WrappedSecret
from station.store import Row, fetch

ACCOUNT_COLUMNS = "operator_id, user_name, display_name, role, is_active, public_key"


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
class Credentials:
    """An account with what proves its password and what the password opens."""

    account: Operator
    login_verifier: str
    wrapped_private_key: WrappedSecret


def account_of(row: Row) -> Operator:
    """Return the account of a row with ACCOUNT_COLUMNS."""
    operator_id, user_name, display_name, role, is_active, public_key = row
    return Operator(
        operator_id, user_name, display_name, Role(role), bool(is_active), bytes(public_key)
    )


def all_accounts(connection: apsw.Connection) -> tuple[Operator, ...]:
    """Return every account in order of their numbers."""
    rows = fetch(
        connection,
        f"SELECT {ACCOUNT_COLUMNS} FROM operators ORDER BY operator_id",  # noqa: S608
    )
    return tuple(account_of(row) for row in rows)


def find_credentials(connection: apsw.Connection, user_name: str) -> Credentials | None:
    """Return the account of a user name with its secrets, or None."""
    rows = fetch(
        connection,
        "SELECT login_verifier, wrap_cost, wrap_salt, sealed_private_key,"  # noqa: S608
        f" {ACCOUNT_COLUMNS} FROM operators WHERE user_name = ?",
        (user_name,),
    )
    if not rows:
        return None
    verifier, cost, salt, sealed, *account = rows[0]
    return Credentials(account_of(tuple(account)), verifier, WrappedSecret(cost, salt, sealed))


def get_account(connection: apsw.Connection, operator_id: int) -> Operator:
    """Return one account; raises UnknownOperatorError."""
    rows = fetch(
        connection,
        f"SELECT {ACCOUNT_COLUMNS} FROM operators WHERE operator_id = ?",  # noqa: S608
        (operator_id,),
    )
    if not rows:
        raise UnknownOperatorError(operator_id=operator_id)
    return account_of(rows[0])


def account_digest(person: Operator) -> str:
    """Return the digest of an account for the audit log."""
    return digest_of(
        {
            "user_name": person.user_name,
            "role": person.role,
            "is_active": person.is_active,
            "public_key": person.public_key.hex(),
        }
    )


def update_account(
    connection: apsw.Connection, operator_id: int, column: str, value: str | int
) -> None:
    """Change one column; `column` is one of our own names."""
    connection.execute(
        f"UPDATE operators SET {column} = ? WHERE operator_id = ?",  # noqa: S608
        (value, operator_id),
    )


def replace_secrets(
    connection: apsw.Connection,
    person: Operator,
    verifier: str,
    wrapped: WrappedSecret,
    public_key: bytes,
) -> None:
    """Replace password and key pair of an account."""
    connection.execute(
        "UPDATE operators SET login_verifier = ?, wrap_cost = ?, wrap_salt = ?,"
        " sealed_private_key = ?, public_key = ? WHERE operator_id = ?",
        (verifier, wrapped.cost, wrapped.salt, wrapped.sealed, public_key, person.operator_id),
    )


def require_other_supervisor(connection: apsw.Connection, person: Operator) -> None:
    """Raise LastSupervisorError if nobody else could administer."""
    if person.role is not Role.SUPERVISOR or not person.is_active:
        return
    others = fetch(
        connection,
        "SELECT 1 FROM operators WHERE role = 'supervisor' AND is_active AND operator_id != ?",
        (person.operator_id,),
    )
    if not others:
        raise LastSupervisorError(user_name=person.user_name)


def take_draft_keys(connection: apsw.Connection, person: Operator, *, accept_loss: bool) -> None:
    """Take a person's keys of open recordings; raises LastKeyHolderError unless `accept_loss`."""
    alone = fetch(
        connection,
        "SELECT case_id FROM draft_keys GROUP BY case_id"
        " HAVING count(*) = 1 AND max(operator_id) = ?",
        (person.operator_id,),
    )
    if alone and not accept_loss:
        raise LastKeyHolderError(user_name=person.user_name, drafts=len(alone))
    connection.execute("DELETE FROM draft_keys WHERE operator_id = ?", (person.operator_id,))
