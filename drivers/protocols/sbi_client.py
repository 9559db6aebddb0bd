"""The conversation with one device behind an SBI service: open, capture, preview.

    closed --open--> open --capture--> open          each capture is one exchange, never resent:
    open   --read_preview--> streaming --captured--> open   the previous one may still run (703)
    any    --close--> closed

The three drivers (scanner, iris camera, face camera) make frames of what is verified here.
"""

import time
import uuid
from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from drivers.errors import (
    CaptureCancelledError,
    CaptureTimeoutError,
    DeviceBusyError,
    DeviceNotFoundError,
    DriverError,
    OptionsError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.protocols import sbi_search
from drivers.protocols.sbi_desk import Capture, CaptureDesk, CaptureWish, RunningCapture
from drivers.protocols.sbi_errors import SUCCESS, reported_error
from drivers.protocols.sbi_evidence import Expectation, verify_capture
from drivers.protocols.sbi_link import CancelCheck, SbiLink, SbiStream
from drivers.protocols.sbi_messages import (
    CaptureOrder,
    InformedDevice,
    callback_port,
    read_capture,
    read_refusal,
    stream_question,
)
from drivers.protocols.sbi_options import SbiOptions, SbiSurroundings
from drivers.protocols.sbi_pictures import decode_jpeg
from drivers.protocols.sbi_search import DeviceInfo, Judge
from drivers.protocols.sbi_trust import TrustRoots
from drivers.protocols.sbi_words import TRANSACTION_ID, DeviceType, Dialect

_STRANGERS = (ProtocolError, TransportError, TransportTimeoutError)
SEND_LIMIT_S = 2.0
STALE_S = 1.0  # then what waits in the connection is no live picture any more
STREAM_LIFE_MS = 300_000  # the specification's default


class SbiClient:
    """One device of one type."""

    def __init__(
        self,
        name: str,
        device_type: DeviceType,
        options: SbiOptions,
        surroundings: SbiSurroundings,
        check_cancel: CancelCheck,
    ) -> None:
        self._name = name
        self._type = device_type
        self._options = options
        self._around = surroundings
        self._check_cancel = check_cancel
        self._desk = CaptureDesk(name, options, check_cancel)
        self._roots: TrustRoots | None = None
        self._info: DeviceInfo | None = None
        self._stream: tuple[str, SbiStream] | None = None
        self._watched_at_s = 0.0
        self._transaction_id: str | None = None

    def begin_transaction(self, transaction_id: str) -> None:
        """Let captures from now on belong together; ValueError for an unfit id."""
        if not TRANSACTION_ID.fullmatch(transaction_id):
            raise ValueError(f"transaction id {transaction_id!r}: letters, digits, -; 4 to 50")
        if transaction_id != self._transaction_id:
            self._desk.abandon()
        self._desk.let_go()
        self._transaction_id = transaction_id

    def open(self) -> None:
        """Find the device, verify who it is, and see that it is ready; raises DriverError."""
        if self._options.trust_roots is None:
            raise OptionsError(
                "trust_roots is missing; get the certificate of the device's provider and name "
                "its file, or anybody on this machine could pose as the device",
                device=self._name,
            )
        self._roots = TrustRoots.load(self._options.trust_roots, device=self._name)
        self._info = self._find()

    def close(self) -> None:
        """End a preview and forget the device."""
        self._desk.abandon()
        self._desk.let_go()
        self._end_stream()
        self._info = None

    @property
    def info(self) -> DeviceInfo:
        """What the open device says about itself."""
        if self._info is None:
            raise DeviceNotFoundError("used before it was opened", device=self._name)
        return self._info

    def capture(self, wish: CaptureWish, *, timeout_s: float) -> Capture:
        """Return a verified capture; raises DriverError, CaptureTimeoutError while it runs on.

        A preview goes on beside a running capture; once that is over its frames would be old.
        """
        try:
            capture = self._desk.take(
                wish, timeout_s=timeout_s, begin=self._begin_capture, verify=self._verify_capture
            )
        except CaptureTimeoutError:
            raise
        except BaseException:
            self._end_stream()
            raise
        self._end_stream()
        return capture

    def let_go(self) -> None:
        """Forget a capture that was not good enough: the next one will be fresh."""
        self._desk.let_go()

    def _begin_capture(self, wish: CaptureWish, capture_s: float) -> RunningCapture:
        info = self.info
        order = self._order(wish, info, capture_s)
        answer = self._link(info.port).begin(
            "RCAPTURE", "/capture", order.to_document(self._around.now()), timeout_s=SEND_LIMIT_S
        )
        deadline_s = time.monotonic() + capture_s + self._options.answer_margin_s
        return RunningCapture(wish, order, answer, deadline_s)

    def _verify_capture(self, running: RunningCapture, body: bytes) -> Capture:
        order = running.order
        captured = read_capture(body, device=self._name)
        samples = verify_capture(captured, self._expectation(order, running.wish))
        if not self._around.chains.advance(
            order.transaction_id, old_hash=order.previous_hash, new_hash=samples[-1].hash
        ):
            raise DeviceBusyError(
                "another SBI device captured for this resident meanwhile; capture again",
                device=self._name,
            )
        return Capture(samples, body, time.monotonic())

    def read_preview(self, sub_id: str, *, timeout_s: float) -> tuple[NDArray[np.uint8], bytes]:
        """Return the next preview picture as BGR or grey, and its JPEG; raises DriverError.

        A capture that was held is let go: whoever looks at the preview waits for a new one.
        """
        self._desk.let_go()
        try:
            jpeg = self._stream_of(sub_id, timeout_s).read_jpeg(timeout_s=timeout_s)
            return decode_preview(jpeg, device=self._name), jpeg
        except BaseException:
            self._end_stream()
            raise

    def _find(self) -> DeviceInfo:
        """Return the device; of several troubles the one that says most is raised."""
        port = self._options.port
        ports = sbi_search.listening_ports() if port is None else [port]
        troubles: list[DriverError] = []
        deadline_s = time.monotonic() + sbi_search.SEARCH_LIMIT_S
        for one in ports:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                break
            try:
                found = self._look_at(one, limit_s=min(left_s, sbi_search.ASK_LIMIT_S))
            except CaptureCancelledError:
                raise
            except DriverError as error:
                troubles.append(error)
                continue
            if found is not None:
                return found
        # A device that is there but busy or not trusted says more than a stranger on a port.
        raise min(
            troubles,
            key=lambda error: type(error) in _STRANGERS,
            default=sbi_search.not_found(self._type.value, device=self._name),
        )

    def _look_at(self, port: int, *, limit_s: float) -> DeviceInfo | None:
        """Return the wanted device of the service at a port, or None; raises what is wrong."""
        link = self._link(port)
        dialect, listed = sbi_search.discover(
            link, self._type.value, dialects=self._dialects(), timeout_s=limit_s
        )
        base = self._link(callback_port(listed[0].callback_url, device=self._name))
        informed = sbi_search.inform(base, self._type.value, dialect, timeout_s=limit_s)
        for device, entry in self._matching(informed, dialect, base.port):
            sbi_search.require_usable(device, entry, env=self._options.env, device=self._name)
            return device
        return None

    def _matching(
        self, informed: Collection[InformedDevice], dialect: Dialect, port: int
    ) -> Iterator[tuple[DeviceInfo, InformedDevice]]:
        judge = Judge(self._trusted(), self._around.now(), self._name)
        for entry in informed:
            if sbi_search.type_of(entry, device=self._name) != self._type.value:
                continue
            device = sbi_search.read_device(entry, dialect, port, judge)
            if self._options.serial in (None, device.serial):
                yield device, entry

    def _dialects(self) -> tuple[Dialect, ...]:
        chosen = self._options.dialect
        return tuple(Dialect) if chosen == "auto" else (Dialect(chosen),)

    def _link(self, port: int) -> SbiLink:
        return self._around.make_link(port, self._name, self._check_cancel)

    def _trusted(self) -> TrustRoots:
        if self._roots is None:
            raise DeviceNotFoundError("used before it was opened", device=self._name)
        return self._roots

    def _order(self, wish: CaptureWish, info: DeviceInfo, capture_s: float) -> CaptureOrder:
        transaction_id = self._transaction_id or str(uuid.uuid4())
        self._transaction_id = transaction_id
        return CaptureOrder(
            dialect=info.dialect,
            env=self._options.env,
            transaction_id=transaction_id,
            device_type=self._type.value,
            address=info.address,
            sub_id=wish.sub_id,
            count=max(1, len(wish.parts)),
            exceptions=tuple(part.sub_type for part in wish.exceptions),
            requested_score=self._options.requested_score,
            previous_hash=self._around.chains.head(transaction_id),
            timeout_ms=max(1, round(capture_s * 1000)),
        )

    def _expectation(self, order: CaptureOrder, wish: CaptureWish) -> Expectation:
        return Expectation(
            order=order,
            parts=wish.parts,
            serial=self.info.serial,
            signer=self.info.signer,
            roots=self._trusted(),
            now=self._around.now(),
            device=self._name,
        )

    def _stream_of(self, sub_id: str, timeout_s: float) -> SbiStream:
        """Return the running preview; begun anew for another sub-device and after a pause."""
        is_fresh = time.monotonic() - self._watched_at_s < STALE_S
        self._watched_at_s = time.monotonic()
        if self._stream is not None and self._stream[0] == sub_id and is_fresh:
            return self._stream[1]
        self._end_stream()
        info = self.info
        wanted = stream_question(
            info.dialect,
            device_type=self._type.value,
            address=info.address,
            sub_id=sub_id,
            timeout_ms=STREAM_LIFE_MS,
        )
        stream = self._link(info.port).open_stream("/stream", wanted, timeout_s=timeout_s)
        self._stream = sub_id, stream
        if stream.refusal is not None:
            code, text = read_refusal(stream.refusal, device=self._name)
            if code == SUCCESS:
                raise ProtocolError("the service neither streams nor says why", device=self._name)
            raise reported_error(code, text, device=self._name)
        return stream

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream[1].close()


def decode_preview(jpeg: bytes, *, device: str) -> NDArray[np.uint8]:
    """Decode a preview picture; raises ProtocolError."""
    try:
        return decode_jpeg(jpeg)
    except ValueError as error:
        raise ProtocolError(f"a preview cannot be shown: {error}", device=device) from error
