"""What the station trusts of the centre: who may open packages, who signs receipts, which CA.

The first enrolment is brought by a technician and confirmed by its fingerprint. A later one must
be signed by a receipt key that is trusted already, or be confirmed by its fingerprint again: no
network endpoint can bring a recipient key.

    {"format": "ktpel-centre-enrolment/1", "recipients": ["age1..."],
     "receipt_keys": {"keys": [<public Ed25519 JWK with kid>]}, "ca_pem": "-----BEGIN ..."}
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from pathlib import Path

import rfc8785
from cryptography.x509 import load_pem_x509_certificates
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from station.durable import write_private
from station.errors import TrustedCentreError
from station.jws import BadJwsError, verify_compact

ENROLMENT_FORMAT = "ktpel-centre-enrolment/1"
ENROLMENT_NAME = "enrolment.json"
CA_NAME = "ca.pem"
RECEIPT_KEYS_NAME = "receipt-keys.json"
_BECH32 = "[02-9ac-hj-np-z]+"  # the character set of BIP 173
CLASSIC_FORMS = (re.compile(f"age1{_BECH32}"), re.compile(f"age1tag1{_BECH32}"))
QUANTUM_FORMS = (re.compile(f"age1tagpq1{_BECH32}"),)

PublicKeyFields = dict[str, str]


@dataclass(frozen=True, slots=True)
class TrustedCentre:
    """What was imported from the centre."""

    recipients: tuple[str, ...]
    """age recipients to which every package is encrypted."""
    receipt_keys: tuple[PublicKeyFields, ...]
    """Public JWKs, each with its `kid`."""
    ca_pem: str
    """CA that issues the client certificates of the centre."""
    fingerprint: str
    """SHA-256 of the canonical enrolment, in hexadecimal: read out by phone to confirm."""

    def receipt_key_set(self) -> dict[str, PublicKeyFields]:
        """Return the receipt keys by `kid`."""
        return {key["kid"]: key for key in self.receipt_keys}


def import_centre(
    folder: Path, enrolment_json: str | bytes, *, confirmed_fingerprint: str | None = None
) -> TrustedCentre:
    """Check an enrolment and keep it in `folder`/centre; raises TrustedCentreError.

    An enrolment that replaces another comes as a compact JWS by a known receipt key, or with the
    fingerprint that a person compared.
    """
    text = _as_text(enrolment_json).strip()
    known = load_centre(folder)
    is_signed = not text.startswith("{")
    if is_signed:
        text = _open_signed(text, known)
    centre = parse_enrolment(text)
    if known is not None and not is_signed and centre.fingerprint != known.fingerprint:
        _require_confirmation(centre, confirmed_fingerprint)
    _write(folder / "centre", text, centre)
    return centre


def load_centre(folder: Path) -> TrustedCentre | None:
    """Return the enrolment kept in `folder`/centre, or None before the first."""
    path = folder / "centre" / ENROLMENT_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return parse_enrolment(text)


def parse_enrolment(text: str) -> TrustedCentre:
    """Check every field of an enrolment; raises TrustedCentreError."""
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise _refused("bukan JSON", "not JSON") from error
    if not isinstance(fields, dict) or fields.get("format") != ENROLMENT_FORMAT:
        raise _refused(f"bukan '{ENROLMENT_FORMAT}'", f"not '{ENROLMENT_FORMAT}'")
    return TrustedCentre(
        recipients=check_recipients(fields.get("recipients")),
        receipt_keys=_check_receipt_keys(fields.get("receipt_keys")),
        ca_pem=_check_ca(fields.get("ca_pem")),
        fingerprint=hashlib.sha256(rfc8785.dumps(fields)).hexdigest(),
    )


def check_recipients(value: object) -> tuple[str, ...]:
    """Check the form of recipients, and that they are all of one class.

    age refuses post-quantum and classic recipients in one file: changing the class is a switch.
    """
    if not isinstance(value, list | tuple) or not value:
        raise _refused("tidak ada penerima (recipients)", "there are no recipients")
    classes = {_recipient_class(one) for one in value}
    if len(classes) > 1:
        raise _refused(
            "penerima klasik dan pasca-kuantum tidak dapat dicampur",
            "classic and post-quantum recipients cannot be mixed",
        )
    return tuple(value)


def _recipient_class(recipient: object) -> str:
    if isinstance(recipient, str):
        if any(form.fullmatch(recipient) for form in QUANTUM_FORMS):
            return "post-quantum"
        if any(form.fullmatch(recipient) for form in CLASSIC_FORMS):
            return "classic"
    raise _refused(f"penerima tidak dikenal: {recipient!r}", f"unknown recipient {recipient!r}")


def _check_receipt_keys(value: object) -> tuple[PublicKeyFields, ...]:
    keys = value.get("keys") if isinstance(value, dict) else value
    if not isinstance(keys, list | tuple) or not keys:
        raise _refused("tidak ada kunci tanda terima", "there are no receipt keys")
    return tuple(_check_receipt_key(key) for key in keys)


def _check_receipt_key(fields: object) -> PublicKeyFields:
    if not isinstance(fields, dict) or fields.get("crv") != "Ed25519":
        raise _refused("kunci tanda terima bukan Ed25519", "a receipt key is not Ed25519")
    if "d" in fields:
        raise _refused("memuat kunci privat; cabut kunci itu", "holds a private key; revoke it")
    try:
        key = OKPKey.import_key({name: fields[name] for name in ("kty", "crv", "x")})
        kid = str(fields.get("kid") or key.thumbprint())
    except (JoseError, ValueError, KeyError) as error:
        raise _refused("kunci tanda terima rusak", "a receipt key is malformed") from error
    return {"kty": "OKP", "crv": "Ed25519", "x": str(fields["x"]), "kid": kid}


def _check_ca(value: object) -> str:
    if not isinstance(value, str):
        raise _refused("tidak ada ca_pem", "there is no ca_pem")
    if "PRIVATE KEY" in value:
        raise _refused("ca_pem memuat kunci privat", "ca_pem holds a private key")
    try:
        load_pem_x509_certificates(value.encode())
    except ValueError as error:
        raise _refused("ca_pem bukan sertifikat", "ca_pem is not a certificate") from error
    return value


def _open_signed(text: str, known: TrustedCentre | None) -> str:
    if known is None:
        raise _refused(
            "pendaftaran pertama tidak boleh berupa JWS; bandingkan sidik (fingerprint)",
            "the first enrolment cannot be a JWS; compare the fingerprint",
        )
    try:
        return verify_compact(text, known.receipt_key_set()).decode("utf-8")
    except (BadJwsError, UnicodeDecodeError) as error:
        raise _refused("tanda tangan tidak sah", "the signature is not valid") from error


def _require_confirmation(centre: TrustedCentre, confirmed: str | None) -> None:
    if confirmed is None or not hmac.compare_digest(confirmed, centre.fingerprint):
        raise _refused(
            f"mengganti pusat yang sudah dipercaya; konfirmasi sidik {centre.fingerprint}",
            f"it replaces a trusted centre; confirm fingerprint {centre.fingerprint}",
        )


def _write(folder: Path, text: str, centre: TrustedCentre) -> None:
    write_private(folder / CA_NAME, centre.ca_pem.encode())
    keys = {"keys": [dict(key) for key in centre.receipt_keys]}
    write_private(folder / RECEIPT_KEYS_NAME, json.dumps(keys, indent=1).encode())
    write_private(folder / ENROLMENT_NAME, text.encode())


def _as_text(payload: str | bytes) -> str:
    try:
        return payload if isinstance(payload, str) else payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("bukan teks UTF-8", "not UTF-8 text") from error


def _refused(reason_id: str, reason_en: str) -> TrustedCentreError:
    return TrustedCentreError(reason_id=reason_id, reason_en=reason_en)
