"""Make a reading of the names and words that NUT has for what a UPS tells.

Source: PROTOCOLS.md section 12.2 and CHECKS.md B.2. Numbers are taken as they are told; whether
they are credible is for the self-test to judge.
"""

import math
import re
from collections.abc import Mapping

from drivers.frames import PowerReading, PowerState

_NUMBER = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]*)?)")


def read_state(status: str) -> PowerState:
    """Return what feeds the station by the words of `ups.status`; the worst word wins.

    A forced shutdown counts as a low battery. Words that say nothing of the source ("OFF",
    "WAIT", none at all) leave it unknown.
    """
    words = set(status.split())
    if "FSD" in words or {"OB", "LB"} <= words:
        return PowerState.LOW_BATTERY
    if "OB" in words:
        return PowerState.BATTERY
    if words & {"OL", "BYPASS"}:
        return PowerState.MAINS
    return PowerState.UNKNOWN


def read_number(text: str | None) -> float | None:
    """Return the number that a text begins with, or None."""
    match = _NUMBER.match(text) if text is not None else None
    value = float(match[1]) if match else math.nan
    return value if math.isfinite(value) else None


def make_reading(variables: Mapping[str, str], *, read_at_s: float) -> PowerReading:
    """Return a reading of NUT's variables."""
    return PowerReading(
        state=read_state(variables.get("ups.status", "")),
        read_at_s=read_at_s,
        input_voltage_v=read_number(variables.get("input.voltage")),
        battery_voltage_v=read_number(variables.get("battery.voltage")),
        charge_percent=read_number(variables.get("battery.charge")),
        load_percent=read_number(variables.get("ups.load")),
        runtime_s=read_number(variables.get("battery.runtime")),
        variables=dict(variables),
    )
