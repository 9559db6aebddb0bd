"""Find checks: every file in `selftest/checks` may hold some."""

import importlib
import pkgutil
from collections.abc import Sequence

import selftest.checks
from selftest.check import Check
from selftest.errors import UnknownCodeError
from selftest.mode import Mode

_ORDER = ("scanner", "camera", "iris", "pad", "card", "ups")
"""Devices in the order of importance, then the computer by name."""


def all_checks() -> tuple[Check, ...]:
    """Import the files and return their checks by component, then mode and code.

    What needs nobody comes first: a device that a person just touched is not at rest.
    """
    found: list[Check] = []
    for info in pkgutil.iter_modules(selftest.checks.__path__):
        module = importlib.import_module(f"selftest.checks.{info.name}")
        found += [item for item in vars(module).values() if isinstance(item, Check)]
    return tuple(sorted(found, key=_place))


def select_checks(codes: Sequence[str]) -> tuple[Check, ...]:
    """Return the checks of codes, prefixes ("FPS") or components ("pad"), and what opens them.

    Raises UnknownCodeError for one that fits no check.
    """
    checks = all_checks()
    for code in codes:
        if not any(_fits(item, code) for item in checks):
            raise UnknownCodeError(f"no check has the code '{code}'; known: {_known(checks)}")
    chosen = [item for item in checks if any(_fits(item, code) for code in codes)]
    components = {item.component for item in chosen}
    return tuple(
        item for item in checks if item in chosen or (item.component in components and _opens(item))
    )


def _fits(item: Check, code: str) -> bool:
    return item.code.startswith(code.upper()) or item.component == code.lower()


def _opens(item: Check) -> bool:
    """Tell whether a check finds or opens its device, and needs nobody for it."""
    return item.code[4] == "0" and item.mode is Mode.QUICK


def _place(item: Check) -> tuple[int, str, int, str]:
    rank = _ORDER.index(item.component) if item.component in _ORDER else len(_ORDER)
    return rank, item.component, list(Mode).index(item.mode), item.code


def _known(checks: Sequence[Check]) -> str:
    words = (*dict.fromkeys(item.component for item in checks), *(item.code for item in checks))
    return ", ".join(words)
