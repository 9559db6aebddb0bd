"""Keys of the centre and the allow-list of stations."""

import json
import stat
from datetime import UTC, datetime

import pytest

from station.centre.errors import CentreKeysError, UnknownStationError
from station.centre.keys import CentreKeys, issue_client, keygen
from station.centre.stations import StationIdentity, Stations
from station.keys import StationKeys, import_centre
from station.tls import load_certificate, server_certificate

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> CentreKeys:
    return keygen(tmp_path_factory.mktemp("keys") / "centre", now=NOW)


@pytest.fixture
def station_keys(tmp_path) -> StationKeys:
    keys = StationKeys.load_or_create(tmp_path / "station", "61.01.01-1")
    server_certificate("61.01.01-1").write(keys.tls_certificate_path, keys.tls_key_path)
    return keys


def identity_of(keys: StationKeys) -> StationIdentity:
    return StationIdentity.read(json.dumps(keys.public_identity()))


def test_every_file_is_private(made):
    for path in made.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_what_was_made_is_read_again(made):
    again = CentreKeys.load(made.folder)
    assert again.identities == made.identities
    assert again.signer.kid == made.signer.kid


def test_keys_are_never_replaced(made):
    with pytest.raises(CentreKeysError, match="never replaced"):
        keygen(made.folder, now=NOW)


def test_the_station_imports_the_enrolment(made, station_keys):
    centre = import_centre(station_keys.folder, made.enrolment.read_bytes())
    assert len(centre.recipients) == 1
    assert centre.receipt_key_set()[made.signer.kid]["x"] == made.signer.public_jwk()["x"]


def test_the_enrolment_holds_no_secret(made):
    text = made.enrolment.read_text()
    assert "PRIVATE" not in text
    assert "AGE-SECRET-KEY" not in text
    assert '"d"' not in text


def test_a_collector_needs_no_opening_key(made, tmp_path):
    carrier = tmp_path / "collector"
    carrier.mkdir()
    for name in ("receipt-signing.jwk", "client.pem", "client.key"):
        (carrier / name).write_bytes((made.folder / name).read_bytes())
        (carrier / name).chmod(0o600)
    assert CentreKeys.load(carrier).identities == ()


def test_two_opening_keys_while_one_is_rotated(made, tmp_path):
    other = keygen(tmp_path / "other", now=NOW)
    text = (other.folder / "centre.age-identity").read_text()
    path = other.folder / "centre.age-identity"
    path.write_text(text + f"# the old one\n{made.identities[0]}\n")
    assert CentreKeys.load(other.folder).identities == (*other.identities, *made.identities)


@pytest.mark.parametrize("name", ["receipt-signing.jwk", "client.pem", "client.key"])
def test_a_missing_key_is_named(tmp_path, name):
    keys = keygen(tmp_path / "keys", now=NOW)
    (keys.folder / name).unlink()
    with pytest.raises(CentreKeysError, match=name):
        CentreKeys.load(keys.folder)


def test_a_key_that_others_can_read_is_refused(tmp_path):
    keys = keygen(tmp_path / "keys", now=NOW)
    (keys.folder / "centre.age-identity").chmod(0o644)
    with pytest.raises(CentreKeysError, match="chmod 600"):
        CentreKeys.load(keys.folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("receipt-signing.jwk", "nonsense"),
        ("receipt-signing.jwk", '{"kty": "OKP", "crv": "Ed25519", "x": "AA"}'),
        ("centre.age-identity", "AGE-SECRET-KEY-1NONSENSE"),
        ("centre.age-identity", "# nothing here"),
    ],
)
def test_a_damaged_key_says_so(tmp_path, name, content):
    keys = keygen(tmp_path / "keys", now=NOW)
    (keys.folder / name).write_text(content)
    with pytest.raises(CentreKeysError, match=name):
        CentreKeys.load(keys.folder)


def test_a_client_certificate_is_renewed_in_place(tmp_path):
    keys = keygen(tmp_path / "keys", now=NOW)
    before = load_certificate(keys.client_certificate.read_bytes()).serial_number
    issue_client(keys.folder, name="collector", now=NOW)
    assert load_certificate(keys.client_certificate.read_bytes()).serial_number != before
    (keys.folder / "ca.key").unlink()
    with pytest.raises(CentreKeysError, match=r"ca\.key"):
        issue_client(keys.folder, name="collector", now=NOW)


def test_a_station_is_trusted_once_and_replaced_deliberately(tmp_path, station_keys):
    stations = Stations(tmp_path / "centre")
    assert stations.codes() == ()
    identity = identity_of(station_keys)
    assert stations.trust(identity)
    assert not stations.trust(identity)
    impostor = StationKeys.load_or_create(tmp_path / "impostor", identity.station_code)
    other = identity_of(impostor)
    with pytest.raises(UnknownStationError, match="another key"):
        stations.trust(other)
    assert stations.get(identity.station_code) == identity
    assert stations.trust(other, may_replace=True)
    assert stations.all() == (other,)
    assert other.tls_certificate_pem is None
    assert "courier" in other.fingerprints()["TLS certificate"]


@pytest.mark.parametrize("code", ["", "../x", "a/b", ".hidden", "x" * 65, "a\0b"])
def test_a_station_code_is_no_path(tmp_path, code):
    with pytest.raises(UnknownStationError):
        Stations(tmp_path).get(code)


def test_an_unknown_station_names_the_known(tmp_path, station_keys):
    stations = Stations(tmp_path / "centre")
    stations.trust(identity_of(station_keys))
    with pytest.raises(UnknownStationError, match=r"known: 61\.01\.01-1"):
        stations.get("61.01.01-2")


def test_an_identity_under_another_name_is_refused(tmp_path, station_keys):
    stations = Stations(tmp_path / "centre")
    stations.trust(identity_of(station_keys))
    folder = tmp_path / "centre" / "stations"
    (folder / "61.01.01-1.json").rename(folder / "other.json")
    with pytest.raises(UnknownStationError, match="identity of"):
        stations.get("other")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "ktpel-station-identity/2"},
        {"station_code": "../x"},
        {"signing_jwk": {"kty": "oct", "k": "AAAA"}},
        {"signing_jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"signing_jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A", "d": "B", "kid": "k"}},
        {"tls_certificate_pem": "nonsense"},
        {"more": 1},
    ],
)
def test_an_identity_that_is_none(station_keys, change):
    fields = {**station_keys.public_identity(), **change}
    with pytest.raises(UnknownStationError, match=next(iter(change))):
        StationIdentity.read(json.dumps(fields))
