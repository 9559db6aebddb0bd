"""Every code that the rooms below use has a phrase; found by reading their sources."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from biometrics.finger.results import Reason
from drivers import errors as driver_errors
from station import device_slot
from station.case_states import CaseState
from station.device_slot import SlotState
from station.panel.i18n import load_translators
from station.panel.phrases import (
    CASE_STATES,
    DEVICE_KINDS,
    DEVICE_SHORT_NAMES,
    DEVICE_STATES,
    DRIVER_ISSUES,
    EXCEPTION_KINDS,
    PARTS,
    READINESS,
    STEP_HINTS,
    STEP_STATES,
    STEPS,
)
from station.panel.reasons import COACH, REASONS, coach_phrase, describe_reason, modality_of
from station.readiness import KIND_WORDS, ReadinessState
from station.recording import EXCEPTABLE_PARTS, STEP_PARTS, ExceptionKind, Step, StepState

ROOT = Path(__file__).resolve().parents[3]
SOURCES = {
    "finger": ["biometrics/finger", "station/sources/fingers.py"],
    "face": ["biometrics/face", "station/sources/face.py"],
    "iris": ["biometrics/iris", "station/sources/irises.py"],
    "signature": ["biometrics/signature", "station/sources/signature.py"],
}
MAKERS = {"Reason", "_Rule"}


def trees(modality: str) -> Iterator[ast.AST]:
    for place in SOURCES[modality]:
        path = ROOT / place
        files = [path] if path.is_file() else sorted(path.glob("*.py"))
        for file in files:
            yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def text_of(node: ast.AST) -> str | None:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else None


def reason_codes(modality: str) -> set[str]:
    """Codes given to Reason or _Rule, and those of rows (applies, code, value, limit)."""
    found = set()
    for node in trees(modality):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MAKERS and node.args:
            found.add(text_of(node.args[0]))
        if isinstance(node, ast.Tuple) and len(node.elts) == 4 and text_of(node.elts[0]) is None:
            found.add(text_of(node.elts[1]))
    return {code for code in found if code is not None}


def coach_codes(modality: str) -> set[str]:
    """Codes that sources name themselves: ``coach="..."`` or ``coach = ... "..."``."""
    found = set()
    for node in trees(modality):
        if isinstance(node, ast.keyword) and node.arg == "coach":
            found.add(text_of(node.value))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "coach":
            leaves = [part for part in ast.walk(node.value) if isinstance(part, ast.IfExp)]
            found |= {text_of(leaf.body) for leaf in leaves}
            found |= {text_of(leaf.orelse) for leaf in leaves}
    return {code for code in found if code is not None}


@pytest.mark.parametrize("modality", SOURCES)
def test_every_reason_has_words(modality):
    codes = reason_codes(modality)
    assert len(codes) >= 5, "the sources are read wrongly"
    assert codes <= set(REASONS[modality])


@pytest.mark.parametrize("modality", SOURCES)
def test_every_coach_code_of_a_source_has_words(modality):
    codes = coach_codes(modality)
    assert codes
    assert codes <= set(COACH[modality])


@pytest.mark.parametrize(
    ("modality", "module"),
    [
        ("finger", "biometrics.finger.slap_preview"),
        ("face", "biometrics.face.preview"),
        ("iris", "biometrics.iris.check"),
    ],
)
def test_every_published_coach_code_has_words(modality, module):
    assert set(import_module(module).COACH_CODES) <= set(COACH[modality])


def test_states_and_names_are_complete():
    assert set(STEP_STATES) == {state.value for state in StepState}
    assert set(CASE_STATES) == {state.value for state in CaseState}
    assert set(DEVICE_STATES) == {state.value for state in SlotState}
    assert set(READINESS) == {state.value for state in ReadinessState}
    assert set(DEVICE_KINDS) == set(DEVICE_SHORT_NAMES) == set(KIND_WORDS)
    assert set(EXCEPTION_KINDS) == set(ExceptionKind.__args__)
    assert {step.value for step in Step} <= set(STEPS)
    assert {step.value for step in Step} <= set(STEP_HINTS)
    assert {part for parts in STEP_PARTS.values() for part in parts} <= set(PARTS)
    assert set(PARTS) >= EXCEPTABLE_PARTS


def test_every_driver_error_has_cause_and_next_step():
    kinds = [*vars(driver_errors).values(), *vars(device_slot).values()]
    issues = {
        kind.issue_id
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, driver_errors.DriverError)
    }
    assert issues <= set(DRIVER_ISSUES)


def test_a_mirrored_preview_swaps_left_and_right():
    assert coach_phrase(Step.PORTRAIT, "move_left").icon == "left"
    assert coach_phrase(Step.PORTRAIT, "move_left", is_mirrored=True).icon == "right"
    assert coach_phrase(Step.PORTRAIT, "good", is_mirrored=True).icon == "check-circle"


def test_a_code_means_what_its_modality_says():
    say = load_translators()["en"]
    reason = Reason("low_contrast", 3.14159, 20.0)
    finger, numbers = describe_reason(Step.THUMBS, reason, say)
    iris, _ = describe_reason(Step.IRISES, reason, say)
    assert "ridges" in finger
    assert "iris" in iris
    assert numbers == "measured 3.14, limit 20"
    assert modality_of(Step.VERIFICATION) == "finger"
