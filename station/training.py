"""The virtual resident of a station with simulated devices: made to fit the biodata entered.

Only `build.py` makes one, and only where the configuration names simulated devices.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.simulation.scene import Scene
from station.resident import Resident


class Training:
    """Sets the scene that the simulated devices see."""

    def __init__(self, scene_name: str) -> None:
        self.scene = Scene.shared(scene_name)

    def prepare(self, resident: Resident) -> None:
        """Put the backdrop up that this resident's birth year asks for."""
        self.scene.set_birth_date(resident.birth_date)

    @contextmanager
    def empty_room(self) -> Iterator[None]:
        """Let the resident wait outside for the block: nobody may touch a device under test."""
        behaviour = self.scene.behaviour
        self.scene.set_behaviour(dataclasses.replace(behaviour, absent=True))
        try:
            yield
        finally:
            self.scene.set_behaviour(behaviour)
