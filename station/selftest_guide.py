"""Asks the person at the panel: a question waits on the board until it is answered."""

import queue
import time

from selftest.guide import Answer, Question
from station.selftest_board import Board


class PanelGuide:
    """Used by the run's threads; `answer` and `stop` come from the panel's."""

    def __init__(self, person: str, board: Board) -> None:
        self.person = person
        self._board = board
        self._answers: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
        self._is_stopped = False

    def ask(self, question: Question, *, timeout_s: float) -> Answer:
        """Put a question up and return its answer; SKIP when none came in time."""
        deadline_s = time.monotonic() + timeout_s
        self._board.change(question=question)
        try:
            while not self._is_stopped:
                key, answer = self._answers.get(timeout=max(0.0, deadline_s - time.monotonic()))
                if key == question.key and answer in question.answers:
                    return answer
        except queue.Empty:
            return Answer.SKIP
        finally:
            self._board.change(question=None)
        return Answer.SKIP

    def show(self, picture_png: bytes, caption_id: str, caption_en: str) -> None:
        """Put a picture up."""
        self._board.change(picture_png=picture_png, picture_caption=(caption_id, caption_en))

    def tell(self, text_id: str, text_en: str) -> None:
        """Put a text up."""
        self._board.change(said_id=text_id, said_en=text_en)

    def answer(self, key: str, answer: Answer) -> None:
        """Answer the question that is up; ignored if it is another, or not one of its answers."""
        question = self._board.state().question
        if question is not None and question.key == key and answer in question.answers:
            self._answers.put((key, answer))

    def stop(self) -> None:
        """Answer everything from now on with SKIP."""
        self._is_stopped = True
        self._answers.put(("", Answer.SKIP))
