"""How a caller looks into a pipeline: every stage hands its picture to the trace it was given."""

from collections.abc import Callable
from typing import Any, TypeVar

from numpy.typing import NDArray

Trace = Callable[[str, NDArray[Any]], None]
"""Called after each stage with the stage's name and its result (not to be modified)."""


Result = TypeVar("Result", bound=NDArray[Any])


def tell(trace: Trace, name: str, result: Result) -> Result:
    """Show a stage's result to the trace and hand it on.

    Parameters
    ----------
    trace : Trace
    name : str
        The stage.
    result : ndarray
        Its result.

    Returns
    -------
    result : ndarray
        The same array.
    """
    trace(name, result)
    return result


def ignore(name: str, result: NDArray[Any]) -> None:
    """Drop what a stage reports.

    Parameters
    ----------
    name : str
        The stage.
    result : ndarray
        Its result.
    """
