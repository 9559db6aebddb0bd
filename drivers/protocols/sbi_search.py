"""Find SBI services on this machine and the devices behind them.

every port 4501..4600 that accepts a connection
  -> discovery, 0.9.5 (MOSIPDISC) then 1.0 (SBIDISC)      unsigned: tells dialect and address
  -> information (MOSIPDINFO or SBIINFO)                  signed: the only part that is believed
"""

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drivers.devices import AttachedDevice
from drivers.errors import DeviceNotFoundError, DriverError, ProtocolError
from drivers.frames import DeviceIdentity
from drivers.protocols.sbi_errors import (
    INVALID_URL,
    MAX_TEXT,
    SUCCESS,
    WrongDeviceError,
    reported_error,
)
from drivers.protocols.sbi_link import SbiAnswer, SbiLink
from drivers.protocols.sbi_messages import (
    DiscoveredDevice,
    InformedDevice,
    callback_port,
    question,
    read_discovery,
    read_information,
    read_refusal,
)
from drivers.protocols.sbi_trust import Signed, TrustRoots, open_unsigned
from drivers.protocols.sbi_words import HOST, PORTS, PURPOSE, DeviceType, Dialect, Status

HTTP_OK = 200
ASK_LIMIT_S = 2.0  # a discovery answers in milliseconds
LOOK_LIMIT_S = 1.5  # all ports together, when only looking what is attached
LOOK_ONE_S = 0.5  # one port: a stranger that is silent must not hide the devices behind it
NOT_REGISTERED = "100"
SEARCH_LIMIT_S = 8.0  # all ports together; `station.device_slot` gives opening 10 s
_STATUS_CODES = {
    Status.BUSY: "111",
    Status.NOT_READY: "110",
    Status.NOT_REGISTERED: NOT_REGISTERED,
}


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a device says about itself under its signature."""

    dialect: Dialect
    port: int
    """Where to send further requests."""
    address: str
    """deviceId or serialNo, by the dialect."""
    serial: str
    signer: str
    """Certificate that signed this; the same must sign its captures."""
    sub_type: str
    identity: DeviceIdentity
    env: str
    purpose: str
    status: str
    sub_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    """Who is believed, and when."""

    roots: TrustRoots
    now: datetime
    device: str


def listening_ports(ports: Iterable[int] = PORTS) -> list[int]:
    """Return the ports of this machine that accept a connection; takes milliseconds."""
    found = []
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((HOST, port)) == 0:
                found.append(port)
    return found


def discover(
    link: SbiLink, device_type: str, *, dialects: Iterable[Dialect], timeout_s: float
) -> tuple[Dialect, tuple[DiscoveredDevice, ...]]:
    """Ask one service what it has, in the first dialect that it understands; raises DriverError."""
    refusal: DriverError = ProtocolError("no dialect was tried", device=link.device)
    deadline_s = time.monotonic() + timeout_s
    for dialect in dialects:
        left_s = max(0.1, deadline_s - time.monotonic())
        answer = link.request(
            dialect.discovery_verb, "/device", question(dialect, device_type), timeout_s=left_s
        )
        if is_understood(answer, device=link.device):
            return dialect, read_discovery(answer.body, device=link.device)
        refusal = ProtocolError(
            f"the service at port {link.port} does not know {dialect.discovery_verb}",
            device=link.device,
        )
    raise refusal


def inform(
    link: SbiLink, device_type: str, dialect: Dialect, *, timeout_s: float
) -> tuple[InformedDevice, ...]:
    """Ask one service for the signed information of its devices; raises DriverError.

    Clients ask with the verb of 0.9.5 whatever the version, so some 1.0 services know only that.
    """
    document = question(dialect, device_type)
    answer = link.request(dialect.information_verb, "/info", document, timeout_s=timeout_s)
    if not is_understood(answer, device=link.device):
        verb = Dialect.V0_9_5.information_verb
        answer = link.request(verb, "/info", document, timeout_s=timeout_s)
    return read_information(answer.body, device=link.device)


def is_understood(answer: SbiAnswer, *, device: str) -> bool:
    """Tell an answer from "I do not know this verb" (HTTP status, or error 500 with status 200)."""
    if answer.status != HTTP_OK:
        return False
    try:
        return read_refusal(answer.body, device=device)[0] != INVALID_URL
    except ProtocolError:
        return True  # no refusal at all; whoever reads the answer says what is wrong with it


def read_device(informed: InformedDevice, dialect: Dialect, port: int, judge: Judge) -> DeviceInfo:
    """Verify and read one device; raises EvidenceError or ProtocolError.

    Only a device that is not registered may come unsigned: it is then reported as such.
    """
    is_registered = informed.error_code != NOT_REGISTERED
    signed = _open(informed.token, judge, is_registered=is_registered)
    content = signed.content
    token = str(content.get("digitalId", ""))
    digital = _open(token, judge, is_registered=is_registered).content
    serial = _word(digital, "serialNo")
    return DeviceInfo(
        dialect=dialect,
        port=callback_port(_word(content, "callbackId"), device=judge.device) or port,
        address=serial if dialect is Dialect.V1_0 else _word(content, "deviceId"),
        serial=serial,
        signer=signed.signer,
        sub_type=_word(digital, "deviceSubType"),
        identity=DeviceIdentity(
            _word(digital, "make") or "unknown",
            _word(digital, "model") or "SBI device",
            serial or None,
            _word(content, "firmware") or None,
        ),
        env=_word(content, "env"),
        purpose=_word(content, "purpose"),
        status=_word(content, "deviceStatus"),
        sub_ids=tuple(str(one)[:8] for one in content.get("deviceSubId") or ()),
    )


def type_of(informed: InformedDevice, *, device: str) -> str:
    """Return the device type of an information entry, before anything is believed."""
    content = open_unsigned(_payload(informed.token), device=device)
    digital = open_unsigned(_payload(str(content.get("digitalId", ""))), device=device)
    return _word(digital, "type")


def require_usable(info: DeviceInfo, informed: InformedDevice, *, env: str, device: str) -> None:
    """Raise what keeps a device from capturing now; nothing when it is ready."""
    code = informed.error_code
    if code == SUCCESS and info.status != Status.READY:
        code = next((_STATUS_CODES[one] for one in _STATUS_CODES if one == info.status), "")
    if code != SUCCESS:
        raise reported_error(code, informed.error_text or info.status, device=device)
    if info.purpose != PURPOSE or info.env != env:
        raise WrongDeviceError(
            f"the device is for {info.purpose[:40]!r} in {info.env[:40]!r}, "
            f"not for {PURPOSE} in {env}; set the option env, or register the device anew",
            device=device,
        )


def find_attached(
    device_type: DeviceType, *, ports: Iterable[int] = PORTS
) -> tuple[AttachedDevice, ...]:
    """Return devices of a type that services on this machine name; nothing is verified."""
    found: list[AttachedDevice] = []
    deadline_s = time.monotonic() + LOOK_LIMIT_S
    for port in listening_ports(ports):
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            break
        link = SbiLink(port, device=f"{HOST}:{port}")
        try:
            dialect, devices = discover(
                link, device_type.value, dialects=Dialect, timeout_s=min(left_s, LOOK_ONE_S)
            )
            found += [_attached(port, dialect, one) for one in devices]
        except DriverError:  # something else listens there, or it has no such device
            continue
    return tuple(found)


def not_found(device_type: str, *, device: str) -> DeviceNotFoundError:
    """Return the error for a search that found nothing."""
    return DeviceNotFoundError(
        f"no SBI service with a {device_type} device on {HOST}, ports {PORTS[0]} to {PORTS[-1]}; "
        "start the device's service, or set port and serial",
        device=device,
    )


def _attached(port: int, dialect: Dialect, one: DiscoveredDevice) -> AttachedDevice:
    digital = open_unsigned(one.digital_id, device=f"{HOST}:{port}")
    about = " ".join(_word(digital, name) for name in ("make", "model", "serialNo"))
    problem = None
    if one.status != Status.READY or one.error_code != SUCCESS:
        problem = f"{one.status[:40]}: {one.error_text[:MAX_TEXT] or 'see the device service'}"
    return AttachedDevice(f"{HOST}:{port}", f"{about[:120]} (SBI {dialect.value})", problem)


def _open(token: str, judge: Judge, *, is_registered: bool) -> Signed:
    if "." not in token and not is_registered:
        return Signed(open_unsigned(token, device=judge.device), signer="")
    return judge.roots.open_signed(token, at=judge.now, device=judge.device)


def _payload(token: str) -> str:
    return token.split(".")[1] if token.count(".") == 2 else token


def _word(document: dict[str, Any], name: str) -> str:
    return str(document.get(name) or "")[:MAX_TEXT]
