"""What one pull did: for people, for --json, and for the scale-out that merges thousands."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from station.package.manifest import PartName


@dataclass(frozen=True, slots=True)
class PullProgress:
    """Where a pull is; told after every proved chunk."""

    package_id: str
    part: PartName
    done_bytes: int
    """Of all parts of this run, proved and on disk."""
    total_bytes: int


Progress = Callable[[PullProgress], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person must look at."""

    code: str
    """damaged_part, part_unavailable, fork, lost, or the class of a refused manifest."""
    detail: str
    sequence: int | None = None
    package_id: str | None = None


@dataclass
class PullReport:
    """The result of one run at one station."""

    station_code: str
    url: str
    listed: int = 0
    completed: list[str] = field(default_factory=list)
    """Package ids that became whole in this run."""
    receipted: list[str] = field(default_factory=list)
    """Package ids whose receipt the station has taken in this run."""
    rejected: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    gaps: tuple[int, ...] = ()
    """Sequence numbers that the station has not shown us."""
    chain_breaks: tuple[int, ...] = ()
    received_bytes: int = 0
    """Of part bodies, over the link."""
    kept_bytes: int = 0
    """Of those, proved and on disk."""
    cuts: int = 0
    reports: int = 0
    """New repair reports."""
    seconds: float = 0.0
    error: str | None = None
    """Why the run ended early; None when it ran to its end."""

    @property
    def resent_bytes(self) -> int:
        """Bytes that came in vain: chunks cut in the middle, bad chunks."""
        return self.received_bytes - self.kept_bytes

    @property
    def is_good(self) -> bool:
        """Whether the run ended well and nobody needs to look."""
        troubles = (self.error, self.findings, self.gaps, self.chain_breaks, self.rejected)
        return not any(troubles)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        fields = asdict(self)
        return {**fields, "resent_bytes": self.resent_bytes, "is_good": self.is_good}
