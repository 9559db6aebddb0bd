"""Coach codes and reason codes in words: what to do now, and why a capture is not better."""

from biometrics.finger.results import Reason
from station.panel.i18n import N_, Translator
from station.panel.phrases import Phrase

COACH: dict[str, Phrase] = {
    "place_fingers": Phrase(N_("Letakkan empat jari di kaca"), "hand"),
}
REASONS: dict[str, str] = {
    "too_dry": N_("Jari terlalu kering: usap ke dahi, tekan sedikit lebih kuat"),
}


def coach_phrase(code: str) -> Phrase:
    """Return the line of a coach code; a code without one is shown as it is."""
    return COACH.get(code) or Phrase(REASONS.get(code, code), "warn")


def describe_reason(reason: Reason, say: Translator) -> tuple[str, str]:
    """Return a reason in words, and its measured value with its limit."""
    text = say(REASONS[reason.code]) if reason.code in REASONS else reason.code
    numbers = say(
        "terukur %(value)s, batas %(limit)s", value=_short(reason.value), limit=_short(reason.limit)
    )
    return text, numbers


def _short(number: float) -> str:
    return f"{number:.3g}"
