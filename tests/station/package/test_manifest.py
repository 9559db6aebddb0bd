"""The signed statement: round trip, every field's rule, the header, the chain."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto import jwk, jws
from pydantic import ValidationError

from station.package.errors import (
    BadManifestError,
    BadSignatureError,
    BrokenChainError,
    LimitExceededError,
    RefusedPackageError,
    RepeatedSequenceError,
    SequenceGapError,
    UnknownSignerError,
    WrongStationError,
)
from station.package.manifest import (
    FIRST_LINK,
    MAX_JWS_CHARS,
    ChainLink,
    PartDigest,
    build_manifest,
    check_follows,
    inspect_manifest,
    parse_manifest,
    read_manifest,
)
from tests.station.package import forge
from tests.station.package.made_packages import KEYS, SIGNER, STATION_CODE, header

DIGEST = PartDigest(
    size_bytes=300_000, sha256="0" * 64, chunk_bytes=262_144, chunks=("1" * 64, "2" * 64)
)
MANIFEST = build_manifest(header(), {"a": DIGEST, "b": DIGEST})
SIGNED = SIGNER.sign_jws(MANIFEST.to_json())


def test_what_was_signed_is_read():
    assert read_manifest(SIGNED, KEYS, station_code=STATION_CODE) == MANIFEST
    assert inspect_manifest(SIGNED) == (MANIFEST, SIGNER.kid)
    assert MANIFEST.part("a") == MANIFEST.parts.a
    assert len(MANIFEST.sha256) == 64


def test_another_library_verifies_the_signature():
    token = jws.JWS()
    token.allowed_algs = ["EdDSA"]
    token.deserialize(SIGNED, jwk.JWK(**SIGNER.public_jwk()))
    assert token.payload == MANIFEST.to_json()
    assert token.jose_header == {"alg": "EdDSA", "kid": SIGNER.kid}


def test_another_librarys_signature_is_read():
    token = jws.JWS(MANIFEST.to_json())
    seed = base64.urlsafe_b64encode(b"\x07" * 32).rstrip(b"=").decode()
    key = jwk.JWK(**SIGNER.public_jwk(), d=seed)
    token.add_signature(
        key, protected=json.dumps({"alg": "EdDSA", "kid": SIGNER.kid}, separators=(",", ":"))
    )
    assert read_manifest(token.serialize(compact=True), KEYS) == MANIFEST


def test_the_allow_list_decides():
    with pytest.raises(UnknownSignerError):
        read_manifest(SIGNED, {})
    with pytest.raises(BadSignatureError):
        read_manifest(SIGNED, {SIGNER.kid: forge.jwk(forge.OTHER_STATION_KEY, SIGNER.kid)})
    with pytest.raises(WrongStationError):
        read_manifest(SIGNED, KEYS, station_code="61.09.09-1")


HEADERS = [
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "ES256"},
    {"alg": "RS256"},
    {"alg": "Ed25519"},
    {"alg": "eddsa"},
    {"alg": None},
    {"alg": "EdDSA", "kid": 7},
    {"alg": "EdDSA", "kid": None},
    {"alg": "EdDSA", "crit": ["b64"], "b64": False},
    {"alg": "EdDSA", "jwk": forge.jwk(forge.OTHER_STATION_KEY, "x")},
    {"alg": "EdDSA", "zip": "DEF"},
]


@pytest.mark.parametrize("fields", HEADERS)
def test_no_other_algorithm_and_no_other_header_is_taken(fields):
    head = forge.to_json({"kid": forge.KID} | fields)
    with pytest.raises(BadSignatureError):
        read_manifest(forge.sign(MANIFEST.to_json(), header=head), forge.KEYS)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"[]",
        b'[["alg","EdDSA"],["kid","test-station-1"]]',
        b'{"alg":"EdDSA"}',
        b'{"kid":"test-station-1"}',
        b'{"kid":"test-station-1","alg":"EdDSA"}',
        b'{"alg":"EdDSA", "kid":"test-station-1"}',
        b'{"alg":"none","alg":"EdDSA","kid":"test-station-1"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_header_has_one_spelling(head):
    with pytest.raises(BadSignatureError):
        read_manifest(forge.sign(MANIFEST.to_json(), header=head), forge.KEYS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        SIGNED + ".",
        SIGNED + "\n",
        " " + SIGNED,
        SIGNED + "=",
        "é.b.c",
    ],
)
def test_other_texts_are_no_manifest(text):
    with pytest.raises(BadSignatureError):
        read_manifest(text, KEYS)


def test_long_texts_are_refused_before_they_are_decoded():
    with pytest.raises(LimitExceededError):
        read_manifest("A" * (MAX_JWS_CHARS + 1), KEYS)


FIELDS = [
    ("format", "ktpel-package/2"),
    ("package_id", "0" * 31),
    ("package_id", "0" * 32 + "\n"),
    ("package_id", "A" * 32),
    ("package_id", "../" + "0" * 29),
    ("station_code", ""),
    ("station_code", "a/b"),
    ("host_code", "610101"),
    ("host_code", "61.01.01\n"),
    ("origin_code", None),
    ("sequence", 0),
    ("sequence", -1),
    ("sequence", "1"),
    ("sequence", True),
    ("sequence", 1.5),
    ("previous_manifest_sha256", "0" * 63),
    ("created_at", "2026-11-24 08:00:00Z"),
    ("created_at", "2026-11-24T08:00:00+07:00"),
    ("software_version", "a b"),
    ("thresholds_version", "x" * 65),
    ("parts", {}),
    ("parts", []),
    ("parts", {"a": 1, "b": 2}),
    ("nik", "6101014107980003"),
]


@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_each_field_has_its_rule(name, value):
    fields = json.loads(MANIFEST.to_json()) | {name: value}
    with pytest.raises(BadManifestError) as caught:
        parse_manifest(forge.to_json(fields))
    assert name in caught.value.problem or name == "nik"
    assert "6101014107980003" not in caught.value.problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size_bytes", 0),
        ("size_bytes", 262_144),
        ("size_bytes", 524_289),
        ("size_bytes", 300_000.5),
        ("sha256", "Z" * 64),
        ("chunk_bytes", 65_536),
        ("chunks", []),
        ("chunks", ["1" * 64]),
        ("chunks", ["1" * 64] * 3),
        ("chunks", ["1" * 64, 2]),
        ("chunks", "1" * 64),
        ("mtime", 1),
    ],
)
def test_each_field_of_a_part_has_its_rule(name, value):
    fields = json.loads(MANIFEST.to_json())
    fields["parts"]["b"][name] = value
    with pytest.raises(BadManifestError):
        parse_manifest(forge.to_json(fields))


@pytest.mark.parametrize("name", sorted(json.loads(MANIFEST.to_json())))
def test_no_field_may_be_absent(name):
    fields = json.loads(MANIFEST.to_json())
    del fields[name]
    with pytest.raises(BadManifestError):
        parse_manifest(forge.to_json(fields))


def test_a_writer_keeps_the_same_rules():
    with pytest.raises(ValidationError):
        header(host_code="Pontianak")
    many = PartDigest(
        size_bytes=262_144 * 2_100, sha256="0" * 64, chunk_bytes=262_144, chunks=("1" * 64,) * 2_100
    )
    with pytest.raises(LimitExceededError):
        build_manifest(header(), {"a": many, "b": many})


def test_the_largest_manifest_is_read():
    part = {"size_bytes": 262_144 * 2_048, "sha256": "0" * 64, "chunk_bytes": 262_144}
    digest = PartDigest(**part, chunks=("1" * 64,) * 2_048)
    manifest = build_manifest(header(), {"a": digest, "b": digest})
    assert read_manifest(SIGNER.sign_jws(manifest.to_json()), KEYS) == manifest


def follow(sequence, previous, link):
    manifest = MANIFEST.model_copy(
        update={"sequence": sequence, "previous_manifest_sha256": previous}
    )
    check_follows(manifest, link)


def test_the_chain():
    link = ChainLink(7, "ab" * 32)
    check_follows(MANIFEST, FIRST_LINK)
    follow(8, "ab" * 32, link)
    for sequence, previous, error in (
        (7, "ab" * 32, RepeatedSequenceError),
        (1, "ab" * 32, RepeatedSequenceError),
        (9, "ab" * 32, SequenceGapError),
        (8, "cd" * 32, BrokenChainError),
    ):
        with pytest.raises(error):
            follow(sequence, previous, link)


@given(st.integers(0, len(SIGNED) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_one_changed_character_is_refused(offset, character):
    changed = SIGNED[:offset] + character + SIGNED[offset + 1 :]
    if changed == SIGNED:
        return
    with pytest.raises(RefusedPackageError):
        read_manifest(changed, KEYS)
