"""Read fields of a document that others wrote: absent blocks and odd types are no errors."""

import contextlib
import math
from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]
_TRUE = frozenset({"true", "passed", "ok", "yes", "1"})
_FALSE = frozenset({"false", "failed", "no", "0"})


def block(document: Fields, *keys: str) -> dict[str, Any]:
    """Return the object below the keys; an empty one where there is none."""
    here: object = document
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return dict(here) if isinstance(here, Mapping) else {}


def rows(value: object) -> tuple[dict[str, Any], ...]:
    """Return the objects of a list; nothing where it is none."""
    if not isinstance(value, list):
        return ()
    return tuple(dict(row) for row in value if isinstance(row, Mapping))


def number(value: object) -> float | None:
    """Return a number, also of one that stands as text ("10", "0x10"); None for all else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    found: float | None = None
    with contextlib.suppress(ValueError, OverflowError):
        found = float(_parsed(value) if isinstance(value, str) else value)
    return found if found is not None and math.isfinite(found) else None


def _parsed(text: str) -> float:
    plain = text.strip().replace(",", "").lower()
    return int(plain, 16) if plain.startswith("0x") else float(plain)


def truth(value: object) -> bool | None:
    """Return a truth value, also of one that stands as text; None where nothing is said."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def text_of(document: Fields, *keys: str) -> str | None:
    """Return the first of the keys that holds a text or number."""
    for key in keys:
        value = document.get(key)
        if isinstance(value, (str, int)) and str(value).strip():
            return str(value).strip()
    return None
