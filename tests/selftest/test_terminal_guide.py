"""The person at the terminal: asked, answered, timed out, cut off."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import threading
import time

import cv2
import numpy as np
import pytest
from rich.console import Console

from selftest.guide import Answer, Question
from selftest.terminal_guide import TerminalGuide, half_blocks

QUESTION = Question(
    "lamp", "Apakah lampu menyala?", "Is the lamp lit?", (Answer.YES, Answer.NO, Answer.SKIP)
)
LIMIT_S = 60


@pytest.fixture
def typed(monkeypatch):
    """Return a function that types into a guide's input."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "w") as keyboard:
        monkeypatch.setattr(sys, "stdin", stdin)

        def type_line(text):
            keyboard.write(text)
            keyboard.flush()

        type_line.close = keyboard.close
        yield type_line


@pytest.fixture
def guide():
    return TerminalGuide("Ani", Console(file=io.StringIO(), width=80))


def said(guide):
    return guide._console.file.getvalue()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("y\n", Answer.YES),
        ("Tidak\n", Answer.NO),
        ("lewati\n", Answer.SKIP),
        ("skip\n", Answer.SKIP),
        ("\n", Answer.YES),
        ("maybe\nt\n", Answer.NO),
    ],
)
def test_letters_and_words_are_understood(guide, typed, line, answer):
    typed(line)
    assert guide.ask(QUESTION, timeout_s=5) is answer
    assert "Apakah lampu menyala?" in said(guide)
    assert "Is the lamp lit?" in said(guide)


def test_no_answer_skips_in_time(guide, typed):
    began_s = time.monotonic()
    assert guide.ask(QUESTION, timeout_s=0.6) is Answer.SKIP
    assert time.monotonic() - began_s < 3
    assert "no answer" in said(guide)


def test_a_guide_that_shows_nothing_leaves_no_folder(monkeypatch, tmp_path, typed):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    guide = TerminalGuide("Ani", Console(file=io.StringIO(), width=80))
    typed("y\n")
    guide.ask(QUESTION, timeout_s=5)
    assert list(tmp_path.iterdir()) == []
    guide.show(cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes(), "Jejak", "Trace")
    assert [place.name for place in tmp_path.glob("*/*")] == ["live.png"]


def test_the_end_of_input_skips_at_once(guide, typed):
    typed.close()
    assert guide.ask(QUESTION, timeout_s=30) is Answer.SKIP


def test_a_stopped_guide_asks_no_more(guide, typed):
    threading.Timer(0.3, guide.stop).start()
    began_s = time.monotonic()
    assert guide.ask(QUESTION, timeout_s=30) is Answer.SKIP
    assert time.monotonic() - began_s < 5


def test_pictures_are_drawn_and_lie_in_a_file(guide, typed):
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:20] = (0, 0, 255)
    png = cv2.imencode(".png", picture)[1].tobytes()
    text = half_blocks(png, 20)
    lines = text.plain.splitlines()
    assert [len(line) for line in lines] == [20] * 5
    assert {str(span.style.color.name) for span in text.spans[:20]} == {"#ff0000"}
    guide.show(png, "Jejak", "Trace")
    guide.show(png, "Jejak", "Trace")
    assert said(guide).count("Jejak") == 1
    assert half_blocks(b"no picture", 20).plain == "?"


def run_at_terminal(arguments, folder, act):
    """Run the command at a pseudo-terminal; `act` gets a writer; returns exit code and text."""
    lead, follow = pty.openpty()
    command = [sys.executable, "-m", "selftest.cli", *arguments]
    environment = {**os.environ, "COLUMNS": "100"}
    with subprocess.Popen(
        command,
        stdin=follow,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=environment,
        text=True,
    ) as running:
        os.close(follow)
        try:
            act(running, lead)
            text, _ = running.communicate(timeout=LIMIT_S)
        finally:
            running.kill()
            os.close(lead)
    return running.returncode, text


def test_guided_at_a_terminal_asks_and_reports(tmp_path):
    code, text = run_at_terminal(
        ["guided", "CRD", "--simulated", "--person", "Ani"],
        tmp_path,
        lambda running, lead: os.write(lead, b"s\n" * 4),
    )
    assert code == 0, text
    assert "Letakkan kartu uji" in text
    assert "PASS CRD-101" in " ".join(text.split())
    (stored,) = (tmp_path / "var/selftest/outbox/reports").glob("*.json")
    assert json.loads(stored.read_text())["operator"] == "Ani"


def test_a_retest_at_a_terminal_asks_the_person(tmp_path):
    code, text = run_at_terminal(
        ["only", "CRD-101", "--simulated"],
        tmp_path,
        lambda running, lead: os.write(lead, b"\n" * 4),
    )
    assert code == 0, text
    assert "PASS CRD-101" in " ".join(text.split())


def test_an_interrupt_keeps_what_was_found(tmp_path):
    def interrupt(running, lead):
        time.sleep(4)
        running.send_signal(signal.SIGINT)

    code, text = run_at_terminal(["guided", "CRD", "--simulated"], tmp_path, interrupt)
    assert "dihentikan" in text
    assert "CRD-001" in text
    assert code in {0, 1}


def test_a_guided_baseline_holds_what_cards_show(tmp_path):
    arguments = ["baseline", "--component", "iris", "--guided", "--simulated", "--json"]
    code, text = run_at_terminal(
        arguments, tmp_path, lambda running, lead: os.write(lead, b"s\n" * 6)
    )
    assert code == 0, text
    assert '"IRS-101"' in text
    assert '"IRS-103"' in text
