"""The command line, run in this process and once as a program."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from biometrics.command_line import app
from biometrics.evaluation.samples import read_template
from tests.biometrics.finger.ridge_drawing import DrawnFinger

COMMANDS = ("check", "extract", "compare", "slap", "evaluate", "discard", "calibrate", "benchmark")


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write(path, pixels):
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three fingers, two impressions each."""
    prints = tmp_path_factory.mktemp("prints")
    for finger in range(3):
        drawn = DrawnFinger(40 + finger)
        for impression in (1, 2):
            image = drawn.draw(rotation_rad=0.15 * impression, seed=impression)
            write(prints / f"{finger}_{impression}.png", image)
    return prints


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "python -m biometrics " + command in " ".join(result.output.split())


def test_no_command_is_an_error_that_lists_them():
    result = run()
    assert result.exit_code == 2
    for command in COMMANDS:
        assert command in result.output


def test_check_tells_score_reasons_minutiae_and_time(folder):
    result = run("check", folder / "0_1.png", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["quality_score"] >= 60
    assert found["reasons"] == []
    assert found["minutiae_count"] >= 20
    assert found["median_ms"] > 0
    assert found["components"]["area_mm2"] > 100
    assert 0 < found["ratings"]["clear_area_mm2"] <= 1


def test_check_finds_a_blank_image_bad(tmp_path):
    blank = write(tmp_path / "blank.png", np.full((300, 300), 255, np.uint8))
    result = run("check", blank, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["reasons"][0]["code"] == "no_finger"


def test_the_lowest_good_score_can_be_chosen(folder):
    assert run("check", folder / "0_1.png", "--minimum", 100).exit_code == 1
    assert run("check", folder / "0_1.png", "--minimum", 10).exit_code == 0


def test_check_writes_a_page_of_every_stage(folder, tmp_path):
    assert run("check", folder / "0_1.png", "--trace", tmp_path / "stages").exit_code == 0
    page = (tmp_path / "stages" / "index.html").read_text()
    assert "0_1.png" in page
    for picture in (tmp_path / "stages").glob("*.png"):
        assert picture.name in page


@pytest.mark.parametrize("content", [b"", b"no image at all"])
def test_what_cannot_be_read_could_not_run(tmp_path, content):
    broken = tmp_path / "broken.png"
    broken.write_bytes(content)
    for path in (broken, tmp_path / "absent.png"):
        result = run("check", path)
        assert result.exit_code == 2
        assert "could not run" in result.stderr


def test_a_resolution_out_of_range_could_not_run(folder):
    result = run("check", folder / "0_1.png", "--ppi", 72)
    assert result.exit_code == 2
    assert "250 to 1000" in result.stderr


@pytest.mark.parametrize("suffix", ["fmr", "xyt"])
def test_an_extracted_template_compares_like_its_image(folder, tmp_path, suffix):
    out = tmp_path / f"print.{suffix}"
    assert run("extract", folder / "0_1.png", "--out", out).exit_code == 0
    assert len(read_template(out)) >= 20
    from_file = json.loads(run("compare", out, folder / "0_2.png", "--json").stdout)
    from_image = json.loads(run("compare", folder / "0_1.png", folder / "0_2.png", "--json").stdout)
    ratio = from_file["similarity_score"] / from_image["similarity_score"]
    assert ratio == pytest.approx(1, abs=0.1)


def test_the_format_can_be_named_and_must_be_known(folder, tmp_path):
    out = tmp_path / "lines.txt"
    assert run("extract", folder / "0_1.png", "--out", out, "--format", "xyt").exit_code == 0
    assert all(len(line.split()) == 4 for line in out.read_text().splitlines())
    assert run("extract", folder / "0_1.png", "--out", out).exit_code == 2


def test_compare_matches_one_finger_and_no_other(folder, tmp_path):
    picture = tmp_path / "pairs.png"
    same = run("compare", folder / "1_1.png", folder / "1_2.png", "--json", "--picture", picture)
    found = json.loads(same.stdout)
    assert same.exit_code == 0
    assert found["is_match"]
    assert found["paired_minutiae"] >= 15
    assert found["false_match_rate"] <= 1e-3
    assert found["rotation_rad"] == pytest.approx(0.15, abs=0.05)
    drawn = cv2.imdecode(np.frombuffer(picture.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert drawn.shape[1] > 800
    other = run("compare", folder / "0_1.png", folder / "1_1.png")
    assert other.exit_code == 1
    assert "similarity_score" in other.stdout


def test_evaluate_reports_the_protocol(folder, tmp_path):
    plot, discard = tmp_path / "errors.png", tmp_path / "discard.png"
    result = run("evaluate", folder, "--json", "--plot", plot, "--discard", discard)
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    for key in ("eer_all", "eer_fvc", "fmr100", "fmr1000", "zero_fmr", "failures"):
        assert found[key] == 0
    assert found["auc"] == 1
    assert found["median_check_ms"] > 0
    assert found["median_compare_ms"] > 0
    assert found["discard_ratio"] is None
    assert found["intervals"]["eer_all"] == [0, 0]
    assert [row["false_match_rate"] for row in found["discard"]] == [0.01, 0.001, 0.0001]
    assert found["bootstrap"]["unit"] == "finger"
    for picture in (plot, discard):
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_evaluate_prints_a_table_with_intervals(folder):
    output = run("evaluate", folder).stdout
    assert "0.00 [0.0, 0.0]" in output
    assert "FMR1000" in output
    assert "no errors" in output


def test_evaluate_counts_a_broken_image_as_a_failure(folder, tmp_path):
    copy_set(folder, tmp_path)
    (tmp_path / "0_1.png").write_bytes(b"broken")
    found = json.loads(run("evaluate", tmp_path, "--json").stdout)
    assert found["failures"] == 1
    assert found["zero_fmr"] == pytest.approx(100 / 3)
    low, high = found["intervals"]["zero_fmr"]
    assert low == 0
    assert high >= 100 / 3


def copy_set(source, target):
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def test_several_sets_have_a_mean(folder, tmp_path):
    spoiled = copy_set(folder, tmp_path / "spoiled")
    (spoiled / "0_1.png").write_bytes(b"broken")
    plot = tmp_path / "errors.png"
    found = json.loads(run("evaluate", folder, spoiled, "--json", "--plot", plot).stdout)
    assert set(found["sets"]) == {folder.name, "spoiled"}
    assert found["mean"]["zero_fmr"] == pytest.approx(100 / 6)
    assert found["mean"]["failures"] == 1
    assert found["discard"][0]["pairs"] == 6
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "mean" in run("evaluate", folder, spoiled).stdout


def test_templates_are_kept_and_then_compared_with_the_images(folder, tmp_path):
    kept = tmp_path / "templates"
    first = json.loads(run("evaluate", folder, "--templates", kept, "--json").stdout)
    assert len(list(kept.glob("*.fmr"))) == len(list(kept.glob("*.xyt"))) == 6
    assert "difference" not in first
    again = json.loads(run("evaluate", folder, "--templates", kept, "--json").stdout)
    assert again["eer_all"] == first["eer_all"] == again["images"]["eer_all"] == 0
    assert again["difference"]["eer_all"] == 0
    assert again["difference"]["intervals"]["eer_all"] == [0, 0]
    assert again["samples"] == 6


def test_a_worse_extractor_is_told_by_the_paired_difference(folder, tmp_path):
    kept = tmp_path / "templates"
    assert run("evaluate", folder, "--templates", kept).exit_code == 0
    for path in kept.glob("*.fmr"):
        path.unlink()
    for name in ("0_1.xyt", "1_1.xyt"):
        (kept / name).unlink()
    found = json.loads(run("evaluate", folder, "--templates", kept, "--json").stdout)
    assert found["failures"] == 2
    assert found["zero_fmr"] == pytest.approx(200 / 3)
    assert found["images"]["zero_fmr"] == 0
    assert found["difference"]["zero_fmr"] == pytest.approx(-200 / 3)
    assert found["difference"]["intervals"]["zero_fmr"][0] < 0
    output = run("evaluate", folder, "--templates", kept).stdout
    assert "images - templates" in output


def test_templates_of_several_sets_lie_in_folders_named_like_them(folder, tmp_path):
    other, kept = copy_set(folder, tmp_path / "other"), tmp_path / "templates"
    assert run("evaluate", folder, other, "--templates", kept).exit_code == 0
    assert len(list((kept / "other").glob("*.xyt"))) == 6
    found = json.loads(run("evaluate", folder, other, "--templates", kept, "--json").stdout)
    assert found["mean"]["difference"]["eer_all"] == 0


def test_templates_of_other_fingers_could_not_run(folder, tmp_path):
    (tmp_path / "9_9.xyt").write_text("10 10 0 50\n")
    result = run("evaluate", folder, "--templates", tmp_path)
    assert result.exit_code == 2
    assert "named like the images" in result.stderr


def test_discard_compares_two_quality_scores_on_the_same_pairs(folder, tmp_path):
    scores = tmp_path / "scores.csv"
    lines = [f"{folder.name},{path.stem},{n}" for n, path in enumerate(sorted(folder.iterdir()))]
    scores.write_text("\n".join(["set,image,other", *lines]))
    plot = tmp_path / "discard.png"
    command = ("discard", folder, "--scores", scores)
    found = json.loads(run(*command, "--json", "--plot", plot).stdout)
    assert found["discard"][0]["other"]["ratio"] is None
    assert -1 <= found["rank_correlation"]["other"] <= 1
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "Spearman" in run(*command).stdout
    lacking = tmp_path / "lacking.csv"
    lacking.write_text("set,image,other\nx,1_1,5\n")
    assert run("discard", folder, "--scores", lacking).exit_code == 2


def test_discard_of_even_fingers_leaves_the_odd_ones_out(folder):
    found = json.loads(run("discard", folder, "--fingers", "even", "--json").stdout)
    assert found["discard"][0]["pairs"] == 2
    assert run("discard", folder, "--fingers", "odd").exit_code == 2  # one finger: no impostors


def test_evaluate_needs_samples(tmp_path):
    result = run("evaluate", tmp_path)
    assert result.exit_code == 2
    assert "<finger>_<impression>" in result.stderr


def test_calibrate_measures_what_the_parameters_hold(tmp_path):
    prints = tmp_path / "prints"
    prints.mkdir()
    lines = ["set,image,nfiq2"]
    for finger in range(1, 6):
        image = DrawnFinger(60 + finger).draw(noise_levels=8 * finger)
        write(prints / f"{finger}_1.png", image)
        lines.append(f"prints,{finger}_1,{90 - 10 * finger}")
    table = tmp_path / "scores.csv"
    table.write_text("\n".join(lines))
    found = json.loads(run("calibrate", prints, "--nfiq2", table, "--json").stdout)
    scores = found["false_matches"]["scores"]
    assert found["false_matches"]["comparisons"] == 10
    assert scores == sorted(scores)
    assert set(found["quality"]["points"]) >= {"local_clarity", "clear_area_mm2"}
    assert -1 <= found["quality"]["current_correlation"] <= 1
    assert found["minutiae"] == {"minutiae": 0}  # no finger has a second impression
    assert run("calibrate", tmp_path / "absent").exit_code == 2


def test_benchmark_times_every_stage(folder, tmp_path):
    found = json.loads(run("benchmark", folder, "--json").stdout)
    assert found["images"] == 6
    assert found["peak_rss_mb"] > 20
    assert next(iter(found["stages"])) == "image"
    assert list(found["stages"])[-1] == "quality"
    assert sum(found["stages"].values()) < 3 * found["median_check_ms"]
    assert list(found["stage_peak_mb"]) == list(found["stages"])
    assert 1 < max(found["stage_peak_mb"].values()) < 60
    assert "whole check" in run("benchmark", folder).stdout
    assert run("benchmark", tmp_path).exit_code == 2


def test_it_runs_as_a_program(folder):
    result = subprocess.run(
        [sys.executable, "-m", "biometrics", "check", folder / "2_1.png", "--json"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(result.stdout)["quality_score"] >= 60
