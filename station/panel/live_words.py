"""A live picture and its failure as the browser is told of them."""

from drivers.errors import DriverError
from station.errors import StationError
from station.live import LivePicture
from station.panel.i18n import Translator
from station.panel.phrases import DRIVER_ISSUES
from station.panel.reasons import coach_phrase
from station.recording import Attempt

TONES = {"info": "info", "good": "good", "warn": "warn", "bad": "bad"}


def describe_view(
    picture: LivePicture, outcome: Attempt | None, say: Translator
) -> dict[str, object]:
    """Return the coach line, the scores and the number of the last stored attempt."""
    phrase = coach_phrase(picture.coach)
    return {
        "text": say(phrase.text),
        "icon": phrase.icon,
        "tone": TONES.get(picture.level, "info"),
        "state": picture.state.value,
        "attempt": 0 if outcome is None else outcome.number,
        "parts": [
            {
                "part": part.part,
                "score": part.score,
                "threshold": part.threshold,
                "quad": part.quadrilateral,
            }
            for part in picture.parts
        ],
    }


def describe_failure(error: DriverError | StationError, say: Translator) -> dict[str, str]:
    """Return cause and next step of a live view that ended."""
    return {"text": failure_text(error, say), "issue": error.issue_id}


def failure_text(error: DriverError | StationError, say: Translator) -> str:
    """Return cause and next step in the operator's language."""
    if isinstance(error, StationError):
        return say.pick(error.text_id, error.text_en)
    text = DRIVER_ISSUES.get(error.issue_id, DRIVER_ISSUES["DEV-000"])
    return f"{error.device}: {say(text)}"
