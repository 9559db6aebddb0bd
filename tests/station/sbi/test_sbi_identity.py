"""The device key of the SBI service: made once, renewed in time, refused when damaged."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from jwcrypto import jwk, jws

from drivers.protocols.sbi_trust import TrustRoots
from station.errors import KeyFileError
from station.sbi.identity import DEVICE_LIFE, DeviceSigner

NOW = datetime(2026, 11, 24, 5, 36, tzinfo=UTC)


def signer(folder, now=NOW):
    return DeviceSigner.load_or_create(folder / "keys", "61.01.01-1", now=now)


def certificate(folder, name):
    return x509.load_pem_x509_certificate((folder / "keys" / "sbi" / f"{name}.pem").read_bytes())


def opened(folder, token, at=NOW):
    roots = TrustRoots.load(folder / "keys" / "sbi" / "root.pem", device="test")
    return roots.open_signed(token, at=at, device="test").content


def test_the_drivers_own_check_accepts_it(tmp_path):
    made = signer(tmp_path)
    assert opened(tmp_path, made.sign({"a": 1})) == {"a": 1}
    assert len(bytes.fromhex(made.fingerprint())) == 32


def test_an_independent_library_accepts_it(tmp_path):
    """jwcrypto verifies the JWS with the key of the certificate in its own header."""
    token = signer(tmp_path).sign({"a": 1})
    message = jws.JWS()
    message.deserialize(token)
    certificate_der = base64.b64decode(message.jose_header["x5c"][0])
    key = x509.load_der_x509_certificate(certificate_der).public_key()
    message.verify(jwk.JWK.from_pyca(key), alg="RS256")
    assert json.loads(message.payload) == {"a": 1}
    assert message.jose_header["typ"] == "JWT"


def test_a_clock_that_starts_in_1970_signs_too(tmp_path):
    early = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    made = signer(tmp_path, early)
    assert opened(tmp_path, made.sign({"a": 1}), early) == {"a": 1}
    later = signer(tmp_path, NOW)
    assert opened(tmp_path, later.sign({"a": 2}), NOW) == {"a": 2}


def test_the_same_keys_after_a_restart(tmp_path):
    first = signer(tmp_path)
    root, device = certificate(tmp_path, "root"), certificate(tmp_path, "device")
    again = signer(tmp_path, NOW + timedelta(days=100))
    assert again.fingerprint() == first.fingerprint()
    assert certificate(tmp_path, "root") == root
    assert certificate(tmp_path, "device") == device


def test_the_device_certificate_is_renewed_the_root_is_not(tmp_path):
    signer(tmp_path)
    root, device = certificate(tmp_path, "root"), certificate(tmp_path, "device")
    late = NOW + DEVICE_LIFE - timedelta(days=10)
    renewed = signer(tmp_path, late)
    assert certificate(tmp_path, "root") == root
    assert certificate(tmp_path, "device") != device
    assert opened(tmp_path, renewed.sign({"a": 1}), late + timedelta(days=300)) == {"a": 1}


def test_nobody_else_can_read_the_keys(tmp_path):
    signer(tmp_path)
    folder = tmp_path / "keys" / "sbi"
    assert folder.stat().st_mode & 0o077 == 0
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("name", ["root.key", "device.key", "root.pem", "device.pem"])
def test_damaged_files_are_named(tmp_path, name):
    signer(tmp_path)
    (tmp_path / "keys" / "sbi" / name).write_bytes(b"damaged")
    with pytest.raises(KeyFileError, match=name.partition(".")[0]):
        signer(tmp_path)


@pytest.mark.parametrize("name", ["root.key", "device.key"])
def test_a_lost_key_is_not_replaced_in_silence(tmp_path, name):
    signer(tmp_path)
    (tmp_path / "keys" / "sbi" / name).unlink()
    with pytest.raises(KeyFileError):
        signer(tmp_path)


def test_a_key_of_another_certificate(tmp_path):
    signer(tmp_path)
    folder = tmp_path / "keys" / "sbi"
    (folder / "device.key").write_bytes((folder / "root.key").read_bytes())
    with pytest.raises(KeyFileError):
        signer(tmp_path)
