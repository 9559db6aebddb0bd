"""One function per check, one file per device kind."""
