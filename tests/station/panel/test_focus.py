"""The keyboard focus stays where the operator put it, whatever the page does by itself."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from drivers.simulation.behaviour import Behaviour
from drivers.simulation.scene import Scene
from station.demo import DEMO_RESIDENT
from station.recording import Case, Step
from tests.station.panel.browsing import CHROMIUM, STEP_LIMIT_MS, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]
FINGER = "g.finger[data-part=left_ring]"
CONTROLS = (FINGER, "#actions [data-key=again]", "#rail a[href$=right_slap]", "[data-key=next]")


@pytest.fixture(scope="module")
def case(rig) -> Iterator[Case]:
    """A recording whose left hand is captured; the other steps are open."""
    who = rig.station.sign_in("petugas", rig.passwords["petugas"])
    begun = rig.station.start_case(who, DEMO_RESIDENT)
    live = rig.station.live(who, begun.case_id, Step.LEFT_SLAP)
    deadline_s = time.monotonic() + STEP_LIMIT_MS / 1000
    while not begun.is_settled(Step.LEFT_SLAP):
        assert time.monotonic() < deadline_s, live.latest()
        time.sleep(0.05)
    rig.station.stop_live()
    yield begun
    rig.station.abandon_case(who, begun.case_id, "selesai menguji")


@pytest.fixture
def nobody_there(rig) -> Iterator[None]:
    """Nobody before the devices: an open step captures nothing and stays open for other tests."""
    scene = Scene.shared(rig.folder.name)
    scene.set_behaviour(Behaviour(absent=True))
    yield
    rig.station.stop_live()
    scene.set_behaviour(Behaviour())


def open_step(page: Page, rig, case: Case, step: Step) -> None:
    sign_in(page, rig.url, "petugas", rig.passwords["petugas"])
    page.goto(f"{rig.url}/cases/{case.case_id}/{step}", wait_until="commit")


def swap_side(page: Page, control: str) -> None:
    """Let the page fetch the results anew; wait until the old control is no longer there."""
    old = page.locator(control).element_handle()
    page.evaluate("document.getElementById('side').dispatchEvent(new Event('attempt-stored'))")
    page.wait_for_function("old => !old.isConnected", arg=old)


@pytest.mark.usefixtures("nobody_there")
def test_a_closed_dialog_takes_the_focus_from_nobody(rig, case, page: Page) -> None:
    """The event of closing comes a frame later; the operator may have moved on in between."""
    open_step(page, rig, case, Step.LEFT_SLAP)
    page.locator(FINGER).focus()
    page.keyboard.press("Space")
    expect(page.locator("#except")).to_be_visible()
    page.evaluate(
        """() => new Promise((done) => {
            const dialog = document.getElementById("except");
            dialog.addEventListener("close", () => setTimeout(done));
            dialog.close();
            document.querySelector("[data-key=next]").focus();
        })"""
    )
    expect(page.locator("[data-key=next]")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/right_slap", wait_until="commit")


@pytest.mark.parametrize("control", CONTROLS)
def test_results_that_arrive_leave_the_focus_where_it_is(
    rig, case, page: Page, control: str
) -> None:
    open_step(page, rig, case, Step.LEFT_SLAP)
    page.locator(control).focus()
    swap_side(page, control)
    expect(page.locator(control)).to_be_focused()


def test_the_device_strip_leaves_the_focus_where_it_is(rig, case, page: Page) -> None:
    open_step(page, rig, case, Step.LEFT_SLAP)
    again = page.locator("#actions [data-key=again]")
    with page.expect_event("requestfinished", lambda asked: asked.url.endswith("/strip")):
        again.focus()
    page.wait_for_timeout(200)  # the swap follows the answer
    expect(again).to_be_focused()


def test_a_finger_that_was_replaced_under_its_dialog_has_the_focus_again(
    rig, case, page: Page
) -> None:
    open_step(page, rig, case, Step.LEFT_SLAP)
    page.locator(FINGER).focus()
    page.keyboard.press("Space")
    expect(page.locator("#except")).to_be_visible()
    swap_side(page, FINGER)
    page.keyboard.press("Escape")
    expect(page.locator("#except")).to_be_hidden()
    expect(page.locator(FINGER)).to_be_focused()


@pytest.mark.usefixtures("nobody_there")
def test_the_main_key_has_the_focus_before_the_pictures_come_and_keeps_nobody(
    rig, case, page: Page
) -> None:
    held: list[Route] = []
    page.route("**/live.mjpg*", lambda route: held.append(route))
    open_step(page, rig, case, Step.RIGHT_SLAP)
    expect(page.locator("[data-key=capture]")).to_be_focused()
    owe = page.locator("#actions [data-open=owe]")
    owe.focus()
    held[0].continue_()
    page.wait_for_load_state("load")
    expect(owe).to_be_focused()


def test_an_attempt_stored_before_the_events_are_open_is_shown(rig, case, page: Page) -> None:
    held: list[Route] = []
    page.route("**/events", lambda route: held.append(route))
    open_step(page, rig, case, Step.THUMBS)
    deadline_s = time.monotonic() + STEP_LIMIT_MS / 1000
    while not case.attempts(Step.THUMBS):
        assert time.monotonic() < deadline_s
        page.wait_for_timeout(50)
    expect(page.locator("[data-key=capture]")).to_be_visible()
    held[0].continue_()
    expect(page.locator(".attempts li")).to_have_count(1)


@pytest.mark.parametrize(
    ("focused", "afterwards"),
    [
        ("[data-key=capture]", ".veil a"),
        ("#rail a[href$=right_slap]", "#rail a[href$=right_slap]"),
    ],
)
def test_a_device_that_fails_takes_the_focus_from_the_capture_key_only(
    rig, case, page: Page, focused: str, afterwards: str
) -> None:
    scene = Scene.shared(rig.folder.name)
    slot = next(one for one in rig.station.devices.slots() if one.device.kind == "iris_camera")
    scene.set_behaviour(Behaviour(absent=True))
    open_step(page, rig, case, Step.IRISES)
    expect(page.locator(".stage")).to_have_attribute("data-state", "previewing")
    page.locator(focused).focus()
    scene.faults_of(slot.name).add("unplug_at")
    expect(page.locator(".veil")).to_be_visible(timeout=STEP_LIMIT_MS)
    expect(page.locator(afterwards)).to_be_focused()
    scene.faults_of(slot.name).clear()
    scene.set_behaviour(Behaviour())
