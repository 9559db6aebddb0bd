"""Write the vectors anew: `python -m tests.station.package_vectors.generate`.

Each folder is one package with exactly one thing wrong; `vectors.json` says which refusal it must
meet and what the reader knew before. The keys in `keys.json` are for these vectors and for nothing
else. Manifests of hundreds of kilobytes are kept compressed (`manifest.jws.gz`).
"""

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyrage

from station.package.parts import build_parts
from tests.station.package import forge
from tests.station.package.forge import Forged, sign, tar, tar_header, to_json
from tests.station.package.made_records import make_record, strokes

HERE = Path(__file__).parent
STEPS = ("portrait", "left_slap", "right_slap", "thumbs", "verification", "irises", "signature")
SIGNATURE_ONLY = dict.fromkeys(STEPS[:-1], "scanner broken")


def small_record():
    """A recording of a short signature only; everything else is owed."""
    signature = replace(make_record().signature, strokes=strokes(np.random.default_rng(1), 2, 20))
    return make_record(
        fingers={},
        slaps={},
        verification=(),
        portrait=None,
        irises={},
        attempts=(),
        owed=SIGNATURE_ONLY,
        signature=signature,
    )


class Vectors:
    """Collects the packages and what must become of them."""

    def __init__(self):
        identity, other = (pyrage.x25519.Identity.generate() for _ in range(2))
        self.recipient, self.other_recipient = str(identity.to_public()), str(other.to_public())
        self.expected = {}
        keys = {
            "purpose": "test vectors only; never enrol these keys",
            "station_code": forge.STATION_CODE,
            "station_keys": [forge.jwk(forge.STATION_KEY, forge.KID)],
            "identity": str(identity),
        }
        (HERE / "keys.json").write_text(json.dumps(keys, indent=2) + "\n")

    def package(self, **plain):
        return Forged(self.recipient, **plain)

    def add(self, name, error, package, jws=None, **knows):
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        package.write(folder, jws)
        manifest = folder / "manifest.jws"
        if manifest.stat().st_size > 100_000:
            (folder / "manifest.jws.gz").write_bytes(gzip.compress(manifest.read_bytes(), mtime=0))
            manifest.unlink()
        self.expected[name] = {"refusal": error, **knows}

    def changed(self, name, error, **fields):
        """A manifest with other values, genuinely signed."""
        package = self.package()
        package.manifest |= fields
        self.add(name, error, package)

    def payload(self, name, error, change):
        """Signed bytes that are not the canonical JSON."""
        package = self.package()
        self.add(name, error, package, sign(change(to_json(package.manifest))))

    def plain(self, name, error, a):
        """Another tar inside part a."""
        self.add(name, error, self.package(plain_a=a))

    def finish(self):
        (HERE / "vectors.json").write_text(json.dumps(self.expected, indent=2) + "\n")


def add_good(vectors):
    parts = {name: tar(*members) for name, members in build_parts(small_record()).items()}
    package = vectors.package(plain_a=parts["a"], plain_b=parts["b"])
    vectors.add("good", None, package)
    vectors.add("record_codes", "BadRecordError", package_with(package, host_code="61.01.09"))
    members = dict(build_parts(small_record())["a"])
    record = json.loads(members["record.json"])
    extra = members | {"record.json": to_json(record | {"religion": "x"})}
    less = {name: content for name, content in members.items() if name != "signature.svg"}
    vectors.plain("record_field", "BadRecordError", tar(*extra.items()))
    vectors.plain("record_members", "BadRecordError", tar(*less.items()))
    vectors.plain("record_missing", "BadRecordError", tar(("portrait.jp2", b"x")))


def package_with(package, **fields):
    package.manifest |= fields
    return package


def add_manifests(vectors):
    vectors.changed("bad_manifest_field", "BadManifestError", full_name="SITI PERCOBAAN")
    vectors.payload("bad_manifest_json", "BadManifestError", lambda text: text[:-1])
    package = vectors.package()
    package.manifest["parts"]["a"]["chunks"].append("0" * 64)
    vectors.add("bad_manifest_chunk_count", "BadManifestError", package)
    vectors.payload(
        "duplicate_key", "DuplicateKeyError", lambda text: text[:-1] + b',"sequence":2}'
    )
    vectors.payload("not_canonical", "NotCanonicalError", lambda text: text.replace(b":", b": ", 1))
    vectors.changed("wrong_station", "WrongStationError", station_code="61.02.01-1")
    package = vectors.package()
    package.manifest["parts"]["b"] |= {
        "size_bytes": 4097 * forge.CHUNK,
        "chunks": ["0" * 64] * 4097,
    }
    vectors.add("limit_chunks", "LimitExceededError", package)
    vectors.changed("limit_manifest", "LimitExceededError", software_version="9" * 530_000)


def add_signatures(vectors):
    package = vectors.package()
    good = package.jws()
    head, payload, signature = good.split(".")
    vectors.add("bad_signature", "BadSignatureError", package, f"{head}.{payload}.{'A' * 86}")
    # The last of 86 characters carries two bits; its other four say nothing.
    last = chr(ord(signature[-1]) + 1)
    vectors.add("bad_signature_spelling", "BadSignatureError", package, good[:-1] + last)
    none = forge.b64(to_json({"alg": "none", "kid": forge.KID}))
    vectors.add("bad_signature_none", "BadSignatureError", package, f"{none}.{payload}.")
    for name, fields in (
        ("bad_signature_algorithm", {"alg": "Ed25519", "kid": forge.KID}),
        ("bad_signature_header", {"alg": "EdDSA", "kid": forge.KID, "typ": "JWS"}),
    ):
        signed = sign(to_json(package.manifest), header=to_json(fields))
        vectors.add(name, "BadSignatureError", package, signed)
    unknown = sign(
        to_json(package.manifest),
        key=forge.OTHER_STATION_KEY,
        header=to_json({"alg": "EdDSA", "kid": forge.OTHER_KID}),
    )
    vectors.add("unknown_signer", "UnknownSignerError", package, unknown)


def add_sequences(vectors):
    previous = {"sequence": 4, "manifest_sha256": "ab" * 32}
    for name, error, sequence, named in (
        ("sequence_repeated", "RepeatedSequenceError", 4, "ab" * 32),
        ("sequence_gap", "SequenceGapError", 6, "ab" * 32),
        ("sequence_fork", "BrokenChainError", 5, "cd" * 32),
    ):
        package = vectors.package()
        package.manifest |= {"sequence": sequence, "previous_manifest_sha256": named}
        vectors.add(name, error, package, previous=previous)


def add_parts(vectors):
    vectors.add("missing_part", "MissingPartError", vectors.package())
    (HERE / "missing_part" / "part-b.age").unlink()
    for name, error, change in (
        ("part_cut", "PartSizeError", lambda data: data[:-1]),
        ("part_trailing_bytes", "PartSizeError", lambda data: data + b"\0"),
        ("chunk_changed", "ChunkHashError", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("part_of_another_package", "ChunkHashError", lambda _data: vectors.package().a),
    ):
        package = vectors.package()
        while len(package.a) != len(changed := change(package.a)) and error == "ChunkHashError":
            pass  # age adds a stanza of random length: take one of the same size
        package.a = changed
        vectors.add(name, error, package)
    package = vectors.package()
    package.manifest["parts"]["a"]["sha256"] = "0" * 64
    vectors.add("part_hash", "PartHashError", package)


def add_payloads(vectors):
    vectors.add("not_for_us", "NotForUsError", Forged(vectors.other_recipient))
    for name, change in (
        ("damaged_payload", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("damaged_not_age", lambda _data: b"not an age file"),
    ):
        package = vectors.package()
        package.a = change(package.a)
        package.manifest["parts"]["a"] = forge.digest(package.a)
        vectors.add(name, "DamagedPayloadError", package)


def add_members(vectors):
    record = ("record.json", b"{}")
    link = tar_header("portrait.jp2", type=b"2", linkname="/etc/passwd")
    bad = "BadMemberError"
    vectors.plain("member_link", bad, tar(record, link))
    vectors.plain("member_absolute", bad, tar(record, ("/portrait.jp2", b"x")))
    vectors.plain("member_parent", bad, tar(record, ("fingers/../portrait.jp2", b"x")))
    vectors.plain("member_twice", bad, tar(record, record))
    vectors.plain("member_unknown", bad, tar(record, ("portrait.fac", b"x")))  # belongs to part b
    vectors.plain("member_header", bad, tar(record, tar_header("portrait.jp2", mode=0o777)))
    padded = tar_header("record.json", 2) + b"{}" + b"x" * 510
    vectors.plain("member_padding", bad, tar(padded))
    vectors.plain("member_trailing", bad, tar(record, end=bytes(1024) + b"\0"))
    huge = tar_header("record.json", (32 << 20) + 1)
    vectors.plain("limit_member", "LimitExceededError", tar(huge))


def main():
    vectors = Vectors()
    for add in (
        add_good,
        add_manifests,
        add_signatures,
        add_sequences,
        add_parts,
        add_payloads,
        add_members,
    ):
        add(vectors)
    vectors.finish()


if __name__ == "__main__":
    main()
