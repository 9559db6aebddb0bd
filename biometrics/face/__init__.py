"""Portrait checks."""
