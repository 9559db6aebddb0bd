"""The udev rules know every USB device that a driver knows."""

import importlib
import re
from pathlib import Path

from drivers.catalog import driver_names

RULES = Path(__file__).parents[3] / "station" / "deploy" / "udev" / "70-ktpel-devices.rules"
MATCH = re.compile(r'ATTR\{idVendor\}=="([0-9a-f]{4})", ATTR\{idProduct\}=="([0-9a-f]{4})"')
ASSIGNMENT = re.compile(r'[A-Z]+(\{[^}]+\})?(==|=|\+=)"[^"]*"')


def test_every_usb_id_of_every_driver_has_a_rule_and_no_rule_is_idle():
    known = set()
    for name in driver_names():
        usb_ids = getattr(importlib.import_module(f"drivers.models.{name}"), "USB_IDS", ())
        known |= {str(usb_id) for usb_id in usb_ids}
    ruled = {f"{vendor}:{product}" for vendor, product in MATCH.findall(RULES.read_text())}
    assert ruled == known
    assert "05ba:000a" in ruled


def test_every_line_is_a_rule_and_every_jump_has_its_label():
    text = RULES.read_text()
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    for rule in rules:
        assert all(ASSIGNMENT.fullmatch(part) for part in rule.split(", ")), rule
    labels = set(re.findall(r'LABEL="(\w+)"', text))
    assert set(re.findall(r'GOTO="(\w+)"', text)) == labels


def test_nobody_else_gets_the_devices():
    assert set(re.findall(r'MODE="(\d+)"', RULES.read_text())) == {"0660"}
