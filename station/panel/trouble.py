"""Which error becomes which answer: one table, no handler catches errors itself.

The page says cause and next step in the operator's language. For htmx the same words come as a
notice that is put into the page's trouble line.
"""

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from drivers.errors import DriverError
from selftest.errors import NoReportError, UnknownCodeError
from station import errors, refusals
from station.panel.access import (
    BadTokenError,
    NotSignedInError,
    WrongRoleError,
    get_guest,
    get_state,
    login_redirect,
)
from station.panel.i18n import N_, Translator
from station.panel.ink import BadInkError
from station.panel.live_words import failure_text
from station.panel.security import HEADERS
from station.panel.visit import Visit, local_path
from station.recording import IllegalMoveError

STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.LockedOutError, 429),
    (errors.WrongCredentialsError, 401),
    (errors.AccountError, 422),
    (errors.BadBiodataError, 422),
    (errors.NikFormError, 422),
    (BadInkError, 422),
    (errors.DiskFullError, 507),
    (errors.DiskGateError, 507),
    (errors.UnknownCaseError, 404),
    (errors.UnknownPartError, 404),
    (errors.NotYourDraftError, 403),
    (errors.RegisterError, 409),
    (refusals.NotAllowedError, 403),
    (refusals.NoSuchCaseError, 404),
    (refusals.NotEligibleError, 422),
    (refusals.RefusalError, 409),
    (IllegalMoveError, 409),
    (errors.StationError, 500),
    (DriverError, 503),
)
TITLES = {
    400: N_("Alamat tidak dikenal"),
    401: N_("Belum dapat masuk"),
    403: N_("Tidak diizinkan"),
    404: N_("Tidak ditemukan"),
    405: N_("Tidak ditemukan"),
    409: N_("Tidak dapat dilakukan sekarang"),
    422: N_("Isian belum benar"),
    429: N_("Tunggu sebentar"),
    500: N_("Stasiun mengalami kesalahan"),
    503: N_("Perangkat tidak dapat dipakai"),
    507: N_("Ruang disk kurang"),
}
TEXTS = {
    403: N_("Peran Anda tidak mengizinkan halaman atau tindakan ini. Mintalah penyelia."),
    404: N_("Halaman ini tidak ada. Kembali ke beranda dan pilih dari menu."),
    405: N_("Halaman ini tidak ada. Kembali ke beranda dan pilih dari menu."),
    422: N_("Ada isian yang kosong atau salah bentuk. Kembali dan periksa."),
    500: N_(
        "Yang sudah tersimpan tetap aman. Ulangi; bila terulang, catat waktunya dan hubungi "
        "teknisi."
    ),
}
BAD_TOKEN_TEXT = N_("Halaman ini sudah lama terbuka. Muat ulang halaman, lalu ulangi tindakan.")
LOGIN_PATH = "/login"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error says to a person."""

    status: int
    code: str
    text: str


def install_answers(app: FastAPI) -> None:
    """Register one handler for every kind of error."""
    app.add_exception_handler(NotSignedInError, _answer_not_signed_in)
    for kind in (
        errors.StationError,
        DriverError,
        BadTokenError,
        WrongRoleError,
        NoReportError,
        UnknownCodeError,
        RequestValidationError,
        HTTPException,
        Exception,
    ):
        app.add_exception_handler(kind, _answer)


def describe(error: Exception, say: Translator) -> Trouble:
    """Return status, code and words for an error."""
    if isinstance(error, (errors.StationError, DriverError)):
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        return Trouble(status, error.issue_id, failure_text(error, say))
    if isinstance(error, BadTokenError):
        return Trouble(403, "WEB-403", say(BAD_TOKEN_TEXT))
    status = _plain_status(error)
    return Trouble(status, f"WEB-{status}", say(TEXTS.get(status, TEXTS[500])))


def _plain_status(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, (NoReportError, UnknownCodeError)):
        return 404
    if isinstance(error, WrongRoleError):
        return 403
    return _validation_status(error) if isinstance(error, RequestValidationError) else 500


def _validation_status(error: RequestValidationError) -> int:
    """Tell an address that does not parse (no such page) from a form that is wrong."""
    is_address = any(item["loc"][0] in {"path", "query"} for item in error.errors())
    return 404 if is_address else 422


async def _answer_not_signed_in(request: Request, _: Exception) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": LOGIN_PATH})
    if "text/html" in request.headers.get("accept", ""):
        return login_redirect(request)
    return PlainTextResponse("sign in first\n", status_code=401)


async def _answer(request: Request, error: Exception) -> Response:
    visit = get_guest(request, get_state(request))
    trouble = describe(error, visit.say)
    answer = _fragment(visit, trouble) if visit.is_fragment else await _page(visit, trouble)
    answer.headers.update(HEADERS)  # an unexpected error is answered outside the guard
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _fragment(visit: Visit, trouble: Trouble) -> Response:
    answer = visit.page("_trouble.html", **_words(visit, trouble))
    answer.status_code = trouble.status
    answer.headers["HX-Retarget"] = "#trouble"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


async def _page(visit: Visit, trouble: Trouble) -> Response:
    path, method = visit.request.url.path, visit.request.method
    if method == "POST" and path == LOGIN_PATH:
        form = await visit.request.form()
        user_name = str(form.get("user_name", ""))[:64]
        answer = visit.page("login.html", trouble=trouble.text, user_name=user_name, back="/")
    else:
        answer = visit.page("error.html", **_words(visit, trouble))
    answer.status_code = trouble.status
    return answer


def _words(visit: Visit, trouble: Trouble) -> dict[str, object]:
    is_get = visit.request.method == "GET"
    referer = visit.request.headers.get("referer", "")
    return {
        "error_title": visit.say(TITLES.get(trouble.status, TITLES[500])),
        "error_text": trouble.text,
        "error_code": trouble.code,
        "error_back": visit.request.url.path if is_get else _path_of(referer),
        "error_back_text": visit.say("Coba lagi") if is_get else visit.say("Kembali"),
    }


def _path_of(address: str) -> str:
    parts = address.split("/", 3)
    return local_path(f"/{parts[3]}") if len(parts) == 4 else "/"
