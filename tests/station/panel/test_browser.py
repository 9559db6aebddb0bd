"""The panel in a real browser: a whole resident by keyboard only, and no barrier on any page."""

import math

import pytest
from playwright.sync_api import Browser, Page, expect

from drivers.simulation.behaviour import Behaviour
from drivers.simulation.scene import Scene
from station.recording import Step, StepState
from station.register import CaseState
from tests.station.panel.browsing import (
    CHROMIUM,
    NIK,
    STEP_LIMIT_MS,
    assert_no_barrier,
    begin_case,
    fill_biodata,
    keep_picture,
    sign_in,
    tab_to,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]


@pytest.mark.parametrize(
    ("language", "nik", "not_yet_sent"),
    [("id", NIK, "belum terkirim"), ("en", "6171015505910021", "not yet sent")],
)
def test_a_whole_resident_is_recorded_by_keyboard_only(
    rig, page: Page, language: str, nik: str, not_yet_sent: str
) -> None:
    sign_in(page, rig.url, "penyelia", rig.passwords["penyelia"])
    page.goto(f"{rig.url}/preferences?language={language}&back=/")
    keep_picture(page, "home")
    assert_no_barrier(page, "home")
    page.keyboard.press("Enter")  # the start button has the focus
    page.wait_for_url("**/new")
    assert_no_barrier(page, "new")
    fill_biodata(page, nik)
    keep_picture(page, f"new-{language}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*/portrait")
    assert page.locator("html").get_attribute("lang") == language
    for step in Step:
        page.wait_for_url(f"**/{step.value}", timeout=STEP_LIMIT_MS)
        expect(page.locator("[data-key=next]")).to_be_visible(timeout=STEP_LIMIT_MS)
        assert_pictures_load(page, ".stage img, .side img")
        keep_picture(page, f"step-{step.value}-{language}")
        assert_no_barrier(page, step.value)
        check_exception_dialog(page, step)
        page.keyboard.press("Enter")
    page.wait_for_url("**/review")
    assert_pictures_load(page, "main img")
    keep_picture(page, f"review-{language}")
    assert_no_barrier(page, "review")
    page.keyboard.press("Enter")
    page.wait_for_url("**/result", timeout=STEP_LIMIT_MS)
    keep_picture(page, f"result-{language}")
    assert_no_barrier(page, "result")
    expect(page.locator("main")).to_contain_text(not_yet_sent)
    (row,) = rig.station.find_earlier(nik)
    assert row.state is CaseState.OFFERED


def assert_pictures_load(page: Page, selector: str) -> None:
    """Scroll to each picture (some load lazily) and wait until it has pixels."""
    pictures = page.locator(selector)
    assert pictures.count() > 0
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        handle = picture.element_handle()
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=handle)


def check_exception_dialog(page: Page, step: Step) -> None:
    """Space on a finger opens its dialog, Esc closes it and the finger has the focus again."""
    if step is not Step.LEFT_SLAP:
        return
    finger = page.locator("g.finger[data-part=left_ring]")
    finger.focus()
    page.keyboard.press("Space")
    expect(page.locator("#except")).to_be_visible()
    assert_no_barrier(page, "exception dialog")
    page.keyboard.press("Escape")
    expect(page.locator("#except")).to_be_hidden()
    expect(finger).to_be_focused()
    page.locator("[data-key=next]").focus()


def test_the_residents_window_has_no_barrier_while_capturing(rig, page: Page) -> None:
    sign_in(page, rig.url, "petugas", rig.passwords["petugas"])
    page.goto(rig.url + "/new")
    fill_biodata(page, nik="6171015505910044")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*/portrait")
    case = page.url.rpartition("/")[0]
    window = page.context.new_page()
    for step in ("irises", "signature"):
        page.goto(f"{case}/{step}")
        window.goto(rig.url + "/warga")
        keep_picture(window, f"warga-{step}")
        assert_no_barrier(window, f"warga at {step}")


PAGES = {
    "petugas": ("/", "/new", "/recordings", "/devices", "/warga"),
    "penyelia": ("/", "/recordings", "/devices", "/audit", "/operators"),
    "teknisi": ("/", "/devices"),
}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("user_name", PAGES)
def test_no_page_has_a_barrier(rig, page: Page, user_name: str, language: str) -> None:
    page.goto(rig.url + "/login")
    assert_no_barrier(page, "login")
    sign_in(page, rig.url, user_name, rig.passwords[user_name])
    if language == "en":
        page.locator("a[href*='language=en']").first.click()
    for path in PAGES[user_name]:
        page.goto(rig.url + path)
        assert page.locator("html").get_attribute("lang") == language
        keep_picture(page, f"{user_name}{path.replace('/', '-')}-{language}")
        assert_no_barrier(page, f"{user_name} {path} {language}")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1024, 600)])
def test_nothing_is_wider_than_the_screen(rig, browser: Browser, width: int, height: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark")
    page = context.new_page()
    sign_in(page, rig.url, "penyelia", rig.passwords["penyelia"])
    for path in PAGES["penyelia"]:
        page.goto(rig.url + path)
        keep_picture(page, f"dark-{width}{path.replace('/', '-')}")
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, path
    context.close()


@pytest.mark.parametrize(
    ("language", "nik"), [("id", "6171015505910031"), ("en", "6171015505910032")]
)
def test_a_missed_portrait_is_accepted_and_a_step_is_owed_by_keyboard(
    rig, page: Page, language: str, nik: str
) -> None:
    scene = Scene.shared(rig.folder.name)
    scene.set_behaviour(Behaviour(closed_eyes=True))
    case = begin_case(page, rig, nik, language)
    opener = page.locator("[data-open=accept]")
    expect(opener).to_be_visible(timeout=STEP_LIMIT_MS)
    keep_picture(page, f"missed-portrait-{language}")
    assert_no_barrier(page, "missed portrait")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#accept")).to_be_visible()
    keep_picture(page, f"dialog-accept-{language}")
    assert_no_barrier(page, "accept dialog")
    tab_to(page, "kind")
    page.keyboard.press("Space")
    tab_to(page, "note")
    page.keyboard.type("kelopak mata luka")
    page.keyboard.press("Enter")
    expect(page.locator("[data-key=next]")).to_be_visible(timeout=STEP_LIMIT_MS)
    scene.set_behaviour(Behaviour(absent=True))
    page.goto(case + "/left_slap")
    page.locator(".actions [data-open=owe]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#owe")).to_be_visible()
    keep_picture(page, f"dialog-owe-{language}")
    assert_no_barrier(page, "owe dialog")
    tab_to(page, "reason")
    page.keyboard.type("kabel putus")
    page.keyboard.press("Enter")
    page.wait_for_url("**/right_slap")
    scene.set_behaviour(Behaviour())
    opened = rig.station.case(case.rsplit("/", 1)[1])
    assert opened.step_state(Step.PORTRAIT) is StepState.BEST_OF
    assert opened.step_state(Step.LEFT_SLAP) is StepState.OWED


@pytest.mark.parametrize(
    ("language", "nik"), [("id", "6171015505910041"), ("en", "6171015505910042")]
)
def test_without_a_pad_the_resident_signs_on_the_screen(
    rig_without_pad, page: Page, language: str, nik: str
) -> None:
    case = begin_case(page, rig_without_pad, nik, language)
    page.goto(case + "/signature")
    box = page.locator("ink-pad canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    for turn in range(60):
        across = 0.2 + 0.6 * turn / 60
        down = 0.5 + 0.2 * math.sin(turn * 0.9)
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_timeout(10 if turn % 10 else 200)  # the hand rests now and then
    page.mouse.up()
    keep_picture(page, f"screen-signature-{language}")
    assert_no_barrier(page, "screen signature")
    page.locator("[data-key=capture]").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-key=next]")).to_be_visible(timeout=STEP_LIMIT_MS)
    keep_picture(page, f"screen-signature-kept-{language}")
    opened = rig_without_pad.station.case(case.rsplit("/", 1)[1])
    (kept,) = opened.kept(Step.SIGNATURE)
    assert kept.device.model == "Screen signature"
    assert opened.step_state(Step.SIGNATURE) is StepState.DONE
