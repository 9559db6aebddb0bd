"""Certificates: who is let in, for how long, and files nobody else can read."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from station.tls import (
    CertificateError,
    KeyPair,
    authority,
    client_certificate,
    common_name,
    fingerprint,
    load_certificate,
    revocation_list,
    server_certificate,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CODE = "61.01.01-1"
TIME_LIMIT_S = 5


@pytest.fixture(scope="module")
def centre_authority() -> KeyPair:
    return authority("Test centre", now=NOW)


def handshake(server: KeyPair, trusted: bytes, client: KeyPair | None, folder: Path) -> str:
    """Return what the server says to one client, or the name of the error on its side."""
    server.write(folder / "server.pem", folder / "server.key")
    (folder / "trusted.pem").write_bytes(trusted)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.load_verify_locations(folder / "trusted.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    if b"X509 CRL" in trusted:
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    ours, theirs = socket.socketpair()
    ours.settimeout(TIME_LIMIT_S)
    theirs.settimeout(TIME_LIMIT_S)
    verdict: list[str] = []

    def serve() -> None:
        try:
            with context.wrap_socket(ours, server_side=True) as secured:
                secured.sendall(b"hello")
                verdict.append("served")
        except ssl.SSLError as error:
            verdict.append(error.reason)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with _client_context(server, client, folder).wrap_socket(
            theirs, server_hostname="localhost"
        ) as secured:
            secured.recv(5)
    except (ssl.SSLError, OSError):
        pass
    thread.join(TIME_LIMIT_S)
    return verdict[0]


def _client_context(server: KeyPair, client: KeyPair | None, folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=server.certificate_pem.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if client is not None:
        client.write(folder / "client.pem", folder / "client.key")
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
    return context


def test_a_client_of_the_authority_is_served(tmp_path, centre_authority):
    client = client_certificate(centre_authority, "collector", now=NOW)
    server = server_certificate(CODE)
    assert handshake(server, centre_authority.certificate_pem, client, tmp_path) == "served"


def test_no_certificate_is_refused(tmp_path, centre_authority):
    server = server_certificate(CODE)
    assert "CERTIFICATE" in handshake(server, centre_authority.certificate_pem, None, tmp_path)


def test_a_rogue_authority_of_the_same_name_is_refused(tmp_path, centre_authority):
    rogue = client_certificate(authority("Test centre", now=NOW), "collector", now=NOW)
    reason = handshake(server_certificate(CODE), centre_authority.certificate_pem, rogue, tmp_path)
    assert reason == "CERTIFICATE_VERIFY_FAILED"


def test_an_expired_client_is_refused(tmp_path, centre_authority):
    client = client_certificate(centre_authority, "old", now=NOW, life=timedelta(days=-3000))
    reason = handshake(server_certificate(CODE), centre_authority.certificate_pem, client, tmp_path)
    assert reason == "CERTIFICATE_VERIFY_FAILED"


def test_a_revoked_client_is_refused_and_its_successor_served(tmp_path, centre_authority):
    lost = client_certificate(centre_authority, "lost", now=NOW)
    fresh = client_certificate(centre_authority, "fresh", now=NOW)
    revoked = revocation_list(centre_authority, [lost.certificate_pem], now=NOW)
    trusted = centre_authority.certificate_pem + revoked
    server = server_certificate(CODE)
    assert handshake(server, trusted, lost, tmp_path) == "CERTIFICATE_VERIFY_FAILED"
    assert handshake(server, trusted, fresh, tmp_path) == "served"


def test_a_server_certificate_does_not_pass_as_a_client(tmp_path, centre_authority):
    server = server_certificate(CODE)
    reason = handshake(server, server.certificate_pem, server, tmp_path)
    assert reason == "CERTIFICATE_VERIFY_FAILED"


def test_a_client_certificate_issues_nothing(tmp_path, centre_authority):
    client = client_certificate(centre_authority, "collector", now=NOW)
    child = client_certificate(client, "child", now=NOW)
    chain = KeyPair(child.certificate_pem + client.certificate_pem, child.key_pem)
    reason = handshake(server_certificate(CODE), centre_authority.certificate_pem, chain, tmp_path)
    assert reason == "CERTIFICATE_VERIFY_FAILED"


def test_the_clock_of_a_dead_battery_lets_the_centre_in(centre_authority):
    for pair in (centre_authority, server_certificate(CODE)):
        assert load_certificate(pair.certificate_pem).not_valid_before_utc.year == 1970


def test_the_server_certificate_names_loopback_and_station():
    pem = server_certificate("ktp-610101", hosts=("10.0.0.7",)).certificate_pem
    text = load_certificate(pem).public_bytes(Encoding.DER)
    for name in (b"localhost", b"ktp-610101", bytes([127, 0, 0, 1]), bytes([10, 0, 0, 7])):
        assert name in text
    assert common_name(pem) == "ktp-610101"


def test_files_are_private(tmp_path):
    server_certificate(CODE).write(tmp_path / "keys/tls.pem", tmp_path / "keys/tls.key")
    for path in (tmp_path / "keys/tls.pem", tmp_path / "keys/tls.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert sorted(p.name for p in (tmp_path / "keys").iterdir()) == ["tls.key", "tls.pem"]


def test_fingerprints_differ():
    first, second = server_certificate(CODE), server_certificate(CODE)
    assert fingerprint(first.certificate_pem) != fingerprint(second.certificate_pem)


@pytest.mark.parametrize("pem", [b"", b"x", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE"])
def test_what_is_no_certificate_says_so(pem):
    with pytest.raises(CertificateError, match="PEM"):
        common_name(pem)
