"""Turn judgements of many slaps into figures."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from biometrics.evaluation.slap_judgement import SlapJudgement

GOOD_OVERLAP = 0.8  # a segment that overlaps less misses or adds too much of the finger
SURE_CONFIDENCE = 0.9  # from here on a wrong hand is reported
# Name of a figure and the least share that is asked for.
GOALS = {
    "count_right": 0.995,
    "hand_right": 0.99,
    "hand_right_when_sure": 0.999,
    "overlap_good": 0.98,
}
_CONFIDENCE_EDGES = (0.5, 0.7, 0.9, 0.99, 0.999, 1.0)
_Z = 1.96  # of a 95 % interval


def summarize(judgements: Sequence[SlapJudgement]) -> dict[str, Any]:
    """Summarize judgements.

    Parameters
    ----------
    judgements : sequence of SlapJudgement
        At least one.

    Returns
    -------
    figures : dict
        Shares as {"share", "of", "interval"} (95 %, Wilson), overall and by what is not ideal.
    """
    hands = [one for one in judgements if one.slap.hand in ("left", "right")]
    sure = [one for one in hands if one.hand_confidence >= SURE_CONFIDENCE]
    overlaps = [value for one in judgements for value in one.overlaps]
    return {
        "slaps": len(judgements),
        "count_right": _share(one.is_count_right for one in judgements),
        "hand_right": _share(one.is_hand_right for one in hands),
        "hand_sure": _share(one.hand_confidence >= SURE_CONFIDENCE for one in hands),
        "hand_right_when_sure": _share(one.is_hand_right for one in sure),
        "hand_confidence": _calibration(hands),
        "wrong_hand_found": _share(one.is_hand_refused for one in hands if one.is_other_hand),
        "wrong_hand_false": _share(one.is_hand_refused for one in hands if not one.is_other_hand),
        "overlap_good": _share(value >= GOOD_OVERLAP for value in overlaps),
        "overlap_percentiles": _percentiles(overlaps),
        "fingers_named_right": _share(name for one in judgements for name in one.named_right),
        "missing_named_right": _share(all(one.named_right) for one in judgements if _misses(one)),
        "median_ms": median(one.elapsed_ms for one in judgements),
        "by_wrong": _by_wrong(judgements),
    }


def misses_goals(figures: dict[str, Any]) -> list[str]:
    """Return the names of the figures that are below what is asked for.

    Parameters
    ----------
    figures : dict
        From `summarize`.

    Returns
    -------
    names : list of str
    """
    return [
        name
        for name, goal in GOALS.items()
        if figures[name]["share"] is not None and figures[name]["share"] < goal
    ]


def _misses(one: SlapJudgement) -> bool:
    """Tell whether fingers that were asked for are not there, of the hand that is."""
    return not one.is_other_hand and len(one.slap.positions) < len(one.slap.expected)


def _by_wrong(judgements: Sequence[SlapJudgement]) -> dict[str, dict[str, Any]]:
    words = sorted({word for one in judgements for word in one.slap.wrong})
    groups = {
        "nothing": [one for one in judgements if not one.slap.wrong],
        "thumbs": [one for one in judgements if one.slap.hand == "both"],
        **{word: [one for one in judgements if word in one.slap.wrong] for word in words},
    }
    return {word: _summarize_group(group) for word, group in groups.items() if group}


def _summarize_group(group: Sequence[SlapJudgement]) -> dict[str, Any]:
    hands = [one for one in group if one.slap.hand in ("left", "right")]
    return {
        "slaps": len(group),
        "count_right": _mean(one.is_count_right for one in group),
        "hand_right": _mean(one.is_hand_right for one in hands),
        "overlap_good": _mean(v >= GOOD_OVERLAP for one in group for v in one.overlaps),
    }


def _calibration(hands: Sequence[SlapJudgement]) -> list[dict[str, float]]:
    """Hold confidence against how often it was right."""
    rows = []
    for low, high in pairwise(_CONFIDENCE_EDGES):
        is_last = high == _CONFIDENCE_EDGES[-1]
        group = [
            one
            for one in hands
            if low <= one.hand_confidence and (is_last or one.hand_confidence < high)
        ]
        if group:
            rows.append(
                {
                    "from": low,
                    "to": high,
                    "slaps": len(group),
                    "said": float(np.mean([one.hand_confidence for one in group])),
                    "right": float(np.mean([one.is_hand_right for one in group])),
                }
            )
    return rows


def _share(answers: Iterable[bool]) -> dict[str, Any]:
    listed = list(answers)
    count, good = len(listed), sum(listed)
    if not count:
        return {"share": None, "of": 0, "interval": None}
    return {"share": good / count, "of": count, "interval": wilson_interval(good, count)}


def wilson_interval(good: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share.

    Parameters
    ----------
    good, count : int
        At least one in all.

    Returns
    -------
    low, high : float

    References
    ----------
    .. [1] Wilson, Probable inference, JASA 22, 1927.
    """
    share, z2 = good / count, _Z * _Z
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z / (1 + z2 / count) * (share * (1 - share) / count + z2 / (4 * count**2)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def _mean(answers: Iterable[bool]) -> float | None:
    listed = list(answers)
    return sum(listed) / len(listed) if listed else None


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    shares = np.percentile(values, (1, 2, 5, 50))
    return dict(zip(("p1", "p2", "p5", "p50"), shares.tolist(), strict=True))
