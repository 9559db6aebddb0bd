"""Every dump of a real UPS, served by a real upsd: our driver against upsc, pynut2 and the text."""

from pathlib import Path

import pytest

from drivers.frames import PowerState
from drivers.models.nut_ups import NutUps, NutUpsOptions
from drivers.protocols.nut_reading import read_number

DUMPS = Path(__file__).parents[4].parent / "shared" / "data" / "ups"
STATES = {
    "APC__Back-UPS_ES_850G2__usbhid-ups__2.8.0__01": PowerState.MAINS,
    "APC__Back-UPS_XS_1200__newhidups__2.0.5__01": PowerState.MAINS,
    "APC__Back-UPS_XS_1200__usbhid-ups__2.2.0__01": PowerState.MAINS,
    "Best_Power__Patriot_Pro_II_400__nutdrv_qx__2.7.4__01": PowerState.MAINS,
    "Cyber_Power_Systems__CP1000AVRLCD__usbhid-ups__2.4.1__01": PowerState.MAINS,
    "Eaton__5E2200USB-LA__nutdrv_qx__2.7.4.1__01": PowerState.MAINS,
    "Eaton__5PX_2000__usbhid-ups__2.7.4__01": PowerState.MAINS,
    "FSP__EP1000__blazer_usb__2.4.3__01": PowerState.MAINS,
    "HP__R1500_G2__bcmxcp__2.4.1__01": PowerState.MAINS,
    "MGE_UPS_SYSTEMS__Pulsar_1500__mge-shut__2.6.5__01": PowerState.MAINS,
    "Tripp_Lite__G1010USB__usbhid-ups__2.4.3__01": PowerState.MAINS,
    "Tripp_Lite__SU6000RT4U__usbhid-ups__2.1.0__01": PowerState.LOW_BATTERY,
}
"""By hand from the status words; whether they are credible is for the self-test to say.

A dump that is not in the table is only held against its words.
"""
NUMBERS = {
    "input_voltage_v": "input.voltage",
    "battery_voltage_v": "battery.voltage",
    "charge_percent": "battery.charge",
    "load_percent": "ups.load",
    "runtime_s": "battery.runtime",
}
STAND_INS = ("driver.", "device.", "ups.mfr", "ups.model")
"""What dummy-ups says of itself."""

pytestmark = pytest.mark.skipif(not DUMPS.is_dir(), reason="shared UPS dumps not present")


def read_dump(path):
    """Variables of a dump: `name: value`, remarks cut off."""
    variables = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        if colon and not name.startswith(STAND_INS):
            variables[name.strip()] = value.strip()
    return variables


def dump_names():
    return sorted(path.stem for path in DUMPS.glob("*.dev"))


@pytest.fixture(scope="module")
def served(make_peer):
    """A NUT that serves all dumps, and the name of each in it."""
    peer = make_peer()
    names = {}
    for number, dump in enumerate(dump_names()):
        names[dump] = f"u{number:02d}"
        path = peer.folder / f"{names[dump]}.dev"
        path.write_bytes((DUMPS / f"{dump}.dev").read_bytes())
        peer.add(names[dump], "dummy-ups", path, mode="dummy-once")
    peer.start()
    return peer, names


@pytest.mark.parametrize("dump", dump_names())
def test_every_variable_of_every_dump(served, pynut2, dump):
    peer, names = served
    with NutUps("ups", NutUpsOptions(port=peer.port, ups=names[dump])) as ups:
        reading = ups.read_power(timeout_s=5.0)

    assert reading.variables == peer.upsc(names[dump])
    judge = pynut2.PyNUTClient("127.0.0.1", peer.port).list_vars(names[dump])
    assert reading.variables == judge

    told = read_dump(DUMPS / f"{dump}.dev")
    shown = {name: value.strip() for name, value in reading.variables.items() if name in told}
    assert shown == told
    assert len(told) > 10


@pytest.mark.parametrize("dump", dump_names())
def test_state_and_numbers_of_every_dump(served, dump):
    peer, names = served
    with NutUps("ups", NutUpsOptions(port=peer.port, ups=names[dump])) as ups:
        reading = ups.read_power(timeout_s=5.0)
    told = read_dump(DUMPS / f"{dump}.dev")
    assert reading.state is STATES.get(dump, reading.state)
    words = told.get("ups.status", "").split()
    assert (reading.state is PowerState.MAINS) == ("OL" in words and "OB" not in words)
    for attribute, name in NUMBERS.items():
        assert getattr(reading, attribute) == read_number(told.get(name))
