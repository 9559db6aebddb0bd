"""A computer that is told what to say: files of /proc and /sys, programs, a kernel log."""

import datetime
import json

from selftest.errors import NotReadyError
from selftest.programs import ProgramOutput

NOW = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
UP = datetime.timedelta(hours=1)
"""How long the computer runs: the fixture's /proc/uptime."""
BOOT = "0f" * 16


class Programs:
    """Answers by the first word, or the first two, of a command; all else is not installed."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __call__(self, command, timeout_s):
        self.asked.append(tuple(command))
        for words in ("_".join(command[:2]), command[0]):
            answer = self.answers.get(words.replace("-", "_"))
            if answer is not None:
                return as_output(answer)
        raise NotReadyError(f"{command[0]} belum dipasang / not installed")


def as_output(answer):
    if isinstance(answer, ProgramOutput):
        return answer
    return ProgramOutput(0, answer.encode() if isinstance(answer, str) else answer)


def tree(root, **files):
    """Write files below a root; "__" stands for "/"."""
    for name, text in files.items():
        write(root, name.replace("__", "/"), text)


def write(root, name, text):
    place = root / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def journal_row(text, *, ago_s, boot=BOOT):
    when = NOW - datetime.timedelta(seconds=ago_s)
    since_start_s = UP.total_seconds() - ago_s
    return json.dumps(
        {
            "__REALTIME_TIMESTAMP": f"{when.timestamp() * 1e6:.0f}",
            "_SOURCE_MONOTONIC_TIMESTAMP": f"{max(0.0, since_start_s) * 1e6:.0f}",
            "_BOOT_ID": boot,
            "MESSAGE": text,
        }
    )


def journal(*texts, ago_s=600.0, apart_s=5.0, boot=BOOT):
    """Return journalctl's text of kernel lines, `apart_s` apart, the last `ago_s` ago."""
    rows = [
        journal_row(text, ago_s=ago_s + apart_s * (len(texts) - 1 - place), boot=boot)
        for place, text in enumerate(texts)
    ]
    return "".join(row + "\n" for row in rows)
