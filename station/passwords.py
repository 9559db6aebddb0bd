"""Passwords: one Argon2id value proves them, another, from its own salt, wraps a person's key.

A stolen verifier therefore unwraps nothing. Costs: RFC 9106 (Argon2), SECURITY.md 1.7: 64 MiB,
3 passes, 4 lanes, about 250 ms.
"""

import secrets
import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT_BYTES = 16
KEY_BYTES = 32
NONCE_BYTES = 12  # AES-GCM, NIST SP 800-38D section 8.2
MINIMUM_LENGTH = 10
"""Characters. Without a TPM, Argon2id over this secret is the only wall before old drafts."""


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """Work that one guess costs."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    def __str__(self) -> str:
        """Return the form in which the cost is stored beside a wrapped key."""
        return f"argon2id m={self.memory_kib} t={self.passes} p={self.lanes}"

    @classmethod
    def parse(cls, text: str) -> "PasswordCost":
        """Read the stored form."""
        numbers = dict(part.split("=") for part in text.split()[1:])
        return cls(int(numbers["m"]), int(numbers["t"]), int(numbers["p"]))


@dataclass(frozen=True, slots=True)
class WrappedSecret:
    """A secret that only a password opens."""

    cost: str
    salt: bytes
    sealed: bytes
    """12-byte nonce and AES-256-GCM ciphertext."""


def is_weak(password: str, user_name: str, *, minimum_length: int) -> bool:
    """Tell whether a new password may not be used."""
    plain = _normalised(password).decode().casefold()
    is_monotone = len(set(plain)) < 3  # "1111111111", "abababab"
    return len(plain) < minimum_length or user_name.casefold() in plain or is_monotone


def make_verifier(password: str, cost: PasswordCost) -> str:
    """Return what proves the password later, in Argon2's own text form with a fresh salt."""
    hasher = PasswordHasher(
        time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes
    )
    return hasher.hash(_normalised(password))


def is_correct(verifier: str, password: str) -> bool:
    """Tell whether the password is the one behind the verifier."""
    try:
        return PasswordHasher().verify(verifier, _normalised(password))
    except (VerificationError, InvalidHashError):
        return False


def wrap_secret(
    secret: bytes, password: str, *, cost: PasswordCost, context: bytes
) -> WrappedSecret:
    """Seal a secret under a password; `context` says whose it is and must be given to open it."""
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    key = _wrapping_key(password, salt, cost)
    return WrappedSecret(str(cost), salt, nonce + AESGCM(key).encrypt(nonce, secret, context))


def unwrap_secret(wrapped: WrappedSecret, password: str, *, context: bytes) -> bytes | None:
    """Open a secret; None when password, context or bytes are not those of the sealing."""
    key = _wrapping_key(password, wrapped.salt, PasswordCost.parse(wrapped.cost))
    nonce, ciphertext = wrapped.sealed[:NONCE_BYTES], wrapped.sealed[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, context)
    except InvalidTag:
        return None


def _wrapping_key(password: str, salt: bytes, cost: PasswordCost) -> bytes:
    return hash_secret_raw(
        _normalised(password),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _normalised(password: str) -> bytes:
    # NFKC: the same password typed on another keyboard gives the same bytes (NIST SP 800-63B)
    return unicodedata.normalize("NFKC", password).encode()
