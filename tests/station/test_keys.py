"""The station's keys on disk, signatures, and what it trusts of the centre."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwcrypto import jwk, jws

from station.errors import KeyFileError, TrustedCentreError
from station.jws import BadJwsError, verify_compact
from station.keys import StationKeys, import_centre, load_centre
from station.signer import Signer, to_pem
from station.tls import server_certificate
from station.trusted_centre import check_recipients

CODE = "61.01.01-1"
CLASSIC = "age1" + "q" * 58
# RFC 8037 appendix A: an Ed25519 key, its thumbprint (A.3) and a signature over its text (A.4).
RFC_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC_KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.fixture
def keys(tmp_path):
    return StationKeys.load_or_create(tmp_path / "keys", CODE)


def signer(code="centre"):
    return Signer(code, Ed25519PrivateKey.generate())


def public_keys(*signers):
    return {one.kid: one.public_jwk() for one in signers}


def test_keys_are_made_once_and_read_again(keys):
    again = StationKeys.load_or_create(keys.folder, CODE)
    assert again.signer.kid == keys.signer.kid
    assert again.nik_tag_key == keys.nik_tag_key
    assert len(keys.nik_tag_key) == 32


def test_keys_are_for_their_owner_only(keys):
    assert keys.folder.stat().st_mode & 0o777 == 0o700
    names = {path.name: path.stat().st_mode & 0o777 for path in keys.folder.iterdir()}
    assert names == {"station-signing.pem": 0o600, "nik-tag.key": 0o600}


@pytest.mark.parametrize("name", ["station-signing.pem", "nik-tag.key"])
def test_a_lost_key_is_not_replaced_silently(keys, name):
    (keys.folder / name).unlink()
    with pytest.raises(KeyFileError, match="Restore it from the backup"):
        StationKeys.load_or_create(keys.folder, CODE)
    assert not (keys.folder / name).exists()


@pytest.mark.parametrize("made", [(), ("nik-tag.key",), ("nik-tag.key", "station-signing.pem")])
def test_a_cut_while_keys_are_born_is_taken_up_again(tmp_path, keys, made):
    folder = tmp_path / "cut"
    folder.mkdir(mode=0o700)
    (folder / ".new-keys").touch()
    for name in made:
        (folder / name).write_bytes((keys.folder / name).read_bytes())
    again = StationKeys.load_or_create(folder, CODE)
    assert again.signer.kid != keys.signer.kid
    assert not (folder / ".new-keys").exists()
    assert StationKeys.load_or_create(folder, CODE).signer.kid == again.signer.kid


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_readable_by_others_is_refused(keys, mode):
    path = keys.folder / "station-signing.pem"
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600") as caught:
        StationKeys.load_or_create(keys.folder, CODE)
    assert "dapat dibaca orang lain" in caught.value.text_id


def elliptic_pem():
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("station-signing.pem", b""),
        ("station-signing.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        ("station-signing.pem", elliptic_pem()),
        ("nik-tag.key", b""),
        ("nik-tag.key", b"x" * 31),
    ],
)
def test_a_damaged_key_is_named(keys, name, payload):
    (keys.folder / name).write_bytes(payload)
    with pytest.raises(KeyFileError, match=name):
        StationKeys.load_or_create(keys.folder, CODE)


def test_the_key_is_named_by_its_thumbprint():
    private = jwk.JWK(kty="OKP", crv="Ed25519", d=RFC_D, x=RFC_X)
    pem = private.export_to_pem(private_key=True, password=None)
    key = Signer(CODE, load_pem_private_key(pem, password=None))
    assert key.kid == RFC_KID
    assert key.public_jwk() == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": RFC_X,
        "kid": RFC_KID,
        "alg": "EdDSA",
        "use": "sig",
    }
    assert to_pem(load_pem_private_key(pem, password=None)).startswith(b"-----BEGIN PRIVATE KEY")


@pytest.mark.parametrize("payload", [b"", b"{}", b"x" * 300_000, bytes(range(256))])
def test_another_library_reads_our_signature(keys, payload):
    text = keys.signer.sign_jws(payload)
    token = jws.JWS()
    token.deserialize(text)
    token.verify(jwk.JWK(**keys.signer.public_jwk()))
    assert token.payload == payload
    header = json.loads(token.objects["protected"])
    assert header == {"alg": "EdDSA", "kid": keys.signer.kid}


def test_our_reader_takes_the_trusted_key_only(keys):
    text = keys.signer.sign_jws(b"payload")
    other = signer()
    assert verify_compact(text, public_keys(keys.signer, other)) == b"payload"
    with pytest.raises(BadJwsError, match="unknown key"):
        verify_compact(text, public_keys(other))
    with pytest.raises(BadJwsError):
        verify_compact(text, {keys.signer.kid: other.public_jwk()})


def unpadded(payload):
    return base64.urlsafe_b64encode(payload).rstrip(b"=").decode()


def compact(header, sign=lambda _message: b"\0" * 64):
    message = f"{unpadded(json.dumps(header).encode())}.{unpadded(b'payload')}"
    return f"{message}.{unpadded(sign(message.encode()))}"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "K"},
        {"alg": "HS256", "kid": "K"},
        {"alg": "ES256", "kid": "K"},
        {"alg": "Ed448", "kid": "K"},
        {"kid": "K"},
        {"alg": "EdDSA"},
        {"alg": "EdDSA", "kid": 7},
        {"alg": "EdDSA", "kid": "K", "crit": ["exp"], "exp": 1},
    ],
)
def test_every_other_header_is_refused(keys, header):
    if header.get("kid") == "K":
        header = {**header, "kid": keys.signer.kid}
    with pytest.raises(BadJwsError):
        verify_compact(compact(header), public_keys(keys.signer))


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "\N{EM DASH}.b.c"])
def test_noise_is_no_signature(keys, text):
    with pytest.raises(BadJwsError):
        verify_compact(text, public_keys(keys.signer))


def test_every_changed_character_is_noticed(keys):
    text = keys.signer.sign_jws(b'{"a":1}')
    trusted = public_keys(keys.signer)
    for place, old in enumerate(text[:-1]):  # the last one holds bits that carry nothing
        changed = text[:place] + ("A" if old != "A" else "B") + text[place + 1 :]
        with pytest.raises(BadJwsError):
            verify_compact(changed, trusted)


@pytest.mark.parametrize("name", ["EdDSA", "Ed25519"])
def test_both_names_of_the_algorithm_are_read(keys, name):
    text = compact({"alg": name, "kid": keys.signer.kid}, keys.signer.sign)
    assert verify_compact(text, public_keys(keys.signer)) == b"payload"


def test_the_identity_holds_public_things_only(keys):
    before = keys.public_identity()
    assert before["tls_certificate_pem"] is None
    pair = server_certificate(CODE)
    pair.write(keys.tls_certificate_path, keys.tls_key_path)
    identity = keys.public_identity()
    assert identity["station_code"] == CODE
    assert identity["signing_jwk"] == keys.signer.public_jwk()
    assert identity["tls_certificate_pem"].startswith("-----BEGIN CERTIFICATE")
    assert "PRIVATE" not in json.dumps(identity)
    assert '"d"' not in json.dumps(identity)


# ---- the centre


@pytest.fixture(scope="module")
def ca_pem():
    return server_certificate("centre").certificate_pem.decode()


@pytest.fixture(scope="module")
def centre_signer():
    return signer()


def enrolment(authority, /, *signers, **changes):
    fields = {
        "format": "ktpel-centre-enrolment/1",
        "recipients": [CLASSIC],
        "receipt_keys": {"keys": [one.public_jwk() for one in signers]},
        "ca_pem": authority,
        **changes,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def test_a_first_enrolment_is_kept(keys, ca_pem, centre_signer):
    assert keys.centre() is None
    centre = import_centre(keys.folder, enrolment(ca_pem, centre_signer))
    assert centre == keys.centre() == load_centre(keys.folder)
    assert centre.recipients == (CLASSIC,)
    assert set(centre.receipt_key_set()) == {centre_signer.kid}
    assert centre.ca_pem == ca_pem
    assert len(centre.fingerprint) == 64
    written = json.loads((keys.centre_folder / "receipt-keys.json").read_text())
    assert [key["kid"] for key in written["keys"]] == [centre_signer.kid]
    assert (keys.centre_folder / "ca.pem").read_text() == ca_pem


def test_bytes_and_a_plain_list_of_keys_are_read_too(keys, ca_pem, centre_signer):
    text = enrolment(ca_pem, receipt_keys=[centre_signer.public_jwk()])
    assert import_centre(keys.folder, text.encode()).receipt_keys[0]["kid"] == centre_signer.kid


def test_a_key_without_a_name_is_named_by_its_thumbprint(keys, ca_pem, centre_signer):
    bare = {name: centre_signer.public_jwk()[name] for name in ("kty", "crv", "x")}
    centre = import_centre(keys.folder, enrolment(ca_pem, receipt_keys=[bare]))
    assert set(centre.receipt_key_set()) == {centre_signer.kid}


def test_a_second_enrolment_needs_a_signature_or_a_persons_word(keys, ca_pem, centre_signer):
    import_centre(keys.folder, enrolment(ca_pem, centre_signer))
    new = signer()
    text = enrolment(ca_pem, new)
    with pytest.raises(TrustedCentreError, match="confirm fingerprint"):
        import_centre(keys.folder, text)
    with pytest.raises(TrustedCentreError, match="confirm fingerprint"):
        import_centre(keys.folder, text, confirmed_fingerprint="0" * 64)
    with pytest.raises(TrustedCentreError, match="signature is not valid"):
        import_centre(keys.folder, new.sign_jws(text.encode()))
    assert set(keys.centre().receipt_key_set()) == {centre_signer.kid}
    centre = import_centre(keys.folder, centre_signer.sign_jws(text.encode()))
    assert set(centre.receipt_key_set()) == {new.kid}
    back = enrolment(ca_pem, centre_signer)
    fingerprint = import_centre(keys.folder.parent / "elsewhere", back).fingerprint
    import_centre(keys.folder, back, confirmed_fingerprint=fingerprint)
    assert set(keys.centre().receipt_key_set()) == {centre_signer.kid}


def test_the_same_enrolment_again_is_allowed(keys, ca_pem, centre_signer):
    text = enrolment(ca_pem, centre_signer)
    first = import_centre(keys.folder, text)
    spaced = json.dumps(json.loads(text), indent=4, sort_keys=True)
    assert import_centre(keys.folder, spaced).fingerprint == first.fingerprint


def test_a_first_enrolment_cannot_vouch_for_itself(keys, ca_pem, centre_signer):
    text = enrolment(ca_pem, centre_signer)
    with pytest.raises(TrustedCentreError, match="compare the fingerprint"):
        import_centre(keys.folder, centre_signer.sign_jws(text.encode()))
    assert keys.centre() is None


PRIVATE_JWK = {"kty": "OKP", "crv": "Ed25519", "x": RFC_X, "d": RFC_D, "kid": "k"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "other/1"}, "not 'ktpel-centre-enrolment/1'"),
        ({"format": None}, "not 'ktpel-centre-enrolment/1'"),
        ({"recipients": None}, "no recipients"),
        ({"recipients": []}, "no recipients"),
        ({"recipients": CLASSIC}, "no recipients"),
        ({"recipients": ["age1b"]}, "unknown recipient"),
        ({"recipients": [7]}, "unknown recipient"),
        ({"recipients": ["AGE-SECRET-KEY-1QQ"]}, "unknown recipient"),
        ({"receipt_keys": None}, "no receipt keys"),
        ({"receipt_keys": {"keys": []}}, "no receipt keys"),
        ({"receipt_keys": [7]}, "not Ed25519"),
        ({"receipt_keys": [{"kty": "EC", "crv": "P-256"}]}, "not Ed25519"),
        ({"receipt_keys": [{"kty": "OKP", "crv": "Ed25519"}]}, "malformed"),
        ({"receipt_keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}, "malformed"),
        ({"receipt_keys": [PRIVATE_JWK]}, "private key"),
        ({"ca_pem": None}, "no ca_pem"),
        ({"ca_pem": "no certificate"}, "not a certificate"),
        ({"ca_pem": "-----BEGIN PRIVATE KEY-----"}, "private key"),
    ],
)
def test_a_wrong_enrolment_is_refused_with_the_reason(keys, ca_pem, centre_signer, changes, reason):
    with pytest.raises(TrustedCentreError, match=reason):
        import_centre(keys.folder, enrolment(ca_pem, centre_signer, **changes))
    assert keys.centre() is None


@pytest.mark.parametrize("text", ["{", "{}", b"\xff{", '{"format": []}'])
def test_noise_is_no_enrolment(keys, text):
    with pytest.raises(TrustedCentreError):
        import_centre(keys.folder, text)


def test_classic_and_post_quantum_recipients_do_not_mix():
    assert check_recipients(["age1tagpq1qqq", "age1tagpq1zzz"])
    assert check_recipients([CLASSIC, "age1tag1qqq"])
    with pytest.raises(TrustedCentreError, match="cannot be mixed"):
        check_recipients([CLASSIC, "age1tagpq1qqq"])
