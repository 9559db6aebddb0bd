"""The finished objects that a station is composed of."""

from dataclasses import dataclass

from selftest.bench import Bench
from station.audit import Audit
from station.clock import Clock
from station.config import StationConfig
from station.deliveries import Deliveries
from station.device_room import DeviceRoom
from station.disk import Ballast
from station.drafts import Drafts
from station.keys import StationKeys
from station.operators import Operators
from station.pull_service import PullService
from station.register import Register
from station.sealing import Sealing
from station.sources.context import SourceContext
from station.spool import Spool
from station.store import Store
from station.training import Training


@dataclass(frozen=True, slots=True)
class StationRooms:
    """Made by `build.py`, or by a test."""

    config: StationConfig
    store: Store
    keys: StationKeys
    audit: Audit
    operators: Operators
    drafts: Drafts
    register: Register
    devices: DeviceRoom
    sealing: Sealing
    deliveries: Deliveries
    spool: Spool
    ballast: Ballast
    pull_service: PullService
    source_context: SourceContext
    clock: Clock
    selftest_bench: Bench
    """What the self-test finds here."""
    training: Training | None
    """Prepares the virtual resident where the devices are simulated."""
