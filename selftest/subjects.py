"""What a component is on this bench: its devices, the drives, or the computer."""

from selftest.bench import Bench
from selftest.drives import Drive
from selftest.errors import NotReadyError
from selftest.owner import Owner
from selftest.subject import Subject

KINDS = {
    "scanner": "fingerprint_scanner",
    "camera": "face_camera",
    "iris": "iris_camera",
    "pad": "signature_pad",
    "card": "card_reader",
    "ups": "power_supply",
}
"""Component of the self-test and the configuration's kind of device."""


def owners_of(bench: Bench, component: str) -> tuple[Owner, ...]:
    """Return one owner per unit; where there is none, one whose checks say so."""
    if component in KINDS:
        found = [device for device in bench.devices if device.kind == KINDS[component]]
        owners = [Owner(Subject(bench, device), device) for device in found]
    elif component == "drive":
        owners = [Owner(Subject(bench, drive=drive)) for drive in _drives(bench)]
    else:
        owners = []
    return tuple(owners) or (Owner(Subject(bench)),)


def _drives(bench: Bench) -> tuple[Drive, ...]:
    try:
        return bench.find_drives()
    except NotReadyError:  # DSK-001 says why
        return ()
