"""The pages on a real station: biodata, moves of a step, review, states and errors."""

import re
import time
from datetime import datetime

import httpx2
import pytest

from drivers.simulation.behaviour import Behaviour
from drivers.simulation.scene import Scene
from station.case_states import CaseState
from station.panel.rows import count_today
from station.recording import Step, StepState

BIODATA = {
    "full_name": "WARGA CONTOH",
    "birth_place": "PONTIANAK",
    "birth_date": "15-05-1991",
    "sex": "P",
    "address": "JL. CONTOH 1",
    "rt_rw": "001/002",
    "village": "CONTOH",
    "district_code": "61.71.01",
    "religion": "ISLAM",
    "marital_status": "KAWIN",
    "occupation": "PETANI",
    "nationality": "WNI",
}
ATTEMPT_LIMIT_S = 30.0


class Panel:
    """A signed-in browser without a screen, against the rig's own server."""

    def __init__(self, rig, user_name: str, language: str = "id") -> None:
        self.rig = rig
        self.client = httpx2.Client(base_url=rig.url, timeout=20.0)
        self.client.cookies.set("language", language)
        form = {"user_name": user_name, "password": rig.passwords[user_name]}
        self.client.post("/login", data=form, headers={"Origin": rig.url})
        self.token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/").text)[1]

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.client.get(path, headers=headers)

    def post(self, path: str, *, as_htmx: bool = False, **form: str) -> httpx2.Response:
        headers = {"Origin": self.rig.url, "Referer": f"{self.rig.url}/recordings"}
        if as_htmx:
            headers |= {"HX-Request": "true", "X-CSRF-Token": self.token}
        else:
            form["csrf_token"] = self.token
        return self.client.post(path, data=form, headers=headers)

    def begin(self, nik: str, **changes: str) -> httpx2.Response:
        return self.post("/new", **{**BIODATA, "nik": nik, **changes})


@pytest.fixture
def panel(rig):
    opened = Panel(rig, "petugas")
    yield opened
    rig.station.stop_live()
    for row in rig.station.open_cases():
        opened.get(f"/cases/{row.case_id}")
        opened.post(f"/cases/{row.case_id}/abandon", note="selesai menguji")
    opened.client.close()


def case_id_of(answer: httpx2.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[2]


def test_a_nik_is_explained_and_a_mismatch_is_flagged(panel):
    answer = panel.post("/new/nik", as_htmx=True, nik="6171015505910003", **{**BIODATA, "sex": "L"})
    assert answer.status_code == 200
    assert "15 Mei 1991" in answer.text
    assert "Perempuan" in answer.text
    assert "periksa KK" in answer.text, "the sex does not fit"
    assert "swatch-red" in answer.text


def test_half_a_nik_is_no_error(panel):
    assert panel.post("/new/nik", as_htmx=True, nik="61710").status_code == 200
    assert panel.post("/new/nik", as_htmx=True, nik="").status_code == 200


def test_bad_fields_are_named_and_the_rest_is_kept(panel):
    answer = panel.begin("123", full_name="", birth_date="31-02-1991")
    assert answer.status_code == 422
    for name in ("nik", "full_name", "birth_date"):
        assert f'id="{name}-problem"' in answer.text
    assert "JL. CONTOH 1" in answer.text
    assert panel.rig.station.open_cases() == ()


def test_a_child_is_refused_with_the_reason(panel):
    year = time.gmtime().tm_year - 15
    nik = f"61710115{5:02d}{year % 100:02d}0001"
    answer = panel.begin(nik, birth_date=f"15-05-{year}", sex="L", marital_status="BELUM KAWIN")
    assert answer.status_code == 422
    assert "belum 16 tahun" in answer.text


def test_a_second_recording_of_a_nik_is_warned_of_before_any_capture(panel):
    nik = "6171015505910011"
    case_id_of(panel.begin(nik))
    typed = panel.post("/new/nik", as_htmx=True, nik=nik, **BIODATA)
    assert "DUPLICATE_RECORD" in typed.text
    answer = panel.begin(nik)
    assert answer.status_code == 422
    assert "DUPLICATE_RECORD" in answer.text
    assert len(panel.rig.station.open_cases()) == 1


def test_exceptions_owed_steps_and_review(panel):
    case_id = case_id_of(panel.begin("6171015505910012"))
    base = f"/cases/{case_id}"
    answer = panel.post(
        f"{base}/left_slap/exceptions", part="left_ring", kind="bandaged", note="luka"
    )
    assert answer.status_code == 303
    page = panel.get(f"{base}/left_slap").text
    assert "Jari manis kiri: dikecualikan" in page
    answer = panel.post(f"{base}/irises/owe", reason="kamera iris rusak")
    assert answer.headers["location"].startswith(f"{base}/next")
    review = panel.get(f"{base}/review").text
    assert "kamera iris rusak" in review
    assert "Dibalut: luka" in review
    assert "Pas foto: belum direkam" in review
    assert panel.post(f"{base}/seal").status_code == 409
    panel.post(f"{base}/left_slap/exceptions/lift", part="left_ring")
    case = panel.rig.station.case(case_id)
    assert case.exceptions == {}
    assert case.step_state(Step.IRISES) is StepState.OWED


def test_a_capture_arrives_with_its_thumbnail(panel):
    case_id = case_id_of(panel.begin("6171015505910013"))
    base = f"/cases/{case_id}/left_slap"
    with panel.client.stream("GET", f"{base}/live.mjpg") as stream:
        assert stream.headers["content-type"].startswith("multipart/x-mixed-replace")
        # Kept and read on, as a browser does: a dropped iterator closes the connection, and a view
        # that nobody watches is stopped.
        pictures = stream.iter_bytes()
        assert next(pictures).startswith(b"--frame\r\nContent-Type: image/jpeg")
        panel.post(f"{base}/capture", as_htmx=True)
        deadline_s = time.monotonic() + ATTEMPT_LIMIT_S
        case = panel.rig.station.case(case_id)
        while not case.attempts(Step.LEFT_SLAP) and time.monotonic() < deadline_s:
            next(pictures)
    work = panel.get(f"{base}/work", **{"HX-Request": "true"}).text
    assert 'hx-swap-oob="true"' in work
    address = re.search(r'src="(/cases/[^"]+/attempts/[^"]+)"', work)[1].replace("&amp;", "&")
    picture = panel.get(address)
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.content.startswith(b"\xff\xd8")
    assert panel.get(address.replace("/1/", "/99/")).status_code == 404


def test_events_say_what_to_do(panel):
    case_id = case_id_of(panel.begin("6171015505910014"))
    with panel.client.stream("GET", f"/cases/{case_id}/portrait/events") as stream:
        text = ""
        for part in stream.iter_text():
            text += part
            if "\r\n\r\n" in text:
                break
    assert text.startswith("event: view")
    assert '"tone"' in text


def read_until(stream: httpx2.Response, word: str) -> str:
    text = ""
    for part in stream.iter_text():
        text += part
        if word in text:
            return text
    return text


def test_a_device_that_is_gone_is_said_and_found_again(rig, panel):
    case_id = case_id_of(panel.begin("6171015505910022"))
    base = f"/cases/{case_id}/irises"
    slot = next(one for one in rig.station.devices.slots() if one.device.kind == "iris_camera")
    faults = Scene.shared(rig.folder.name).faults_of(slot.name)
    faults.add("unplug_at")
    panel.get(base)
    with panel.client.stream("GET", f"{base}/events") as stream:
        failure = read_until(stream, '"issue"')
    assert "event: failed" in failure
    assert "kabel" in failure
    faults.clear()
    assert panel.get(base).status_code == 200
    with panel.client.stream("GET", f"{base}/events") as stream:
        assert "event: view" in read_until(stream, "event: view")


def test_the_wrong_hand_passes_no_finger(rig, panel):
    scene = Scene.shared(rig.folder.name)
    scene.set_behaviour(Behaviour(wrong_hand=True))
    case_id = case_id_of(panel.begin("6171015505910023"))
    base = f"/cases/{case_id}/left_slap"
    with panel.client.stream("GET", f"{base}/live.mjpg") as stream:
        pictures = stream.iter_bytes()  # kept and read on: an unwatched view is stopped
        next(pictures)
        panel.post(f"{base}/capture", as_htmx=True)
        case = rig.station.case(case_id)
        deadline_s = time.monotonic() + ATTEMPT_LIMIT_S
        while not case.attempts(Step.LEFT_SLAP) and time.monotonic() < deadline_s:
            next(pictures)
    scene.set_behaviour(Behaviour())
    page = panel.get(base).text
    assert "tangan keliru" in page
    assert 'class="finger is-low" data-part="left_index"' in page
    assert 'class="finger is-good"' not in page


def test_a_live_view_nobody_watches_ends(panel):
    case_id = case_id_of(panel.begin("6171015505910015"))
    with panel.client.stream("GET", f"/cases/{case_id}/portrait/live.mjpg") as stream:
        next(stream.iter_bytes())
    live = panel.rig.station.live(
        panel.rig.station.operators.sign_in("petugas", panel.rig.passwords["petugas"]),
        case_id,
        Step.PORTRAIT,
    )
    deadline_s = time.monotonic() + 10.0
    while live.is_running and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert not live.is_running


def test_abandoning_needs_a_reason_and_ends_the_draft(panel):
    case_id = case_id_of(panel.begin("6171015505910016"))
    assert panel.post(f"/cases/{case_id}/abandon", note="").status_code == 422
    assert panel.post(f"/cases/{case_id}/abandon", note="warga pulang").status_code == 303
    assert panel.rig.station.register.get(case_id).state is CaseState.ABANDONED
    answer = panel.get(f"/cases/{case_id}/portrait")
    assert answer.status_code in (403, 404)
    assert "Kode" in answer.text


def test_errors_say_cause_and_next_step_in_the_chosen_language(rig, panel):
    assert "Kembali ke beranda" in panel.get("/nowhere").text
    answer = panel.get("/cases/no-such-case/portrait")
    assert answer.status_code in (403, 404)
    english = Panel(rig, "petugas", language="en")
    assert "Go home" in english.get("/nowhere").text
    fragment = english.post("/cases/none/portrait/capture", as_htmx=True)
    assert fragment.headers["hx-retarget"] == "#trouble"
    assert "<html" not in fragment.text
    english.client.close()


def test_a_bad_signature_is_refused(panel):
    case_id = case_id_of(panel.begin("6171015505910017"))
    address = f"/cases/{case_id}/signature/signature"
    for strokes in ("[]", "[[]]", "x", "[[[1,2,3]]]", '[[[1,2,0.5,"a"]]]', "[[[NaN,1,1,1]]]"):
        answer = panel.post(address, strokes=strokes, geometry="[120, 60]")
        assert answer.status_code == 422
        assert "sekali lagi" in answer.text
    assert panel.rig.station.case(case_id).attempts(Step.SIGNATURE) == ()


def test_a_signature_drawn_on_the_screen_is_kept(panel):
    case_id = case_id_of(panel.begin("6171015505910018"))
    wave = [[20 + i * 0.7, 30 + 12 * ((i // 6) % 2) + i % 6, 0.5, i * 0.02] for i in range(100)]
    answer = panel.post(
        f"/cases/{case_id}/signature/signature", strokes=f"[{wave}]", geometry="[120, 60]"
    )
    assert answer.status_code == 303
    attempts = panel.rig.station.case(case_id).attempts(Step.SIGNATURE)
    assert len(attempts) == 1
    assert panel.get(f"/cases/{case_id}/signature").status_code == 200


def test_the_residents_window_shows_nobody_without_a_session(rig, panel):
    case_id_of(panel.begin("6171015505910019"))
    stranger = httpx2.get(f"{rig.url}/warga")
    assert stranger.status_code == 200
    assert "WARGA CONTOH" not in stranger.text
    assert httpx2.get(f"{rig.url}/warga/marker").json() == {"marker": "rest"}


def test_the_residents_window_follows_the_operator(panel):
    case_id = case_id_of(panel.begin("6171015505910020"))
    panel.get(f"/cases/{case_id}/portrait")
    assert panel.get("/warga/marker").json()["marker"].endswith("/portrait/live")
    assert "is-mirrored" in panel.get("/warga").text
    panel.get("/")
    assert panel.get("/warga/marker").status_code == 200


def test_a_supervisor_adds_and_closes_an_account(rig):
    panel = Panel(rig, "penyelia")
    form = {"user_name": "baru", "display_name": "Petugas Baru", "role": "operator"}
    assert panel.post("/operators", **form, password="pendek").status_code == 422
    assert panel.post("/operators", **form, password="sandi-yang-panjang").status_code == 303
    added = next(one for one in rig.station.operators.all() if one.user_name == "baru")
    assert "Petugas Baru" in panel.get("/operators").text
    assert panel.post(f"/operators/{added.operator_id}/deactivate").status_code == 303
    assert not rig.station.operators.get(added.operator_id).is_active
    assert "operator_added" in panel.get("/audit").text
    panel.client.close()


def test_a_package_set_aside_is_said_on_the_home_page_until_it_is_gone(rig):
    aside = rig.station.config.paths.spool / ".aside" / ("d" * 32)
    for user_name in ("petugas", "teknisi"):
        panel = Panel(rig, user_name)
        assert "disisihkan" not in panel.get("/").text
        aside.mkdir(parents=True)
        assert "perekamannya: 1. Jangan hapus apa pun" in panel.get("/").text
        aside.rmdir()
        panel.client.close()


def test_counters_follow_the_register(rig, panel):
    case_id_of(panel.begin("6171015505910021"))
    register = rig.station.register
    row = register.all()[0]
    moment = datetime.fromisoformat(row.created_at)
    counts = count_today(register.all(), register.counts(), moment)
    assert counts.open == 1
    assert counts.today >= 1
