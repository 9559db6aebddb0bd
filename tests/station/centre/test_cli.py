"""The centre's command line as other programs call it: --json and exit codes 0, 1, 2."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from station.centre.cli import centre_app
from station.centre.keys import CentreKeys
from tests.station.centre.sealed import seal_for

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def run():
    """Return a function that runs one command and gives (exit code, output)."""
    runner = CliRunner()

    def call(*words: object) -> tuple[int, str]:
        result = runner.invoke(centre_app, [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return result.exit_code, result.output

    return call


@pytest.fixture
def keys(centre_keys, tmp_path) -> CentreKeys:
    shutil.copytree(centre_keys.folder, tmp_path / "centre")
    return CentreKeys.load(tmp_path / "centre")


@pytest.fixture
def station(pull_station, keys, tmp_path, run):
    """A trusted station with two sealed packages."""
    identity = tmp_path / "identity.json"
    identity.write_text(pull_station.identity.model_dump_json())
    code, said = run("trust", identity, "--keys", keys.folder)
    assert code == 0, said
    assert pull_station.signer.kid in said
    recipients = json.loads(keys.enrolment.read_bytes())["recipients"]
    for _ in range(2):
        seal_for(pull_station, recipients)
    return pull_station


def test_help_names_every_command_and_each_has_an_example(run):
    code, said = run("--help")
    assert code == 0
    for command in ("keygen", "trust", "pull", "take", "open", "verify", "receipts"):
        assert command in said
        code, more = run(command, "--help")
        assert code == 0
        assert f"example: station centre {command}" in " ".join(more.split())


def test_keygen_never_replaces(run, tmp_path):
    assert run("keygen", tmp_path / "new")[0] == 0
    code, said = run("keygen", tmp_path / "new")
    assert code == 2
    assert "never replaced" in " ".join(said.split())


def test_the_whole_way(run, station, keys, tmp_path):
    held, opened = tmp_path / "held", tmp_path / "opened"
    with station.serve() as url:
        code, said = run("pull", url, "--keys", keys.folder, "--out", held, "--json")
    assert code == 0, said
    (report,) = json.loads(said)
    assert report["is_good"]
    assert len(report["receipted"]) == 2
    code, said = run("verify", held, "--keys", keys.folder, "--json")
    assert code == 0
    assert [one["sequence"] for one in json.loads(said)] == [1, 2]
    code, said = run("open", held, "--keys", keys.folder, "--out", opened, "--json")
    assert code == 0
    assert all(one["is_good"] and one["files"] == 42 for one in json.loads(said))
    code, said = run("receipts", held, "--json")
    assert code == 0
    assert [one["has_receipt"] for one in json.loads(said)] == [True, True]


def test_the_courier_way(run, station, keys, tmp_path):
    medium, held = tmp_path / "medium", tmp_path / "held"
    shutil.copytree(station.spool.folder, medium / "packages")
    code, said = run("take", medium, "--keys", keys.folder, "--out", held, "--json")
    assert code == 0, said
    assert [one["is_new"] for one in json.loads(said)] == [True, True]
    code, said = run("receipts", held, "--to", medium)
    assert code == 0
    assert "2 receipts written" in said
    assert len(list((medium / "receipts").glob("*.jws"))) == 2


def test_what_is_bad_ends_with_1_and_is_named(run, station, keys):
    first, second = station.manifests
    path = station.spool.folder / first.package_id / "part-a.age"
    path.write_bytes(path.read_bytes()[:-1])
    code, said = run("verify", station.spool.folder, "--keys", keys.folder, "--json")
    assert code == 1
    bad, good = json.loads(said)
    assert (bad["package_id"], bad["is_good"]) == (first.package_id, False)
    assert "part_size" in bad["refused"]
    assert (good["package_id"], good["is_good"]) == (second.package_id, True)
    code, said = run("verify", station.spool.folder, "--keys", keys.folder)
    assert code == 1
    assert "part_size" in said


def test_what_could_not_run_ends_with_2(run, station, keys, tmp_path):
    nothing = tmp_path / "nothing"
    for words in (
        ("verify", nothing, "--keys", keys.folder),
        ("verify", station.spool.folder, "--keys", nothing),
        ("open", station.spool.folder, "--keys", nothing),
        ("trust", nothing, "--keys", keys.folder),
        ("pull", "other=https://127.0.0.1:9", "--keys", keys.folder, "--out", tmp_path / "held"),
    ):
        code, said = run(*words)
        assert code == 2, (words, said)
        assert "centre:" in said


def test_a_station_that_refuses_us_ends_with_2(run, make_pull_station, station, keys, tmp_path):
    impostor = make_pull_station("impostor")
    with impostor.serve() as url:
        words = ("pull", f"{station.code}={url}", "--keys", keys.folder, "--out", tmp_path / "held")
        code, said = run(*words, "--json")
    assert code == 2
    assert "another certificate" in json.loads(said)[0]["error"]


def test_which_station_is_asked_when_there_are_several(run, make_pull_station, station, keys):
    keys.stations.trust(make_pull_station("second").identity)
    code, said = run("pull", "https://127.0.0.1:9", "--keys", keys.folder)
    assert code == 2
    assert "CODE=https://127.0.0.1:9" in "".join(said.split())
