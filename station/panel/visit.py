"""One request with everything a handler needs: the person, the language, and how to answer."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from station.accounts import Role
from station.live import LiveCapture
from station.operators import SignedInOperator
from station.panel.i18n import Language, Translator, as_language
from station.panel.phrases import ROLES
from station.panel.sessions import Session
from station.panel.state import PanelState
from station.panel.strip import strip_cards, strip_facts
from station.recording import Step
from station.station import Station

SESSION_COOKIE = "session"
LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")
EVERYBODY = frozenset(Role)
RECORDERS = frozenset({Role.OPERATOR, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry of the main menu."""

    href: str
    icon: str
    text: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, the panel it came to, and the session it belongs to."""

    request: Request
    state: PanelState
    session: Session | None

    @property
    def station(self) -> Station:
        """Return the station."""
        return self.state.station

    @property
    def who(self) -> SignedInOperator:
        """Return the signed-in person; only for visits that have a session."""
        if self.session is None:
            raise LookupError("this visit has no session")
        return self.session.signed_in

    @property
    def language(self) -> Language:
        """Return the language of this browser, or the station's."""
        default = as_language(self.station.config.station.language, "id")
        return as_language(self.request.cookies.get(LANGUAGE_COOKIE), default)

    @property
    def say(self) -> Translator:
        """Return the translator of this visit."""
        return self.state.translators[self.language]

    @property
    def theme(self) -> str:
        """Return auto, light or dark."""
        wanted = self.request.cookies.get(THEME_COOKIE, "auto")
        return wanted if wanted in THEMES else "auto"

    @property
    def is_fragment(self) -> bool:
        """Tell whether htmx asks, for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    def live(self, case_id: str, step: Step) -> LiveCapture[Any]:
        """Return the live view of a step; it ends unless a window soon watches it."""
        self.state.viewers.expect_one()
        return self.station.live(self.who, case_id, step)

    def page(self, template: str, **context: object) -> HTMLResponse:
        """Render a template into an answer."""
        environment = self.state.environments[self.language]
        html = environment.get_template(template).render({**self._shell(), **context})
        return HTMLResponse(html)

    def go(self, path: str) -> Response:
        """Send the browser to another page, whoever asked."""
        if self.is_fragment:
            return Response(status_code=200, headers={"HX-Redirect": path})
        return RedirectResponse(path, status_code=303)

    def _shell(self) -> dict[str, object]:
        session = self.session
        path = self.request.url.path
        shown: dict[str, object] = {
            "session": session,
            "theme": self.theme,
            "next_theme": THEMES[(THEMES.index(self.theme) + 1) % len(THEMES)],
            "here": path if self.request.method == "GET" and not self.is_fragment else "/",
            "station_name": self.station.config.station.name,
        }
        if session is not None:
            shown |= {
                "menu": self._menu(session.operator.role, path),
                "role_word": self.say(ROLES[session.operator.role.value]),
                "strip": strip_cards(self.station, self.say),
                "strip_facts": strip_facts(self.station, self.say),
            }
        return shown

    def _menu(self, role: Role, path: str) -> tuple[MenuEntry, ...]:
        say = self.say
        entries = (
            ("/", "home", say("Beranda"), EVERYBODY),
            ("/recordings", "list", say("Perekaman"), RECORDERS),
            ("/devices", "device", say("Perangkat"), EVERYBODY),
            ("/selftest", "wrench", say("Uji mandiri"), EVERYBODY),
            ("/audit", "audit", say("Catatan"), {Role.SUPERVISOR}),
            ("/operators", "users", say("Akun"), {Role.SUPERVISOR}),
        )
        return tuple(
            MenuEntry(href, icon, text, path == href or path.startswith(f"{href}/"))
            for href, icon, text, roles in entries
            if role in roles
        )


def local_path(text: str) -> str:
    """Return `text` if it is a path on this panel, else the home page."""
    parts = urlsplit(text)
    is_local = not parts.scheme and not parts.netloc and text.startswith("/")
    is_plain = not text.startswith("//") and "\\" not in text
    return text if is_local and is_plain and text.isprintable() else "/"
