"""Receipts and notices: only the pinned key, only the exact words, only this package."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey, RSAKey

from station.answers import (
    MalformedAnswerError,
    MismatchedAnswerError,
    Notice,
    Receipt,
    TrustedReceiptKeys,
    UntrustedAnswerError,
)
from station.jws import sign_compact

CENTRE = OKPKey.generate_key("Ed25519")
STRANGER = OKPKey.generate_key("Ed25519")
TRUSTED = TrustedReceiptKeys([CENTRE.as_dict(private=False, kid="centre-1")])
RECEIPT = Receipt(
    package_id="a" * 32,
    station_code="61.01.01-1",
    sequence=7,
    manifest_sha256="b" * 64,
    verdict="accepted",
    issued_at="2026-11-24T08:00:00Z",
)
NOTICE = Notice(
    notice_id="c" * 32,
    station_code="61.01.01-1",
    kind="recapture",
    package_id="a" * 32,
    items=("right_index",),
    issued_at="2026-11-24T08:00:00Z",
)


def signed(payload: bytes, key: OKPKey = CENTRE, kid: str = "centre-1") -> str:
    return sign_compact(payload, key, kid=kid)


def with_header(text: str, **header: object) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return ".".join([encoded, *text.split(".")[1:]])


def test_what_the_centre_signed_is_read():
    assert TRUSTED.read_receipt(signed(RECEIPT.payload())) == RECEIPT
    assert TRUSTED.read_receipt(signed(RECEIPT.payload()).encode() + b"\n") == RECEIPT
    assert TRUSTED.read_notice(signed(NOTICE.payload())) == NOTICE


@pytest.mark.parametrize(
    "text", ["", ".", "a.b", "a.b.c", "é.b.c", b"\xff.b.c", "a.b.c.d", "W10.b.c"]
)
def test_what_is_no_jws_is_malformed(text):
    with pytest.raises(MalformedAnswerError):
        TRUSTED.read_receipt(text)


def test_another_key_under_the_same_name_is_not_trusted():
    with pytest.raises(UntrustedAnswerError):
        TRUSTED.read_receipt(signed(RECEIPT.payload(), STRANGER))


def test_another_name_is_not_trusted():
    with pytest.raises(UntrustedAnswerError, match="centre-2"):
        TRUSTED.read_receipt(signed(RECEIPT.payload(), kid="centre-2"))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "centre-1"},
        {"alg": "HS256", "kid": "centre-1"},
        {"alg": "ES256", "kid": "centre-1"},
        {"alg": "EdDSA"},
        {"kid": "centre-1"},
        {"alg": "EdDSA", "kid": "centre-1", "crit": ["b64"], "b64": False},
        {"alg": "EdDSA", "kid": ["centre-1"]},
    ],
)
def test_every_other_header_is_refused(header):
    with pytest.raises(UntrustedAnswerError):
        TRUSTED.read_receipt(with_header(signed(RECEIPT.payload()), **header))


def test_a_notice_is_no_receipt():
    with pytest.raises(MalformedAnswerError):
        TRUSTED.read_receipt(signed(NOTICE.payload()))
    with pytest.raises(MalformedAnswerError):
        TRUSTED.read_notice(signed(RECEIPT.payload()))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"verdict": "perhaps"}, "verdict"),
        ({"sequence": 0}, "sequence"),
        ({"sequence": "7"}, "sequence"),
        ({"manifest_sha256": "B" * 64}, "manifest_sha256"),
        ({"package_id": "../../etc/passwd"}, "package_id"),
        ({"station_code": "a/b"}, "station_code"),
        ({"issued_at": "yesterday"}, "issued_at"),
        ({"format": "ktpel-receipt/2"}, "format"),
        ({"extra": 1}, "extra"),
        ({"reason": "cannot_open"}, "reason"),
        ({"verdict": "rejected"}, "reason"),
    ],
)
def test_a_wrong_word_is_named(change, place):
    payload = json.dumps({**json.loads(RECEIPT.payload()), **change}).encode()
    with pytest.raises(MalformedAnswerError, match=place):
        TRUSTED.read_receipt(signed(payload))


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 5000])
def test_a_signed_payload_that_is_no_object_is_malformed(payload):
    with pytest.raises((MalformedAnswerError, UntrustedAnswerError)):
        TRUSTED.read_receipt(signed(payload))


def test_too_long():
    with pytest.raises(MalformedAnswerError, match="16384"):
        TRUSTED.read_receipt("a" * 20_000)


@pytest.mark.parametrize("field", ["package_id", "station_code", "manifest_sha256"])
def test_a_receipt_for_something_else_does_not_match(field):
    here = {
        "package_id": RECEIPT.package_id,
        "station_code": RECEIPT.station_code,
        "manifest_sha256": RECEIPT.manifest_sha256,
    }
    RECEIPT.check_is_for(**here)
    with pytest.raises(MismatchedAnswerError, match=field):
        RECEIPT.check_is_for(**{**here, field: "d" * 64})


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_flipped_bit_is_believed(position, bit):
    good = signed(RECEIPT.payload()).encode()
    bad = bytearray(good)
    bad[position % len(good)] ^= 1 << bit
    try:
        read = TRUSTED.read_receipt(bytes(bad))
    except (MalformedAnswerError, UntrustedAnswerError):
        return
    # the two spare bits at the end of base64url text carry nothing
    assert read == RECEIPT


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"keys": 1}', '{"keys": []}', '{"keys": [1]}', '{"keys": [{"kty": "OKP"}]}'],
)
def test_a_key_set_without_keys_is_refused(text):
    with pytest.raises(ValueError, match="key"):
        TrustedReceiptKeys.from_jwks(text)


def test_a_private_or_foreign_key_is_refused():
    with pytest.raises(ValueError, match="public Ed25519"):
        TrustedReceiptKeys([CENTRE.as_dict(private=True)])
    with pytest.raises(ValueError, match="public Ed25519"):
        TrustedReceiptKeys([RSAKey.generate_key(2048).as_dict(private=False)])


def test_a_key_without_a_name_goes_by_its_thumbprint():
    key = CENTRE.as_dict(private=False)
    trusted = TrustedReceiptKeys([{k: v for k, v in key.items() if k != "kid"}])
    assert trusted.read_receipt(signed(RECEIPT.payload(), kid=CENTRE.thumbprint())) == RECEIPT
