"""Random numbers that depend on words only: the same words give the same numbers everywhere."""

import hashlib

import numpy as np


def generator(*words: object) -> np.random.Generator:
    """Return a generator seeded by the words (their text, in order)."""
    return np.random.Generator(np.random.PCG64(digest_number(*words)))


def digest_number(*words: object) -> int:
    """Return a 128-bit number that depends on every word."""
    text = "\x1f".join(str(word) for word in words)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
