"""A live picture and its failure as the browser is told of them."""

from drivers.errors import DriverError
from station.errors import StationError
from station.live import LivePicture, LiveState
from station.panel.i18n import N_, Translator
from station.panel.phrases import DRIVER_ISSUES, Word
from station.panel.reasons import coach_phrase, modality_of
from station.recording import Attempt, Step

CHECKING = Word(N_("Memeriksa, tetap di tempat"), "search", "info")
GOOD = Word(N_("Bagus, sudah tersimpan"), "check-circle", "good")
GOOD_LIFT = Word(N_("Bagus. Angkat tangan"), "check-circle", "good")
AGAIN = Word(N_("Belum cukup: lihat sebabnya"), "again", "warn")
AGAIN_LIFT = Word(N_("Belum cukup: angkat, letakkan lagi"), "again", "warn")
TONES = {"info": "info", "good": "good", "warn": "warn", "bad": "bad"}


def describe_view(
    step: Step,
    picture: LivePicture,
    outcome: Attempt | None,
    say: Translator,
    *,
    is_mirrored: bool,
) -> dict[str, object]:
    """Return the coach line, the places of the parts and the number of the last attempt."""
    word = _word_between(step, picture.state, outcome)
    if word is None:
        phrase = coach_phrase(step, picture.coach, is_mirrored=is_mirrored)
        word = Word(phrase.text, phrase.icon, TONES.get(picture.level, "info"))
    return {
        "text": say(word.text),
        "icon": word.icon,
        "tone": word.tone,
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


def _word_between(step: Step, state: LiveState, outcome: Attempt | None) -> Word | None:
    """Return what is said while an attempt is checked and shown; None while previewing."""
    if state is LiveState.CHECKING:
        return CHECKING
    if state is not LiveState.SHOWING or outcome is None:
        return None
    is_finger = modality_of(step) == "finger"
    if outcome.is_passed:
        return GOOD_LIFT if is_finger else GOOD
    return AGAIN_LIFT if is_finger else AGAIN


def describe_failure(error: DriverError | StationError, say: Translator) -> dict[str, str]:
    """Return cause and next step of a live view that ended."""
    return {"text": failure_text(error, say), "issue": error.issue_id}


def failure_text(error: DriverError | StationError, say: Translator) -> str:
    """Return cause and next step in the operator's language."""
    if isinstance(error, StationError):
        return say.pick(error.text_id, error.text_en)
    text = DRIVER_ISSUES.get(error.issue_id, DRIVER_ISSUES["DEV-000"])
    return f"{error.device}: {say(text)}"
