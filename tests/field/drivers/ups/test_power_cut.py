"""A power cut played by dummy-ups: the events come in order; lost data is never "on mains"."""

import time

import pytest

from drivers.errors import TransportError
from drivers.frames import PowerState
from drivers.models.nut_ups import STALE_CODES, NutUps, NutUpsOptions
from drivers.power_events import PowerEvent, events_between

POWER_CUT = """\
ups.status: OL
battery.charge: 100
input.voltage: 228.0
TIMER 12
ups.status: OB DISCHRG
battery.charge: 61
input.voltage: 0.0
TIMER 3
ups.status: OB DISCHRG LB
battery.charge: 18
TIMER 3
ups.status: OL CHRG RB
input.voltage: 226.0
TIMER 300
"""
EXPECTED = [
    PowerEvent.ON_BATTERY,
    PowerEvent.LOW_BATTERY,
    PowerEvent.ON_MAINS,
    PowerEvent.REPLACE_BATTERY,
]
LIMIT_S = 60.0


@pytest.fixture
def peer(make_peer):
    peer = make_peer()
    (peer.folder / "cut.seq").write_text(POWER_CUT)
    peer.add("cut", "dummy-ups", peer.folder / "cut.seq", mode="dummy-loop", pollinterval=1)
    peer.start()
    yield peer
    peer.stop()


@pytest.mark.slow
def test_a_power_cut_from_begin_to_end(peer):
    events = []
    states = []
    deadline_s = time.monotonic() + LIMIT_S
    with NutUps("ups", NutUpsOptions(port=peer.port)) as ups:
        before = None
        while len(events) < len(EXPECTED) and time.monotonic() < deadline_s:
            reading = ups.read_power(timeout_s=5.0)
            events += events_between(before, reading)
            if before is None or reading.state is not before.state:
                states.append(reading.state)
            before = reading
            time.sleep(0.1)
    assert events == EXPECTED
    assert states == [
        PowerState.MAINS,
        PowerState.BATTERY,
        PowerState.LOW_BATTERY,
        PowerState.MAINS,
    ]


def test_a_driver_that_dies_and_a_server_that_dies(peer):
    with NutUps("ups", NutUpsOptions(port=peer.port)) as ups:
        good = ups.read_power(timeout_s=5.0)
        peer.stop("cut")
        deadline_s = time.monotonic() + LIMIT_S
        lost = good
        while lost.state is not PowerState.UNKNOWN and time.monotonic() < deadline_s:
            good, lost = lost, ups.read_power(timeout_s=5.0)
            time.sleep(0.1)
        assert lost.state is PowerState.UNKNOWN
        assert lost.read_at_s == good.read_at_s
        assert lost.variables["upsd.error"] in STALE_CODES
        assert events_between(good, lost) == (PowerEvent.DATA_LOST,)
        peer.stop("upsd")
        with pytest.raises(TransportError):
            ups.read_power(timeout_s=5.0)
    peer.start()
    with ups:
        assert ups.read_power(timeout_s=5.0).state is not PowerState.UNKNOWN
