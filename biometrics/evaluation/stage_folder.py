"""Keep what every stage of a check saw, as pictures and one page."""

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.pictures import (
    Picture,
    draw_orientation,
    draw_stage,
    draw_template,
    encode_png,
)
from biometrics.finger.template import FingerTemplate

_PAGE = (
    '<!doctype html><meta charset="utf-8"><title>{title}</title>'
    "<style>body{{font-family:sans-serif;display:flex;flex-wrap:wrap;gap:1em}}"
    "figure{{margin:0}}img{{width:24em;image-rendering:pixelated}}</style>{figures}\n"
)
_FIGURE = '<figure><img src="{file}" alt="{name}"><figcaption>{name}</figcaption></figure>'


class StageCollector:
    """A trace that keeps a copy of every stage's result."""

    def __init__(self) -> None:
        self.results: dict[str, NDArray[Any]] = {}

    def __call__(self, name: str, result: NDArray[Any]) -> None:
        """Keep the result of one stage."""
        self.results[name] = result.copy()


def write_stages(
    folder: Path, results: dict[str, NDArray[Any]], template: FingerTemplate, *, title: str
) -> list[Path]:
    """Write a picture of every stage and a page that shows them in order.

    Parameters
    ----------
    folder : Path
        Made if needed.
    results : dict of str to ndarray
        From a `StageCollector`; empty when the image never entered the pipeline.
    template : FingerTemplate
        Drawn over the print at the end.
    title : str
        Of the page.

    Returns
    -------
    paths : list of Path
        The pictures and the page.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = _draw_all(results, template)
    paths = []
    for number, (name, picture) in enumerate(pictures.items(), start=1):
        paths.append(folder / f"{number:02d}_{name}.png")
        paths[-1].write_bytes(encode_png(picture))
    figures = "".join(_FIGURE.format(file=path.name, name=path.stem) for path in paths)
    page = folder / "index.html"
    page.write_text(_PAGE.format(title=escape(title), figures=figures), encoding="utf-8")
    return [*paths, page]


def _draw_all(results: dict[str, NDArray[Any]], template: FingerTemplate) -> dict[str, Picture]:
    image = results.get("image")
    if image is None:
        return {}
    pictures: dict[str, Picture] = {}
    for name, result in results.items():
        if name.endswith("orientation"):
            pictures[name] = draw_orientation(result, image)
        elif result.ndim == 2 and name != "minutiae":
            pictures[name] = draw_stage(result, (image.shape[0], image.shape[1]))
    pictures["minutiae"] = draw_template(np.asarray(image), template)
    return pictures
