"""What the SBI service does for each verb, apart from HTTP."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from drivers.devices import Device
from drivers.errors import DriverError
from drivers.protocols.sbi_words import DeviceType, Dialect
from station.sbi import answers
from station.sbi.answers import Json, Speaker
from station.sbi.device import Preview, SbiDevice
from station.sbi.questions import (
    CaptureQuestion,
    Question,
    StreamQuestion,
    device_type,
    read_question,
)
from station.sbi.refusals import SbiRefusal

log = structlog.get_logger()


class SbiService:
    """Serves the devices it is given; thread-safe."""

    def __init__(
        self,
        devices: Sequence[SbiDevice[Device]],
        speaker: Speaker,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._devices = tuple(devices)
        self._speaker = speaker
        self._now = now

    def discover(self, body: bytes, dialect: Dialect) -> list[Json]:
        """Answer MOSIPDISC or SBIDISC."""
        return self._describe(body, dialect, answers.discovered)

    def inform(self, body: bytes, dialect: Dialect) -> list[Json]:
        """Answer MOSIPDINFO or SBIINFO."""
        return self._describe(body, dialect, answers.informed)

    def capture(self, body: bytes) -> Json:
        """Answer RCAPTURE; waits for the resident."""
        try:
            return self._capture(read_question(CaptureQuestion, body))
        except SbiRefusal as refusal:
            log.info("sbi capture refused", code=refusal.code)
            return answers.not_captured(refusal)

    def stream(self, body: bytes) -> Preview:
        """Return the pictures of a preview; raises SbiRefusal before the first."""
        question = read_question(StreamQuestion, body)
        device = self._find(None, question.deviceId, question.serialNo)
        return device.stream(question.deviceSubId, life_s=question.life_s())

    def _describe(
        self,
        body: bytes,
        dialect: Dialect,
        describe: Callable[[SbiDevice[Device], Dialect, Speaker, datetime], Json],
    ) -> list[Json]:
        try:
            wanted = read_question(Question, body).wanted()
            found = [one for one in self._known() if one.device_type in wanted]
            if not found:
                raise SbiRefusal("503")  # noqa: TRY301 - the same answer as any refusal
        except SbiRefusal as refusal:
            return answers.refused(refusal)
        return [describe(one, dialect, self._speaker, self._now()) for one in found]

    def _known(self) -> list[SbiDevice[Device]]:
        """Return the devices that were seen at least once."""
        for one in self._devices:
            with suppress(DriverError):  # not there yet: the slot's state says so
                one.meet()
        return [one for one in self._devices if one.identity is not None]

    def _find(self, kind: DeviceType | None, device_id: str, serial: str) -> SbiDevice[Device]:
        """Return the device that a request addresses, by either dialect's word."""
        for one in self._known():
            is_meant = serial == one.serial or (not serial and device_id == one.device_id)
            if is_meant and kind in (None, one.device_type):
                return one
        raise SbiRefusal("705")

    def _capture(self, question: CaptureQuestion) -> Json:
        question.check(env=self._speaker.env)
        bio = question.bio[0]
        kind = device_type(bio.type, code="114")
        device = self._find(kind, bio.deviceId, bio.serialNo)
        wish = device.wish(
            bio.deviceSubId, count=bio.count, named=bio.bioSubType, exceptions=bio.exception
        )
        look = device.capture(
            wish,
            transaction_id=question.transactionId,
            requested_score=bio.requestedScore,
            timeout_s=question.timeout_s(),
        )
        return answers.captured(device, look, question, self._speaker, self._now())
