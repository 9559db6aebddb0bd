"""For all tests: one thread for matrices, set before numpy is loaded."""

import os

# Small matrices only; on two busy cores OpenBLAS with several threads is ten times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

# Machines are shared: an example's time says nothing about the code.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
