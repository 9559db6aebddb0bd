"""The devices page tells what was pulled out and plugged in, without being loaded again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from drivers.simulation.scene import Scene
from tests.station.panel.browsing import CHROMIUM, keep_picture, sign_in
from tests.station.panel.conftest import PanelRig, RigOptions, serve_panel
from tests.station.told_plugs import ToldPlugs

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]
CHANGE_LIMIT_MS = 30_000  # the page asks every 4 s
NEVER_S = 600.0


@pytest.fixture
def plugs() -> ToldPlugs:
    return ToldPlugs()


@pytest.fixture
def rig(tmp_path: Path, plugs: ToldPlugs, monkeypatch: pytest.MonkeyPatch) -> Iterator[PanelRig]:
    """A station that looks for devices only when it is told of plugging."""
    monkeypatch.setattr("station.device_room.PROBE_INTERVAL_S", NEVER_S)
    with serve_panel(tmp_path, RigOptions(watch_plugging=plugs)) as served:
        yield served


def test_a_scanner_that_is_pulled_out_and_plugged_in_again(
    rig: PanelRig, plugs: ToldPlugs, page: Page
) -> None:
    faults = Scene.shared(rig.folder.name).faults_of("scanner")
    sign_in(page, rig.url, "teknisi", rig.passwords["teknisi"])
    page.goto(rig.url + "/devices")
    page.evaluate("window.wasReloaded = false")
    card = page.locator("#cards .device").filter(has_text="sim_scanner")
    expect(card).to_contain_text("Pemindai sidik jari")
    expect(card).to_contain_text("siap", ignore_case=True, timeout=CHANGE_LIMIT_MS)

    faults.add("unplug_at")
    plugs.tell(has_come=False)
    expect(card).to_contain_text("tidak terhubung", ignore_case=True, timeout=CHANGE_LIMIT_MS)
    expect(card).to_contain_text("Pemindai sidik jari")
    keep_picture(page, "scanner-pulled-out")

    faults.clear()
    plugs.tell(has_come=True)
    expect(card).to_contain_text("siap", ignore_case=True, timeout=CHANGE_LIMIT_MS)
    assert page.evaluate("window.wasReloaded") is False
