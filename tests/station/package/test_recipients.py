"""Who can open: forms, classes, refusals before anything is written."""

import pyrage
import pytest

from station.package.errors import IdentityError, NotForUsError, RecipientError
from station.package.open import open_package
from station.package.recipients import (
    RecipientKind,
    parse_identities,
    parse_recipients,
    recipient_kind,
)
from station.package.verify import verify_package
from tests.station.package.made_packages import (
    IDENTITY,
    KEYS,
    OTHER_IDENTITY,
    RECIPIENT,
    seal_small,
)
from tests.station.package.made_recipients import TAG, TAG_POST_QUANTUM

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
        ([RECIPIENT, TAG_POST_QUANTUM], "switch all"),
        ([TAG, TAG_POST_QUANTUM], "switch all"),
        (["age1tagpq1xyz"], "damaged"),
    ],
)
def test_what_cannot_be_sealed_to_is_refused(texts, word):
    with pytest.raises(RecipientError, match=word):
        parse_recipients(texts)


def test_a_hardware_key_may_stand_beside_a_classic_one(tmp_path):
    sealed = seal_small(tmp_path, recipients=(TAG, RECIPIENT))
    with open_package(sealed.folder, KEYS, [str(IDENTITY)]) as opened:
        assert opened.parts["a"].names
    age_header = (sealed.folder / "part-a.age").read_bytes()[:600]
    assert b"\n-> p256tag " in age_header
    assert b"\n-> X25519 " in age_header


def test_a_post_quantum_package_has_no_classic_recipient(tmp_path):
    sealed = seal_small(tmp_path, recipients=(TAG_POST_QUANTUM,))
    verify_package(sealed.folder, KEYS)
    age_header = (sealed.folder / "part-b.age").read_bytes()[:3000]
    assert b"\n-> mlkem768p256tag " in age_header
    assert b"X25519" not in age_header
    with pytest.raises(NotForUsError):
        open_package(sealed.folder, KEYS, [str(IDENTITY)])


def test_the_library_refuses_the_mixture_too():
    """Ours says why; should it ever pass one, nothing would be sealed either."""
    mixed = [
        pyrage.x25519.Recipient.from_str(RECIPIENT),
        pyrage.tagpq.Recipient.from_str(TAG_POST_QUANTUM),
    ]
    with pytest.raises(pyrage.EncryptError):
        pyrage.encrypt(b"x", mixed)


def test_an_opening_key_is_never_shown():
    secret = str(IDENTITY)
    assert isinstance(parse_identities([secret + "\n"])[0], pyrage.x25519.Identity)
    for texts in ([], [""], [RECIPIENT], [secret[:-1]], [secret.lower()[:-2]]):
        with pytest.raises(IdentityError) as caught:
            parse_identities(texts)
        assert secret[20:40] not in repr(caught.value) + repr(caught.value.__cause__)
