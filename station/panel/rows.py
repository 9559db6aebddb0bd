"""Rows of the register as the lists show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from station.case_states import OPEN_STATES, RECORDED_STATES, CaseState
from station.panel.i18n import Translator
from station.panel.phrases import CASE_STATES, NATIONAL_STATES, Word, word_of
from station.panel.rendering import STATION_ZONE
from station.regions import Regions
from station.register import CaseRow

DONE_STATES = frozenset({CaseState.RECEIPTED, CaseState.PURGED})
WAITING_STATES = RECORDED_STATES - DONE_STATES


@dataclass(frozen=True, slots=True)
class RowView:
    """One recording in a list."""

    row: CaseRow
    word: Word
    national: Word | None
    origin: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The counters of the home page."""

    today: int
    open: int
    waiting: int
    received: int


def case_rows(rows: Iterable[CaseRow], regions: Regions, say: Translator) -> tuple[RowView, ...]:
    """Put rows into words."""
    return tuple(_view(row, regions, say) for row in rows)


def count_today(
    rows: Iterable[CaseRow], counts: Mapping[CaseState, int], now: datetime
) -> DayCounts:
    """Count recordings of this day among `rows`, and those in each state."""
    today = now.astimezone(STATION_ZONE).date()
    kept = (row for row in rows if row.state is not CaseState.ABANDONED)
    return DayCounts(
        today=sum(_day(row) == today for row in kept),
        open=sum(counts[state] for state in OPEN_STATES),
        waiting=sum(counts[state] for state in WAITING_STATES),
        received=sum(counts[state] for state in DONE_STATES),
    )


def translated(word: Word, say: Translator) -> Word:
    """Return a word with its text in the visit's language."""
    return Word(say(word.text), word.icon, word.tone)


def _day(row: CaseRow) -> object:
    return datetime.fromisoformat(row.created_at).astimezone(STATION_ZONE).date()


def _view(row: CaseRow, regions: Regions, say: Translator) -> RowView:
    national = None
    if row.national_status is not None:
        national = translated(word_of(NATIONAL_STATES, row.national_status), say)
    word = translated(word_of(CASE_STATES, row.state.value), say)
    return RowView(row, word, national, regions.name_of(row.origin_code), row.state in OPEN_STATES)
