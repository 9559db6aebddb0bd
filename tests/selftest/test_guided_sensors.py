"""Camera, iris camera, pad and card reader under a person's hands, faults and all.

The person of these tests does what the guide asks, by the hands that practise on simulated devices.
"""

import dataclasses
import uuid

import numpy as np
import pytest

from drivers.catalog import build_device
from drivers.frames import PadGeometry, PenSample
from selftest.baseline import take_baselines
from selftest.catalog import all_checks
from selftest.daily import DailyStatistics
from selftest.guide import Answer
from selftest.history import Author, History, unit_of
from selftest.mode import Mode
from selftest.report import Outcome
from selftest.runner import run_checks
from selftest.simulated_hands import SimulatedHands, guided_bench
from selftest.views.camera import (
    colour_cast,
    edge_sharpness,
    is_even_card,
    light_ratio,
    stuck_pixels,
)
from selftest.views.pen import draw_cells, pressure_span, reached_cells, report_rate_hz, tremble_mm


class Technician(SimulatedHands):
    """Does what is asked; `refuses` names questions that are skipped, `idle` those not done."""

    def __init__(self, devices, refuses=(), idle=()):
        self.person = "Budi"
        self.refuses, self.idle = refuses, idle
        self.asked, self.shown = [], []
        super().__init__(self, devices)

    def ask(self, question, *, timeout_s):
        self.asked.append(question.key)
        assert question.text_id
        assert question.text_en
        if self.refuses is True or question.key in self.refuses:
            return Answer.SKIP
        if question.key not in self.idle:
            self._act(question.key)
        return Answer.DONE

    def show(self, picture_png, caption_id, caption_en):
        self.shown.append(picture_png)


@pytest.fixture
def guided(make_bench):
    """Return a maker of benches with one device and a technician before it."""

    def make(kind, *faults, refuses=(), idle=(), **options):
        name = f"guided {uuid.uuid4()}"
        device = build_device(kind, f"sim_{kind}", {"scene": name, "faults": faults, **options})
        return make_bench(device, guide=Technician([device], refuses, idle))

    return make


@pytest.fixture(autouse=True)
def short_rests(monkeypatch):
    """A pen at rest and an idle pad tell the same in a shorter time."""
    monkeypatch.setattr("selftest.checks.pad_pen._REST_S", 1.0)
    monkeypatch.setattr("selftest.checks.pad_pen._IDLE_S", 1.0)
    monkeypatch.setattr("selftest.checks.pad_pen._FIRST_TOUCH_S", 2.0)
    monkeypatch.setattr("selftest.checks.pad._IDLE_S", 0.4)


def checks_of(component):
    return [item for item in all_checks() if item.component == component]


def run_guided(bench, component):
    return {
        result.code: result for result in run_checks(bench, checks_of(component)).report.results
    }


GUIDED = {
    item.code
    for item in all_checks()
    if item.mode is Mode.GUIDED and item.component in {"camera", "iris", "pad", "card"}
}


@pytest.mark.parametrize("component", ["camera", "iris", "pad", "card"])
def test_healthy_devices_pass_what_needs_no_baseline(guided, component):
    results = run_guided(guided(component), component)
    assert {r.outcome for r in results.values()} <= {Outcome.PASS, Outcome.SKIP}, results
    skipped = {code for code, r in results.items() if r.outcome is Outcome.SKIP}
    without_reference = {"CAM-103", "IRS-101", "IRS-103", "CRD-102"}
    assert skipped <= without_reference | {"IRS-104", "CRD-103", "CRD-104"}
    assert all(results[code].reason for code in skipped)


@pytest.mark.parametrize(
    ("component", "fault", "options", "code", "outcome"),
    [
        ("camera", "dead_pixels=60", {}, "CAM-104", Outcome.WARN),
        ("camera", "lamp_out=1.7", {}, "CAM-105", Outcome.WARN),
        ("camera", "lamp_out=2.6", {}, "CAM-105", Outcome.FAIL),
        ("camera", "colour_cast=1.3", {}, "CAM-106", Outcome.WARN),
        ("camera", "frozen", {}, "CAM-107", Outcome.FAIL),
        ("iris", "one_lamp=0.6", {}, "IRS-102", Outcome.WARN),
        ("pad", "slow_reports=0.7", {}, "SIG-101", Outcome.WARN),
        ("pad", "slow_reports=0.4", {}, "SIG-101", Outcome.FAIL),
        ("pad", "dead_zone=0.3", {}, "SIG-102", Outcome.FAIL),
        ("pad", "weak_pen=0.4", {}, "SIG-103", Outcome.WARN),
        ("pad", "jitter=0.12", {}, "SIG-104", Outcome.WARN),
        ("card", "unplug_at=0", {}, "CRD-001", Outcome.FAIL),
        ("card", "misses=1", {}, "CRD-101", Outcome.WARN),
        ("card", "misses=4", {}, "CRD-101", Outcome.FAIL),
        ("card", "no_sam", {"sam": True}, "CRD-103", Outcome.FAIL),
    ],
)
def test_a_fault_raises_its_code_and_no_other_failure(
    guided, component, fault, options, code, outcome
):
    results = run_guided(guided(component, fault, **options), component)
    assert results[code].outcome is outcome, results[code]
    bad = {c for c, r in results.items() if r.outcome in {Outcome.FAIL, Outcome.ERROR}}
    assert bad <= {code}
    assert results[code].finding.retest == f"selftest only {code}"


@pytest.mark.parametrize(
    ("component", "fault", "code", "outcome"),
    [
        ("camera", "blur=1.6", "CAM-103", Outcome.WARN),
        ("camera", "blur=4", "CAM-103", Outcome.FAIL),
        ("iris", "dim_light=0.75", "IRS-101", Outcome.WARN),
        ("iris", "dim_light=0.5", "IRS-101", Outcome.FAIL),
        ("iris", "blur=1.6", "IRS-103", Outcome.WARN),
        ("iris", "blur=4", "IRS-103", Outcome.FAIL),
        ("card", "slow_card=3", "CRD-102", Outcome.WARN),
    ],
)
def test_against_its_baseline_a_worn_device_is_told(make_bench, component, fault, code, outcome):
    scene = f"guided {uuid.uuid4()}"
    worn, fresh = (
        build_device(component, f"sim_{component}", {"scene": scene, "faults": faults})
        for faults in ([fault], [])
    )
    guide = Technician([fresh])
    report, _ = take_baselines(make_bench(fresh, guide=guide), checks_of(component), Author("Budi"))
    again = run_guided(make_bench(fresh, guide=guide), component)
    assert again[code].outcome is Outcome.PASS
    results = run_guided(make_bench(worn, guide=guide), component)
    assert results[code].outcome is outcome, results[code]
    assert report.trigger == "baseline"


def test_every_guided_check_is_skipped_with_its_reason_when_the_person_cannot(guided):
    for component in ("camera", "iris", "pad", "card"):
        results = run_guided(guided(component, refuses=True), component)
        for code in GUIDED & set(results):
            assert results[code].outcome is Outcome.SKIP
            assert "dilewati" in results[code].reason


def test_without_a_person_guided_checks_say_so(make_bench, simulated):
    for component in ("camera", "iris", "pad", "card"):
        results = run_guided(make_bench(simulated(component)), component)
        assert all("guided" in results[code].reason for code in GUIDED & set(results))


@pytest.mark.parametrize("code", ["CAM-103", "CAM-104", "CAM-105", "CAM-106"])
def test_a_face_instead_of_a_card_is_never_measured(guided, code):
    idle = ("camera-grey-card", "camera-focus-card", "camera-cap")
    result = run_guided(guided("camera", idle=idle), "camera")[code]
    assert result.outcome is Outcome.SKIP or code == "CAM-103"
    assert not result.pictures


def test_a_pen_that_never_comes_is_no_fault_of_the_pad(guided, monkeypatch):
    monkeypatch.setattr("selftest.checks.pad_pen._FIRST_TOUCH_S", 0.3)
    bench = guided("pad", idle=("pad-trace", "pad-rest"))
    (scene,) = bench.guide.scenes()
    scene.set_behaviour(dataclasses.replace(scene.behaviour, absent=True))
    results = run_guided(bench, "pad")
    assert {results[code].outcome for code in GUIDED & set(results)} == {Outcome.SKIP}


def test_the_grid_is_shown_while_the_person_draws(guided):
    bench = guided("pad")
    run_guided(bench, "pad")
    assert bench.guide.shown
    assert bench.guide.shown[0].startswith(b"\x89PNG")
    assert bench.guide.asked.count("pad-trace") == 1


@pytest.mark.parametrize(
    ("component", "code", "good", "bad"),
    [
        ("iris", "IRS-104", "attempts", "capture_timeouts"),
        ("card", "CRD-104", "reads", "read_retries"),
    ],
)
def test_what_days_of_work_tell(make_bench, simulated, component, code, good, bad):
    bench = make_bench(simulated(component))
    run = run_checks(bench, checks_of(component))
    (asset,) = run.report.assets
    statistics = DailyStatistics(History(bench.history_file))
    for _ in range(40):
        statistics.count(unit_of(asset), bench.now().date(), [good])
    assert run_guided(bench, component)[code].outcome is Outcome.PASS
    for _ in range(40):
        statistics.count(unit_of(asset), bench.now().date(), [bad])
    assert run_guided(bench, component)[code].outcome is Outcome.WARN


def test_cards_are_told_from_scenes():
    rng = np.random.default_rng(1)
    card = np.full((120, 160, 3), 118, np.uint8)
    assert is_even_card(card)
    assert not is_even_card(
        rng.integers(0, 255, (8, 8), dtype=np.uint8).repeat(20, 0).repeat(20, 1)
    )
    assert not is_even_card(np.zeros((80, 80), np.uint8))
    assert light_ratio(card) == pytest.approx(1)
    assert colour_cast(card) == pytest.approx(1)
    assert edge_sharpness(card) == 0


def test_stuck_pixels_are_counted_once_each():
    frames = np.zeros((3, 50, 60, 3), np.uint8)
    frames[:, 10, 10] = 255
    frames[0, 20, 20] = 255  # light in one frame only: noise
    frames[:, 30, 30, 1] = 200
    assert stuck_pixels(frames) == 2


def test_figures_of_no_samples_are_nothing():
    geometry = PadGeometry(96.0, 60.0, 200.0, 1024)
    assert report_rate_hz(()) == pressure_span(()) == tremble_mm(()) == 0
    assert not reached_cells((), geometry).any()
    assert draw_cells((), geometry).startswith(b"\x89PNG")


def test_a_lifted_pen_is_no_slow_pad():
    times = [*np.arange(0, 1, 0.005), *np.arange(5, 6, 0.005)]
    samples = [PenSample(1.0, 1.0, 0.5, float(t), True) for t in times]
    assert report_rate_hz(samples) == pytest.approx(200, rel=0.01)


class Willing:
    """Says "done" to everything; the simulated technician acts."""

    person = "Ani"

    def ask(self, question, *, timeout_s):
        return question.answers[0]

    def show(self, picture_png, caption_id, caption_en):
        pass

    def tell(self, text_id, text_en):
        pass


def test_a_finger_on_a_slap_platen_is_measured_where_it_lies_and_leaves_with_the_scanner(
    make_bench, simulated
):
    bench = make_bench(simulated("scanner", model="slap", frame_rate=20), simulated("pad"))
    scene = bench.devices[0].unit.scene
    chosen = [x for x in all_checks() if x.code in {"FPS-001", "FPS-135", "SIG-001", "SIG-105"}]
    with guided_bench(bench, Willing()) as guided:
        report = run_checks(guided, chosen).report
    outcomes = {result.code: result.outcome for result in report.results}
    assert outcomes == dict.fromkeys(outcomes, Outcome.PASS), report.results
    assert len(outcomes) == 4
    assert scene.behaviour.absent
    assert scene.camera_card is scene.pen_task is scene.card is None
