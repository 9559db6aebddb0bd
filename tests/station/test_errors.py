"""Every error has both languages, its own number, and gets all the facts that its texts name."""

import ast
import importlib
import string
from pathlib import Path

import pytest

from station.errors import LockedOutError, StationError, StoreBusyError

SENTENCES = {
    *("reason", "reason_id", "reason_en"),
    *("problem", "problem_id", "problem_en"),
    *("problems_id", "problems_en"),
}
SOURCES = sorted(Path("station").rglob("*.py"))


def all_errors():
    for path in SOURCES:
        if path.name.endswith(("errors.py", "refusals.py")):
            importlib.import_module(".".join(path.with_suffix("").parts))
    found, waiting = [], [StationError]
    while waiting:
        cls = waiting.pop()
        found.append(cls)
        waiting += cls.__subclasses__()
    return sorted(set(found), key=lambda cls: cls.__name__)


ERRORS = {cls.__name__: cls for cls in all_errors()}


def named_facts(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("cls", ERRORS.values(), ids=ERRORS)
def test_texts_are_there_in_both_languages(cls):
    assert cls.text_id.strip()
    assert cls.text_en.strip()
    assert cls.text_id != cls.text_en


@pytest.mark.parametrize("cls", ERRORS.values(), ids=ERRORS)
def test_both_languages_name_the_same_facts(cls):
    """Facts that are sentences come in two languages: reason and problem."""
    assert named_facts(cls.text_id) - SENTENCES == named_facts(cls.text_en) - SENTENCES


def test_every_text_has_its_own_number():
    own = [cls for cls in ERRORS.values() if "issue_id" in vars(cls)]
    numbers = [cls.issue_id for cls in own]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("cls", ERRORS.values(), ids=ERRORS)
def test_every_class_gives_an_example(cls):
    assert cls.__doc__


def test_the_tree_in_the_docstring_is_the_tree():
    module = importlib.import_module("station.errors")
    own = {
        name
        for name, cls in vars(module).items()
        if isinstance(cls, type) and issubclass(cls, Exception)
    }
    drawn = {word for word in module.__doc__.replace("+--", " ").split() if word.endswith("Error")}
    assert drawn == own


def raise_sites():
    """Find every place that makes one of the errors, with the facts that it gives."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                cls = ERRORS.get(node.func.id)
                if cls is not None and cls.__init__ is StationError.__init__:
                    given = {keyword.arg for keyword in node.keywords}
                    yield pytest.param(cls, given, id=f"{path}:{node.lineno}")


@pytest.mark.parametrize(("cls", "given"), list(raise_sites()))
def test_a_raise_site_gives_all_facts_of_the_texts(cls, given):
    needed = named_facts(cls.text_id) | named_facts(cls.text_en)
    assert None in given or needed <= given  # None stands for **facts


def bare_raises():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
                cls = ERRORS.get(node.exc.id)
                if cls is not None:
                    yield pytest.param(cls, id=f"{path}:{node.lineno}")


@pytest.mark.parametrize("cls", list(bare_raises()))
def test_an_error_raised_without_facts_needs_none(cls):
    assert not named_facts(cls.text_id) | named_facts(cls.text_en)


def test_facts_fill_the_texts_and_the_detail_is_for_logs():
    error = StoreBusyError("for the log", path="/srv/station.db")
    assert str(error) == "for the log"
    assert "/srv/station.db" in error.text_id
    assert "/srv/station.db" in error.text_en
    assert str(StoreBusyError(path="x")) == StoreBusyError(path="x").text_en


def test_facts_that_programs_need_are_attributes():
    error = LockedOutError(wait_s=30, until_s=1030.5)
    assert (error.wait_s, error.until_s) == (30, 1030.5)
