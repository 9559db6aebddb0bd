"""One service for the tests of a file."""

import pytest

from drivers.simulation.behaviour import COOPERATIVE
from drivers.simulation.scene import Scene
from tests.station.sbi.serving import serving


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("sbi")) as running:
        yield running


@pytest.fixture
def scene():
    """What is before the simulated devices; cooperative again afterwards."""
    shared = Scene.shared("default")
    yield shared
    shared.set_behaviour(COOPERATIVE)
