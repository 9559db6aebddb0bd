"""The English catalogue: complete, without leftovers, with the same places to fill."""

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from station.panel.i18n import as_language, load_translators

ROOT = Path(__file__).resolve().parents[3]
PANEL = ROOT / "station" / "panel"
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**.html": {"silent": "false"}}
KEYWORDS = {"_": None, "N_": None, "say": None}
PLACE = re.compile(r"%\((\w+)\)s")


def source_texts() -> set[str]:
    found = extract_from_dir(str(PANEL), method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def english() -> dict[str, str]:
    place = PANEL / "locale" / "en" / "LC_MESSAGES" / "messages.po"
    with place.open("rb") as source:
        return {message.id: message.string for message in read_po(source) if message.id}


def test_every_text_is_translated():
    texts = source_texts()
    assert len(texts) > 300, "the extraction found too little"
    translated = english()
    assert sorted(texts - set(translated)) == []
    assert [text for text in texts if not translated[text].strip()] == []


def test_no_translation_is_left_over():
    assert sorted(set(english()) - source_texts()) == []


def test_places_to_fill_are_the_same():
    for source, target in english().items():
        assert set(PLACE.findall(source)) == set(PLACE.findall(target)), source


def test_both_languages_say_their_own():
    translators = load_translators()
    assert translators["id"]("Tekan lebih ringan") == "Tekan lebih ringan"
    assert translators["en"]("Tekan lebih ringan") == "Press more lightly"
    assert translators["en"]("Percobaan: %(count)s", count=2) == "Attempts: 2"
    assert translators["en"].pick("ya", "yes") == "yes"


def test_an_unknown_language_is_the_default():
    assert as_language("en", "id") == "en"
    assert as_language("xx", "id") == "id"
    assert as_language(None, "en") == "en"


def test_templates_have_no_inline_script_or_style():
    """The content policy would stop them; better to see it here."""
    for template in sorted((PANEL / "templates").glob("*.html")):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", text), template.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), template.name
