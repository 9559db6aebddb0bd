import json

import numpy as np
import pytest
from typer.testing import CliRunner

from biometrics.command_line import app
from biometrics.evaluation.canvas import encode_png
from biometrics.evaluation.slap_evaluation import evaluate_slaps
from biometrics.evaluation.slap_figures import misses_goals, summarize, wilson_interval
from biometrics.evaluation.slap_judgement import judge_slap, overlap
from biometrics.evaluation.slap_truth import TRUTH_NAME, read_truth
from biometrics.finger.position import RIGHT_SLAP
from biometrics.finger.slap import lay_out_slap
from tests.biometrics.finger.slap_drawing import corners, draw_slap, right_hand

SQUARE = np.array([(0, 0), (0, 10), (10, 10), (10, 0)], float)


def line(fingers, **changes):
    names = ("right_index", "right_middle", "right_ring", "right_little")
    described = [
        {"position": name, "quadrilateral": corners(finger).tolist()}
        for name, finger in zip(names, fingers, strict=True)
    ]
    whole = {
        "file": "1.png",
        "resolution_ppi": 500,
        "expected": list(names),
        "hand": "right",
        "rotation_rad": 0.0,
        "wrong": [],
        "fingers": described,
    }
    return json.dumps({**whole, **changes})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "1.png").write_bytes(encode_png(draw_slap(right_hand())))
    (tmp_path / TRUTH_NAME).write_text(line(right_hand()) + "\n", encoding="utf-8")
    return tmp_path


def test_a_square_overlaps_itself_and_nothing_else():
    assert overlap(SQUARE, SQUARE) == pytest.approx(1)
    assert overlap(SQUARE, SQUARE + 20) == 0
    assert overlap(SQUARE, SQUARE + np.array([0, 5])) == pytest.approx(1 / 3)


def test_no_interval_is_narrower_with_less():
    low, high = wilson_interval(199, 200)
    assert low < 0.995 < high
    wider = wilson_interval(20, 20)
    assert wider[1] == 1
    assert wider[0] < 0.9


def test_a_folder_without_truth_is_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_truth(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{}\n", "no json\n", line(right_hand(), expected=["right_toe"]) + "\n"],
    ids=["empty", "no keys", "no json", "no finger"],
)
def test_a_broken_truth_is_named(tmp_path, text):
    (tmp_path / TRUTH_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"truth\.jsonl"):
        read_truth(tmp_path)


def test_a_file_outside_the_folder_is_not_read(tmp_path):
    text = line(right_hand(), file="../../secret.png")
    (tmp_path / TRUTH_NAME).write_text(text, encoding="utf-8")
    assert read_truth(tmp_path)[0].path == tmp_path / "secret.png"


def test_a_good_slap_is_judged_good(folder):
    figures, sheet = evaluate_slaps(folder)
    assert misses_goals(figures) == []
    assert sheet is None
    assert figures["fingers_named_right"]["share"] == 1


def test_a_wrong_truth_is_noticed(folder):
    slap = read_truth(folder)[0]
    layout = lay_out_slap(draw_slap(right_hand()), 500, expected=RIGHT_SLAP)
    judged = judge_slap(slap, layout, 1.0)
    assert judged.is_count_right
    assert judged.is_hand_right
    shifted = (folder / TRUTH_NAME).read_text(encoding="utf-8").replace('"right"', '"left"')
    (folder / TRUTH_NAME).write_text(shifted, encoding="utf-8")
    worse = judge_slap(read_truth(folder)[0], layout, 1.0)
    assert not worse.is_hand_right
    assert misses_goals(summarize([worse])) == ["hand_right", "hand_right_when_sure"]


def test_the_command_judges_a_folder_and_draws_the_worst(folder, tmp_path):
    text = line([*right_hand()[:3], right_hand(rotation_rad=0.3)[3]])
    (folder / TRUTH_NAME).write_text(text, encoding="utf-8")
    picture = tmp_path / "worst" / "sheet.png"
    picture.parent.mkdir()
    result = CliRunner().invoke(
        app, ["evaluate-slaps", str(folder), "--json", "--picture", str(picture)]
    )
    assert result.exit_code == 1
    assert json.loads(result.stdout)["goals_missed"] == ["overlap_good"]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_command_says_what_is_missing(tmp_path):
    result = CliRunner().invoke(app, ["evaluate-slaps", str(tmp_path)])
    assert result.exit_code == 2


def test_the_benchmark_gives_times_and_their_ratio(folder):
    image = str(folder / "1.png")
    result = CliRunner().invoke(app, ["benchmark-slap", image, "--json", "--runs", "2"])
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert figures["median_preview_ms"] > 0
    assert figures["check_in_transforms"] == pytest.approx(
        figures["median_check_ms"] / figures["transform_ms"]
    )
    assert CliRunner().invoke(app, ["benchmark-slap", image, "--expected", "feet"]).exit_code == 2
