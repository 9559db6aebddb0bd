"""The chain of hashes of each transaction, across all SBI devices of this process.

SBI chains every capture of a transaction to the one before it, whichever device made it. Finger,
iris and face drivers are different devices on different threads, so the heads are kept here. After
a restart a transaction's chain begins anew.
"""

import threading
from collections import OrderedDict

from drivers.protocols.sbi_words import NO_PREVIOUS_HASH

MAX_TRANSACTIONS = 256  # older ones are forgotten; a station has one open at a time


class HashChains:
    """Heads of chains by transaction; any thread may use it."""

    def __init__(self) -> None:
        self._heads: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def head(self, transaction_id: str) -> str:
        """Return the hash that the next capture follows."""
        with self._lock:
            return self._heads.get(transaction_id, NO_PREVIOUS_HASH)

    def advance(self, transaction_id: str, *, old_hash: str, new_hash: str) -> bool:
        """Move the head; False when another capture came in between."""
        with self._lock:
            if self._heads.get(transaction_id, NO_PREVIOUS_HASH) != old_hash:
                return False
            self._heads[transaction_id] = new_hash
            self._heads.move_to_end(transaction_id)
            while len(self._heads) > MAX_TRANSACTIONS:
                self._heads.popitem(last=False)
            return True


SHARED_CHAINS = HashChains()
"""The chains of this process."""
