"""What the panel holds while it runs: the station, the sessions and the rendered languages."""

from dataclasses import dataclass, field

from jinja2 import Environment

from station.panel.i18n import Language, Translator
from station.panel.sessions import Sessions
from station.panel.viewers import Viewers
from station.recording import Step
from station.regions import Regions
from station.station import Station


@dataclass(frozen=True, slots=True)
class Showing:
    """The step that an operator has on the screen; the resident's window follows it."""

    case_id: str
    step: Step


@dataclass(slots=True)
class PanelState:
    """One running panel."""

    station: Station
    sessions: Sessions
    translators: dict[Language, Translator]
    environments: dict[Language, Environment]
    regions: Regions
    showing: Showing | None = None
    viewers: Viewers = field(default_factory=Viewers)
