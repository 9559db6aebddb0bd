"""Answer a whole package over the open line, and see that the station has the answer."""

from station.centre.client import StationClient
from station.centre.errors import StationRefusedError
from station.centre.holdings import Holdings
from station.centre.judge import judge
from station.centre.keys import CentreKeys
from station.centre.ledger import Ledger
from station.centre.report import Finding, PullReport
from station.package.manifest import Manifest


class Settler:
    """Settles whole packages of one station."""

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

    def settle(self, manifest: Manifest) -> None:
        """Make and send the receipt of a package whose parts are both here."""
        receipt = self._holdings.read_receipt(manifest.package_id)
        if receipt is None:
            self._report.completed.append(manifest.package_id)
            folder = self._holdings.package_folder(manifest.package_id)
            judgement = judge(folder, manifest, self._keys)
            self._report.findings += judgement.findings
            receipt = judgement.receipt_jws
            if receipt is None:
                return
            # on disk before it is sent: whatever happens next, it is this one
            self._holdings.keep_receipt(manifest.package_id, receipt)
        self._send(manifest, receipt)

    def _send(self, manifest: Manifest, receipt: str) -> None:
        try:
            verdict = self._client.put_receipt(manifest.package_id, receipt)
        except StationRefusedError as error:
            if error.status is None:
                raise
            finding = Finding("receipt_refused", str(error), manifest.sequence, manifest.package_id)
            self._report.findings.append(finding)
            return
        self._ledger.settle(manifest.sequence, verdict)
        taken = self._report.receipted if verdict == "accepted" else self._report.rejected
        taken.append(manifest.package_id)
