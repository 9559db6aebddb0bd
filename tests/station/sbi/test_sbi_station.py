"""A station whose scanner, iris camera and face camera stand behind an SBI service: the whole path.

Nothing of the station knows that its devices speak SBI; the service is our own, with simulated
devices, in this process.
"""

import json
import re

import pytest

from drivers.simulation.scene import Scene
from station import demo
from station.config import CONFIG_NAME, StationConfig
from station.durable import write_private
from tests.station.sbi.serving import serving

LIMIT_S = 120.0  # a step; each capture goes over HTTP, on machines that are shared
DRIVERS = {"sim_scanner": "mosip_sbi", "sim_iris": "mosip_sbi_iris", "sim_camera": "mosip_sbi_face"}


class SbiDemonstration(demo._Demonstration):
    """The demonstration with three devices exchanged in its configuration."""

    served = None

    def _configure(self, centre):
        super()._configure(centre)
        place = self._folder / "station" / CONFIG_NAME
        root, port = self.served.root, self.served.port
        options = f'options = {{ trust_roots = "{root}", port = {port}, env = "Developer" }}'
        text = place.read_text(encoding="utf-8")
        for simulated, driver in DRIVERS.items():
            text, count = re.subn(
                rf'driver = "{simulated}"\noptions = .*',
                f'driver = "{driver}"\n{options}',
                text,
            )
            assert count == 1
        write_private(place, text.encode())
        return StationConfig.load(place)


@pytest.mark.slow
def test_a_resident_is_recorded_sealed_and_pulled(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "STEP_LIMIT_S", LIMIT_S)
    Scene.shared("default").set_birth_date(demo.DEMO_RESIDENT.birth_date)
    said = []
    with serving(tmp_path / "sbi") as served:
        shown = SbiDemonstration(tmp_path / "demo", said.append, None)
        shown.served = served
        shown.run()
    assert said[-1].startswith("done")
    captures = [line for line in said if "capture:" in line]
    assert len(captures) == 7
    record = next((tmp_path / "demo" / "opened").rglob("record.json"))
    assert "Virtual slap scanner" in json.dumps(json.loads(record.read_text(encoding="utf-8")))
