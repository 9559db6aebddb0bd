"""States of a recording and the steps between them, as data.

    draft <--> reviewed --> sealed --> offered --> pulled --> receipted --> purged
      |           |            |          |          |            ^
      v           v            +----------+----------+--> exported +
    abandoned  abandoned       (a receipt may arrive in any of these four)

- reviewed -> draft: something is captured again after the review sheet was shown.
- exported and pulled can follow each other: the same package may go both ways.
- A receipt proves that the centre has the package, however it got there, so it is accepted from
  every state after sealing. Nothing is purged before one.
"""

from enum import StrEnum


class CaseState(StrEnum):
    """Where a recording stands."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    SEALED = "sealed"
    OFFERED = "offered"
    PULLED = "pulled"
    EXPORTED = "exported"
    RECEIPTED = "receipted"
    PURGED = "purged"
    ABANDONED = "abandoned"


_S = CaseState
TRANSITIONS: dict[CaseState, frozenset[CaseState]] = {
    _S.DRAFT: frozenset({_S.REVIEWED, _S.ABANDONED}),
    _S.REVIEWED: frozenset({_S.DRAFT, _S.SEALED, _S.ABANDONED}),
    _S.SEALED: frozenset({_S.OFFERED, _S.PULLED, _S.EXPORTED, _S.RECEIPTED}),
    _S.OFFERED: frozenset({_S.PULLED, _S.EXPORTED, _S.RECEIPTED}),
    _S.PULLED: frozenset({_S.EXPORTED, _S.RECEIPTED}),
    _S.EXPORTED: frozenset({_S.PULLED, _S.RECEIPTED}),
    _S.RECEIPTED: frozenset({_S.PURGED}),
    _S.PURGED: frozenset(),
    _S.ABANDONED: frozenset(),
}

OPEN_STATES = frozenset({_S.DRAFT, _S.REVIEWED})
"""Being worked on; a draft exists."""
RECORDED_STATES = frozenset(CaseState) - OPEN_STATES - {_S.ABANDONED}
"""The resident counts as recorded."""

REQUIRED_FACTS: dict[CaseState, frozenset[str]] = {
    _S.SEALED: frozenset({"package_id", "sequence", "manifest_sha256"}),
    _S.ABANDONED: frozenset({"note"}),
}
OPTIONAL_FACTS = frozenset({"note", "national_status"})
