"""The central system's side: pull, verify, open, answer."""
