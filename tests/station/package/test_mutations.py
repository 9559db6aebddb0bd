"""A thousand changed packages: none is accepted, each meets a documented refusal."""

import base64
import collections
import random

import pytest

from station.package.errors import BadSignatureError, ChunkHashError, RefusedPackageError
from station.package.manifest import ChainLink, check_follows
from station.package.open import open_package
from station.package.verify import verify_package
from tests.station.package.forge import OTHER_STATION_KEY, sign, to_json
from tests.station.package.made_packages import IDENTITY, KEYS, SIGNER, STATION_CODE, seal_small

FILES = ("manifest.jws", "part-a.age", "part-b.age")
MUTATIONS = 1_000
SEED = 20_261_124


@pytest.fixture(scope="module")
def genuine(tmp_path_factory):
    """Three packages of one station, as bytes by file name."""
    spool = tmp_path_factory.mktemp("spool")
    packages, previous = [], "0" * 64
    for sequence in (1, 2, 3):
        sealed = seal_small(spool, sequence, previous_manifest_sha256=previous)
        previous = sealed.manifest_sha256
        packages.append({name: (sealed.folder / name).read_bytes() for name in FILES})
    return packages


def flip_bits(package, others, rng):
    name = rng.choice(FILES)
    data = bytearray(package[name])
    for _ in range(rng.randint(1, 3)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return package | {name: bytes(data)}


def cut(package, others, rng):
    name = rng.choice(FILES)
    return package | {name: package[name][: rng.randrange(len(package[name]))]}


def lengthen(package, others, rng):
    name = rng.choice(FILES)
    return package | {name: package[name] + rng.randbytes(rng.randint(1, 40))}


def insert(package, others, rng):
    name = rng.choice(FILES)
    at = rng.randrange(len(package[name]))
    return package | {name: package[name][:at] + rng.randbytes(1) + package[name][at:]}


def swap_part(package, others, rng):
    name = rng.choice(FILES[1:])
    return package | {name: rng.choice(others)[name]}


def exchange_parts(package, others, rng):
    return package | {"part-a.age": package["part-b.age"], "part-b.age": package["part-a.age"]}


def swap_manifest(package, others, rng):
    return package | {"manifest.jws": rng.choice(others)["manifest.jws"]}


def mix_manifest(package, others, rng):
    """A manifest with one piece of another genuine one."""
    pieces = package["manifest.jws"].split(b".")
    index = rng.choice((1, 2))  # the headers are alike
    pieces[index] = rng.choice(others)["manifest.jws"].split(b".")[index]
    return package | {"manifest.jws": b".".join(pieces)}


def drop_file(package, others, rng):
    name = rng.choice(FILES)
    return {kept: data for kept, data in package.items() if kept != name}


def whole_other(package, others, rng):
    """Another genuine package in this one's place: only the chain shows it."""
    return dict(rng.choice(others))


KINDS = (
    *(flip_bits, flip_bits, cut, lengthen, insert, swap_part, exchange_parts, swap_manifest),
    *(mix_manifest, drop_file, whole_other),
)


def write(folder, package):
    folder.mkdir()
    for name, data in package.items():
        (folder / name).write_bytes(data)
    return folder


def accept(folder, previous):
    manifest = verify_package(folder, KEYS, station_code=STATION_CODE)
    check_follows(manifest, previous)
    with open_package(folder, KEYS, [str(IDENTITY)]) as opened:
        return opened.parts["a"].names


def test_no_changed_package_is_accepted(genuine, tmp_path):
    rng = random.Random(SEED)
    first = verify_package(write(tmp_path / "first", genuine[0]), KEYS)
    previous = ChainLink(1, first.sha256)
    assert accept(write(tmp_path / "second", genuine[1]), previous)
    others = [genuine[0], genuine[2]]
    refusals = collections.Counter()
    for number in range(MUTATIONS):
        kind = rng.choice(KINDS)
        changed = kind(genuine[1], others, rng)
        if changed == genuine[1]:  # two flips of one bit
            continue
        folder = write(tmp_path / str(number), changed)
        with pytest.raises(RefusedPackageError) as caught:
            accept(folder, previous)
        refusals[type(caught.value).__name__] += 1
    assert len(refusals) >= 7, refusals


@pytest.fixture
def forged(genuine, tmp_path):
    """A manifest signed by another key, under the genuine key's name."""
    payload = genuine[1]["manifest.jws"].decode().split(".")[1]
    signed = sign(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)),
        key=OTHER_STATION_KEY,
        header=to_json({"alg": "EdDSA", "kid": SIGNER.kid}),
    )
    return write(tmp_path / "forged", genuine[1] | {"manifest.jws": signed.encode()})


def test_without_the_signature_check_a_forgery_would_pass(forged, monkeypatch):
    """Negative control: the harness must be able to see an accepted forgery."""
    with pytest.raises(BadSignatureError):
        verify_package(forged, KEYS)
    monkeypatch.setattr(
        "station.package.manifest.verify_compact",
        lambda jws, keys: base64.urlsafe_b64decode(jws.split(".")[1] + "=="),
    )
    assert verify_package(forged, KEYS).sequence == 2


def test_without_the_hash_checks_a_changed_part_would_pass(genuine, tmp_path, monkeypatch):
    """Negative control for the hashes of chunk and whole."""
    part = bytearray(genuine[1]["part-a.age"])
    part[-1] ^= 1
    folder = write(tmp_path / "changed", genuine[1] | {"part-a.age": bytes(part)})
    with pytest.raises(ChunkHashError):
        verify_package(folder, KEYS)
    monkeypatch.setattr("station.package.verify.verify_part", lambda path, manifest, part: None)
    assert verify_package(folder, KEYS).sequence == 2
