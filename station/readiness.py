"""What this station can record now, by capability, and one card per device for the panel's strip.

A broken device takes away what needs it and nothing else: fingerprints and portrait block the
office, the rest limits it (CHECKS.md D.4). A device not seen yet counts as missing, not as healthy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from drivers.errors import DriverError
from station.device_slot import SlotState, SlotStatus


class Capability(StrEnum):
    """One thing an office must be able to do."""

    FINGERPRINTS = "fingerprints"
    PORTRAIT = "portrait"
    IRISES = "irises"
    SIGNATURE = "signature"
    STORAGE = "storage"
    HAND_OVER = "hand_over"
    COMPUTER = "computer"


class ReadinessState(StrEnum):
    """The verdict for the office."""

    READY = "ready"
    DEGRADED = "degraded"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a capability is missing."""

    capability: Capability
    code: str
    text_id: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Hint:
    """What to do soon; it stands in the way of nothing."""

    code: str
    text_id: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Tested:
    """What self-tests say about the office."""

    causes: tuple[Cause, ...] = ()
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True)
class Readiness:
    """The verdict and everything that stands in the way of READY."""

    state: ReadinessState
    causes: tuple[Cause, ...]
    hints: tuple[Hint, ...] = ()

    def can(self, capability: Capability) -> bool:
        """Tell whether a capability is there."""
        return all(cause.capability is not capability for cause in self.causes)


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """One device on the strip."""

    name: str
    kind: str
    driver: str
    state: SlotState
    issue_id: str | None
    text_id: str
    text_en: str


NEEDED_KIND = {
    Capability.FINGERPRINTS: "fingerprint_scanner",
    Capability.PORTRAIT: "face_camera",
    Capability.IRISES: "iris_camera",
}
BLOCKING = frozenset(
    {
        Capability.FINGERPRINTS,
        Capability.PORTRAIT,
        Capability.STORAGE,
        Capability.HAND_OVER,
        Capability.COMPUTER,
    }
)
KIND_WORDS = {
    "fingerprint_scanner": ("Pemindai sidik jari", "Fingerprint scanner"),
    "face_camera": ("Kamera wajah", "Face camera"),
    "iris_camera": ("Kamera iris", "Iris camera"),
    "signature_pad": ("Papan tanda tangan", "Signature pad"),
    "card_reader": ("Pembaca kartu", "Card reader"),
    "power_supply": ("UPS", "UPS"),
}
STATE_WORDS = {
    SlotState.OFF: ("belum diperiksa", "not checked yet"),
    SlotState.READY: ("siap", "ready"),
    SlotState.BUSY: ("sedang dipakai", "in use"),
    SlotState.MISSING: (
        "tidak terhubung: periksa kabel, lalu colokkan kembali",
        "not connected: check the cable and plug it in again",
    ),
    SlotState.FAULTY: (
        "melaporkan gangguan: cabut, tunggu 10 detik, colokkan kembali",
        "reports a fault: unplug, wait 10 seconds, plug in again",
    ),
    SlotState.HUNG: (
        "tidak menjawab: cabut dan colokkan kembali; perekaman dapat dilanjutkan tanpa alat ini",
        "does not answer: unplug and plug in again; recording can go on without it",
    ),
}
USABLE_STATES = frozenset({SlotState.READY, SlotState.BUSY})


def describe_devices(statuses: Iterable[SlotStatus]) -> tuple[DeviceCard, ...]:
    """Return one card per device."""
    return tuple(_card(status) for status in statuses)


def judge_readiness(
    statuses: Sequence[SlotStatus],
    *,
    has_recipients: bool,
    has_space: bool,
    tested: Tested | None = None,
) -> Readiness:
    """Join devices, keys, disk and self-tests into the verdict for the office."""
    causes = [
        _device_cause(capability, kind, statuses)
        for capability, kind in NEEDED_KIND.items()
        if not any(status.kind == kind and status.state in USABLE_STATES for status in statuses)
    ]
    if not has_space:
        causes.append(
            Cause(
                Capability.STORAGE,
                "disk_full",
                "ruang disk kurang: kirim atau ekspor paket yang menunggu",
                "not enough disk space: let waiting packages be pulled or export them",
            )
        )
    if not has_recipients:
        causes.append(
            Cause(
                Capability.HAND_OVER,
                "no_recipient",
                "kunci pusat belum didaftarkan: jalankan `station keys trust-centre`",
                "the centre's key is not registered: run `station keys trust-centre`",
            )
        )
    tested = tested or Tested()
    causes += tested.causes
    return Readiness(_verdict(causes), tuple(causes), tested.hints)


def _verdict(causes: Iterable[Cause]) -> ReadinessState:
    lost = {cause.capability for cause in causes}
    if lost & BLOCKING:
        return ReadinessState.BLOCKED
    return ReadinessState.DEGRADED if lost else ReadinessState.READY


def _device_cause(capability: Capability, kind: str, statuses: Sequence[SlotStatus]) -> Cause:
    status = next((status for status in statuses if status.kind == kind), None)
    word_id, word_en = KIND_WORDS[kind]
    if status is None:
        return Cause(
            capability,
            "not_configured",
            f"{word_id}: tidak ada dalam konfigurasi",
            f"{word_en}: not in the configuration",
        )
    state_id, state_en = STATE_WORDS[status.state]
    code = _issue_of(status.error) or status.state.value
    return Cause(capability, code, f"{word_id}: {state_id}", f"{word_en}: {state_en}")


def _card(status: SlotStatus) -> DeviceCard:
    text_id, text_en = STATE_WORDS[status.state]
    return DeviceCard(
        status.name,
        status.kind,
        status.driver,
        status.state,
        _issue_of(status.error),
        text_id,
        text_en,
    )


def _issue_of(error: DriverError | None) -> str | None:
    return None if error is None else error.issue_id
