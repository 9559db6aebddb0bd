"""JSON in one form only: RFC 8785, no name twice, no number that another reader reads otherwise."""

import json
from typing import Any, NoReturn

import rfc8785

from station.package.errors import (
    BadManifestError,
    DuplicateKeyError,
    NotCanonicalError,
    RefusedPackageError,
)


def to_canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the RFC 8785 form; raises ValueError for what JSON cannot say."""
    return rfc8785.dumps(value)


def parse_canonical(
    payload: bytes, *, refusal: type[RefusedPackageError] = BadManifestError
) -> dict[str, Any]:
    """Return the object that `payload` is the only form of.

    Raises `refusal` for what is no JSON object, DuplicateKeyError, NotCanonicalError.
    """
    try:
        value = json.loads(
            payload.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:  # also bad UTF-8, numbers of 5,000 digits
        raise refusal(f"not JSON ({type(error).__name__})") from error
    if not isinstance(value, dict):
        raise refusal("not a JSON object")
    try:
        again = to_canonical(value)
    except (ValueError, RecursionError) as error:
        raise NotCanonicalError("a value without a canonical form") from error
    if again != payload:
        raise NotCanonicalError("the JSON is not in the form of RFC 8785")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DuplicateKeyError(f"the name {twice[:40]!r} stands twice in one object")
    return dict(pairs)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
