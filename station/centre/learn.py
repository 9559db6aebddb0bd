"""Learn what a station offers: list, fetch manifests, believe only what is signed and in line."""

from dataclasses import dataclass, field

from station.centre.client import ListedPackage, StationClient
from station.centre.errors import BadPackageError, code_of
from station.centre.holdings import Holdings
from station.centre.ledger import Ledger
from station.centre.report import Finding
from station.centre.stations import StationIdentity
from station.package.errors import RefusedPackageError
from station.package.manifest import Manifest, inspect_manifest, read_manifest


@dataclass
class Lesson:
    """What one listing taught."""

    listed: int = 0
    to_bring: dict[str, Manifest] = field(default_factory=dict)
    """By package id, in the order of the sequence."""
    findings: list[Finding] = field(default_factory=list)


class Learner:
    """Compares a station's list with what the centre holds."""

    def __init__(
        self,
        client: StationClient,
        holdings: Holdings,
        ledger: Ledger,
        station: StationIdentity,
    ) -> None:
        self._client = client
        self._holdings = holdings
        self._ledger = ledger
        self._station = station

    def learn(self) -> Lesson:
        """Return what is to be brought, and what somebody must look at."""
        lesson = Lesson()
        for listed in self._client.packages_after(self._ledger.cursor()):
            lesson.listed += 1
            if not self._is_settled(listed):
                self._learn_one(listed, lesson)
        return lesson

    def _is_settled(self, listed: ListedPackage) -> bool:
        known = self._ledger.get(listed.sequence)
        return (
            known is not None
            and known.is_settled
            and known.manifest_sha256 == listed.manifest_sha256
        )

    def _learn_one(self, listed: ListedPackage, lesson: Lesson) -> None:
        self._holdings.take_back(listed.package_id)
        held = self._holdings.read_manifest(listed.package_id)
        jws = held if _is_of(held, listed) else self._client.manifest(listed.package_id)
        if jws is None:
            return  # gone between list and manifest; the next list shows how
        try:
            manifest = self._verified(jws, listed, has_other=held not in {None, jws})
        except BadPackageError as error:
            self._holdings.keep_refused_manifest(listed.package_id, jws, error.code, error.detail)
            lesson.findings.append(_finding(listed, error.code, error.detail))
            return
        if held is None:
            self._holdings.keep_manifest(manifest.package_id, jws)
        self._ledger.learn(manifest)
        if listed.is_purged and not self._holdings.is_whole(manifest.package_id):
            self._ledger.settle(manifest.sequence, "lost")
            detail = "the station has purged it, and it is not here"
            lesson.findings.append(_finding(listed, "lost", detail))
        else:
            lesson.to_bring[manifest.package_id] = manifest

    def _verified(self, jws: str, listed: ListedPackage, *, has_other: bool) -> Manifest:
        """Return the manifest if it is genuine, the one listed, and no second of its kind."""
        station = self._station
        try:
            manifest = read_manifest(jws, station.signing_keys(), station_code=station.station_code)
        except RefusedPackageError as error:
            raise BadPackageError(code_of(error), error.problem) from error
        said = (manifest.package_id, manifest.sequence, manifest.sha256)
        if said != (listed.package_id, listed.sequence, listed.manifest_sha256):
            raise BadPackageError("wrong_listing", f"the manifest served is {said}")
        known = self._ledger.get(manifest.sequence)
        if has_other or (known is not None and known.manifest_sha256 != manifest.sha256):
            detail = "another genuine manifest with this number or package id is held already"
            raise BadPackageError("fork", detail)
        return manifest


def _is_of(jws: str | None, listed: ListedPackage) -> bool:
    """Whether a manifest on our disk is the one listed; damage counts as no."""
    if jws is None:
        return False
    try:
        manifest, _ = inspect_manifest(jws)
    except RefusedPackageError:
        return False
    return manifest.sha256 == listed.manifest_sha256


def _finding(listed: ListedPackage, code: str, detail: str) -> Finding:
    return Finding(code, detail, listed.sequence, listed.package_id)
