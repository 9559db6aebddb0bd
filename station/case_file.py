"""An open case on disk: its sealed draft parts, written before anything is reported as done.

case                     resident, order, start (written once)
decisions                exceptions, owed steps, vetoes (replaced as a whole)
attempt/<step>/<number>  one attempt with its pictures (never replaced)
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from station.attempt_file import StoredAttempt, decode_attempt, encode_attempt
from station.drafts import DraftKey, Drafts
from station.recording import Attempt, Case, CaseHead, Decisions, Step
from station.store import Store

HEAD_NAME = "case"
DECISIONS_NAME = "decisions"
KEPT_IN_MEMORY = 6
"""Decoded archives held for pages and comparison: a slap is about 2 MB."""


class CaseFile:
    """One open case: the state in memory and the drafts it is stored in."""

    def __init__(self, case: Case, store: Store, drafts: Drafts, key: DraftKey) -> None:
        self.case = case
        self._store = store
        self._drafts = drafts
        self._key = key
        self._recent: dict[tuple[Step, int], StoredAttempt] = {}

    @classmethod
    def create(cls, case: Case, store: Store, drafts: Drafts, key: DraftKey) -> "CaseFile":
        """Store the head of a new case; durable when it returns."""
        payload = case.head.model_dump_json().encode()
        drafts.put(case.case_id, key, HEAD_NAME, payload, actor=case.head.started_by)
        return cls(case, store, drafts, key)

    @classmethod
    def load(cls, case_id: str, store: Store, drafts: Drafts, key: DraftKey) -> "CaseFile":
        """Read a case back after a restart; raises DraftDamagedError."""
        case = Case(CaseHead.model_validate_json(drafts.get(case_id, key, HEAD_NAME)))
        names = drafts.names(case_id)
        for name in names:
            if name.startswith("attempt/"):
                case.add_attempt(decode_attempt(drafts.get(case_id, key, name)).attempt)
        if DECISIONS_NAME in names:
            document = drafts.get(case_id, key, DECISIONS_NAME)
            case.decisions = Decisions.model_validate_json(document)
        return cls(case, store, drafts, key)

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
        """Change the decisions: stored durably on leaving, or taken back on an error."""
        before = self.case.decisions.model_copy(deep=True)
        try:
            with self._store.transaction():
                yield self.case
                payload = self.case.decisions.model_dump_json().encode()
                self._drafts.put(self.case.case_id, self._key, DECISIONS_NAME, payload, actor=actor)
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
