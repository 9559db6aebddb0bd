"""The panel in a real browser: a whole resident by keyboard only, and no barrier on any page."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

from station.recording import Step
from station.register import CaseState

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STEP_LIMIT_MS = 45_000
NIK = "6171015505910003"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: note_problem(problems, message))
    opened.on("response", lambda answer: note_answer(problems, answer))
    yield opened
    context.close()
    assert problems == []


def note_answer(problems: list[str], answer: Response) -> None:
    """Keep what was refused, with its address."""
    if answer.status >= 400:
        problems.append(f"{answer.status} {answer.url}")


def note_problem(problems: list[str], message: ConsoleMessage) -> None:
    """Keep what the page reports as an error, for instance something our policy stopped."""
    if message.type == "error":
        problems.append(message.text)


def keep_picture(page: Page, name: str) -> None:
    """Leave a screenshot where the environment asks for it."""
    folder = os.environ.get("PANEL_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def assert_no_barrier(page: Page, where: str) -> None:
    # Without "preload": axe would read the style sheets again, from wrong addresses.
    found = Axe().run(page, options={"preload": False})
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"


def sign_in(page: Page, url: str, user_name: str, password: str) -> None:
    """Sign in by keyboard: the first field has the focus."""
    page.goto(url + "/login")
    expect(page.locator("[name=user_name]")).to_be_focused()
    page.keyboard.type(user_name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)


def tab_to(page: Page, name: str, most: int = 40) -> None:
    """Press Tab until the field of that name has the focus."""
    for _ in range(most):
        if page.evaluate("document.activeElement.getAttribute('name')") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the field '{name}' cannot be reached by Tab")


def fill_biodata(page: Page, nik: str = NIK) -> None:
    """Fill the form of a new recording by keyboard."""
    fields = {
        "nik": nik,
        "full_name": "WARGA CONTOH",
        "birth_place": "PONTIANAK",
        "birth_date": "15-05-1991",
        "address": "JL. CONTOH 1",
        "rt_rw": "001/002",
        "village": "CONTOH",
        "occupation": "PETANI",
    }
    for name, text in fields.items():
        tab_to(page, name)
        page.keyboard.type(text)
        if name == "full_name":
            tab_to(page, "sex")
            page.keyboard.press("ArrowRight")


def test_a_whole_resident_is_recorded_by_keyboard_only(rig, page: Page) -> None:
    sign_in(page, rig.url, "penyelia", rig.passwords["penyelia"])
    keep_picture(page, "home")
    assert_no_barrier(page, "home")
    page.keyboard.press("Enter")  # the start button has the focus
    page.wait_for_url("**/new")
    assert_no_barrier(page, "new")
    fill_biodata(page)
    keep_picture(page, "new")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*/portrait")
    for step in Step:
        page.wait_for_url(f"**/{step.value}", timeout=STEP_LIMIT_MS)
        expect(page.locator("[data-key=next]")).to_be_visible(timeout=STEP_LIMIT_MS)
        keep_picture(page, f"step-{step.value}")
        assert_no_barrier(page, step.value)
        check_exception_dialog(page, step)
        page.keyboard.press("Enter")
    page.wait_for_url("**/review")
    keep_picture(page, "review")
    assert_no_barrier(page, "review")
    page.keyboard.press("Enter")
    page.wait_for_url("**/result", timeout=STEP_LIMIT_MS)
    keep_picture(page, "result")
    assert_no_barrier(page, "result")
    expect(page.locator("main")).to_contain_text("belum terkirim")
    rows = rig.station.register.all()
    assert [row.state for row in rows] == [CaseState.OFFERED]
    assert rig.station.find_earlier(NIK) == rows


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
