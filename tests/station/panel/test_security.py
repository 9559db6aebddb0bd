"""What another page, another host or a stranger sends is refused, on a real station."""

import re

import pytest
from starlette.testclient import TestClient

from station.accounts import Role
from station.demo import DEMO_RESIDENT
from station.panel.app import create_panel_app
from station.panel.security import MAX_BODY_BYTES
from station.panel.sessions import IDLE_LIMIT_S, Sessions
from station.panel.state import Showing
from station.panel.visit import SESSION_COOKIE, local_path
from station.recording import Step

PROTECTED = ("/", "/new", "/recordings", "/devices", "/audit", "/operators", "/strip", "/here")


class Hands:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def client(rig, clock):
    app = create_panel_app(rig.station, sessions=Sessions(clock))
    # No start and stop of the application: the live view belongs to the rig's own panel.
    return TestClient(app, base_url=rig.url, follow_redirects=False)


def sign_in(client, rig, user_name="petugas"):
    """Sign in and return the CSRF token that the pages carry."""
    form = {"user_name": user_name, "password": rig.passwords[user_name]}
    answer = client.post("/login", data=form, headers={"Origin": rig.url})
    assert answer.status_code == 303
    page = client.get("/").text
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "", "localhost:8461.evil"]
)
def test_a_wrong_host_is_refused(client, host):
    assert client.get("/login", headers={"Host": host}).status_code == 400


def test_the_own_hosts_are_served(client, rig):
    port = rig.url.rpartition(":")[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert client.get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_a_foreign_origin_is_refused(client, rig, headers):
    form = {"user_name": "petugas", "password": rig.passwords["petugas"]}
    assert client.post("/login", data=form, headers=headers).status_code == 403
    assert SESSION_COOKIE not in client.cookies


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_foreign_fetch_site_is_refused(client, rig, site):
    form = {"user_name": "petugas", "password": rig.passwords["petugas"]}
    headers = {"Origin": rig.url, "Sec-Fetch-Site": site}
    assert client.post("/login", data=form, headers=headers).status_code == 403


def test_only_forms_are_read(client, rig):
    answer = client.post("/login", json={"user_name": "x"}, headers={"Origin": rig.url})
    assert answer.status_code == 415


def test_a_huge_body_is_refused(client, rig):
    headers = {"Origin": rig.url, "Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/login", content=b"a" * (MAX_BODY_BYTES + 1), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", PROTECTED)
def test_nothing_is_shown_without_a_session(client, path):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    assert client.get(path, headers={"HX-Request": "true"}).headers["hx-redirect"] == "/login"
    assert client.get(path, headers={"Accept": "image/jpeg"}).status_code == 401


def test_a_made_up_cookie_opens_nothing(client):
    client.cookies.set(SESSION_COOKIE, "A" * 43)
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 303


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_an_unsafe_request_needs_the_token(client, rig, token):
    sign_in(client, rig)
    form = {} if token is None else {"csrf_token": token}
    answer = client.post("/logout", data=form, headers={"Origin": rig.url})
    assert answer.status_code == 403
    assert client.get("/").status_code == 200, "still signed in"


def test_the_token_is_taken_from_field_or_header(client, rig):
    token = sign_in(client, rig)
    headers = {"Origin": rig.url, "X-CSRF-Token": token}
    assert client.post("/new/nik", data={"nik": "6171"}, headers=headers).status_code == 200
    answer = client.post("/logout", data={"csrf_token": token}, headers={"Origin": rig.url})
    assert answer.status_code == 303
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 303


def test_a_token_of_another_session_is_refused(client, rig):
    first = sign_in(client, rig)
    sign_in(client, rig)
    answer = client.post("/logout", data={"csrf_token": first}, headers={"Origin": rig.url})
    assert answer.status_code == 403


def test_log_in_gives_a_new_id_and_ends_the_old(client, rig):
    sign_in(client, rig)
    before = client.cookies[SESSION_COOKIE]
    sign_in(client, rig)
    after = client.cookies[SESSION_COOKIE]
    assert before != after
    client.cookies.clear()
    headers = {"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={before}"}
    assert client.get("/", headers=headers).status_code == 303


def test_the_cookie_is_hidden_from_scripts_and_other_sites(client, rig):
    form = {"user_name": "petugas", "password": rig.passwords["petugas"]}
    cookie = client.post("/login", data=form, headers={"Origin": rig.url}).headers["set-cookie"]
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert "path=/" in cookie.lower()


def test_idleness_locks_and_polling_does_not_keep_it_open(client, rig, clock):
    sign_in(client, rig)
    for _ in range(12):
        clock.now_s += IDLE_LIMIT_S / 10
        client.get("/strip")
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 303


@pytest.fixture
def temporary(rig):
    """An account of its own, so that the others stay as they are."""
    name = f"sementara{len(rig.station.operators.all())}"
    return rig.station.operators.add(name, "Sementara", Role.OPERATOR, rig.passwords["petugas"])


def sign_in_as(client, rig, account):
    form = {"user_name": account.user_name, "password": rig.passwords["petugas"]}
    return client.post("/login", data=form, headers={"Origin": rig.url})


CHANGES = {
    "deactivated": lambda operators, who: operators.deactivate(who, actor="penyelia"),
    "other role": lambda operators, who: operators.change_role(
        who, Role.TECHNICIAN, actor="penyelia"
    ),
    "password reset": lambda operators, who: operators.reset_password(
        who, "sandi-uji-baru", actor="penyelia"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_session_ends_at_the_next_request_after_its_account_changed(
    client, rig, temporary, change
):
    sign_in_as(client, rig, temporary)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)[1]
    CHANGES[change](rig.station.operators, temporary.operator_id)
    form = {"csrf_token": token, "nik": "6171"}
    assert client.post("/new/nik", data=form, headers={"Origin": rig.url}).status_code == 401
    assert client.get("/strip", headers={"HX-Request": "true"}).headers["hx-redirect"] == "/login"
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 303


def test_who_is_reactivated_signs_in_anew(client, rig, temporary):
    sign_in_as(client, rig, temporary)
    operators = rig.station.operators
    operators.deactivate(temporary.operator_id, actor="penyelia")
    assert "/login" in client.get("/", headers={"Accept": "text/html"}).headers["location"]
    operators.reactivate(temporary.operator_id, actor="penyelia")
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 303
    assert sign_in_as(client, rig, temporary).status_code == 303
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 200


def test_the_residents_window_rests_after_the_operator_was_deactivated(client, rig, temporary):
    sign_in_as(client, rig, temporary)
    client.app.state.panel.showing = Showing("no-such-case", Step.PORTRAIT)
    assert client.get("/warga/marker").status_code == 404, "the session is asked for the case"
    rig.station.operators.deactivate(temporary.operator_id, actor="penyelia")
    assert client.get("/warga/marker").json() == {"marker": "rest"}


def test_whoever_signs_in_gives_open_recordings_to_those_who_lack_the_key(client, rig):
    who = rig.station.sign_in("petugas", rig.passwords["petugas"])
    case = rig.station.start_case(who, DEMO_RESIDENT)
    name = f"susulan{len(rig.station.operators.all())}"
    rig.station.operators.add(name, "Susulan", Role.SUPERVISOR, "sandi-uji-susulan")
    sign_in(client, rig, "petugas")
    late = rig.station.operators.sign_in(name, "sandi-uji-susulan")
    assert rig.station._rooms.drafts.unlock(case.case_id, late)
    rig.station.abandon_case(who, case.case_id, "selesai menguji")


def test_every_answer_carries_the_headers(client):
    for path in ("/login", "/nowhere", "/static/theme.css"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "data:" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
    assert client.get("/login").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("user_name", "path", "status"),
    [
        ("petugas", "/audit", 403),
        ("petugas", "/operators", 403),
        ("petugas", "/new", 200),
        ("penyelia", "/audit", 200),
        ("penyelia", "/operators", 200),
        ("teknisi", "/new", 403),
        ("teknisi", "/recordings", 403),
        ("teknisi", "/audit", 403),
        ("teknisi", "/devices", 200),
    ],
)
def test_roles_see_their_pages_only(client, rig, user_name, path, status):
    sign_in(client, rig, user_name)
    answer = client.get(path)
    assert answer.status_code == status
    if status == 403:
        assert "penyelia" in answer.text.lower()


def test_wrong_credentials_show_the_form_again(client, rig):
    form = {"user_name": "petugas", "password": "bukan-kata-sandi"}
    answer = client.post("/login", data=form, headers={"Origin": rig.url})
    assert answer.status_code == 401
    assert "salah" in answer.text
    assert "bukan-kata-sandi" not in answer.text
    assert SESSION_COOKIE not in client.cookies


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("/new", "/new"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
    ],
)
def test_the_way_back_stays_on_the_panel(given, taken):
    assert local_path(given) == taken
