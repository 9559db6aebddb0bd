"""The process in which one target is fuzzed: `python -m tests.fuzz.one NAME [libFuzzer options]`.

Prints a line for each input that took longer than any before it; `python -m tests.fuzz` reads it.
"""

import sys
import time
import warnings

import atheris

with atheris.instrument_imports(include=["biometrics.codecs", "selftest"]):
    from tests.fuzz import targets


def main():
    """Fuzz until libFuzzer ends the process."""
    name = sys.argv.pop(1)
    warnings.simplefilter("error")  # a warning is a finding, as in the tests
    # Processor time, since the machine may be shared; of a child's work there is only a clock.
    clock = time.perf_counter if targets.TARGETS[name].is_slow else time.process_time
    slowest_s = 0.0

    def run(data):
        nonlocal slowest_s
        start = clock()
        targets.fuzz(name, data)
        took_s = clock() - start
        if took_s > slowest_s:
            slowest_s = took_s
            sys.stderr.write(f"slowest {took_s * 1000:.1f} ms {len(data)} bytes\n")
            sys.stderr.flush()

    atheris.Setup(sys.argv, run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
