"""Answer a whole package: prove that it opens, make the receipt once, see that the station has it.

Without an opening key here (it may live in an HSM elsewhere) a package is accepted by signature
and hashes alone. With one, it is opened on trial first: an accepted receipt lets the station
destroy the only other copy.

    opens                 accepted
    for other keys        no receipt yet: the key may be elsewhere, or come with the next rotation
    does not hold inside  rejected: the station keeps it and asks a person
"""

from station.centre.client import StationClient
from station.centre.errors import StationRefusedError, code_of
from station.centre.holdings import Holdings
from station.centre.keys import CentreKeys
from station.centre.ledger import Ledger
from station.centre.open_package import trial_open
from station.centre.receipts import accept, reject
from station.centre.report import Finding, PullReport
from station.package.errors import NotForUsError, RefusedPackageError
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
            receipt = self._judge(manifest)
            if receipt is None:
                return
            # on disk before it is sent: whatever happens next, it is this one
            self._holdings.keep_receipt(manifest.package_id, receipt)
        self._send(manifest, receipt)

    def _judge(self, manifest: Manifest) -> str | None:
        """Return a signed receipt, or None if there is nothing to say yet."""
        if not self._keys.identities:
            return accept(manifest, self._keys.signer)
        folder = self._holdings.package_folder(manifest.package_id)
        try:
            violations = trial_open(folder, manifest, self._keys.identities)
        except NotForUsError as error:
            self._find(manifest, "not_for_us", error.problem)
            return None
        except RefusedPackageError as error:
            return self._reject(manifest, code_of(error), error.problem)
        grave = [violation for violation in violations if violation.is_grave]
        for violation in violations:
            self._find(manifest, violation.code, violation.detail)
        if grave:
            return self._reject(manifest, grave[0].code, grave[0].detail)
        return accept(manifest, self._keys.signer)

    def _reject(self, manifest: Manifest, reason: str, detail: str) -> str:
        self._find(manifest, "rejected", f"{reason}: {detail}")
        return reject(manifest, self._keys.signer, reason=reason, detail=detail)

    def _send(self, manifest: Manifest, receipt: str) -> None:
        try:
            verdict = self._client.put_receipt(manifest.package_id, receipt)
        except StationRefusedError as error:
            if error.status is None:
                raise
            self._find(manifest, "receipt_refused", str(error))
            return
        self._ledger.settle(manifest.sequence, verdict)
        taken = self._report.receipted if verdict == "accepted" else self._report.rejected
        taken.append(manifest.package_id)

    def _find(self, manifest: Manifest, code: str, detail: str) -> None:
        self._report.findings.append(Finding(code, detail, manifest.sequence, manifest.package_id))
