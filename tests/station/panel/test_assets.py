"""Style sheets and scripts are kept by the browser for good, and fetched anew after an update."""

import re

import httpx2
import pytest

from station.panel.assets import STATIC_FOLDER, versioned_path

LASTING = "public, max-age=31536000, immutable"


@pytest.fixture
def login_page(rig) -> str:
    return httpx2.get(f"{rig.url}/login").text


def test_an_empty_folder_has_an_address(tmp_path):
    assert re.fullmatch(r"/static/[0-9a-f]{16}", versioned_path(tmp_path))


def test_the_address_follows_content_and_names(tmp_path):
    def put(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return versioned_path(tmp_path)

    seen = [put("a.css", "one"), put("a.css", "two"), put("b.css", "two")]
    (tmp_path / "b.css").rename(tmp_path / "c.css")
    seen.append(versioned_path(tmp_path))
    assert len(set(seen)) == 4
    (tmp_path / "c.css").rename(tmp_path / "b.css")
    assert versioned_path(tmp_path) == seen[2], "nothing but names and content counts"


def test_what_a_page_names_is_there_and_lasts(rig, login_page):
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', login_page))
    assert {path.rpartition("/")[2] for path in named} >= {"theme.css", "panel.js", "htmx.min.js"}
    for path in named:
        assert path.startswith(f"{versioned_path()}/")
        answer = httpx2.get(rig.url + path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, LASTING)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_module_finds_the_modules_it_imports(rig):
    for script in STATIC_FOLDER.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', script.read_text(encoding="utf-8")):
            assert httpx2.get(f"{rig.url}{versioned_path()}/{name}").status_code == 200


def test_what_is_not_there_is_not_remembered(rig):
    for path in (f"{versioned_path()}/none.css", "/static/0123456789abcdef/theme.css"):
        answer = httpx2.get(rig.url + path)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_the_address_that_stays_the_same_is_asked_again_each_time(rig):
    answer = httpx2.get(f"{rig.url}/static/icons/chevron.svg")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert answer.headers["etag"]


def test_pages_are_never_kept(rig):
    for path in ("/login", "/nowhere", "/warga"):
        assert httpx2.get(rig.url + path).headers["cache-control"] == "no-store"
