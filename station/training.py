"""The virtual resident of a station with simulated devices: made to fit the biodata entered.

Only `build.py` makes one, and only where the configuration names simulated devices.
"""

from drivers.simulation.scene import Scene
from station.resident import Resident


class Training:
    """Sets the scene that the simulated devices see."""

    def __init__(self, scene_name: str) -> None:
        self.scene = Scene.shared(scene_name)

    def prepare(self, resident: Resident) -> None:
        """Put the backdrop up that this resident's birth year asks for."""
        self.scene.set_birth_date(resident.birth_date)
