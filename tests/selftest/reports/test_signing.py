"""Hash and signature of reports: what proves, and every way not to."""

import dataclasses
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from selftest.archive import store_run, stored_places
from selftest.bench import bench_from_config
from selftest.errors import BadReportError, BenchError, UnsignedError
from selftest.proof import prove
from selftest.signing import (
    canonical_bytes,
    document_of,
    load_signature,
    read_keys,
    seal_report,
    verify_report,
)


@pytest.fixture
def sealed(faulty_report, sign):
    """Return the document of a signed report."""
    return document_of(seal_report(faulty_report, sign))


def test_a_signed_report_proves_itself_however_it_is_written(sealed, signing_key, tmp_path):
    kid = OKPKey.import_key(signing_key.read_bytes()).thumbprint()
    assert verify_report(sealed, read_keys(signing_key)).kid == kid
    place = tmp_path / "r.json"
    place.write_text(json.dumps(dict(reversed(sealed.items())), indent=7))
    proved = prove(place, signing_key)
    assert (proved.form, proved.kid, proved.run_id) == ("report", kid, sealed["run_id"])


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "CAN RECORD"},
        {"number": 7},
        {"unheard_of": 1},
        {"sha256": "0" * 64},
        {"signature": "e30..AAAA"},
        {"signature": "nothing"},
        {"results": []},
        {"all_clear": 2**60},
    ],
)
def test_a_changed_report_proves_nothing(sealed, signing_key, change):
    with pytest.raises(BadReportError):
        verify_report({**sealed, **change}, read_keys(signing_key))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_other_file_proves_nothing(sealed, signing_key, tmp_path, data):
    text = json.dumps(sealed).encode()
    place = data.draw(st.integers(0, len(text)))
    put = data.draw(st.binary(min_size=1, max_size=4))
    changed = text[:place] + put + text[place + len(put) :]
    file = tmp_path / "changed.json"
    file.write_bytes(changed)
    try:
        prove(file, signing_key)
    except BadReportError:
        return
    assert json.loads(changed) == sealed  # other blanks only


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "[]",
        '"KTPR1:"',
        "KTPR1:",
        "[" * 100_000,
        '{"a": ' * 100_000,
        "\0",
        '{"a": "\\ud800"}',
    ],
)
def test_what_is_no_report_is_told(signing_key, tmp_path, text):
    (tmp_path / "x").write_text(text)
    with pytest.raises(BadReportError):
        prove(tmp_path / "x", signing_key)


def test_who_changes_the_hash_too_lacks_the_signature(sealed, signing_key, faulty_report):
    forged = document_of(seal_report(faulty_report.model_copy(update={"number": 9}), None))
    with pytest.raises(BadReportError, match="does not fit"):
        verify_report({**forged, "signature": sealed["signature"]}, read_keys(signing_key))


def test_another_key_or_none_proves_nothing(sealed, faulty_report, signing_key, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=False)))
    with pytest.raises(BadReportError, match="unknown key"):
        verify_report(sealed, read_keys(other))
    with pytest.raises(UnsignedError, match="not signed"):
        verify_report(document_of(seal_report(faulty_report, None)), read_keys(signing_key))
    with pytest.raises(UnsignedError, match="no hash"):
        verify_report(document_of(faulty_report), read_keys(signing_key))


def test_public_keys_are_read_in_every_form_they_are_handed_out(signing_key, tmp_path):
    jwk = OKPKey.import_key(signing_key.read_bytes()).as_dict(private=False)
    place = tmp_path / "key.json"
    for document in (jwk, {"keys": [jwk]}, {"format": "x", "signing_jwk": jwk}):
        place.write_text(json.dumps(document))
        assert read_keys(place) == read_keys(signing_key)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "{}", '{"keys": [{}]}', '{"kty": "OKP", "crv": "X25519", "x": "AA"}'],
)
def test_what_is_no_key_is_named(tmp_path, text):
    place = tmp_path / "key.json"
    place.write_text(text)
    with pytest.raises(BadReportError, match="station keys public"):
        read_keys(place)
    with pytest.raises(BadReportError):
        read_keys(tmp_path / "absent")


def test_a_station_without_a_key_signs_nothing_and_a_damaged_one_is_told(tmp_path):
    assert load_signature(tmp_path / "absent.pem") is None
    place = tmp_path / "key.pem"
    place.write_text("-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(BenchError, match="backup"):
        load_signature(place)
    other = generate_private_key(SECP256R1())
    place.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(BenchError, match="no Ed25519 key"):
        load_signature(place)


def test_the_station_that_is_configured_signs(tmp_path, signing_key, as_run, faulty_report):
    (tmp_path / "keys").mkdir()
    signing_key.rename(tmp_path / "keys" / signing_key.name)
    config = tmp_path / "station.toml"
    config.write_text('[station]\ncode = "61.08.05"\n')
    bench = bench_from_config(config)
    store_run(bench, as_run(faulty_report))
    proved = prove(stored_places(bench)[0], tmp_path / "keys" / signing_key.name)
    assert (proved.station_code, proved.number) == ("61.08.05", 1)


def test_without_a_key_a_report_is_stored_unsigned_with_its_hash(make_bench, as_run, faulty_report):
    report = store_run(dataclasses.replace(make_bench(), sign=None), as_run(faulty_report))
    assert report.signature is None
    assert report.sha256


def test_the_canonical_form_leaves_out_the_seal_only(sealed):
    plain = json.loads(canonical_bytes(sealed))
    assert set(sealed) - set(plain) == {"sha256", "signature"}
