"""Signed heads of the audit log in the C2SP forms tlog-checkpoint and signed-note.

    <origin>                          whose log
    <size>                            number of leaves, decimal
    <base64 of the root>
    <empty line>
    — <key name> <base64 of 4-byte key id + 64-byte Ed25519 signature>     one line per signer

The signature covers the text up to the empty line, its line breaks included.
References: c2sp.org/tlog-checkpoint, c2sp.org/signed-note.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SIGNATURE_MARK = "\N{EM DASH} "
ED25519_TYPE = b"\x01"  # signed-note: signature type of a plain Ed25519 signature
KEY_ID_BYTES = 4
ROOT_BYTES = 32


class BadCheckpointError(Exception):
    """Not a checkpoint, or not signed by the expected key."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head of a log: how many leaves, and the root over them, with its signed text."""

    origin: str
    size: int
    root: bytes
    text: str
    """The whole signed note."""

    @property
    def short_root(self) -> str:
        """Return the first 16 hexadecimal digits of the root, for paper."""
        return self.root.hex()[:16]


def head_body(origin: str, size: int, root: bytes) -> bytes:
    """Return the bytes that are signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode('ascii')}\n".encode()


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes that tell a verifier which key to try."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519_TYPE + public_key).digest()[:KEY_ID_BYTES]


def sign_checkpoint(
    origin: str, size: int, root: bytes, *, public_key: bytes, sign: Callable[[bytes], bytes]
) -> Checkpoint:
    """Return the head signed under the key name `origin`."""
    body = head_body(origin, size, root)
    return _noted(origin, size, root, key_id(origin, public_key) + sign(body))


def rebuild_checkpoint(
    origin: str, size: int, root: bytes, *, public_key: bytes, signature: bytes
) -> Checkpoint:
    """Return the signed head from its stored signature."""
    return _noted(origin, size, root, key_id(origin, public_key) + signature)


def read_checkpoint(text: str, *, name: str, public_key: bytes) -> Checkpoint:
    """Parse a signed head and check the signature of `name`; raises BadCheckpointError."""
    body, separator, notes = text.partition("\n\n")
    lines = body.split("\n")
    if not separator or len(lines) < 3:
        raise BadCheckpointError("not a signed note with a head in it")
    _check_signature(body + "\n", notes, name=name, public_key=public_key)
    origin, size, encoded_root = lines[:3]
    root = _decode(encoded_root)
    if len(root) != ROOT_BYTES or not size.isascii() or not size.isdigit():
        raise BadCheckpointError("size or root is malformed")
    if size != str(int(size)):
        raise BadCheckpointError("size has leading zeros")
    return Checkpoint(origin, int(size), root, text)


def _noted(origin: str, size: int, root: bytes, stamp: bytes) -> Checkpoint:
    encoded = base64.b64encode(stamp).decode("ascii")
    body = head_body(origin, size, root).decode()
    return Checkpoint(origin, size, root, f"{body}\n{SIGNATURE_MARK}{origin} {encoded}\n")


def _check_signature(body: str, notes: str, *, name: str, public_key: bytes) -> None:
    wanted = key_id(name, public_key)
    for line in notes.splitlines():
        signer, _, encoded = line.removeprefix(SIGNATURE_MARK).rpartition(" ")
        if not line.startswith(SIGNATURE_MARK) or signer != name:
            continue
        stamp = _decode(encoded)
        if stamp[:KEY_ID_BYTES] == wanted:
            _verify(public_key, stamp[KEY_ID_BYTES:], body.encode())
            return
    raise BadCheckpointError(f"carries no signature by '{name}' with the expected key")


def _verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature as error:
        raise BadCheckpointError("the signature does not fit the head") from error


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadCheckpointError("not base64") from error
