"""Who is signed in: sessions in memory, known to the browser by an opaque cookie only.

    (none) --log-in--> active --log-out, 10 min idle, 8 h--> (none)

A session ends with the process, since the operator's private key never leaves memory. Ending one
loses nothing: the draft of an open recording is on the disk.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from station.accounts import Operator
from station.operators import SignedInOperator

IDLE_LIMIT_S = 10 * 60.0  # SECURITY.md 1.7
ABSOLUTE_LIMIT_S = 8 * 3600.0  # SECURITY.md 1.7: one shift
TOKEN_BYTES = 32  # SECURITY.md 1.7: 256 bit


@dataclass(slots=True)
class Session:
    """One signed-in person at one browser."""

    signed_in: SignedInOperator
    csrf_token: str
    started_at_s: float
    seen_at_s: float

    @property
    def operator(self) -> Operator:
        """Return the person."""
        return self.signed_in.operator

    def is_over(self, now_s: float) -> bool:
        """Tell whether the idle or the absolute limit has passed."""
        is_idle = now_s - self.seen_at_s >= IDLE_LIMIT_S
        return is_idle or now_s - self.started_at_s >= ABSOLUTE_LIMIT_S


class Sessions:
    """All sessions by the hash of their token; thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_hash: dict[bytes, Session] = {}

    def begin(self, signed_in: SignedInOperator) -> tuple[str, Session]:
        """Start a session; returns the token for the cookie, which is kept nowhere here."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now_s = self._clock()
        session = Session(signed_in, secrets.token_urlsafe(TOKEN_BYTES), now_s, now_s)
        with self._lock:
            self._drop_over(now_s)
            self._by_hash[_hash(token)] = session
        return token, session

    def find(self, token: str | None, *, is_activity: bool) -> Session | None:
        """Return the live session of a token; `is_activity` starts its idle time anew."""
        if not token:
            return None
        now_s = self._clock()
        with self._lock:
            self._drop_over(now_s)
            session = self._by_hash.get(_hash(token))
            if session is not None and is_activity:
                session.seen_at_s = now_s
            return session

    def end(self, token: str | None) -> None:
        """End a session; an unknown token is no error."""
        if token:
            with self._lock:
                self._by_hash.pop(_hash(token), None)

    def end_of_operator(self, operator_id: int) -> None:
        """End every session of a person, for instance one who was deactivated."""
        with self._lock:
            self._by_hash = {
                key: session
                for key, session in self._by_hash.items()
                if session.operator.operator_id != operator_id
            }

    def _drop_over(self, now_s: float) -> None:
        over = [key for key, session in self._by_hash.items() if session.is_over(now_s)]
        for key in over:
            del self._by_hash[key]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
