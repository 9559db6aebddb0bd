"""An open case, as the sources of captures see it."""

from collections.abc import Iterator

import pytest

from drivers.simulation.scene import Scene
from station.build import build_station
from station.config import CONFIG_NAME, StationConfig, write_default
from station.demo import DEMO_RESIDENT
from station.operators import Role
from station.sources.context import OpenCase
from station.station import Station

PASSWORD = "sandi-uji-lagi"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("sources-station")
    write_default(folder / CONFIG_NAME, code="61.71.01", name="Contoh", simulated=True)
    built = build_station(StationConfig.load(folder / CONFIG_NAME))
    built.operators.add("petugas", "Petugas", Role.OPERATOR, PASSWORD)
    yield built
    built.close()


@pytest.fixture
def opened(station: Station) -> Iterator[OpenCase]:
    who = station.sign_in("petugas", PASSWORD)
    case = station.start_case(who, DEMO_RESIDENT)
    yield station._opened_case(case.case_id)
    station.abandon_case(who, case.case_id, "uji")


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A scene of its own for each test, with the backdrop that the resident's age asks for."""
    name = f"sources-{request.node.name}"
    made = Scene.shared(name)
    made.set_birth_date(DEMO_RESIDENT.birth_date)
    yield made
    Scene.forget(name)
