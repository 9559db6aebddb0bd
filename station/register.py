"""The table of recordings: what exists, in which state, under which number.

The legal steps are drawn in `case_states`. Every step is one durable transaction together with its
leaf in the audit log. A step that is asked for again with the same facts changes nothing: who got
no answer may ask again. A NIK is kept as an HMAC tag only.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import apsw

from station.audit import Audit, digest_of
from station.case_states import OPTIONAL_FACTS, REQUIRED_FACTS, TRANSITIONS, CaseState
from station.clock import Clock
from station.errors import (
    CaseExistsError,
    IllegalTransitionError,
    NikFormError,
    UnknownCaseError,
    WrongFactsError,
)
from station.operators import Operator
from station.store import Row, Store, Values, fetch

__all__ = ["CaseRow", "CaseState", "Register"]

FIRST_PREVIOUS_SHA256 = "0" * 64
"""Previous hash of the first package."""
LONGEST_NOTE = 200
_COLUMNS = (
    "case_id, day, day_number, state, origin_code, host_code, created_at, updated_at, operator_id,"
    " package_id, sequence, manifest_sha256, national_status, note"
)
_SELECT = f"SELECT {_COLUMNS} FROM cases"  # noqa: S608 - our own names
_FACT_FORMS = {
    "package_id": re.compile(r"[0-9a-f]{32}"),
    "manifest_sha256": re.compile(r"[0-9a-f]{64}"),
    "national_status": re.compile(r"[A-Z][A-Z _]{1,60}"),
    "note": re.compile(rf"(?!.*\d{{16}})[^\x00-\x1f]{{1,{LONGEST_NOTE}}}"),
}

Facts = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One recording as the register knows it."""

    case_id: str
    number: str
    """For people: "20261124-007", counted anew each day."""
    state: CaseState
    origin_code: str
    """Sub-district that is credited."""
    host_code: str
    """Sub-district where it was recorded."""
    created_at: str
    """ISO 8601, UTC."""
    updated_at: str
    operator_id: int
    package_id: str | None = None
    sequence: int | None = None
    manifest_sha256: str | None = None
    national_status: str | None = None
    """Status word of the national system, verbatim."""
    note: str | None = None


class Register:
    """The table of recordings."""

    def __init__(
        self, store: Store, audit: Audit, nik_tag_key: bytes, *, clock: Clock | None = None
    ) -> None:
        self._store = store
        self._audit = audit
        self._nik_tag_key = nik_tag_key
        self._clock = clock or Clock()

    def open_case(
        self, case_id: str, *, nik: str, origin_code: str, host_code: str, operator: Operator
    ) -> CaseRow:
        """Enter a new recording; joins the open transaction. Raises CaseExistsError."""
        now = self._clock.now()
        tag = self._tag(nik)
        with self._store.transaction() as connection:
            if fetch(connection, "SELECT 1 FROM cases WHERE case_id = ?", (case_id,)):
                raise CaseExistsError(case_id=case_id)
            day, day_number = _next_number(connection, now.wall)
            connection.execute(
                "INSERT INTO cases (case_id, day, day_number, nik_tag, state, origin_code,"
                " host_code, created_at, updated_at, operator_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    case_id,
                    day,
                    day_number,
                    tag,
                    CaseState.DRAFT,
                    origin_code,
                    host_code,
                    now.wall_text,
                    now.wall_text,
                    operator.operator_id,
                ),
            )
            row = self.get(case_id)
            self._log("case_opened", None, row, actor=operator.user_name)
        return row

    def get(self, case_id: str) -> CaseRow:
        """Return a recording; raises UnknownCaseError."""
        rows = self._query("WHERE case_id = ?", (case_id,))
        if not rows:
            raise UnknownCaseError(case_id=case_id)
        return rows[0]

    def get_by_package(self, package_id: str) -> CaseRow:
        """Return the recording that a package holds; raises UnknownCaseError."""
        rows = self._query("WHERE package_id = ?", (package_id,))
        if not rows:
            raise UnknownCaseError(case_id=package_id)
        return rows[0]

    def find_by_nik(self, nik: str) -> tuple[CaseRow, ...]:
        """Return every recording of a NIK, the newest first, abandoned ones too."""
        return self._query("WHERE nik_tag = ? ORDER BY rowid DESC", (self._tag(nik),))

    def all(
        self, states: Iterable[CaseState] | None = None, limit: int = 200
    ) -> tuple[CaseRow, ...]:
        """Return up to `limit` recordings, the newest first, optionally of some states only."""
        wanted = tuple(CaseState) if states is None else tuple(states)
        marks = ", ".join("?" * len(wanted))
        return self._query(
            f"WHERE state IN ({marks}) ORDER BY rowid DESC LIMIT ?",
            (*wanted, limit),
        )

    def counts(self) -> dict[CaseState, int]:
        """Return how many recordings are in each state."""
        with self._store.transaction() as connection:
            rows = fetch(connection, "SELECT state, count(*) FROM cases GROUP BY state")
        found: dict[str, int] = dict(rows)
        return {state: found.get(state, 0) for state in CaseState}

    def advance(
        self,
        case_id: str,
        to: CaseState,
        *,
        actor: str,
        role: str | None = None,
        **facts: str | int | None,
    ) -> CaseRow:
        """Take a recording one step further; joins the open transaction.

        Sealing needs `package_id`, `sequence` and `manifest_sha256`, abandoning a `note`; `note`
        and `national_status` may come with any step and never name a person. Raises
        IllegalTransitionError or WrongFactsError, and changes nothing then.
        """
        with self._store.transaction() as connection:
            before = self.get(case_id)
            after = replace(before, state=to, **facts)  # type: ignore[arg-type] # checked below
            if after == before:
                return before
            if to not in TRANSITIONS[before.state]:
                raise IllegalTransitionError(number=before.number, state=before.state, to=to)
            self._check_facts(before, to, facts)
            return self._change(connection, f"case_{to}", before, after, actor=actor, role=role)

    def set_status(self, case_id: str, national_status: str, *, actor: str) -> CaseRow:
        """Note the status word that the centre sent; joins the open transaction."""
        with self._store.transaction() as connection:
            before = self.get(case_id)
            after = replace(before, national_status=national_status)
            if after == before:
                return before
            self._check_facts(before, before.state, {"national_status": national_status})
            return self._change(connection, "status_received", before, after, actor=actor)

    def next_sequence(self) -> tuple[int, str]:
        """Return the number of the next package and the manifest hash of the one before.

        Used inside the transaction that seals; raises RuntimeError outside of one, where the
        answer would mean nothing.
        """
        if not self._store.is_in_transaction:
            raise RuntimeError("next_sequence() belongs into the sealing transaction")
        with self._store.transaction() as connection:
            return _next_sequence(connection)

    def _query(self, tail: str, values: Values) -> tuple[CaseRow, ...]:
        with self._store.transaction() as connection:
            return tuple(_case_row(row) for row in fetch(connection, f"{_SELECT} {tail}", values))

    def _change(
        self,
        connection: apsw.Connection,
        action: str,
        before: CaseRow,
        after: CaseRow,
        *,
        actor: str,
        role: str | None = None,
    ) -> CaseRow:
        after = replace(after, updated_at=self._clock.now().wall_text)
        connection.execute(
            "UPDATE cases SET state = ?, updated_at = ?, package_id = ?, sequence = ?,"
            " manifest_sha256 = ?, national_status = ?, note = ? WHERE case_id = ?",
            (
                after.state,
                after.updated_at,
                after.package_id,
                after.sequence,
                after.manifest_sha256,
                after.national_status,
                after.note,
                after.case_id,
            ),
        )
        self._log(action, before, after, actor=actor, role=role)
        return after

    def _check_facts(self, row: CaseRow, to: CaseState, facts: Facts) -> None:
        required = REQUIRED_FACTS.get(to, frozenset())
        problem = _find_problem(required, facts)
        if problem is None and "sequence" in required:
            with self._store.transaction() as connection:
                expected = _next_sequence(connection)[0]
            if facts["sequence"] != expected:
                problem = f"sequence is {facts['sequence']}, the next is {expected}"
        if problem is not None:
            raise WrongFactsError(number=row.number, to=to, problem=problem)

    def _log(
        self,
        action: str,
        before: CaseRow | None,
        after: CaseRow,
        *,
        actor: str,
        role: str | None = None,
    ) -> None:
        self._audit.append(
            action,
            actor=actor,
            role=role,
            object_id=f"case:{after.case_id}",
            before=None if before is None else digest_of(asdict(before)),
            after=digest_of(asdict(after)),
        )

    def _tag(self, nik: str) -> bytes:
        if not re.fullmatch(r"[0-9]{16}", nik):
            raise NikFormError(given=len(nik))
        return hmac.new(self._nik_tag_key, nik.encode(), hashlib.sha256).digest()


def _case_row(row: Row) -> CaseRow:
    case_id, day, day_number, state, *rest = row
    return CaseRow(case_id, f"{day}-{day_number:03d}", CaseState(state), *rest)


def _next_number(connection: apsw.Connection, wall: datetime) -> tuple[str, int]:
    day = f"{wall.astimezone():%Y%m%d}"  # the day on the operator's calendar
    rows = fetch(
        connection, "SELECT coalesce(max(day_number), 0) + 1 FROM cases WHERE day = ?", (day,)
    )
    return day, rows[0][0]


def _next_sequence(connection: apsw.Connection) -> tuple[int, str]:
    rows = fetch(
        connection,
        "SELECT sequence, manifest_sha256 FROM cases WHERE sequence IS NOT NULL"
        " ORDER BY sequence DESC LIMIT 1",
    )
    return (rows[0][0] + 1, rows[0][1]) if rows else (1, FIRST_PREVIOUS_SHA256)


def _find_problem(required: frozenset[str], facts: Facts) -> str | None:
    missing = sorted(name for name in required if facts.get(name) is None)
    if missing:
        return f"{', '.join(missing)} missing"
    unexpected = sorted(set(facts) - required - OPTIONAL_FACTS)
    if unexpected:
        return f"{', '.join(unexpected)} not allowed here"
    for name, value in facts.items():
        form = _FACT_FORMS.get(name)
        if form is not None and value is not None and not form.fullmatch(str(value)):
            return f"{name} has a wrong form"
    return None
