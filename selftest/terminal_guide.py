"""The person at the terminal: asked one thing at a time, in Indonesian with English under it.

Pictures are drawn with half blocks, two pixels a character, and lie in a file for a closer look.
"""

import os
import select
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from selftest.guide import Answer, Question

KEYS = {
    Answer.DONE: ("s", "selesai", "done"),
    Answer.YES: ("y", "ya", "yes"),
    Answer.NO: ("t", "tidak", "no"),
    Answer.SKIP: ("l", "lewati", "skip"),
}
"""Letter to type, and what it means; Enter alone is the first answer that is offered."""
_PICTURE_COLUMNS = 60
_POLL_S = 0.5
_READ_BYTES = 4096
_SHOW_EVERY_S = 2.0  # a live picture scrolls the terminal; the file always holds the newest


class TerminalGuide:
    """Asks on standard error and reads standard input; an end of input skips everything."""

    def __init__(self, person: str, console: Console) -> None:
        self.person = person
        self._console = console
        self._keyboard = _Keyboard()
        self._folder: Path | None = None  # made for the first picture
        self._shown_s = -_SHOW_EVERY_S
        self._is_stopped = threading.Event()

    def ask(self, question: Question, *, timeout_s: float) -> Answer:
        """Return what was typed; SKIP after `timeout_s`, at the end of input or after stop()."""
        if question.picture_png is not None:
            self._draw(question.picture_png, question.key)
        body = Text.assemble((question.text_id, "bold"), "\n", (question.text_en, "bright_black"))
        self._console.print(Panel(body, border_style="cyan", padding=(1, 2)))
        self._console.print(_choices(question.answers))
        deadline_s = time.monotonic() + timeout_s
        while (left_s := deadline_s - time.monotonic()) > 0 and not self._is_stopped.is_set():
            line = self._keyboard.read_line(min(left_s, _POLL_S))
            if line is None:
                continue
            answer = _answer(line, question.answers)
            if answer is not None:
                return answer
            self._console.print("[yellow]huruf tidak dikenal / unknown letter[/]")
        self._console.print("[yellow]dilewati: tidak ada jawaban / skipped: no answer[/]")
        return Answer.SKIP

    def show(self, picture_png: bytes, caption_id: str, caption_en: str) -> None:
        """Draw a live picture, every two seconds at most."""
        now_s = time.monotonic()
        if now_s - self._shown_s >= _SHOW_EVERY_S:
            self._shown_s = now_s
            self._draw(picture_png, "live")
            self._console.print(f"[bright_black]{caption_id} / {caption_en}[/]")

    def tell(self, text_id: str, text_en: str) -> None:
        """Say what is going on."""
        self._console.print(f"[cyan]{text_id}[/] [bright_black]{text_en}[/]")

    def stop(self) -> None:
        """Answer every question with SKIP from now on."""
        self._is_stopped.set()

    def _draw(self, picture_png: bytes, name: str) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="selftest-"))
        place = self._folder / f"{name}.png"
        place.write_bytes(picture_png)
        self._console.print(half_blocks(picture_png, _PICTURE_COLUMNS))
        self._console.print(f"[bright_black]{place}[/]")


def half_blocks(picture_png: bytes, columns: int) -> Text:
    """Return a picture as text: the upper half of a character is one pixel, the lower another."""
    picture = cv2.imdecode(np.frombuffer(picture_png, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return Text("?")
    rows = max(2, round(picture.shape[0] * columns / picture.shape[1] / 2) * 2)
    small = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)
    text = Text()
    for upper, lower in zip(small[0::2], small[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            text.append("▀", Style(color=_hex(above), bgcolor=_hex(below)))
        text.append("\n")
    return text


def _hex(pixel: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> str:
    blue, green, red = (int(part) for part in pixel)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _choices(answers: tuple[Answer, ...]) -> Text:
    text = Text()
    for number, answer in enumerate(answers):
        letter, word_id, word_en = KEYS[answer]
        default = ", Enter" if number == 0 else ""
        text.append(f"[{letter}{default}]", "bold cyan").append(f" {word_id} / {word_en}   ")
    return text


def _answer(line: str, answers: tuple[Answer, ...]) -> Answer | None:
    """Return the answer of a line; an empty one is the first, "" the end of input."""
    if line == "":
        return Answer.SKIP
    typed = line.strip().lower()
    if not typed:
        return answers[0]
    fits = [answer for answer in answers if typed in KEYS[answer]]
    return fits[0] if fits else None


class _Keyboard:
    """Lines of standard input, waited for no longer than asked."""

    def __init__(self) -> None:
        self._typed = b""
        self._is_over = False

    def read_line(self, timeout_s: float) -> str | None:
        """Return a line with its end, "" at the end of input, None when none came in time."""
        if b"\n" not in self._typed and not self._is_over:
            ready, _, _ = select.select([sys.stdin], [], [], timeout_s)
            if not ready:
                return None
            fresh = os.read(sys.stdin.fileno(), _READ_BYTES)
            self._typed += fresh
            self._is_over = not fresh
        line, end, self._typed = self._typed.partition(b"\n")
        if not end and not self._is_over:
            self._typed = line
            return None
        return (line + end).decode(errors="replace")
