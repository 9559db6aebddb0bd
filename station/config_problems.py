"""Say what is wrong with a configuration: line, key, value, and what would be allowed."""

import difflib
from collections.abc import Iterable

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from station.config_lines import Place, find_line

Sentences = tuple[str, str]
"""The same in Indonesian and in English."""


# pydantic's own sentences are English; these say the same, with the limits it names in `ctx`
_TEXTS_ID = {
    "less_than_equal": "paling besar {le}",
    "greater_than_equal": "paling kecil {ge}",
    "greater_than": "harus lebih besar dari {gt}",
    "less_than": "harus lebih kecil dari {lt}",
    "literal_error": "yang diperbolehkan: {expected}",
    "int_type": "harus bilangan bulat",
    "float_type": "harus bilangan",
    "bool_type": "harus true atau false",
    "string_type": "harus teks dalam tanda kutip",
    "string_too_short": "terlalu pendek",
    "string_too_long": "paling panjang {max_length} karakter",
    "string_pattern_mismatch": "bentuknya harus {pattern}",
    "dict_type": "harus sebuah tabel",
    "model_type": "harus sebuah tabel",
    "tuple_type": "harus sebuah daftar",
    "path_type": "harus sebuah jalur berkas",
}


class UnfitValueError(ValueError):
    """A value that one of our own rules refuses, with the rule in both languages."""

    def __init__(self, text_id: str, text_en: str) -> None:
        super().__init__(text_en)
        self.texts: Sentences = (text_id, text_en)


def describe_problems(error: ValidationError, root: type[BaseModel], text: str) -> Sentences:
    """Return one sentence for each problem, joined, in both languages."""
    described = [_describe(item, root, text) for item in error.errors()]
    return "; ".join(one[0] for one in described), "; ".join(one[1] for one in described)


def _describe(item: ErrorDetails, root: type[BaseModel], text: str) -> Sentences:
    place = _written_place(item["loc"])
    line = find_line(text, place)
    at_id = f"baris {line}: " if line else ""
    at_en = f"line {line}: " if line else ""
    reason_id, reason_en = _reason(item, place, root)
    return at_id + reason_id, at_en + reason_en


def _reason(item: ErrorDetails, place: Place, root: type[BaseModel]) -> Sentences:
    if item["type"] == "extra_forbidden":
        return _unknown_key(place, root)
    key = _dotted(place)
    if item["type"] == "missing":
        return f"'{key}' belum diisi", f"'{key}' is missing"
    value = "" if isinstance(item["input"], dict | list) else f" = {item['input']!r}"
    rule_id, rule_en = _rule(item)
    return f"'{key}'{value}: {rule_id}", f"'{key}'{value}: {rule_en}"


def _rule(item: ErrorDetails) -> Sentences:
    """Say what a value would have to be."""
    facts = item.get("ctx", {})
    own = facts.get("error")
    if isinstance(own, UnfitValueError):
        return own.texts
    template = _TEXTS_ID.get(item["type"])
    return item["msg"] if template is None else template.format(**facts), item["msg"]


def _unknown_key(place: Place, root: type[BaseModel]) -> Sentences:
    *parents, name = place
    table = f" in [{_dotted(parents)}]" if parents else ""
    table_id = table.replace(" in ", " dalam ")
    allowed = tuple(_allowed_keys(parents, root))
    near = difflib.get_close_matches(str(name), allowed, n=1)
    if near:
        hint_id, hint_en = f"maksudnya '{near[0]}'?", f"did you mean '{near[0]}'?"
    else:
        words = ", ".join(allowed)
        hint_id, hint_en = f"yang dikenal: {words}", f"allowed are: {words}"
    return (
        f"kunci '{name}'{table_id} tidak dikenal; {hint_id}",
        f"unknown key '{name}'{table}; {hint_en}",
    )


def _allowed_keys(parents: Place, root: type[BaseModel]) -> Iterable[str]:
    """Return the keys of the table at `parents`, going down the models."""
    model = root
    for part in parents:
        if isinstance(part, int):
            continue
        field = model.model_fields[part]
        model = _table_model(field.annotation)
    return model.model_fields


def _table_model(annotation: object) -> type[BaseModel]:
    """Return the model of a table, or of the elements of an array of tables."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    arguments: tuple[object, ...] = getattr(annotation, "__args__", ())
    return _table_model(arguments[0])


def _written_place(location: Place) -> Place:
    """Leave out what is not written in the file (names of types in a union)."""
    return tuple(part for part in location if isinstance(part, int) or part.isidentifier())


def _dotted(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
