"""Take in what the central system left in the inbox, one durable transaction per message.

    pulled   OFFERED -> PULLED
    receipt  kept beside the package, whatever it says: a package has one, and it is final
             accepted: -> RECEIPTED -> PURGED, the sealed parts go, manifest and receipt stay
             rejected: stays, with the national word for it and the reason in the audit log
    notice   the national status word is kept with the recording
    alarm    a forged or second receipt: audit leaf

Every message may come again: applying it twice changes nothing. Nothing is purged before a receipt
by a trusted key, for exactly this manifest, was verified here once more.
"""

from collections.abc import Callable

import structlog

from station.answers import (
    AnswerError,
    MismatchedAnswerError,
    Notice,
    TrustedReceiptKeys,
)
from station.audit import Audit
from station.errors import UnknownCaseError
from station.inbox import EntryKind, Inbox, InboxEntry
from station.keys import TrustedCentre
from station.register import CaseRow, CaseState, Register
from station.spool import Spool

log = structlog.get_logger()

ACTOR = "centre"
REJECTED_STATUS = "ENROLL_FAILURE_AT_CENTRAL"  # FIELD.md 3.8: incomplete or unreadable
BEFORE_PULLED = frozenset({CaseState.SEALED, CaseState.OFFERED})
BEFORE_RECEIPT = frozenset({*BEFORE_PULLED, CaseState.PULLED, CaseState.EXPORTED})


class Deliveries:
    """Applies inbox messages to the register and the spool."""

    def __init__(
        self,
        inbox: Inbox,
        station_code: str,
        *,
        register: Register,
        spool: Spool,
        audit: Audit,
        centre: Callable[[], TrustedCentre | None],
    ) -> None:
        self._inbox = inbox
        self._station_code = station_code
        self._register = register
        self._spool = spool
        self._audit = audit
        self._centre = centre

    def apply(self) -> int:
        """Apply every message that lies there; return how many were taken."""
        applied = 0
        for entry in self._inbox.entries():
            self._apply_one(entry)
            self._inbox.take(entry)
            applied += 1
        return applied

    def _apply_one(self, entry: InboxEntry) -> None:
        steps = {
            EntryKind.PULLED: self._mark_pulled,
            EntryKind.RECEIPT: self._take_receipt,
            EntryKind.NOTICE: self._take_notice,
            EntryKind.ALARM: self._raise_alarm,
        }
        try:
            steps[entry.kind](entry)
        except (AnswerError, UnknownCaseError) as error:
            log.warning("inbox message refused", kind=entry.kind, reason=str(error))
            self._note(f"{entry.kind}.refused", entry.subject)

    def _mark_pulled(self, entry: InboxEntry) -> None:
        row = self._register.get_by_package(entry.subject)
        if row.state in BEFORE_PULLED:
            self._register.advance(row.case_id, CaseState.PULLED, actor=ACTOR)

    def _take_receipt(self, entry: InboxEntry) -> None:
        receipt = self._keys().read_receipt(entry.payload)
        row = self._register.get_by_package(receipt.package_id)
        receipt.check_is_for(
            package_id=row.package_id or "",
            station_code=self._station_code,
            manifest_sha256=row.manifest_sha256 or "",
        )
        if not self._is_first(receipt.package_id, entry.payload):
            self._raise_alarm(entry)
            return
        self._spool.keep_receipt(receipt.package_id, entry.payload)
        if receipt.verdict == "accepted":
            self._purge(row, receipt.package_id)
        else:
            self._register.set_status(row.case_id, REJECTED_STATUS, actor=ACTOR)
            self._note(f"receipt.rejected:{receipt.reason}", receipt.package_id)

    def _is_first(self, package_id: str, jws: bytes) -> bool:
        """Tell whether no other receipt is kept: by a courier a second one may come here too."""
        package = self._spool.get(package_id)
        if package is None:
            raise MismatchedAnswerError(f"package {package_id} is no longer in the spool")
        return package.read_receipt() in (None, jws)

    def _purge(self, row: CaseRow, package_id: str) -> None:
        """Let the parts go, then mark it PURGED; a cut in between is taken up again."""
        if row.state in BEFORE_RECEIPT:
            row = self._register.advance(row.case_id, CaseState.RECEIPTED, actor=ACTOR)
        if row.state is CaseState.RECEIPTED:
            self._spool.remove_parts(package_id)
            self._register.advance(row.case_id, CaseState.PURGED, actor=ACTOR)

    def _take_notice(self, entry: InboxEntry) -> None:
        notice: Notice = self._keys().read_notice(entry.payload)
        row = self._register.get_by_package(notice.package_id)
        if notice.status is not None:
            self._register.set_status(row.case_id, notice.status, actor=ACTOR)
        self._note(f"notice.{notice.kind}:{','.join(notice.items)}", notice.package_id)

    def _raise_alarm(self, entry: InboxEntry) -> None:
        log.error("a forged or second receipt came", package_id=entry.subject)
        self._note("receipt.alarm", entry.subject)

    def _note(self, action: str, subject: str) -> None:
        self._audit.append(action, actor=ACTOR, role="central", object_id=subject)

    def _keys(self) -> TrustedReceiptKeys:
        centre = self._centre()
        return TrustedReceiptKeys(centre.receipt_keys if centre is not None else ())
