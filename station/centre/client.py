"""Speak with one station's pull interface: pinned certificate, capped answers, patient retries."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from station.answers import PackageId, Sha256Hex, StationCode
from station.centre.errors import StationRefusedError, StationUnreachableError
from station.centre.keys import CentreKeys
from station.centre.retry import Patience
from station.centre.stations import StationIdentity

MAX_LISTING_BYTES = 8 * 1024 * 1024
MAX_MANIFEST_JWS_BYTES = 768 * 1024
"""512 KiB of manifest in base64, header and signature."""
MAX_SMALL_BYTES = 1024 * 1024
PAGE = 500
_PASSING = frozenset({408, 429, 502, 503, 504})
ModelT = TypeVar("ModelT", bound=BaseModel)


class LinkCutError(Exception):
    """The connection broke, or the station asked to come later; try again."""

    def __init__(self, reason: str, *, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class _Read(BaseModel):
    # a newer station may say more than this centre reads
    model_config = ConfigDict(frozen=True, extra="ignore")


class ListedPart(_Read):
    """One part as the station lists it; the signed manifest has the last word."""

    name: Literal["a", "b"]
    size_bytes: Annotated[int, Field(ge=0)]


class ListedPackage(_Read):
    """One package as the station lists it."""

    sequence: Annotated[int, Field(ge=1)]
    package_id: PackageId
    manifest_sha256: Sha256Hex
    is_purged: bool
    parts: tuple[ListedPart, ...]


class Listing(_Read):
    """One page of packages."""

    station_code: StationCode
    has_more: bool
    last_sequence: int
    packages: tuple[ListedPackage, ...]


class ListedReport(_Read):
    """One repair report as the station lists it."""

    sequence: Annotated[int, Field(ge=0)]
    sha256: Sha256Hex


class ReportListing(_Read):
    """One page of repair reports."""

    has_more: bool
    reports: tuple[ListedReport, ...]


class TakenReceipt(_Read):
    """What the station answers to a receipt."""

    verdict: Literal["accepted", "rejected"]


class StationClient:
    """An open line to one station; use it in a `with` block, in one thread."""

    def __init__(
        self, url: str, station: StationIdentity, keys: CentreKeys, patience: Patience
    ) -> None:
        policy = patience.policy
        self._code = station.station_code
        self.patience = patience
        self.received_bytes = 0
        """Of part bodies."""
        self._http = httpx.Client(
            base_url=url,
            verify=_pinned(station, keys),
            timeout=httpx.Timeout(policy.silence_timeout_s, connect=policy.connect_timeout_s),
            headers={"accept-encoding": "identity"},
            trust_env=False,  # no proxy, no other authorities, whatever the environment says
        )

    def __enter__(self) -> Self:
        """Nothing is sent yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    def packages_after(self, sequence: int) -> Iterator[ListedPackage]:
        """Yield what the station offers above `sequence`, page by page."""
        has_more = True
        while has_more:
            path = f"/v1/packages?after={sequence}&limit={PAGE}"
            page = self._read_json(path, Listing, MAX_LISTING_BYTES)
            if page.station_code != self._code:
                msg = f"{self._http.base_url} serves station {page.station_code}, not {self._code}"
                raise StationUnreachableError(msg)
            yield from page.packages
            has_more = page.has_more and bool(page.packages)
            sequence = max([sequence, *(package.sequence for package in page.packages)])

    def manifest(self, package_id: str) -> str | None:
        """Return the signed manifest, or None if the station no longer has it."""
        answer = self._call("GET", f"/v1/packages/{package_id}/manifest", MAX_MANIFEST_JWS_BYTES)
        if answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return None
        return _checked(answer).text

    def reports_after(self, number: int) -> Iterator[ListedReport]:
        """Yield the repair reports above `number`."""
        has_more = True
        while has_more:
            path = f"/v1/reports?after={number}&limit={PAGE}"
            page = self._read_json(path, ReportListing, MAX_LISTING_BYTES)
            yield from page.reports
            has_more = page.has_more and bool(page.reports)
            number = max([number, *(report.sequence for report in page.reports)])

    def report(self, number: int) -> bytes:
        """Return one repair report."""
        return _checked(self._call("GET", f"/v1/reports/{number}", MAX_LISTING_BYTES)).content

    def checkpoint(self) -> str | None:
        """Return the signed head of the audit log, or None before the first."""
        answer = self._call("GET", "/v1/audit/checkpoint", MAX_SMALL_BYTES)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _checked(answer).text

    def health(self) -> dict[str, Any]:
        """Return what the station says about itself."""
        return dict(_checked(self._call("GET", "/v1/health", MAX_SMALL_BYTES)).json())

    def put_receipt(self, package_id: str, receipt_jws: str) -> Literal["accepted", "rejected"]:
        """Hand a receipt over and return its verdict; StationRefusedError: it was not taken."""
        path = f"/v1/packages/{package_id}/receipt"
        answer = self._read_json(path, TakenReceipt, MAX_SMALL_BYTES, receipt_jws.encode())
        return answer.verdict

    def put_notice(self, notice_jws: str) -> None:
        """Hand a notice over."""
        _checked(self._call("PUT", "/v1/notices", MAX_SMALL_BYTES, notice_jws.encode()))

    @contextmanager
    def part(
        self, package_id: str, name: str, *, start: int, tag: str
    ) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Give (offset of the first byte, pieces) of a part from `start` on.

        The offset is 0 where the station sends everything. Raises LinkCutError to try again,
        StationRefusedError where that is useless. Does not retry by itself.
        """
        headers = {"range": f"bytes={start}-", "if-range": tag} if start else {}
        path = f"/v1/packages/{package_id}/parts/{name}"
        with _translated(), self._http.stream("GET", path, headers=headers) as answer:
            if answer.status_code in _PASSING:
                raise _later(answer)
            if not answer.is_success:
                answer.read()
                _checked(answer)
            offset = start if answer.status_code == HTTPStatus.PARTIAL_CONTENT else 0
            yield offset, self._counted(answer.iter_raw())

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.received_bytes += len(piece)
            yield piece

    def _read_json(
        self, path: str, model: type[ModelT], cap_bytes: int, body: bytes | None = None
    ) -> ModelT:
        """Ask with GET, or PUT where there is a body, and read the answer as `model`."""
        answer = _checked(self._call("GET" if body is None else "PUT", path, cap_bytes, body))
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            msg = f"{path} of station {self._code} is not what was agreed: {error.errors()[0]}"
            raise StationRefusedError(msg) from error

    def _call(
        self, method: str, path: str, cap_bytes: int, body: bytes | None = None
    ) -> httpx.Response:
        """Ask until there is an answer; every call here may be repeated safely."""
        while True:
            try:
                answer = self._once(method, path, cap_bytes, body)
            except LinkCutError as error:
                if not self.patience.failed(least_wait_s=error.wait_s):
                    msg = f"station {self._code} at {self._http.base_url}: {error}; try later"
                    raise StationUnreachableError(msg) from error
            else:
                self.patience.progressed()
                return answer

    def _once(self, method: str, path: str, cap_bytes: int, body: bytes | None) -> httpx.Response:
        with _translated(), self._http.stream(method, path, content=body) as answer:
            if answer.status_code in _PASSING:
                raise _later(answer)
            content = bytearray()
            for piece in answer.iter_raw():
                content += piece
                if len(content) > cap_bytes:
                    msg = f"{path} of station {self._code} is larger than {cap_bytes} bytes"
                    raise StationRefusedError(msg)
            return httpx.Response(
                answer.status_code,
                headers=answer.headers,
                content=bytes(content),
                request=answer.request,
            )


def _pinned(station: StationIdentity, keys: CentreKeys) -> ssl.SSLContext:
    """Return a context that believes exactly one server certificate and shows ours."""
    if station.tls_certificate_pem is None:
        msg = f"station {station.station_code} was imported without a certificate: courier only"
        raise StationUnreachableError(msg)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # the certificate itself is the anchor and may issue nothing: no name needs to fit, so a
    # station is reached by any address, through any tunnel
    context.check_hostname = False
    context.load_verify_locations(cadata=station.tls_certificate_pem)
    context.load_cert_chain(keys.client_certificate, keys.client_key)
    return context


@contextmanager
def _translated() -> Iterator[None]:
    """Tell a link that may come back from a door that stays shut."""
    try:
        yield
    except httpx.TransportError as error:
        cause = _tls_cause(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            msg = (
                "the server shows another certificate than the one imported for this station; "
                "ask the station, then trust its new identity file"
            )
            raise StationUnreachableError(msg) from error
        if cause is not None and "ALERT" in (cause.reason or ""):
            msg = f"the station refuses our client certificate ({cause.reason})"
            raise StationRefusedError(msg) from error
        raise LinkCutError(f"{type(error).__name__}: {error}{_hint(error)}") from error


def _hint(error: httpx.TransportError) -> str:
    """With TLS 1.3 a refused certificate may look like a cut: its alert can come too late."""
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return " (or the station refuses our client certificate)"
    return ""


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    found: BaseException | None = error
    while found is not None and not isinstance(found, ssl.SSLError):
        found = found.__cause__ or found.__context__
    return found


def _later(answer: httpx.Response) -> LinkCutError:
    asked = answer.headers.get("retry-after", "")
    return LinkCutError(
        f"answer {answer.status_code}", wait_s=float(asked) if asked.isdigit() else 0.0
    )


def _checked(answer: httpx.Response) -> httpx.Response:
    """Return a good answer; raise what a refusal says."""
    if answer.is_success:
        return answer
    problem = _problem(answer)
    msg = f"{answer.request.url.path}: {answer.status_code} {problem}"
    raise StationRefusedError(msg, status=answer.status_code)


def _problem(answer: httpx.Response) -> str:
    try:
        fields = answer.json()
        return f"{fields['code']}: {fields['detail']}"
    except (ValueError, KeyError, TypeError):
        return "without a reason"
