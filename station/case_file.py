"""An open case on disk: its sealed draft parts, written before anything is reported as done.

case                     resident, order, start (written once)
decisions                exceptions, owed steps, vetoes (replaced as a whole)
attempt/<step>/<number>  one attempt with its pictures (never replaced)
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from station.attempt_file import StoredAttempt, decode_attempt, encode_attempt
from station.drafts import DraftKey, Drafts
from station.recording import Attempt, Case, Decisions, Step
from station.resident import Resident

HEAD_NAME = "case"
DECISIONS_NAME = "decisions"
KEPT_IN_MEMORY = 6
"""Decoded archives held for pages and comparison: a slap is about 2 MB."""


class CaseFile:
    """One open case: the state in memory and the drafts it is stored in."""

    def __init__(self, case: Case, drafts: Drafts, key: DraftKey) -> None:
        self.case = case
        self._drafts = drafts
        self._key = key
        self._recent: dict[tuple[Step, int], StoredAttempt] = {}

    @classmethod
    def create(cls, case: Case, drafts: Drafts, key: DraftKey) -> "CaseFile":
        """Store the head of a new case; durable when it returns."""
        head = {
            "number": case.number,
            "resident": json.loads(case.resident.model_dump_json()),
            "order": list(case.order),
            "max_attempts": case.max_attempts,
            "started_at": case.started_at,
            "started_by": case.started_by,
        }
        payload = json.dumps(head).encode()
        drafts.put(case.case_id, key, HEAD_NAME, payload, actor=str(case.started_by))
        return cls(case, drafts, key)

    @classmethod
    def load(cls, case_id: str, drafts: Drafts, key: DraftKey) -> "CaseFile":
        """Read a case back after a restart; raises DraftDamagedError."""
        head = json.loads(drafts.get(case_id, key, HEAD_NAME))
        case = Case(
            case_id,
            head["number"],
            Resident.model_validate(head["resident"]),
            order=[Step(step) for step in head["order"]],
            max_attempts=head["max_attempts"],
            started_at=head["started_at"],
            started_by=head["started_by"],
        )
        loaded = cls(case, drafts, key)
        for name in drafts.names(case_id):
            if name.startswith("attempt/"):
                case.add_attempt(decode_attempt(drafts.get(case_id, key, name)).attempt)
        if DECISIONS_NAME in drafts.names(case_id):
            case.decisions = Decisions.model_validate_json(drafts.get(case_id, key, DECISIONS_NAME))
        return loaded

    def save_attempt(self, stored: StoredAttempt, *, actor: str) -> Attempt:
        """Store an attempt, then count it; durable when it returns."""
        attempt = stored.attempt
        name = _attempt_name(attempt.step, attempt.number)
        self._drafts.put(self.case.case_id, self._key, name, encode_attempt(stored), actor=actor)
        self.case.add_attempt(attempt)
        self._remember(stored)
        return attempt

    @contextmanager
    def deciding(self, *, actor: str) -> Iterator[Case]:
        """Change the decisions of the case: stored durably on leaving, or taken back on an error."""
        before = self.case.decisions.model_copy(deep=True)
        try:
            with self._drafts.transaction():
                yield self.case
                payload = self.case.decisions.model_dump_json().encode()
                self._drafts.put(
                    self.case.case_id, self._key, DECISIONS_NAME, payload, actor=actor
                )
        except BaseException:
            self.case.decisions = before
            raise

    def stored(self, step: Step, number: int) -> StoredAttempt:
        """Return an attempt with its pictures; raises DraftDamagedError or a KeyError."""
        found = self._recent.get((step, number))
        if found is None:
            data = self._drafts.get(self.case.case_id, self._key, _attempt_name(step, number))
            found = decode_attempt(data)
            self._remember(found)
        return found

    def kept(self, step: Step) -> Sequence[StoredAttempt]:
        """Return the attempts of a step whose pictures count."""
        return [self.stored(step, attempt.number) for attempt in self.case.kept(step)]

    def _remember(self, stored: StoredAttempt) -> None:
        self._recent[(stored.attempt.step, stored.attempt.number)] = stored
        while len(self._recent) > KEPT_IN_MEMORY:
            del self._recent[next(iter(self._recent))]


def _attempt_name(step: Step, number: int) -> str:
    return f"attempt/{step}/{number:03d}"
