"""Write what every stage of a check saw: pictures, and one page that shows them in order."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from biometrics.evaluation.canvas import encode_png
from biometrics.evaluation.stage_pictures import draw_stage
from biometrics.evaluation.stage_texts import COMPONENTS, REASONS, STAGES, StageText
from biometrics.finger.quality import gate_components, rate_components
from biometrics.finger.results import FingerCheck
from biometrics.parameters import (
    GOOD_QUALITY,
    QUALITY_GATES,
    QUALITY_KNEE,
    QUALITY_OFFSET,
    QUALITY_POINTS,
    QUALITY_RANGES,
    USABLE_QUALITY,
)


class StageCollector:
    """A trace that keeps a copy of every stage's result."""

    def __init__(self) -> None:
        self.results: dict[str, NDArray[Any]] = {}

    def __call__(self, name: str, result: NDArray[Any]) -> None:
        """Keep the result of one stage."""
        self.results[name] = result.copy()


@dataclass(frozen=True, slots=True, eq=False)
class TracedCheck:
    """A check with what its stages reported."""

    title: str
    check: FingerCheck
    results: dict[str, NDArray[Any]]
    """From a `StageCollector`; empty when the image never entered the pipeline."""
    stage_ms: dict[str, float]
    """Time of each stage."""


def write_trace(folder: Path, traced: TracedCheck) -> list[Path]:
    """Write a picture of every stage and the page index.html.

    Parameters
    ----------
    folder : Path
        Made if needed.
    traced : TracedCheck

    Returns
    -------
    paths : list of Path
        The pictures and the page, which needs nothing but them.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths, figures = [], []
    for number, name in enumerate(traced.results, start=1):
        picture = draw_stage(name, traced.results, traced.check.template)
        if picture is not None:
            paths.append(folder / f"{number:02d}_{name}.png")
            paths[-1].write_bytes(encode_png(picture))
            figures.append(_figure(number, name, paths[-1].name, traced.stage_ms.get(name)))
    page = folder / "index.html"
    page.write_text(_page(traced, figures), encoding="utf-8")
    return [*paths, page]


def _page(traced: TracedCheck, figures: list[str]) -> str:
    result = traced.check
    minutiae = next((figure for figure in figures if "_minutiae.png" in figure), "")
    total_ms = sum(traced.stage_ms.values())
    parts = [
        f"<h1>{escape(traced.title)}</h1>",
        f'<section class="summary">{minutiae}<div>',
        _score(result),
        _reasons(result),
        _components(result.components) if result.components else "",
        "</div></section>",
        f"<h2>Stages, {total_ms:.1f} ms together</h2>" if figures else "",
        f'<section class="stages">{"".join(figures)}</section>',
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(traced.title)}: quality {result.quality_score}</title>"
        f"<style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _score(result: FingerCheck) -> str:
    score = result.quality_score
    word = "good" if score >= GOOD_QUALITY else "usable" if score >= USABLE_QUALITY else "poor"
    return (
        f'<p class="score"><b>{score}</b> of 100 <span>{word}</span></p>'
        f'<div class="bar large"><i class="{word}" style="width:{score}%"></i>'
        f'<u style="left:{USABLE_QUALITY}%"></u><u style="left:{GOOD_QUALITY}%"></u></div>'
        '<p class="note">The station\'s own score; marks: usable, good. '
        f"{len(result.template)} minutiae.</p>"
    )


def _reasons(result: FingerCheck) -> str:
    if not result.reasons:
        return '<p class="reasons">No reason to try again.</p>'
    items = "".join(
        f"<li><b>{escape(reason.code)}</b> {REASONS[reason.code]}"
        f"<small> measured {reason.value:.3g}, limit {reason.limit:.3g}</small>"
        for reason in result.reasons
    )
    return f'<ul class="reasons">{items}</ul>'


def _components(components: dict[str, float]) -> str:
    ratings, gates = rate_components(components), gate_components(components)
    scored = "".join(_scored_row(name, components[name], ratings[name]) for name in QUALITY_POINTS)
    closing = "".join(
        _row(name, components[name], f"{100 * share:.0f} % of the score passes", share)
        for name, share in gates.items()
        if share < 1
    )
    others = [name for name in components if name not in QUALITY_POINTS]
    plain = "".join(_row(name, components[name], _gate_text(name), None) for name in others)
    return (
        '<table><tr><th>Earns points<th class="n">value<th>poor to good'
        f'<th class="n">points</tr>{scored}{_offset_row(ratings)}'
        + (f"<tr><th colspan=4>Damps the score</tr>{closing}" if closing else "")
        + f"<tr><th colspan=4>Measured besides</tr>{plain}</table>"
    )


def _offset_row(ratings: dict[str, float]) -> str:
    together = QUALITY_OFFSET + sum(QUALITY_POINTS[name] * ratings[name] for name in ratings)
    return (
        f"<tr><td>Offset<small>the sum is bent under {QUALITY_KNEE:g} and ends at 100</small>"
        f'<td><td><small>sum {together:.0f}</small><td class="n">{QUALITY_OFFSET:.0f}</tr>'
    )


def _gate_text(name: str) -> str:
    if name not in QUALITY_GATES:
        return ""
    closed, opened = QUALITY_GATES[name]
    return f"gate: shut at {closed:g}, open from {opened:g}"


def _scored_row(name: str, value: float, rating: float) -> str:
    poor, good = QUALITY_RANGES[name]
    title = f"{poor:g} earns nothing, {good:g} all {QUALITY_POINTS[name]:g} points"
    points = f"{rating * QUALITY_POINTS[name]:.0f} of {QUALITY_POINTS[name]:.0f}"
    return _row(name, value, title, rating, points)


def _row(name: str, value: float, title: str, rating: float | None, points: str = "") -> str:
    text = COMPONENTS[name]
    bar = (
        ""
        if rating is None
        else f'<div class="bar"><i style="width:{100 * rating:.0f}%"></i></div>'
    )
    note = title if rating is None else ""
    return (
        f'<tr title="{escape(title)}"><td>{text.title}<small>{text.measures}</small>'
        f'<td class="n">{value:.3g}&#8239;{text.unit}<td>{bar}<small>{note}</small>'
        f'<td class="n">{points}</tr>'
    )


def _figure(number: int, name: str, file: str, elapsed_ms: float | None) -> str:
    text = STAGES.get(name, StageText(name, ""))
    time = "" if elapsed_ms is None else f"<span>{elapsed_ms:.2f} ms</span>"
    return (
        f'<figure><img src="{file}" alt="{escape(text.title)}" loading="lazy">'
        f"<figcaption><b>{number}. {text.title}</b>{time}<p>{text.does}</p></figcaption></figure>"
    )


_STYLE = """
:root { color-scheme: light; --ink: #1d2430; --soft: #5d6675; --line: #dfe3e8; --blue: #0072b2;
  --orange: #d55e00; --green: #007a58; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1.6rem 3rem; max-width: 88rem; color: var(--ink);
  background: #f6f7f9; font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.35rem; margin: 0 0 .9rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .8rem; }
.summary { display: grid; grid-template-columns: minmax(18rem, 5fr) minmax(24rem, 7fr);
  gap: 1.4rem; align-items: start; }
.summary > div, figure { background: #fff; border: 1px solid var(--line); border-radius: 10px; }
.summary > div { padding: 1rem 1.3rem; }
.summary figure { position: sticky; top: 1rem; }
.score { margin: 0 0 .5rem; font-size: 1.1rem; color: var(--soft); }
.score b { font-size: 2.6rem; line-height: 1; color: var(--ink); }
.score span { float: right; margin-top: 1.1rem; font-weight: 600; color: var(--ink); }
.bar { position: relative; height: .6rem; border-radius: .3rem; background: #e8ebef; }
.bar i { display: block; height: 100%; border-radius: .3rem; background: var(--blue); }
.bar.large { height: 1rem; border-radius: .5rem; }
.bar.large i { border-radius: .5rem; }
.bar i.poor { background: var(--orange); } .bar i.good { background: var(--green); }
.bar u { position: absolute; top: -.2rem; bottom: -.2rem; width: 2px; background: var(--ink); }
.note, small { color: var(--soft); font-size: .82rem; }
.note { margin: .45rem 0 .6rem; }
.reasons { margin: 0 0 .9rem; padding-left: 1.1rem; } p.reasons { padding: 0; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { text-align: left; padding: .8rem .5rem .3rem 0; border-bottom: 1px solid var(--line);
  font-weight: 600; color: var(--soft); }
td { padding: .28rem .5rem .28rem 0; border-bottom: 1px solid #eef0f3; vertical-align: middle; }
td:nth-child(3) { width: 34%; } td small { display: block; line-height: 1.25; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.stages { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
figure { margin: 0; overflow: hidden; display: flex; flex-direction: column; }
figure img { width: 100%; display: block; background: #fff; }
.stages img { height: 24rem; object-fit: contain; }
figcaption { padding: .7rem .9rem .5rem; border-top: 1px solid var(--line); }
figcaption span { float: right; color: var(--soft); font-variant-numeric: tabular-nums; }
figcaption p { margin: .25rem 0 .2rem; color: var(--soft); font-size: .88rem; }
@media (max-width: 60rem) { .summary { grid-template-columns: 1fr; } }
@media print { body { background: #fff; } figure { break-inside: avoid; } }
"""
