"""The device strip that stands on every page: devices, disk and what waits to be sent."""

from dataclasses import dataclass

from station.panel.i18n import Translator
from station.panel.phrases import (
    DEVICE_KINDS,
    DEVICE_SHORT_NAMES,
    DEVICE_STATES,
    READINESS,
    Word,
    word_of,
)
from station.panel.rows import WAITING_STATES
from station.readiness import DeviceCard, Readiness
from station.station import Station


@dataclass(frozen=True, slots=True)
class StripCard:
    """One device in words."""

    name: str
    icon: str
    tone: str
    word: str
    detail: str


def strip_cards(station: Station, say: Translator) -> tuple[StripCard, ...]:
    """Return one card per device; never waits for a device."""
    return tuple(strip_card(card, say) for card in station.device_strip())


def strip_card(card: DeviceCard, say: Translator) -> StripCard:
    """Put one device into words."""
    word = word_of(DEVICE_STATES, card.state.value)
    name = say(DEVICE_SHORT_NAMES[card.kind])
    state = say.pick(card.text_id, card.text_en)
    return StripCard(name, word.icon, word.tone, say(word.text), f"{card.name}: {state}")


def readiness_words(readiness: Readiness, say: Translator) -> dict[str, object]:
    """Return the verdict for the office and its causes, for a template."""
    word = READINESS[readiness.state.value]
    return {
        "readiness": Word(say(word.text), word.icon, word.tone),
        "causes": [say.pick(cause.text_id, cause.text_en) for cause in readiness.causes],
    }


def strip_facts(station: Station, say: Translator) -> tuple[str, ...]:
    """Return what else an operator must have in view."""
    counts = station.register.counts()
    waiting = sum(counts[state] for state in WAITING_STATES)
    return (say("Menunggu dikirim: %(count)s", count=waiting),)


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One device on the devices page."""

    name: str
    kind: str
    kind_icon: str
    driver: str
    icon: str
    tone: str
    word: str
    text: str
    issue_id: str | None


def device_views(station: Station, say: Translator) -> tuple[DeviceView, ...]:
    """Return one card per device for the devices page."""
    return tuple(_device_view(card, say) for card in station.device_strip())


def _device_view(card: DeviceCard, say: Translator) -> DeviceView:
    word = word_of(DEVICE_STATES, card.state.value)
    kind = DEVICE_KINDS[card.kind]
    text = say.pick(card.text_id, card.text_en)
    return DeviceView(
        name=card.name,
        kind=say(kind.text),
        kind_icon=kind.icon,
        driver=card.driver,
        icon=word.icon,
        tone=word.tone,
        word=say(word.text),
        text=text[:1].upper() + text[1:] + ".",
        issue_id=card.issue_id,
    )
