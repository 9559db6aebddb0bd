"""Who is believed: chains of certificates, algorithms, keys."""

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import OptionsError
from drivers.protocols.sbi_errors import SignatureError, UntrustedSignerError
from drivers.protocols.sbi_trust import TrustRoots, decode_base64url, open_unsigned
from drivers.simulation.wire.sbi_keys import EmulatedKey, to_base64url
from tests.drivers.mosip_sbi_rooms import keys

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CONTENT = {"qualityScore": "44.0"}


@pytest.fixture(scope="module")
def roots():
    return TrustRoots((keys().root.certificate,))


def opened(roots, token, at=NOW):
    return roots.open_signed(token, at=at, device="test")


def with_header(token, **changes):
    head, rest = token.split(".", 1)
    fields = json.loads(decode_base64url(head, device="test"))
    fields.update(changes)
    fields = {name: value for name, value in fields.items() if value is not ...}
    return f"{to_base64url(json.dumps(fields).encode())}.{rest}"


def test_an_honest_device(roots):
    signed = opened(roots, keys().device.sign(CONTENT))
    assert signed.content == CONTENT
    assert len(signed.signer) == 64
    assert signed.signer != opened(roots, keys().root.issue("Another").sign(CONTENT)).signer


def test_the_chain_may_have_an_intermediate_authority(roots):
    middle = keys().root.issue("Provider of this year", is_authority=True)
    device = middle.issue("Device")
    assert opened(roots, device.sign(CONTENT, chain=(middle,))).content == CONTENT
    with pytest.raises(UntrustedSignerError):
        opened(roots, device.sign(CONTENT))


def test_several_roots_in_one_file(tmp_path):
    other = EmulatedKey.authority("Other provider")
    path = tmp_path / "roots.pem"
    path.write_bytes(other.pem() + keys().root.pem())
    roots = TrustRoots.load(path, device="test")
    assert len(roots.certificates) == 2
    for signer in (keys().device, other.issue("Device")):
        assert opened(roots, signer.sign(CONTENT)).content == CONTENT


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_files_that_hold_no_roots(tmp_path, content):
    (tmp_path / "roots.pem").write_bytes(content)
    for path in (tmp_path / "roots.pem", tmp_path / "absent.pem", tmp_path):
        with pytest.raises(OptionsError, match="trust_roots"):
            TrustRoots.load(path, device="test")


@pytest.mark.parametrize("year", [1970, 2020, 2037, 2100])
def test_outside_of_the_certificates_time(roots, year):
    with pytest.raises(UntrustedSignerError, match=f"{year}-11-24.*check the machine's clock"):
        opened(roots, keys().device.sign(CONTENT), NOW.replace(year=year))


def test_the_root_in_the_message_is_not_a_reason_to_trust(roots):
    stranger = EmulatedKey.authority("Emulated provider")  # even of the same name
    device = stranger.issue("Emulated device")
    with pytest.raises(UntrustedSignerError):
        opened(roots, device.sign(CONTENT, chain=(stranger,)))


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "none"}, {"alg": "HS256"}, {"alg": "RS512"}, {"alg": ...}, {"alg": 7},
        {"x5c": ...}, {"x5c": []}, {"x5c": None}, {"x5c": {}}, {"x5c": ["AAAA"]}, {"x5c": ["!"]},
        {"x5c": [7]}, {"x5c": ["AAAA"] * 40}, {"crit": ["b64"], "b64": False},
    ],
)  # fmt: skip
def test_headers_that_say_something_else(roots, changes):
    with pytest.raises(SignatureError):
        opened(roots, with_header(keys().device.sign(CONTENT), **changes))


def test_a_certificate_as_plain_text_in_the_header(roots):
    """Early services write x5c as text, not as a list; the signature then covers it so."""
    der = keys().device.certificate.public_bytes(Encoding.DER)
    text = base64.b64encode(der).decode()
    with pytest.raises(SignatureError):  # changed after signing
        opened(roots, with_header(keys().device.sign(CONTENT), x5c=text))


def test_the_public_key_as_a_secret_is_no_signature(roots):
    """The classic confusion: HS256 with the public key's bytes."""
    token = with_header(keys().device.sign(CONTENT), alg="HS256")
    with pytest.raises(SignatureError, match="HS256"):
        opened(roots, token)


def test_another_kind_of_key(roots, monkeypatch):
    weak = ec.generate_private_key(ec.SECP256R1())
    monkeypatch.setattr(rsa, "generate_private_key", lambda **_: weak)
    device = keys().root.issue("Other device")
    monkeypatch.undo()
    token = keys().device.sign(CONTENT)
    der = base64.b64encode(device.certificate.public_bytes(Encoding.DER)).decode()
    with pytest.raises((SignatureError, UntrustedSignerError)):
        opened(roots, with_header(token, x5c=[der]))


@pytest.mark.parametrize("content", [b"", b"7", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_contents_that_are_no_object(content):
    with pytest.raises(SignatureError, match="JSON"):
        open_unsigned(to_base64url(content), device="test")


@given(
    token=st.text(max_size=60) | st.from_regex(r"\A[A-Za-z0-9_-]{0,30}(\.[A-Za-z0-9_-]{0,30}){2}\Z")
)
def test_any_text_is_refused(token):
    with pytest.raises((SignatureError, UntrustedSignerError)):
        opened(TrustRoots((keys().root.certificate,)), token)
