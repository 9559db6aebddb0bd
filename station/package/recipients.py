"""Who can open a package: age recipients of one class.

`age1...` is X25519, `age1tag1...` a hardware key, `age1tagpq1...` a hardware key safe against a
quantum computer. The first two may stand together; the third only with its like, because one
classic recipient would undo what it is for: a change of class is a switch, not an overlap.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import pyrage

from station.package.errors import IdentityError, RecipientError

MAX_RECIPIENTS = 8  # two of one kind while a key is rotated, and room


class RecipientKind(StrEnum):
    """Form of a recipient, by its prefix."""

    X25519 = "age1"
    TAG = "age1tag1"
    TAG_POST_QUANTUM = "age1tagpq1"


_CLASSES = {
    RecipientKind.TAG_POST_QUANTUM: pyrage.tagpq.Recipient,
    RecipientKind.TAG: pyrage.tag.Recipient,
    RecipientKind.X25519: pyrage.x25519.Recipient,
}


def recipient_kind(text: str) -> RecipientKind:
    """Return the form of a recipient; raises RecipientError for what is none of ours."""
    for kind in _CLASSES:  # the longer prefixes come first
        if text.startswith(kind.value):
            return kind
    raise RecipientError(f"{text[:20]!r} does not begin with age1, age1tag1 or age1tagpq1")


def parse_recipients(texts: Sequence[str]) -> list[Any]:
    """Return what the encryption takes; raises RecipientError before anything is written."""
    if not texts:
        raise RecipientError("there is no recipient: a package must be for somebody")
    if len(texts) > MAX_RECIPIENTS:
        raise RecipientError(f"{len(texts)} recipients, at most {MAX_RECIPIENTS}")
    if len(set(texts)) != len(texts):
        raise RecipientError("a recipient is named twice")
    kinds = {recipient_kind(text) for text in texts}
    if RecipientKind.TAG_POST_QUANTUM in kinds and len(kinds) > 1:
        raise RecipientError(
            "age1tagpq1 must not stand beside age1 or age1tag1: switch all recipients at once"
        )
    return [_parse(text) for text in texts]


def parse_identities(texts: Sequence[str]) -> list[Any]:
    """Return opening keys (`AGE-SECRET-KEY-1...`); raises IdentityError, which never shows them."""
    try:
        identities = [pyrage.x25519.Identity.from_str(text.strip()) for text in texts]
    except pyrage.IdentityError as error:
        raise IdentityError("an opening key is not an AGE-SECRET-KEY-1 text") from error
    if not identities:
        raise IdentityError("there is no opening key")
    return identities


def _parse(text: str) -> Any:  # noqa: ANN401 - pyrage's classes have no common name
    try:
        return _CLASSES[recipient_kind(text)].from_str(text)
    except pyrage.RecipientError as error:
        raise RecipientError(f"{text[:20]}... is damaged: {error}") from error
