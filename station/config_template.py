"""The text of a new station.toml, with what can be set."""

from collections.abc import Sequence

_HEAD = """\
# Configuration of a recording station. Times in seconds. No secrets belong in here.

[station]
code = {code}            # sub-district (kecamatan) where this station stands
name = {name}
set_number = 1           # which of the office's recording sets
language = "id"          # "id" or "en": what the panel shows first

[panel]                  # the control panel, for this machine only
host = "127.0.0.1"
port = {panel_port}

[pull]                   # where the central system pulls; set the address of its network
host = "127.0.0.1"
port = {pull_port}

[recording]
order = {order}
max_attempts = 3         # for each step, before the best is kept
capture_timeout_s = 30.0
auto_capture = true      # capture by itself when the picture is good

[package]
recipients = []          # further age recipients, beside those of the centre's enrolment

[selftest]
boot = {boot}             # check at the start and once a day, in the background
nightly = "{nightly}"        # local time; "" for never
"""

_SIMULATED_DEVICES = (
    ("fingerprint_scanner", "scanner", "sim_scanner", '{ model = "slap" }'),
    ("face_camera", "camera", "sim_camera", "{}"),
    ("iris_camera", "iris", "sim_iris", "{}"),
    ("signature_pad", "pad", "sim_pad", "{}"),
    ("power_supply", "ups", "sim_ups", "{}"),
)

_NO_DEVICES = """
# Devices, one table for each. `python -m drivers list` shows the drivers and their options.
# [[devices]]
# kind = "fingerprint_scanner"   # or face_camera, iris_camera, signature_pad, power_supply
# name = "scanner"
# driver = "uareu4500"
# options = {}
"""


def default_text(
    code: str, name: str, *, order: Sequence[str], ports: tuple[int, int], simulated: bool
) -> str:
    """Return the text of a new file; `ports` are those of the panel and of the pull interface."""
    head = _HEAD.format(
        code=_quoted(code),
        name=_quoted(name),
        panel_port=ports[0],
        pull_port=ports[1],
        boot=str(not simulated).lower(),  # devices for practice have nothing that could be broken
        nightly="" if simulated else "02:00",
        order="[" + ", ".join(_quoted(step) for step in order) + "]",
    )
    if not simulated:
        return head + _NO_DEVICES
    return head + "".join(_device_table(*device) for device in _SIMULATED_DEVICES)


def _device_table(kind: str, name: str, driver: str, options: str) -> str:
    return (
        f"\n[[devices]]\nkind = {_quoted(kind)}\nname = {_quoted(name)}\n"
        f"driver = {_quoted(driver)}\noptions = {options}\n"
    )


def _quoted(text: str) -> str:
    """Write a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in escaped)
    return f'"{shown}"'
