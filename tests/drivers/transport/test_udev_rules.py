"""The udev rules know every USB device that a driver names."""

import re
from pathlib import Path

from drivers.catalog import driver_names, load_driver
from drivers.known_devices import usb_drivers
from drivers.transport.udev_rules import write_rules
from drivers.transport.usb import UsbId

RULES = Path(__file__).parents[3] / "station" / "deploy" / "udev" / "70-ktpel-devices.rules"
MATCH = re.compile(r'ATTR\{idVendor\}=="([0-9a-f]{4})", ATTR\{idProduct\}=="([0-9a-f]{4})"')
ASSIGNMENT = re.compile(r'[A-Z]+(\{[^}]+\})?(==|=|\+=)"[^"]*"')
DRIVERS_FOLDER = Path(__file__).parents[3] / "drivers"


def test_the_file_is_what_the_drivers_name_today():
    """After a change: python -m drivers udev-rules > station/deploy/udev/70-ktpel-devices.rules."""
    assert RULES.read_text() == write_rules(usb_drivers())


def test_no_usb_id_in_the_drivers_sources_is_left_out():
    """Looks at the text, so that an id which the generator cannot see is found too."""
    written = re.compile(r"UsbId\(0x([0-9A-Fa-f]{4}), 0x([0-9A-Fa-f]{4})\)")
    named = {
        f"{vendor}:{product}".lower()
        for folder in ("models", "protocols")
        for path in (DRIVERS_FOLDER / folder).glob("*.py")
        for vendor, product in written.findall(path.read_text())
    }
    ruled = {f"{vendor}:{product}" for vendor, product in MATCH.findall(RULES.read_text())}
    assert {"05ba:000a", "056a:00a8", "04df:0012"} <= named
    assert ruled == named


def test_each_id_leads_to_drivers_that_look_for_usb():
    for usb_id, names in usb_drivers().items():
        assert isinstance(usb_id, UsbId)
        assert set(names) <= set(driver_names())
        assert all(load_driver(name).find_attached() is not None for name in names)
    assert usb_drivers()[UsbId(0x05BA, 0x000A)] == ("uareu4500",)


def test_every_line_is_a_rule_and_every_jump_has_its_label():
    text = RULES.read_text()
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    for rule in rules:
        assert all(ASSIGNMENT.fullmatch(part) for part in rule.split(", ")), rule
    labels = set(re.findall(r'LABEL="(\w+)"', text))
    assert set(re.findall(r'GOTO="(\w+)"', text)) == labels


def test_nobody_else_gets_the_devices():
    assert set(re.findall(r'MODE="(\d+)"', RULES.read_text())) == {"0660"}
