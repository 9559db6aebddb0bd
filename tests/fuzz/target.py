"""What the fuzzer knows of one reader."""

from collections.abc import Callable
from dataclasses import dataclass

from biometrics.codecs.errors import CodecError


@dataclass(frozen=True)
class Target:
    """One reader."""

    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    max_bytes: int = 8192
    is_slow: bool = False
    """Starts a process for each input."""
    errors: tuple[type[Exception], ...] = (CodecError,)
    """What the reader says of bytes that it does not take."""
