"""`selftest fleet` as people and programs call it."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from selftest.cli import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a sample fleet, merged."""
    folder = tmp_path_factory.mktemp("fleet")
    assert run("sample", folder / "sample").exit_code == 0
    done = run("merge", folder / "sample/reports", "--states", folder / "sample/states.csv",
               "--file", folder / "fleet.db", "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["statements_added"] == 27
    return folder


def run(*words):
    return CliRunner().invoke(app, ["fleet", *map(str, words)])


def test_merging_again_changes_nothing(folder):
    before = (folder / "fleet.db").read_bytes()
    done = run("merge", folder / "sample/reports", "--states", folder / "sample/states.csv",
               "--file", folder / "fleet.db", "--json")  # fmt: skip
    found = json.loads(done.stdout)
    assert (found["added"], found["statements_added"], found["already_known"]) == (0, 0, 413)
    assert (folder / "fleet.db").read_bytes() == before


def test_what_is_refused_is_named_and_exits_with_one(folder, tmp_path):
    (tmp_path / "bad.json").write_text("{")
    done = run("merge", tmp_path / "bad.json", "--file", tmp_path / "f.db")
    assert done.exit_code == 1
    rows = [line.split("│") for line in done.stdout.splitlines() if line.startswith("│")]
    assert "".join(row[1].strip() for row in rows).endswith("bad.json")  # folded where it is long


@pytest.mark.parametrize(
    "words",
    [
        ("merge", "nowhere"),
        ("inventory", "--file", "nowhere.db"),
        ("host", "--file", "nowhere.db"),
        ("plan", "--file", "nowhere.db"),
    ],
)
def test_what_cannot_run_says_so_and_exits_with_two(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2
    assert "nowhere" in done.stderr


def test_inventory_in_both_forms(folder):
    text = run("inventory", "--file", folder / "fleet.db", "--plot", folder / "p.png")
    assert text.exit_code == 0
    assert "NOT" in text.stdout
    found = json.loads(run("inventory", "--file", folder / "fleet.db", "--json").stdout)
    assert (found["active"], found["blocked"], found["broken_devices"]) == (105, 69, 173)
    assert len(found["silent_regencies"]) == 4
    assert (folder / "p.png").read_bytes().startswith(b"\x89PNG")


def test_a_day_without_fresh_reports_makes_all_unknown(folder):
    words = ("inventory", "--file", folder / "fleet.db", "--as-of", "2027-06-01", "--json")
    found = json.loads(run(*words).stdout)
    assert found["total"]["stale"] == 147
    assert run(*words[:-2], "someday").exit_code == 2


def test_host_with_decisions(folder):
    found = json.loads(run("host", "--file", folder / "fleet.db", "--json").stdout)
    assert (found["is_optimal"], found["gap"], found["blocked"]) == (True, 0.0, 69)
    veto = found["hosted"][0]["host"]
    done = run("host", "--file", folder / "fleet.db", "--veto", veto, "--by", "Siti", "--json")
    assert veto not in {one["host"] for one in json.loads(done.stdout)["hosted"]}
    assert run("host", "--file", folder / "fleet.db", "--veto", veto).exit_code == 2
    short = run("host", "--file", folder / "fleet.db", "--capacity", "0")
    assert short.exit_code == 1
    assert "IMPOSSIBLE" in short.stdout


def test_plan_writes_everything(folder):
    words = ("plan", "--file", folder / "fleet.db", "--iterations", "50", "--out", folder / "out")
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert {place.name for place in (folder / "out").iterdir()} == {
        "map.png", "plan.json", "plan.pdf", "plan.xlsx",
    }  # fmt: skip
    assert json.loads(run(*words[:-2], "--json").stdout) == json.loads(
        (folder / "out/plan.json").read_text()
    )


def test_a_missing_solver_names_the_extra_to_install(folder):
    """In a process of its own, since here the solvers are loaded already."""
    lines = (
        "import sys",
        "sys.modules['pyvrp'] = None",
        "from selftest.cli import app",
        f"app(['fleet', 'plan', '--file', {str(folder / 'fleet.db')!r}])",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "install the extras fleet and report" in " ".join(done.stderr.split())
