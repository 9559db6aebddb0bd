"""The committed packages: one is accepted, each other meets the refusal that FORMAT.md names."""

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest

import station.package.errors as package_errors
from station.package.errors import RefusedPackageError
from station.package.manifest import ChainLink, check_follows
from station.package.open import open_package
from station.package.verify import verify_package

VECTORS = Path(__file__).parents[1] / "package_vectors"
FORMAT = Path(package_errors.__file__).parent / "FORMAT.md"
EXPECTED = json.loads((VECTORS / "vectors.json").read_text())
KNOWN = json.loads((VECTORS / "keys.json").read_text())
KEYS = {jwk["kid"]: jwk for jwk in KNOWN["station_keys"]}
REFUSED = [name for name, what in EXPECTED.items() if what["refusal"]]


@pytest.fixture
def vector(tmp_path):
    def unpack(name):
        folder = shutil.copytree(VECTORS / name, tmp_path / name)
        packed = folder / "manifest.jws.gz"
        if packed.exists():
            (folder / "manifest.jws").write_bytes(gzip.decompress(packed.read_bytes()))
        return folder

    return unpack


def read_everything(folder, previous=None):
    """What the centre does with a package."""
    code = KNOWN["station_code"]
    manifest = verify_package(folder, KEYS, station_code=code)
    if previous is not None:
        check_follows(manifest, ChainLink(**previous))
    with open_package(folder, KEYS, [KNOWN["identity"]], station_code=code) as opened:
        return opened.record()


def test_the_good_package_is_accepted(vector):
    document = read_everything(vector("good"))
    assert document.number == "20261124-007"
    assert document.signature.strokes_count == 2
    assert document.owed["thumbs"] == "scanner broken"


@pytest.mark.parametrize("name", REFUSED)
def test_every_other_package_meets_its_refusal(name, vector):
    what = EXPECTED[name]
    with pytest.raises(RefusedPackageError) as caught:
        read_everything(vector(name), what.get("previous"))
    assert type(caught.value).__name__ == what["refusal"]
    assert caught.value.text_id
    assert "{" not in caught.value.text_id + caught.value.text_en


def test_every_refusal_has_a_vector_and_stands_in_the_format():
    leaves = {
        name
        for name, value in vars(package_errors).items()
        if isinstance(value, type)
        and issubclass(value, RefusedPackageError)
        and not value.__subclasses__()
    }
    assert {what["refusal"] for what in EXPECTED.values()} - {None} == leaves
    rows = re.findall(r"^\| (\w+Error) \| (PKG-\d+) \| (.+) \|$", FORMAT.read_text(), re.MULTILINE)
    assert {name for name, _, _ in rows} == leaves
    for name, issue, vectors in rows:
        assert getattr(package_errors, name).issue_id == issue
        listed = re.findall(r"`(\w+)`", vectors)
        assert sorted(listed) == sorted(n for n in REFUSED if EXPECTED[n]["refusal"] == name)


def test_issue_ids_are_unique():
    classes = [v for v in vars(package_errors).values() if isinstance(v, type)]
    ours = [c.issue_id for c in classes if issubclass(c, package_errors.PackageError)]
    assert len(set(ours)) == len(ours)


def test_vectors_stay_small():
    assert sum(path.stat().st_size for path in VECTORS.rglob("*") if path.is_file()) < 300_000
