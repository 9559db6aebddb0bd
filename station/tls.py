"""Certificates of the pull interface: the station's own, and the private authority of the centre.

The station's server certificate is self-signed and pinned by the centre: trust comes from
importing it, not from a name or an issuer. The centre's authority issues client certificates only.

Every certificate is valid from 1970 on: a station whose clock battery is dead starts in 1970 and
must still let the centre in. Ends are real: a client certificate runs out, and a lost one is
revoked through a list that the station loads with the authority (`revocation_list`).
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from station.durable import write_private

VALID_FROM = datetime(1970, 1, 1, tzinfo=UTC)
NO_EXPIRY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280, 4.1.2.5: the value of a certificate that has no well-defined end."""
AUTHORITY_LIFE = timedelta(days=30 * 365)
CLIENT_LIFE = timedelta(days=5 * 365)
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


class CertificateError(ValueError):
    """A certificate or key cannot be read, for instance: not PEM, no common name."""


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its private key, both PEM."""

    certificate_pem: bytes
    key_pem: bytes

    def write(self, certificate: Path, key: Path) -> None:
        """Write both files durably with mode 0600; the key first, so none is ever without."""
        write_private(key, self.key_pem)
        write_private(certificate, self.certificate_pem)

    @staticmethod
    def read(certificate: Path, key: Path) -> "KeyPair":
        """Read what `write` wrote."""
        return KeyPair(certificate.read_bytes(), key.read_bytes())


def server_certificate(station_code: str, *, hosts: Sequence[str] = ()) -> KeyPair:
    """Make the self-signed certificate of a station's pull interface (P-256, no expiry).

    It names the station code, the loopback addresses and `hosts` (names or IP addresses).
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(station_code)
    names = (*LOOPBACK_HOSTS, *_as_dns_names(station_code), *hosts)
    builder = (
        _builder(name, name, key.public_key(), NO_EXPIRY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_data=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(names)), critical=False)
    )
    return _sign(builder, key, key, issuer_key=key.public_key())


def authority(name: str, *, now: datetime) -> KeyPair:
    """Make the centre's private authority; it may issue leaf certificates only."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    builder = (
        _builder(subject, subject, key.public_key(), now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
    )
    return _sign(builder, key, key, issuer_key=key.public_key())


def client_certificate(
    issuer: KeyPair, name: str, *, now: datetime, life: timedelta = CLIENT_LIFE
) -> KeyPair:
    """Issue a client certificate of the centre, signed by its authority."""
    issuer_certificate = load_certificate(issuer.certificate_pem)
    issuer_key = _load_key(issuer.key_pem)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name(name), issuer_certificate.subject, key.public_key(), now + life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_data=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    )
    return _sign(builder, key, issuer_key, issuer_key=issuer_key.public_key())


def revocation_list(issuer: KeyPair, revoked: Iterable[bytes], *, now: datetime) -> bytes:
    """Return the PEM list of the revoked client certificates (given as PEM), without expiry."""
    certificate = load_certificate(issuer.certificate_pem)
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=certificate.subject, last_update=VALID_FROM, next_update=NO_EXPIRY
    )
    for pem in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder(
                serial_number=load_certificate(pem).serial_number, revocation_date=now
            ).build()
        )
    return builder.sign(_load_key(issuer.key_pem), hashes.SHA256()).public_bytes(Encoding.PEM)


def load_certificate(pem: bytes) -> x509.Certificate:
    """Parse one PEM certificate; CertificateError if it is none."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        msg = "not a PEM certificate; import the enrolment file again"
        raise CertificateError(msg) from error


def common_name(pem: bytes) -> str:
    """Return the common name of a certificate: the station code of a station's certificate."""
    names = load_certificate(pem).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not names:
        msg = "the certificate has no common name; make the station's certificate anew"
        raise CertificateError(msg)
    return str(names[0].value)


def fingerprint(pem: bytes) -> str:
    """Return the SHA-256 of the certificate in DER as hex: what two people compare by telephone."""
    return load_certificate(pem).fingerprint(hashes.SHA256()).hex()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _sign(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    signing_key: ec.EllipticCurvePrivateKey,
    *,
    issuer_key: ec.EllipticCurvePublicKey,
) -> KeyPair:
    certificate = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
    ).sign(signing_key, hashes.SHA256())
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(certificate.public_bytes(Encoding.PEM), key_pem)


def _load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        msg = "not an unencrypted PEM private key"
        raise CertificateError(msg) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        msg = f"the authority's key is {type(key).__name__}, expected an elliptic curve key"
        raise CertificateError(msg)
    return key


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _as_dns_names(station_code: str) -> tuple[str, ...]:
    """Return the station code as a host name if it can be one."""
    letters = station_code.replace("-", "").replace(".", "")
    return (station_code.lower(),) if letters.isascii() and letters.isalnum() else ()


def _alternative_names(names: Iterable[str]) -> list[x509.GeneralName]:
    return [_alternative_name(name) for name in dict.fromkeys(names)]


def _alternative_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, signs_data: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs_data,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
