"""What the pull interface answers when it cannot do what was asked: RFC 9457 problem details.

Every body has `status`, `title`, `detail` (what happened), `code` (for programs) and `next_step`.
The full list of codes is `CODES`; a test asks for each of them.
"""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from station.answers import MalformedAnswerError, MismatchedAnswerError, UntrustedAnswerError
from station.inbox import InboxFullError

MEDIA_TYPE = "application/problem+json"

CODES: Mapping[str, tuple[HTTPStatus, str]] = {
    "unknown_path": (HTTPStatus.NOT_FOUND, "See the interface description for the paths."),
    "method_not_allowed": (HTTPStatus.METHOD_NOT_ALLOWED, "Use a method named in Allow."),
    "bad_query": (HTTPStatus.BAD_REQUEST, "Correct the named parameter."),
    "unknown_package": (HTTPStatus.NOT_FOUND, "List the packages; it may never have been here."),
    "unknown_part": (HTTPStatus.NOT_FOUND, "A package has the parts a and b."),
    "part_removed": (HTTPStatus.GONE, "The package was receipted and purged; nothing to fetch."),
    "part_damaged": (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Go on with other packages; the station's disk needs a technician.",
    ),
    "range_not_satisfiable": (
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "Ask for a range that begins within the part; its size is in Content-Range.",
    ),
    "precondition_failed": (HTTPStatus.PRECONDITION_FAILED, "Fetch the manifest again."),
    "body_too_large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A receipt or notice is short."),
    "body_too_slow": (HTTPStatus.REQUEST_TIMEOUT, "Send the body again in one go."),
    "malformed_answer": (HTTPStatus.BAD_REQUEST, "Send a compact JWS as FORMAT.md describes."),
    "untrusted_answer": (
        HTTPStatus.FORBIDDEN,
        "Sign with a key from the enrolment file that this station has imported.",
    ),
    "mismatched_answer": (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Read the package's manifest again and name exactly that package.",
    ),
    "other_receipt_known": (
        HTTPStatus.CONFLICT,
        "The first receipt stands. Compare both; the station has raised an alarm.",
    ),
    "other_notice_known": (HTTPStatus.CONFLICT, "Give a different notice a new notice id."),
    "inbox_full": (HTTPStatus.SERVICE_UNAVAILABLE, "Try later; the station process is not up."),
    "storage_failed": (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Try later; if it lasts, the station's disk needs a technician.",
    ),
    "unknown_report": (HTTPStatus.NOT_FOUND, "List the reports."),
    "no_checkpoint": (HTTPStatus.NOT_FOUND, "Try later; the station has not written one yet."),
}
_CODES_BY_ERROR: Mapping[type[Exception], str] = {
    MalformedAnswerError: "malformed_answer",
    UntrustedAnswerError: "untrusted_answer",
    MismatchedAnswerError: "mismatched_answer",
    InboxFullError: "inbox_full",
    OSError: "storage_failed",
}
RETRY_AFTER_S = "60"


class PullProblem(Exception):  # noqa: N818 - named as RFC 9457 names it; it becomes a response
    """A request is answered with this problem."""

    def __init__(self, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})


def problem_response(problem: PullProblem) -> JSONResponse:
    """Return the response for a problem."""
    status, next_step = CODES[problem.code]
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": problem.code,
        "detail": problem.detail,
        "next_step": next_step,
    }
    headers = {"cache-control": "no-store", **problem.headers}
    return JSONResponse(body, status.value, headers=headers, media_type=MEDIA_TYPE)


def install_problems(app: FastAPI) -> None:
    """Make every refusal of the application a problem body."""

    def on_problem(_request: Request, error: Exception) -> Response:
        assert isinstance(error, PullProblem)  # noqa: S101 - registered for this class only
        return problem_response(error)

    def on_error(_request: Request, error: Exception) -> Response:
        kind = next(kind for kind in _CODES_BY_ERROR if isinstance(error, kind))
        is_passing = issubclass(kind, InboxFullError | OSError)
        headers = {"retry-after": RETRY_AFTER_S} if is_passing else {}
        return problem_response(PullProblem(_CODES_BY_ERROR[kind], str(error), headers))

    app.add_exception_handler(PullProblem, on_problem)
    for kind in _CODES_BY_ERROR:
        app.add_exception_handler(kind, on_error)
    app.add_exception_handler(RequestValidationError, _on_bad_query)
    app.add_exception_handler(HTTPException, _on_routing)


def _on_bad_query(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return problem_response(PullProblem("bad_query", f"{place}: {first['msg']}"))


def _on_routing(request: Request, error: Exception) -> Response:
    """Answer what the router refused: no such path, or no such method on it."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not allowed on {request.url.path}"
        return problem_response(PullProblem("method_not_allowed", detail, error.headers))
    return problem_response(PullProblem("unknown_path", f"there is no {request.url.path}"))
