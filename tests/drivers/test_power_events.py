"""Events between two readings."""

import pytest

from drivers.power_events import PowerEvent as Event
from drivers.power_events import events_between
from drivers.protocols.nut_reading import make_reading


def reading(status):
    return make_reading({"ups.status": status}, read_at_s=0.0)


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (None, "OL", ()),
        (None, "OB", (Event.ON_BATTERY,)),
        (None, "OB LB RB", (Event.ON_BATTERY, Event.LOW_BATTERY, Event.REPLACE_BATTERY)),
        (None, "", (Event.DATA_LOST,)),
        ("OL", "OL CHRG", ()),
        ("OL", "OB", (Event.ON_BATTERY,)),
        ("OB", "OB DISCHRG", ()),
        ("OB", "OB LB", (Event.LOW_BATTERY,)),
        ("OL", "OB LB", (Event.ON_BATTERY, Event.LOW_BATTERY)),
        ("OB LB", "OB", ()),
        ("OB LB", "OL", (Event.ON_MAINS,)),
        ("OB", "OL", (Event.ON_MAINS,)),
        ("OL", "", (Event.DATA_LOST,)),
        ("", "", ()),
        ("", "OL", (Event.DATA_BACK,)),
        ("", "OB", (Event.DATA_BACK, Event.ON_BATTERY)),
        ("OL", "OL OVER RB", (Event.OVERLOAD, Event.REPLACE_BATTERY)),
        ("OL RB", "OL RB", ()),
        ("OB", "FSD OB LB", (Event.LOW_BATTERY, Event.FORCED_SHUTDOWN)),
    ],
)
def test_events(before, after, events):
    old = None if before is None else reading(before)
    assert events_between(old, reading(after)) == events
