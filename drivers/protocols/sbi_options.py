"""Options that all SBI drivers share, and what a test may put in place of the machine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from drivers.devices import DeviceOptions
from drivers.protocols.sbi_chain import SHARED_CHAINS, HashChains
from drivers.protocols.sbi_link import CancelCheck, SbiLink

MakeLink = Callable[[int, str, CancelCheck], SbiLink]
"""Gives the link to a port, for a device of that name."""


class SbiOptions(DeviceOptions):
    """Options of a device behind an SBI service on this machine."""

    trust_roots: Path | None = None
    """PEM file with the certificates of the device's provider, best as an absolute path.

    Without it nothing is opened.
    """
    port: int | None = Field(None, ge=1, le=65535)
    """Port of the service; searched from 4501 to 4600 if left out."""
    serial: str | None = None
    """Only the device with this serial number."""
    dialect: Literal["auto", "0.9.5", "1.0"] = "auto"
    """How the service speaks; "auto" tries 0.9.5, then 1.0."""
    env: Literal["Production", "Pre-Production", "Staging", "Developer"] = "Production"
    """Environment for which the device is registered; others are refused."""
    requested_score: int = Field(40, ge=0, le=100)
    """Quality at which the device captures by itself before its time is over."""
    min_score: int = Field(0, ge=0, le=100)
    """Captures whose worst part is below are refused; 0 leaves that to the station's own check."""
    capture_s: float = Field(10.0, gt=0, le=120)
    """How long the device may take for a capture, also when its caller asks more often."""
    answer_margin_s: float = Field(8.0, gt=0, le=60)
    """How long after the capture's time the answer may still come: cutting out, scoring, signing
    take devices up to 4 s (FIELD.md 7.1), twice that on a busy machine."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _plain_link(port: int, device: str, check_cancel: CancelCheck) -> SbiLink:
    return SbiLink(port, device=device, check_cancel=check_cancel)


@dataclass(frozen=True, slots=True)
class SbiSurroundings:
    """Links, clock and chains of hashes; the defaults are the machine's."""

    make_link: MakeLink = _plain_link
    now: Callable[[], datetime] = _utc_now
    """Wall clock, UTC."""
    chains: HashChains = field(default_factory=lambda: SHARED_CHAINS)
