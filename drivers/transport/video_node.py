"""The device node of a V4L2 camera, opened beside whoever takes its pictures, for ioctls."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drivers.errors import TransportError

Ioctl = Callable[[int, int, bytearray], object]
"""As `fcntl.ioctl`: open file, number, structure that is changed in place."""


@contextmanager
def opened_node(path: str, purpose: str, *, device: str) -> Iterator[int]:
    """Open a node and close it afterwards; raises TransportError, which names the purpose."""
    try:
        node = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise TransportError(
            f"{path} cannot be opened for its {purpose}: {error.strerror}; check the cable",
            device=device,
        ) from error
    try:
        yield node
    finally:
        os.close(node)
