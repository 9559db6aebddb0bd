"""Who can open: forms, classes, refusals before anything is written."""

import pyrage
import pytest

from station.package.errors import IdentityError, RecipientError
from station.package.recipients import (
    RecipientKind,
    parse_identities,
    parse_recipients,
    recipient_kind,
)
from tests.station.package.made_packages import IDENTITY, OTHER_IDENTITY, RECIPIENT

# Public test recipients of the C2SP age test kit's forms, made for these tests.
OTHER = str(OTHER_IDENTITY.to_public())


def test_the_form_is_told_by_its_prefix():
    assert recipient_kind(RECIPIENT) is RecipientKind.X25519
    assert recipient_kind("age1tag1xyz") is RecipientKind.TAG
    assert recipient_kind("age1tagpq1xyz") is RecipientKind.TAG_POST_QUANTUM
    for text in ("", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1", "Age1xyz"):
        with pytest.raises(RecipientError):
            recipient_kind(text)


def test_two_of_one_kind_while_a_key_is_rotated():
    assert len(parse_recipients([RECIPIENT, OTHER])) == 2


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ([], "no recipient"),
        ([RECIPIENT, RECIPIENT], "twice"),
        ([f"age1{n}" for n in range(9)], "at most 8"),
        ([RECIPIENT[:-1] + ("q" if RECIPIENT[-1] != "q" else "p")], "damaged"),
        ([RECIPIENT + "\n"], "damaged"),
        ([RECIPIENT, "age1tagpq1xyz"], "switch all"),
        (["age1tag1xyz", "age1tagpq1xyz"], "switch all"),
        (["age1tagpq1xyz"], "damaged"),
    ],
)
def test_what_cannot_be_sealed_to_is_refused(texts, word):
    with pytest.raises(RecipientError, match=word):
        parse_recipients(texts)


def test_an_opening_key_is_never_shown():
    secret = str(IDENTITY)
    assert isinstance(parse_identities([secret + "\n"])[0], pyrage.x25519.Identity)
    for texts in ([], [""], [RECIPIENT], [secret[:-1]], [secret.lower()[:-2]]):
        with pytest.raises(IdentityError) as caught:
            parse_identities(texts)
        assert secret[20:40] not in repr(caught.value) + repr(caught.value.__cause__)
