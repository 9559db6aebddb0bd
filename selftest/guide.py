"""How a guided check speaks with the person at the station: one thing at a time.

The terminal and the panel each are a guide; a test's guide answers by itself.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Answer(StrEnum):
    """What a person may answer."""

    YES = "yes"
    NO = "no"
    DONE = "done"
    SKIP = "skip"
    """Cannot do it now: the check is skipped."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to do or to look at."""

    key: str
    """Names the question in the report: "ups-lamp"."""
    text_id: str
    text_en: str
    answers: tuple[Answer, ...] = (Answer.DONE, Answer.SKIP)
    picture_png: bytes | None = None
    """What to look at or how to do it."""


class Guide(Protocol):
    """Asks and shows; may be called from the thread of any check."""

    person: str
    """Who answers, by name of the log-in or of the terminal."""

    def ask(self, question: Question, *, timeout_s: float) -> Answer:
        """Return the answer; SKIP when none came in time."""

    def show(self, picture_png: bytes, caption_id: str, caption_en: str) -> None:
        """Show a live picture or plot, replacing the one before."""

    def tell(self, text_id: str, text_en: str) -> None:
        """Say what is going on, replacing what was said before."""
