"""`python -m selftest`: the same as the `selftest` command."""

from selftest.cli import main

main()
