"""The templates: one environment per language, with the words and icons that all pages use."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

from station.panel.i18n import Language, Translator

STATION_ZONE = ZoneInfo("Asia/Pontianak")  # West Kalimantan: WIB, UTC+7, no summer time
DATE_FORMATS = {"id": "d MMMM y", "en": "d MMMM y"}


def make_environments(
    translators: dict[Language, Translator], *, static_path: str
) -> dict[Language, Environment]:
    """Return one template environment per language."""
    return {
        language: _make(translator, static_path) for language, translator in translators.items()
    }


def _make(translator: Translator, static_path: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("station.panel"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The extension adds this method to the environment; its stubs do not say so.
    install = getattr(environment, "install_gettext_translations")  # noqa: B009
    install(translator.catalogue, newstyle=True)
    locale = translator.language
    environment.filters["day"] = lambda value: show_day(value, locale)
    environment.filters["moment"] = lambda value: show_moment(value, locale)
    environment.globals["static"] = static_path
    environment.globals["language"] = translator.language
    environment.globals["other_language"] = "en" if locale == "id" else "id"
    return environment


def show_day(value: date | None, locale: str) -> str:
    """Return a date as "17 Agustus 1997"."""
    return str(format_date(value, format=DATE_FORMATS[locale], locale=locale))


def show_moment(value: str, locale: str) -> str:
    """Return an ISO time as local day and clock, "24 Nov 2026 14.05"."""
    moment = datetime.fromisoformat(value).astimezone(STATION_ZONE)
    pattern = "d MMM y HH.mm" if locale == "id" else "d MMM y HH:mm"
    return str(format_datetime(moment, pattern, locale=locale))
