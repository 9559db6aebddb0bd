"""Language and appearance of this browser; nothing that needs protection."""

from fastapi import APIRouter, Response

from station.panel.access import Guest, Member
from station.panel.i18n import LANGUAGES
from station.panel.security import COOKIE_RULES
from station.panel.visit import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, local_path

router = APIRouter()
YEAR_S = 365 * 24 * 3600


@router.get("/preferences")
def choose(visit: Guest, back: str = "/", language: str = "", theme: str = "") -> Response:
    """Keep the choice in a cookie and go back."""
    answer = visit.go(local_path(back))
    if language in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, **COOKIE_RULES)
    if theme in THEMES:
        answer.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, **COOKIE_RULES)
    return answer


@router.get("/here")
def stay(visit: Member) -> Response:
    """Somebody types or points: the idle time starts anew."""
    return Response(status_code=204)
