"""One device hangs in its driver for minutes; the office goes on with all the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from station.live import SILENT_LIMIT_S
from station.recording import Step, StepState
from tests.station.panel.browsing import (
    CHROMIUM,
    NIK,
    STEP_LIMIT_MS,
    begin_case,
    keep_picture,
    tab_to,
)
from tests.station.panel.conftest import PanelRig
from tests.station.panel.hanging import HangingClock, serve_with_hanging_iris

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]
PAGES = ("/", "/new", "/recordings", "/devices", "/warga")
# The camera hangs until the test lets it go, so whoever waited for it would wait longer than this.
WAIT_LIMIT_MS = 1000 * SILENT_LIMIT_S
SETTLE_LIMIT_MS = 4 * WAIT_LIMIT_MS


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[PanelRig, HangingClock]]:
    with serve_with_hanging_iris(tmp_path) as serving:
        yield serving


def test_pages_load_and_fingers_are_captured_while_the_iris_camera_hangs(
    served: tuple[PanelRig, HangingClock], page: Page
) -> None:
    rig, clock = served
    case = begin_case(page, rig, NIK, "id")
    page.goto(case + "/irises")
    assert clock.hangs.wait(WAIT_LIMIT_MS / 1000)
    devices = page.context.new_page()
    for path in PAGES:
        devices.goto(rig.url + path, timeout=WAIT_LIMIT_MS)

    page.goto(case + "/left_slap", timeout=WAIT_LIMIT_MS)
    expect(page.locator("[data-key=next]")).to_be_visible(timeout=STEP_LIMIT_MS)
    opened = rig.station.case(case.rsplit("/", 1)[1])
    assert opened.step_state(Step.LEFT_SLAP) is StepState.DONE

    devices.goto(rig.url + "/devices", timeout=WAIT_LIMIT_MS)
    devices.evaluate("window.wasReloaded = false")
    card = devices.locator("#cards .device").filter(has_text="sim_iris")
    expect(card).to_contain_text("tidak menjawab", ignore_case=True, timeout=SETTLE_LIMIT_MS)
    keep_picture(devices, "hung-iris")

    owe_irises(page, case)
    assert opened.step_state(Step.IRISES) is StepState.OWED

    clock.let_go()
    expect(card).not_to_contain_text("tidak menjawab", ignore_case=True, timeout=SETTLE_LIMIT_MS)
    assert devices.evaluate("window.wasReloaded") is False


def owe_irises(page: Page, case: str) -> None:
    """Go on without the camera, by keyboard."""
    page.goto(case + "/irises", timeout=WAIT_LIMIT_MS)
    page.locator(".actions [data-open=owe]").focus()
    page.keyboard.press("Enter")
    tab_to(page, "reason")
    page.keyboard.type("kamera macet")
    page.keyboard.press("Enter")
    page.wait_for_url("**/signature", timeout=WAIT_LIMIT_MS)
