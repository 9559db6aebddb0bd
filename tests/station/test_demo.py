"""The whole path: record, seal, serve, pull, verify, open; judged by programs nobody here wrote."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from jwcrypto import jwk, jws

from station.demo import demonstrate

FINGERS = [
    f"{hand}_{digit}"
    for hand in ("right", "left")
    for digit in ("thumb", "index", "middle", "ring", "little")
]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    lines: list[str] = []
    demonstrate(say=lines.append, keep_folder=folder)
    assert any("purged" in line for line in lines)
    assert sum("capture:" in line for line in lines) == 7
    return folder


def package_of(kept: Path) -> Path:
    (package,) = (path.parent for path in (kept / "pulled").glob("*/*/manifest.jws"))
    return package


def test_the_station_keeps_manifest_and_receipt_and_no_parts(kept: Path) -> None:
    (package,) = (kept / "station" / "spool").iterdir()
    assert {path.name for path in package.iterdir()} == {"manifest.jws", "receipt.jws"}


def test_nothing_of_the_resident_is_readable_at_the_station(kept: Path) -> None:
    for path in (kept / "station").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"6171015505910003" not in data, path
            assert b"WARGA CONTOH" not in data, path


def test_age_and_tar_open_both_parts(kept: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("age is not installed")
    names: set[str] = set()
    for part in ("a", "b"):
        sealed = package_of(kept) / f"part-{part}.age"
        key = kept / "centre" / "centre.age-identity"
        plain = subprocess.run(
            ["age", "-d", "-i", str(key), str(sealed)], check=True, capture_output=True, timeout=60
        ).stdout
        listed = subprocess.run(
            ["tar", "t"], input=plain, check=True, capture_output=True, timeout=60
        ).stdout
        names |= set(listed.decode().split())
    expected = {f"fingers/{finger}.{kind}" for finger in FINGERS for kind in ("fmr", "wsq", "fir")}
    expected |= {"record.json", "portrait.jp2", "irises/right.iir", "irises/left.iir"}
    expected |= {f"slaps/{step}.jp2" for step in ("left_slap", "right_slap", "thumbs")}
    assert expected <= names


def test_another_jws_library_verifies_the_manifest(kept: Path) -> None:
    (identity,) = (kept / "centre" / "stations").glob("*.json")
    key = jwk.JWK(**json.loads(identity.read_text())["signing_jwk"])
    token = jws.JWS()
    token.deserialize((package_of(kept) / "manifest.jws").read_text().strip())
    token.verify(key)
    manifest = json.loads(token.payload)
    assert manifest["format"] == "ktpel-package/1"
    assert manifest["sequence"] == 1
    assert "WARGA" not in token.payload.decode()


def test_the_record_says_who_and_how_good(kept: Path) -> None:
    (record,) = (kept / "opened").glob("*/a/record.json")
    document = json.loads(record.read_text())
    text = json.dumps(document)
    assert document["resident"]["nik"] == "6171015505910003"
    assert "right_index" in text
