"""The checks of the scanner on simulated devices: faults, cleaning, cards, a finger, a folder."""

import dataclasses
import datetime
import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from biometrics import finger
from drivers.simulation.behaviour import COOPERATIVE
from drivers.simulation.clock import ManualClock
from drivers.simulation.scene import Scene
from drivers.simulation.target import Target, TargetKind
from selftest.archive import store_run
from selftest.catalog import all_checks
from selftest.cli import app
from selftest.guide import Answer
from selftest.history import Author, History, unit_of
from selftest.inventory import INVENTORY_NAME
from selftest.report import Outcome, Severity
from selftest.runner import run_checks

BAD = {Outcome.FAIL, Outcome.ERROR}
OTHERS = {"FPS-004", "FPS-005"} | {
    f"FPS-{number}" for number in (*range(130, 135), *range(140, 145))
}
"""Codes of the link and of the statistics over weeks; they have tests of their own."""


def scanner_checks(*codes):
    checks = [item for item in all_checks() if item.component == "scanner"]
    wanted = [item for item in checks if item.code not in OTHERS]
    return [item for item in wanted if not codes or item.code in (*codes, "FPS-001", "FPS-006")]


def run(bench, *codes, store=False):
    done = run_checks(bench, scanner_checks(*codes))
    return {result.code: result for result in done.report.results}, done


class HandyGuide:
    """Does what is asked, by a table of question and deed."""

    person = "teknisi"

    def __init__(self, deeds=None, *, refuses=()):
        self.deeds, self.refuses = deeds or {}, refuses
        self.asked = []
        self.pictures = []

    def ask(self, question, *, timeout_s):
        self.asked.append(question.key)
        self.pictures.append(question.picture_png)
        if question.key in self.refuses:
            return Answer.SKIP
        self.deeds.get(question.key, lambda: None)()
        return Answer.DONE

    def show(self, picture_png, caption_id, caption_en):
        pass

    def tell(self, text_id, text_en):
        pass


def take_baseline(bench):
    done = run_checks(bench, scanner_checks())
    (asset,) = done.report.assets
    rows = [(code, value) for _, code, value in done.values]
    History(bench.history_file).store_baseline(unit_of(asset), bench.now(), Author("teknisi"), rows)
    return done


@pytest.mark.parametrize(
    ("fault", "code", "outcome"),
    [
        ("repeated_frame", "FPS-006", Outcome.FAIL),
        ("led_bank", "FPS-102", Outcome.FAIL),
        ("banding=2", "FPS-103", Outcome.WARN),
        ("banding=5", "FPS-103", Outcome.FAIL),
        ("dead_pixels=3", "FPS-105", Outcome.PASS),
        ("dead_pixels=40", "FPS-105", Outcome.WARN),
        ("dead_pixels=150", "FPS-105", Outcome.FAIL),
        ("dead_cluster=3", "FPS-105", Outcome.FAIL),
        ("dead_column=5", "FPS-106", Outcome.WARN),
        ("dead_columns=2", "FPS-106", Outcome.FAIL),
        ("dust=2", "FPS-107", Outcome.WARN),
        ("scratch=15", "FPS-107", Outcome.WARN),
        ("residue=1", "FPS-108", Outcome.WARN),
        ("noise=3", "FPS-109", Outcome.WARN),
        ("noise=6", "FPS-109", Outcome.FAIL),
        ("dim_light=1.06", "FPS-110", Outcome.FAIL),
        ("ambient=12", "FPS-111", Outcome.WARN),
        ("ambient=40", "FPS-111", Outcome.FAIL),
        ("hot_pixels=60", "FPS-112", Outcome.WARN),
        ("dark_drift=5", "FPS-113", Outcome.WARN),
        ("dark_banding=2", "FPS-113", Outcome.WARN),
    ],
)
def test_a_fault_raises_its_code_and_no_other_fail(make_bench, simulated, fault, code, outcome):
    results, _ = run(make_bench(simulated("scanner", fault)))
    assert results[code].outcome is outcome, results[code]
    assert results[code].finding is not None
    assert {c for c, result in results.items() if result.outcome in BAD} <= {code}


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("dim_light=0.9", Outcome.FAIL), ("dim_light=0.97", Outcome.WARN), (None, Outcome.PASS)],
)
def test_a_fading_lamp_is_seen_against_the_baseline_only(make_bench, simulated, fault, outcome):
    scanner = simulated("scanner")
    bench = make_bench(scanner)
    results = {result.code: result for result in take_baseline(bench).report.results}
    assert results["FPS-101"].outcome is Outcome.SKIP
    if fault:
        scanner.unit.faults.add(fault)
    results, _ = run(bench)
    assert results["FPS-101"].outcome is outcome
    assert {c for c, result in results.items() if result.outcome in BAD} <= {"FPS-101"}


def test_an_uneven_light_is_told_once(make_bench, simulated):
    scanner = simulated("scanner")
    bench = make_bench(scanner)
    take_baseline(bench)
    scanner.unit.faults.add("led_bank=40")
    results, _ = run(bench)
    assert {c for c, result in results.items() if result.outcome in BAD} == {"FPS-102"}


def test_healthy_sensors_of_both_sizes_find_nothing(make_bench, simulated):
    for seed in range(12):
        model = "slap" if seed < 2 else "single"
        results, _ = run(make_bench(simulated("scanner", seed=str(seed), model=model)))
        assert not [r for r in results.values() if r.finding or r.outcome in BAD], seed


def test_a_scanner_without_a_switch_for_its_light_skips_the_dark_codes(
    make_bench, simulated, monkeypatch
):
    scanner = simulated("scanner")
    monkeypatch.setattr(type(scanner), "_read_dark_frame", lambda self, timeout_s: None)
    results, _ = run(make_bench(scanner))
    for code in ("FPS-111", "FPS-112", "FPS-113", "FPS-120"):
        assert results[code].outcome is Outcome.SKIP
        assert "cannot switch its light off" in results[code].reason


def test_pictures_come_with_findings_and_are_no_pixels_of_the_platen(make_bench, simulated):
    results, done = run(make_bench(simulated("scanner", "residue=14")))
    assert {note.name for note in results["FPS-108"].pictures} == {"scanner-FPS-108-spectrum.png"}
    for png in done.pictures.values():
        assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR) is not None
    _, done = run(make_bench(simulated("scanner", seed="healthy")))
    assert done.pictures == {}


def test_what_a_cloth_takes_away_passes(make_bench, simulated):
    scanner = simulated("scanner", "dust=2", "residue=3")
    guide = HandyGuide({"clean-platen": scanner.unit.faults.clear})
    results, _ = run(make_bench(scanner, guide=guide), "FPS-107", "FPS-108")
    assert guide.asked == ["clean-platen"]
    assert guide.pictures[0].startswith(b"\x89PNG")
    for code in ("FPS-107", "FPS-108"):
        assert results[code].outcome is Outcome.PASS
        assert "before cleaning" in results[code].reason


@pytest.mark.parametrize(("fault", "code"), [("scratch=15", "FPS-107"), ("residue=3", "FPS-108")])
def test_what_stays_after_cleaning_fails(make_bench, simulated, fault, code):
    guide = HandyGuide()
    results, _ = run(make_bench(simulated("scanner", fault), guide=guide), "FPS-107", "FPS-108")
    assert guide.asked == ["clean-platen"]
    assert results[code].outcome is Outcome.FAIL


def test_nobody_is_asked_to_clean_a_clean_platen_and_refusing_leaves_the_warning(
    make_bench, simulated
):
    guide = HandyGuide()
    run(make_bench(simulated("scanner"), guide=guide), "FPS-107")
    assert guide.asked == []
    guide = HandyGuide(refuses=("clean-platen",))
    results, _ = run(make_bench(simulated("scanner", "dust=2"), guide=guide), "FPS-107")
    assert results["FPS-107"].outcome is Outcome.WARN


def test_the_serial_number_is_compared_with_the_inventory(make_bench, simulated, tmp_path):
    place = tmp_path / INVENTORY_NAME
    now = lambda: datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)  # noqa: E731
    scanner = simulated("scanner")
    place.write_text(f'[scanner]\nserial = "{scanner.unit.serial}"\ncertified = 2018-01-01\n')
    bench = make_bench(scanner, inventory=place, now=now)
    results, _ = run(bench, "FPS-003", "FPS-008")
    assert (results["FPS-003"].outcome, results["FPS-008"].outcome) == (Outcome.PASS,) * 2
    place.write_text('[scanner]\nserial = "X"\ncertified = 2012-03-01\n')
    results, _ = run(bench, "FPS-003", "FPS-008")
    assert (results["FPS-003"].outcome, results["FPS-008"].outcome) == (Outcome.WARN,) * 2
    place.write_text("[scanner]\nserial = 5\n")
    results, _ = run(bench, "FPS-003", "FPS-008")
    assert results["FPS-003"].outcome is Outcome.SKIP
    assert "cannot be read" in results["FPS-003"].reason


def test_a_swapped_scanner_is_told_until_it_has_a_baseline_of_its_own(make_bench, simulated):
    first = make_bench(simulated("scanner", seed="first"))
    assert run(first, "FPS-003")[0]["FPS-003"].outcome is Outcome.SKIP
    take_baseline(first)
    store_run(first, run_checks(first, scanner_checks("FPS-003")))
    second = make_bench(simulated("scanner", seed="second"))
    for _ in range(2):
        done = run_checks(second, scanner_checks("FPS-003"))
        found = {result.code: result for result in done.report.results}["FPS-003"]
        assert found.outcome is Outcome.WARN
        store_run(second, done)
    take_baseline(second)
    store_run(second, run_checks(second, scanner_checks("FPS-003")))
    assert run(second, "FPS-003")[0]["FPS-003"].outcome is Outcome.PASS


def deeds_of_cards(scanner, *, forget=()):
    """Lay the card that a question asks for."""

    def lay(kind, turned):
        def deed():
            scanner.unit.scene.card = Target(kind, turned, rotation_rad=0.008)

        return deed

    named = {f"card-{kind.value}": lay(kind, turned=False) for kind in TargetKind}
    named |= {f"card-{kind.value}-turned": lay(kind, turned=True) for kind in TargetKind}
    return {key: deed for key, deed in named.items() if key not in forget}


CARD_CODES = ("FPS-120", "FPS-121", "FPS-122", "FPS-123", "FPS-124")


@pytest.mark.parametrize(
    ("fault", "code", "outcome"),
    [
        (None, None, Outcome.PASS),
        ("noise=3", "FPS-120", Outcome.FAIL),
        ("defocus=0.3", None, Outcome.PASS),
        ("defocus=0.6", "FPS-121", Outcome.FAIL),
        ("wrong_resolution=507", "FPS-122", Outcome.WARN),
        ("wrong_resolution=512", "FPS-122", Outcome.FAIL),
        ("stretch=0.012", "FPS-123", Outcome.WARN),
        ("stretch=0.025", "FPS-123", Outcome.FAIL),
        ("gamma=1.4", "FPS-124", Outcome.WARN),
    ],
)
def test_cards_show_what_no_blank_platen_shows(make_bench, simulated, fault, code, outcome):
    scanner = simulated("scanner", *([fault] if fault else []), scene="selftest-depot")
    Scene.shared("selftest-depot").card = None
    guide = HandyGuide(deeds_of_cards(scanner))
    results, done = run(make_bench(scanner, guide=guide), *CARD_CODES)
    assert len([key for key in guide.asked if key.startswith("card-")]) == 7
    for card_code in CARD_CODES:
        assert results[card_code].outcome is not Outcome.SKIP, results[card_code].reason
        if card_code != code:
            assert results[card_code].outcome not in BAD, results[card_code]
    if code:
        assert results[code].outcome is outcome, results[code]
    assert "scanner-FPS-121-ctf.png" in done.pictures
    Scene.shared("selftest-depot").card = None


def test_a_card_that_is_not_there_is_skipped_and_never_judged(make_bench, simulated):
    guide = HandyGuide()
    results, _ = run(make_bench(simulated("scanner"), guide=guide), *CARD_CODES)
    for code in CARD_CODES:
        assert results[code].outcome is Outcome.SKIP
        assert "recognised" in results[code].reason
    guide = HandyGuide(refuses=("card-white",))
    results, _ = run(make_bench(simulated("scanner"), guide=guide), "FPS-120")
    assert results["FPS-120"].outcome is Outcome.PASS
    assert "blank minus dark" in results["FPS-120"].reason


def test_the_technicians_finger_is_timed_and_gives_hints(make_bench, simulated):
    Scene.shared("selftest-technician").set_behaviour(COOPERATIVE)
    scanner = simulated("scanner", scene="selftest-technician", frame_rate=20)
    guide = HandyGuide()
    results, done = run(make_bench(scanner, guide=guide), "FPS-007", "FPS-135")
    assert guide.asked == ["own-finger"]
    assert results["FPS-007"].outcome is Outcome.PASS
    assert results["FPS-135"].outcome is Outcome.PASS, results["FPS-135"]
    assert done.pictures == {}


def test_twenty_residents_with_worn_fingers_raise_no_device_fault(make_bench, simulated):
    scene = Scene.shared("selftest-worn", clock=ManualClock())
    scene.set_behaviour(dataclasses.replace(COOPERATIVE, dry=True))
    scanner = simulated("scanner", scene="selftest-worn", frame_rate=10)
    bench = make_bench(scanner)
    scores = []
    with scanner:
        for number in range(20):
            scanner.begin_transaction(f"worn-{number:04d}")
            for _ in range(15):  # comes, settles, rests
                pixels = scanner.read_frame(target="right_index", timeout_s=5).pixels
            scores.append(finger.check(pixels, 500.0).quality_score)
            for _ in range(5):  # lifts
                scanner.read_frame(timeout_s=5)
    assert 0 < np.median(scores) < 40, scores
    results, _ = run(bench)
    assert not [r for r in results.values() if r.finding or r.outcome in BAD]


@pytest.fixture
def frames_folder(tmp_path, simulated):
    def make(*faults, dark=False, count=8, name="frames"):
        folder = tmp_path / name
        folder.mkdir()
        with simulated("scanner", *faults) as scanner:
            for number in range(count):
                read = scanner.read_dark_frame if dark else scanner.read_frame
                png = cv2.imencode(".png", read(timeout_s=5).pixels)[1]
                folder.joinpath(f"{number:02d}.png").write_bytes(png.tobytes())
        return folder

    return make


@pytest.mark.usefixtures("make_bench")
class TestDiagnoseFrames:
    """`selftest diagnose frames`."""

    def diagnose(self, *arguments):
        return CliRunner().invoke(app, ["diagnose", "frames", *map(str, arguments), "--json"])

    def test_healthy_frames_are_clean(self, frames_folder):
        done = self.diagnose(frames_folder())
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        assert (told["class"], told["codes"]) == ("CLEAN", [])
        assert {item["code"] for item in told["not_tested"]} >= {"FPS-101", "FPS-111", "FPS-120"}

    def test_a_fault_is_told_with_its_severity(self, frames_folder):
        done = self.diagnose(frames_folder("dead_columns=2"))
        assert done.exit_code == 1
        (found,) = json.loads(done.stdout)["codes"]
        assert (found["code"], found["severity"], found["outcome"]) == ("FPS-106", "FAIL", "FAIL")
        done = self.diagnose(frames_folder("dead_pixels=3", name="three"))
        (found,) = json.loads(done.stdout)["codes"]
        assert (found["code"], found["severity"]) == ("FPS-105", Severity.INFO)
        assert done.exit_code == 0

    def test_dark_frames_and_pictures(self, frames_folder, tmp_path):
        blank = frames_folder("hot_pixels=60")
        dark = frames_folder("hot_pixels=60", dark=True, count=2, name="dark")
        done = self.diagnose(blank, "--dark", dark, "--pictures", tmp_path / "seen")
        told = json.loads(done.stdout)
        assert "FPS-112" in {item["code"] for item in told["codes"]}
        assert list((tmp_path / "seen").glob("*FPS-112-hot.png"))

    def test_people_get_the_report(self, frames_folder):
        done = CliRunner().invoke(app, ["diagnose", "frames", str(frames_folder("dust=2"))])
        assert done.exit_code == 0
        assert "FPS-107" in done.stdout

    def test_frames_that_nothing_can_be_measured_on_prove_nothing(self, tmp_path):
        png = cv2.imencode(".png", np.full((60, 60), 240, np.uint8))[1].tobytes()
        for number in range(8):
            (tmp_path / f"{number}.PNG").write_bytes(png)
        done = self.diagnose(tmp_path)
        assert done.exit_code == 1
        assert json.loads(done.stdout)["class"] == "NOT PROVEN"

    @pytest.mark.parametrize("broken", ["few", "empty", "size", "absent", "dark"])
    def test_what_cannot_be_used_is_named(self, frames_folder, tmp_path, broken):
        folder = frames_folder(count=7 if broken == "few" else 8)
        arguments = [folder]
        if broken == "empty":
            (folder / "05.png").write_bytes(b"")
        if broken == "size":
            png = cv2.imencode(".png", np.zeros((200, 200), np.uint8))[1]
            (folder / "05.png").write_bytes(png.tobytes())
        if broken == "absent":
            arguments = [tmp_path / "nowhere"]
        if broken == "dark":
            arguments += ["--dark", tmp_path / "nowhere"]
        done = self.diagnose(*arguments)
        assert done.exit_code == 2
        assert "BenchError" in done.stderr
