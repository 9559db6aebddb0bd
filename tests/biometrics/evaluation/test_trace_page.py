"""The page of a traced check: complete, self-contained, well-formed."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.stage_texts import COMPONENTS, REASONS, STAGES
from biometrics.evaluation.timing import StageClock, StageMemory
from biometrics.evaluation.trace_page import StageCollector, TracedCheck, write_trace
from biometrics.finger import check, reasons
from biometrics.parameters import QUALITY_POINTS
from tests.biometrics.finger.ridge_drawing import DrawnFinger

OPTIONAL_END = {"tr", "td", "th", "li", "p"}
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """Collects pictures and text, and checks that what is opened is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.sources, self.links, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.sources += [values["src"]] if "src" in values else []
        self.links += [values["href"]] if "href" in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL_END:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def trace(image, title="print.png"):
    collector, clock = StageCollector(), StageClock()
    found = check(image, 500, trace=collector)
    clock.start()
    check(image, 500, trace=clock)
    return TracedCheck(title, found, collector.results, clock.medians_ms())


def read(folder):
    reader = Reader()
    reader.feed((folder / "index.html").read_text(encoding="utf-8"))
    assert not reader.open
    return reader, " ".join(" ".join(reader.text).split())


@pytest.fixture(scope="module")
def traced():
    return trace(DrawnFinger(60).draw())


def test_every_stage_and_component_is_explained(traced):
    assert set(traced.results) == set(STAGES)
    assert set(traced.check.components) == set(COMPONENTS)
    assert set(QUALITY_POINTS) <= set(COMPONENTS)


def test_every_reason_is_explained():
    source = Path(reasons.__file__).read_text(encoding="utf-8")
    given = set(re.findall(r'(?:_Rule|Reason)\(\s*"(\w+)"', source))
    assert len(given) >= 12
    assert given == set(REASONS)


def test_the_page_shows_every_stage_with_its_time(traced, tmp_path):
    paths = write_trace(tmp_path, traced)
    reader, text = read(tmp_path)
    assert [path.name for path in paths[:-1]] == sorted(path.name for path in paths[:-1])
    assert len(paths) == 14
    assert set(reader.sources) == {path.name for path in paths[:-1]}
    for name, stage in STAGES.items():
        if name != "quality":
            assert stage.title in text
            assert stage.does in text
    assert text.count(" ms") >= 14


def test_the_page_needs_nothing_but_its_folder(traced, tmp_path):
    write_trace(tmp_path, traced)
    reader, _ = read(tmp_path)
    assert not reader.links
    assert "http" not in (tmp_path / "index.html").read_text()


def test_score_points_and_components_are_on_the_page(traced, tmp_path):
    write_trace(tmp_path, traced)
    _, text = read(tmp_path)
    assert f"{traced.check.quality_score} of 100" in text
    assert "No reason to try again." in text
    for name in traced.check.components:
        assert COMPONENTS[name].title in text
    for points in QUALITY_POINTS.values():
        assert f"of {points:.0f}" in text


def test_reasons_and_closed_gates_are_on_the_page(tmp_path):
    inverted = trace(255 - DrawnFinger(61).draw())
    write_trace(tmp_path, inverted)
    _, text = read(tmp_path)
    assert "inverted light and dark are swapped" in text
    assert "Damps the score" in text


def test_an_image_that_never_entered_the_pipeline_has_a_page(tmp_path):
    paths = write_trace(tmp_path, trace(np.zeros((20, 20), np.uint8)))
    _, text = read(tmp_path)
    assert [path.name for path in paths] == ["index.html"]
    assert "small_area" in text
    assert "Stages" not in text


def test_a_title_cannot_break_the_page(traced, tmp_path):
    write_trace(tmp_path, TracedCheck("<b>&", traced.check, {}, {}))
    _, text = read(tmp_path)
    assert "<b>&" in text


def test_memory_of_stages_is_that_of_the_image_and_its_copies():
    image = DrawnFinger(62).draw()
    memory = StageMemory()
    with memory.watching():
        check(image, 500, trace=memory)
    found = memory.medians_mb()
    float_mb = image.size * 4 / 2**20
    assert list(found) == list(STAGES)
    assert found["normalized"] > float_mb
    assert max(found.values()) < 40 * float_mb
