"""The `selftest` commands, one file per group; `selftest/cli.py` joins them."""
