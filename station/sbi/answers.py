"""Answers of the SBI service, in the fields and spelling of the recorded service of MOSIP.

    discovery    digitalId unsigned          information  deviceInfo and digitalId signed
    capture      one entry per finger or eye, each chained to the one before it

SBI 1.0 addresses a device by serialNo; its revision of January 2021 still by deviceId. Both are
written there; 0.9.5 has deviceId and deviceCode.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drivers.devices import Device
from drivers.protocols.sbi_words import PURPOSE, Dialect, Status, hash_of, to_text
from station.sbi.device import SbiDevice
from station.sbi.identity import DeviceSigner
from station.sbi.kinds import Look, start_of
from station.sbi.questions import CaptureQuestion
from station.sbi.refusals import SUCCESS, SbiRefusal

PROVIDER = "KTP-el recording station"
CERTIFICATION = {Dialect.V0_9_5: "L0", Dialect.V1_0: "SBI 1.0"}
_STATUS_REFUSALS = {Status.BUSY: "111", Status.NOT_READY: "110"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who answers: key, environment, address."""

    signer: DeviceSigner
    env: str
    provider_id: str
    base_url: str


def discovered(
    device: SbiDevice[Device], dialect: Dialect, speaker: Speaker, now: datetime
) -> Json:
    """Return one entry of a discovery."""
    return {
        **_about(device, dialect, speaker),
        "digitalId": to_base64url(_to_bytes(digital_id(device, speaker, now))),
        "error": _state_error(device),
    }


def informed(device: SbiDevice[Device], dialect: Dialect, speaker: Speaker, now: datetime) -> Json:
    """Return one entry of an information answer."""
    identity = device.identity
    firmware = identity.firmware if identity is not None else None
    content = {
        **_about(device, dialect, speaker),
        "env": speaker.env,
        "firmware": firmware or "unknown",
        "digitalId": speaker.signer.sign(digital_id(device, speaker, now)),
    }
    return {"deviceInfo": speaker.signer.sign(content), "error": _state_error(device)}


def captured(
    device: SbiDevice[Device],
    look: Look,
    question: CaptureQuestion,
    speaker: Speaker,
    now: datetime,
) -> Json:
    """Return the answer of a capture."""
    dialect = Dialect(question.specVersion)
    previous_hash, entries = question.previous_hash(), []
    for sample in look.parts:
        record = device.kind.record(sample, start_of(sample, now))
        previous_hash = hash_of(previous_hash, record)
        content = {
            "digitalId": speaker.signer.sign(digital_id(device, speaker, now)),
            **({"deviceCode": device.code} if dialect is Dialect.V0_9_5 else {}),
            "deviceServiceVersion": dialect.value,
            "bioType": device.device_type.value,
            **({"bioSubType": sample.part.sub_type} if sample.part is not None else {}),
            "purpose": PURPOSE,
            "env": speaker.env,
            "bioValue": to_base64url(record),
            "transactionId": question.transactionId,
            "timestamp": to_text(now),
            "requestedScore": str(float(question.bio[0].requestedScore)),
            "qualityScore": str(float(sample.score)),
        }
        entries.append(
            {
                "specVersion": dialect.value,
                "data": speaker.signer.sign(content),
                "hash": previous_hash,
                "error": SUCCESS,
            }
        )
    return {"biometrics": entries}


def not_captured(refusal: SbiRefusal) -> Json:
    """Return the answer of a capture that failed."""
    return {
        "biometrics": [{"specVersion": "", "data": "", "hash": "", "error": refusal.to_error()}]
    }


def refused(refusal: SbiRefusal) -> list[Json]:
    """Return the answer of a discovery or information that failed."""
    return [{"error": refusal.to_error()}]


def digital_id(device: SbiDevice[Device], speaker: Speaker, now: datetime) -> Mapping[str, str]:
    """Return the identity of a device."""
    identity = device.identity
    return {
        "serialNo": device.serial,
        "make": identity.make if identity is not None else "unknown",
        "model": identity.model if identity is not None else "unknown",
        "type": device.device_type.value,
        "deviceSubType": device.sub_type,
        "deviceProviderId": speaker.provider_id,
        "deviceProvider": PROVIDER,
        "dateTime": to_text(now),
    }


def to_base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _about(device: SbiDevice[Device], dialect: Dialect, speaker: Speaker) -> Json:
    address = {"deviceId": device.device_id}
    if dialect is Dialect.V0_9_5:
        address["deviceCode"] = device.code
    else:
        address["serialNo"] = device.serial
    return {
        **address,
        "deviceStatus": device.status().value,
        "certification": CERTIFICATION[dialect],
        "serviceVersion": dialect.value,
        "callbackId": speaker.base_url,
        "purpose": PURPOSE,
        "specVersion": [dialect.value],
        "deviceSubId": list(device.kind.sub_ids),
    }


def _state_error(device: SbiDevice[Device]) -> Mapping[str, str]:
    code = _STATUS_REFUSALS.get(device.status())
    return SUCCESS if code is None else SbiRefusal(code).to_error()


def _to_bytes(document: Mapping[str, str]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
