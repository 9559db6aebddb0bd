"""Options that all simulated devices share."""

from typing import ClassVar

from pydantic import field_validator

from drivers.devices import DeviceOptions
from drivers.simulation.faults import parse_fault


class SimulatedOptions(DeviceOptions):
    """Scene and faults of a simulated device."""

    fault_kind: ClassVar[str]
    """Kind of device whose faults are allowed; set by each driver's options."""

    scene: str = "default"
    """Name of the scene; devices of one scene see the same resident."""
    seed: str = ""
    """Makes this unit differ from others of its name (fixed pattern, place of defects)."""
    faults: tuple[str, ...] = ()
    """For instance ``["dead_column", "residue=3", "unplug_at=20"]``."""

    @field_validator("faults")
    @classmethod
    def _are_known(cls, faults: tuple[str, ...]) -> tuple[str, ...]:
        for text in faults:
            parse_fault(text, kind=cls.fault_kind)
        return faults
