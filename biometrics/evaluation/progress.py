"""Show how far long work is, on the error stream so that results stay clean."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")


def show_progress(label: str) -> Callable[[Iterable[Item], int], Iterable[Item]]:
    """Make a wrapper that shows a bar while its items are used.

    Parameters
    ----------
    label : str
        Beside the bar.

    Returns
    -------
    wrap : callable
        Takes an iterable and its length.
    """
    console = Console(stderr=True)

    def wrap(items: Iterable[Item], length: int) -> Iterable[Item]:
        return track(items, description=label, total=length, console=console)

    return wrap
