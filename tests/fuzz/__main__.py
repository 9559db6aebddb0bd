"""Fuzz the readers of bytes from outside, one after the other.

Example: `python -m tests.fuzz --seconds 60`, or `python -m tests.fuzz nist_itl --seconds 600`.
Ends with 1 if there was a finding; its input is kept where the last line says, and belongs into a
test once the reader is mended.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS

MEMORY_MB = 1024
ALLOCATION_MB = 256
TIMEOUT_S = 1  # longer than a second is a finding; a target that starts processes has 15
GRACE_S = 120  # start, seeds and end
SLOW_RUNS_PER_S = 10


def main():
    """Fuzz what was named, or everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--keep", type=Path, help="folder for inputs that were found")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(TARGETS))
    if unknown:
        parser.error(f"no such reader: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    keep = arguments.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    keep.mkdir(parents=True, exist_ok=True)
    print(f"{'reader':18}{'inputs':>10}{'new':>7}{'memory':>9}  slowest")
    results = [fuzz(name, arguments.seconds, keep) for name in arguments.names or TARGETS]
    if not all(results):
        print(f"inputs that were found: {keep}")
    return 0 if all(results) else 1


def fuzz(name, seconds, keep):
    """Fuzz one target in a process of its own; return whether nothing was found."""
    target = TARGETS[name]
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as folder:
        corpus = Path(folder)
        for number, seed in enumerate(target.seeds()):
            (corpus / f"seed{number}").write_bytes(seed)
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={target.max_bytes}",
            f"-timeout={15 if target.is_slow else TIMEOUT_S}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-malloc_limit_mb={ALLOCATION_MB}",
            f"-artifact_prefix={keep}/{name}-",
            "-print_final_stats=1",
        ]
        if target.is_slow:
            options.append(f"-runs={seconds * SLOW_RUNS_PER_S}")
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.one", name, folder, *options],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds + GRACE_S,
        )
    report(name, done.stderr)
    if done.returncode != 0:
        print(done.stderr[-3000:])
    return done.returncode == 0


def report(name, text):
    """Print one line of the table."""
    inputs, new, memory = (
        (re.findall(rf"stat::{key}:\s+(\d+)", text) or ["?"])[-1]
        for key in ("number_of_executed_units", "new_units_added", "peak_rss_mb")
    )
    slowest = (re.findall(r"^slowest (.*)$", text, re.MULTILINE) or ["?"])[-1]
    print(f"{name:18}{inputs:>10}{new:>7}{memory + ' MB':>9}  {slowest}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
