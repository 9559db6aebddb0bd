"""Start the command line: `python -m biometrics`."""

import os

# Figures are for one thread; the numeric libraries read these once, when they are loaded.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from biometrics.command_line import app  # noqa: E402  (after the threads are set)

if __name__ == "__main__":
    app(prog_name="python -m biometrics")
