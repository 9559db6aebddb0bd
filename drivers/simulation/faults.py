"""Named faults of simulated devices, each with a strength and a moment from which it acts.

Written ``name``, ``name=value`` or ``name=value@n``: it acts from the n-th transfer on (counted
from 1, over the life of the device object). At run time a FaultSet takes and drops faults.

    any device    unplug_at=n  from transfer n on the link is gone (TransportError)
                  stall        no answer (TransportTimeoutError after the caller's time limit)
                  short        fewer bytes than promised (ProtocolError)
    scanner       repeated_frame dead_pixels=n dead_cluster=n dead_column=gl dead_columns=n
                  dead_row=gl residue=gl dim_light=factor led_bank=gl banding=gl noise=gl
                  ambient=gl dust=n scratch=gl hot_pixels=n dark_drift=gl dark_banding=gl
                  defocus=px gamma=exponent stretch=share wrong_resolution=ppi
                  blank
    face camera   repeated_frame dead_pixels=n dim_light=factor noise=gl cap_on
                  colour_cast=factor blur=px frozen lamp_out=ratio
    iris camera   repeated_frame dim_light=factor one_lamp=factor noise=gl blur=px blank
    pad           stuck_pen=pressure dead_zone=share ghost=per_second slow_reports=factor
                  weak_pen=share jitter=mm
    card reader   misses=of_ten slow_card=factor no_sam
    UPS           on_battery=minutes low_battery brown_out=volts overload=percent
                  replace_battery=share_of_capacity stale outage over_voltage=volts swing=volts
                  frequency=hertz aged_battery=share_of_capacity weak_cell=volts_per_block
                  float_voltage=volts_per_block half_charged=percent battery_year=year
                  test_result=rank hot_battery=degrees bypass switched_off fan_failure garbage
                  high_resistance=factor

Not modelled: faults that heal by themselves, faults that depend on temperature.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from drivers.errors import ProtocolError, TransportError, TransportTimeoutError

_LINK = frozenset({"unplug_at", "stall", "short"})
_KNOWN = {
    "fingerprint_scanner": _LINK
    | {
        *("repeated_frame", "dead_pixels", "dead_column", "dead_row", "residue", "dim_light"),
        *("banding", "noise", "ambient", "dust", "wrong_resolution", "blank", "dead_cluster"),
        *("dead_columns", "led_bank", "scratch", "hot_pixels", "dark_drift", "dark_banding"),
        *("defocus", "gamma", "stretch"),
    },
    "face_camera": _LINK
    | {
        *("repeated_frame", "dead_pixels", "dim_light", "noise", "cap_on", "colour_cast"),
        *("blur", "frozen", "lamp_out"),
    },
    "iris_camera": _LINK | {"repeated_frame", "dim_light", "one_lamp", "noise", "blur", "blank"},
    "signature_pad": _LINK
    | {"stuck_pen", "dead_zone", "ghost", "slow_reports", "weak_pen", "jitter"},
    "card_reader": _LINK | {"misses", "slow_card", "no_sam"},
    "power_supply": _LINK
    | {
        *("on_battery", "low_battery", "brown_out", "overload", "replace_battery", "stale"),
        *("outage", "over_voltage", "swing", "frequency", "aged_battery", "weak_cell"),
        *("float_voltage", "half_charged", "battery_year", "test_result", "hot_battery"),
        *("bypass", "switched_off", "fan_failure", "garbage", "high_resistance"),
    },
}

# Strength where none is given. Most are the smallest that the tables of the self-test must see.
_USUAL_STRENGTH = {
    "unplug_at": 1.0,
    "dead_pixels": 40.0,
    "dead_column": 12.0,  # grey levels darker
    "dead_row": 12.0,
    "dead_cluster": 3.0,  # pixels along each side
    "dead_columns": 2.0,  # side by side, each 12 grey levels darker
    "residue": 5.0,  # grey levels
    "dim_light": 0.6,  # of the healthy light
    "banding": 2.0,  # grey levels between alternate rows
    "noise": 6.0,  # standard deviation in grey levels
    "ambient": 40.0,  # grey levels at the brightest place
    "dust": 2.0,  # specks
    "scratch": 15.0,  # grey levels darker
    "led_bank": 40.0,  # grey levels from the lit side to the other
    "hot_pixels": 60.0,
    "dark_drift": 5.0,  # grey levels across the sensor with the light off
    "dark_banding": 2.0,  # grey levels between alternate rows with the light off
    "defocus": 1.0,  # sigma in pixels
    "gamma": 1.4,  # exponent of the grey scale
    "stretch": 0.025,  # of the way from the middle to the edge, in the scale along columns
    "wrong_resolution": 569.0,  # ppi that the sensor really has while it says 500
    "colour_cast": 1.3,  # red over blue
    "blur": 6.0,  # sigma in pixels
    "one_lamp": 0.5,  # light on the left eye
    "lamp_out": 1.9,  # light at the left edge over that at the right
    "weak_pen": 0.4,  # of the pressure range is reached
    "jitter": 0.08,  # millimetres, standard deviation
    "misses": 3.0,  # of ten answers to reset do not come
    "slow_card": 3.0,  # times as long
    "stuck_pen": 1.0,  # pressure
    "dead_zone": 0.16,  # of the pad's width
    "ghost": 3.0,  # touches per second
    "slow_reports": 0.4,  # of the nominal rate
    "on_battery": 12.0,  # minutes left
    "brown_out": 172.0,  # volts: a sag of 0.75, still boosted
    "overload": 118.0,  # per cent
    "replace_battery": 0.4,  # of the capacity is left
    "over_voltage": 262.0,  # volts
    "swing": 30.0,  # volts between two readings
    "frequency": 46.5,  # hertz
    "aged_battery": 0.5,  # of the capacity is left, and the UPS does not say so
    "high_resistance": 1.6,  # times the healthy inner resistance
    "weak_cell": 1.2,  # volts per block that are missing on battery
    "float_voltage": 14.8,  # volts per block
    "half_charged": 60.0,  # per cent, for ever
    "battery_year": 2019.0,
    "test_result": 2.0,  # 0 passed, 1 warning, 2 error
    "hot_battery": 48.0,  # degrees Celsius
}

_WORD = re.compile(r"^(?P<name>[a-z_]+)(=(?P<value>[0-9.]+))?(@(?P<moment>[0-9]+))?$")
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what, how strong, from which transfer on."""

    name: str
    strength: float
    first_transfer: int = 1


def parse_fault(text: str, *, kind: str) -> Fault:
    """Read ``name``, ``name=value`` or ``name=value@n``; ValueError names the known faults."""
    match = _WORD.match(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not of the form name, name=value or name=value@transfer")
    name = match["name"]
    if name not in _KNOWN[kind]:
        known = ", ".join(sorted(_KNOWN[kind]))
        raise ValueError(f"'{name}' is no fault of a {kind}; known are: {known}")
    strength = float(match["value"]) if match["value"] else _USUAL_STRENGTH.get(name, 1.0)
    return Fault(name, strength, int(match["moment"] or 1))


class FaultSet:
    """The faults of one device; may be changed from another thread."""

    def __init__(self, kind: str, texts: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self._lock = threading.Lock()
        self._faults: dict[str, Fault] = {}
        self._transfers = 0
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Add a fault, or change it; ValueError for an unknown one."""
        fault = parse_fault(text, kind=self.kind)
        with self._lock:
            self._faults[fault.name] = fault

    def remove(self, name: str) -> None:
        """Repair one fault; a fault that is not there is fine."""
        with self._lock:
            self._faults.pop(name, None)

    def clear(self) -> None:
        """Repair everything."""
        with self._lock:
            self._faults.clear()

    def names(self) -> tuple[str, ...]:
        """Return the names of all faults set, acting or not yet."""
        with self._lock:
            return tuple(sorted(self._faults))

    def strength(self, name: str) -> float | None:
        """Return how strong a fault acts now, or None while it does not."""
        with self._lock:
            fault = self._faults.get(name)
            if fault is None or self._transfers < fault.first_transfer:
                return None
            return fault.strength

    def is_acting(self, name: str) -> bool:
        """Tell whether a fault acts now."""
        return self.strength(name) is not None

    def acting(self) -> tuple[tuple[str, float], ...]:
        """Return name and strength of all faults that act now, in a fixed order."""
        with self._lock:
            return tuple(
                (fault.name, fault.strength)
                for _, fault in sorted(self._faults.items())
                if self._transfers >= fault.first_transfer
            )

    @property
    def transfers(self) -> int:
        """Number of transfers so far."""
        return self._transfers

    def is_unplugged(self) -> bool:
        """Tell whether the next transfer would find no device."""
        with self._lock:
            fault = self._faults.get("unplug_at")
            return fault is not None and self._transfers + 1 >= fault.strength

    def count_transfer(self) -> None:
        """Count one transfer of an emulator, whose line has link faults of its own."""
        with self._lock:
            self._transfers += 1

    def begin_transfer(
        self,
        device: str,
        *,
        timeout_s: float,
        now_s: Callable[[], float],
        sleep_s: Callable[[float], None],
    ) -> None:
        """Count one transfer and raise what a driver would raise for a broken link.

        A stall blocks for `timeout_s` first, in short sleeps.
        """
        with self._lock:
            self._transfers += 1
            unplug = self._faults.get("unplug_at")
            if unplug is not None and self._transfers >= unplug.strength:
                raise TransportError(
                    "the link is gone: no such device (unplugged); check the cable", device=device
                )
        if self.is_acting("stall"):
            end_s = now_s() + timeout_s
            while (left_s := end_s - now_s()) > 0:
                sleep_s(min(left_s, _POLL_S))
            raise TransportTimeoutError(f"no answer within {timeout_s:g} s", device=device)
        if self.is_acting("short"):
            raise ProtocolError(
                "the transfer ended early: fewer bytes than promised", device=device
            )
