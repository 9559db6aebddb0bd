"""How the tests drive the panel in a real browser: by keyboard, as an operator would."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

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


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield opened
        opened.close()


@contextmanager
def watched_page(browser: Browser) -> Iterator[Page]:
    """A page; whatever it reports as an error fails the test at the end."""
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


def begin_case(page: Page, rig, nik: str, language: str) -> str:
    """Begin a recording by keyboard; return the address of its case."""
    sign_in(page, rig.url, "petugas", rig.passwords["petugas"])
    page.goto(f"{rig.url}/preferences?language={language}&back=/new")
    fill_biodata(page, nik)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*/portrait")
    return page.url.removesuffix("/portrait")
