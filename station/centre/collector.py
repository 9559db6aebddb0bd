"""Pull everything a station offers, prove it, keep it, and answer with receipts.

Order of a run:

    1. list what is above the last settled number; fetch and verify each new manifest
    2. all parts a, then all parts b, each resumed from what is proved on disk
    3. as soon as a package is whole: open it on trial if an opening key is at hand, make the
       receipt, keep it, send it
    4. repair reports, signed head of the audit log

A package that does not hold is set aside and told to the station; the others go on. A run may end
anywhere and be started again: it does nothing twice.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from station.centre.client import LinkCutError, StationClient
from station.centre.errors import (
    BadPackageError,
    CentreError,
    StationRefusedError,
    StationUnreachableError,
)
from station.centre.extras import keep_checkpoint, keep_reports
from station.centre.fetch import Meter, PartFetcher, is_station_there
from station.centre.holdings import Holdings
from station.centre.keys import CentreKeys
from station.centre.learn import Learner
from station.centre.ledger import Ledger
from station.centre.receipts import damage_notice
from station.centre.report import Finding, Progress, PullReport
from station.centre.retry import Patience, RetryPolicy
from station.centre.settle import Settler
from station.centre.stations import StationIdentity
from station.package.manifest import PART_NAMES, Manifest, PartName

ROOM_LEFT_BYTES = 64 * 1024 * 1024
"""Never filled by a download: the ledger and receipts must still be written."""


def pull_station(
    url: str,
    station: StationIdentity,
    keys: CentreKeys,
    folder: Path,
    *,
    progress: Progress | None = None,
    policy: RetryPolicy | None = None,
) -> PullReport:
    """Pull one station into `folder`/<station code>; the report says what happened.

    A link that stays down, a station that refuses us and a full disk end the run early: see
    `report.error`. Raises CentreError if another pull of the station is at work.
    """
    started_s = time.monotonic()
    report = PullReport(station.station_code, url)
    patience = Patience(policy or RetryPolicy())
    holdings = Holdings(folder, station.station_code)
    with holdings.locked():
        ledger = Ledger(holdings.folder)
        try:
            with StationClient(url, station, keys, patience) as client:
                _Run(client, holdings, ledger, keys, report).execute(station, progress)
        except CentreError as error:
            report.error = str(error)
        report.gaps, report.chain_breaks = ledger.gaps(), ledger.chain_breaks()
    report.cuts = patience.cuts
    report.seconds = round(time.monotonic() - started_s, 3)
    return report


class _Run:
    """One run at one station."""

    def __init__(
        self,
        client: StationClient,
        holdings: Holdings,
        ledger: Ledger,
        keys: CentreKeys,
        report: PullReport,
    ) -> None:
        self._client = client
        self._holdings = holdings
        self._ledger = ledger
        self._keys = keys
        self._report = report
        self._to_bring: dict[str, Manifest] = {}

    def execute(self, station: StationIdentity, progress: Progress | None) -> None:
        """Do all steps; a CentreError ends it early."""
        lesson = Learner(self._client, self._holdings, self._ledger, station).learn()
        self._report.listed = lesson.listed
        self._report.findings += lesson.findings
        self._to_bring = lesson.to_bring
        self._bring_all(progress)
        self._report.reports = keep_reports(self._client, self._holdings)
        self._report.findings += keep_checkpoint(self._client, self._holdings, station)

    def _bring_all(self, progress: Progress | None) -> None:
        total = sum(
            manifest.part(part).size_bytes
            for manifest in self._to_bring.values()
            for part in PART_NAMES
        )
        meter = Meter(total, progress)
        fetcher = PartFetcher(self._client, self._holdings, meter)
        settler = Settler(self._client, self._holdings, self._ledger, self._keys, self._report)
        try:
            for manifest, part in self._in_order():
                self._bring(fetcher, manifest, part)
                if part == PART_NAMES[-1] and manifest.package_id in self._to_bring:
                    settler.settle(manifest)
        finally:
            self._report.received_bytes = self._client.received_bytes
            self._report.kept_bytes = meter.arrived_bytes

    def _in_order(self) -> Iterator[tuple[Manifest, PartName]]:
        """Yield what to fetch: all parts a first; packages set aside meanwhile are left out."""
        for part in PART_NAMES:
            for package_id in tuple(self._to_bring):
                if package_id in self._to_bring:
                    yield self._to_bring[package_id], part

    def _bring(self, fetcher: PartFetcher, manifest: Manifest, part: PartName) -> None:
        """Fetch one part, or set its package aside."""
        if self._holdings.free_bytes() < manifest.part(part).size_bytes + ROOM_LEFT_BYTES:
            msg = f"the disk of {self._holdings.folder} is full; make room and pull again"
            raise CentreError(msg)
        try:
            fetcher.fetch(manifest, part)
        except BadPackageError as error:
            self._set_aside(manifest, error.code, error.detail)
            if error.code == "damaged_part":
                self._tell_damage(manifest, part, error.detail)
        except StationRefusedError as error:
            if error.status is None:
                raise
            self._set_aside(manifest, "part_unavailable", str(error))
        except LinkCutError as error:
            if not is_station_there(self._client):
                msg = f"the link broke for good: {error}; pull again later"
                raise StationUnreachableError(msg) from error
            self._set_aside(manifest, "part_unavailable", f"part {part}: {error}")

    def _set_aside(self, manifest: Manifest, code: str, detail: str) -> None:
        del self._to_bring[manifest.package_id]
        self._holdings.quarantine(manifest.package_id, code, detail)
        self._find(manifest, code, detail)

    def _tell_damage(self, manifest: Manifest, part: PartName, detail: str) -> None:
        """Tell the station once, in words that stay the same."""
        text = self._holdings.kept_notice(
            manifest.package_id,
            part,
            lambda: damage_notice(manifest, part, self._keys.signer, detail=detail),
        )
        try:
            self._client.put_notice(text)
        except StationRefusedError as error:
            self._find(manifest, "notice_refused", str(error))

    def _find(self, manifest: Manifest, code: str, detail: str) -> None:
        self._report.findings.append(Finding(code, detail, manifest.sequence, manifest.package_id))
