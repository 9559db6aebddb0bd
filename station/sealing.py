"""Seal a complete case: package first, then one transaction that makes it count.

    build the record -> number and previous hash -> spool/<id>/ complete on disk
    -> one transaction: REVIEWED -> SEALED, draft key and parts destroyed -> OFFERED

A crash before the transaction leaves a package that no row names: `Spool.reconcile` sets it aside
at the next start, and the case, still a draft, is sealed again with fresh keys. After it, all is
done.
"""

from dataclasses import dataclass
from uuid import uuid4

from station.case_record import build_record
from station.clock import Clock
from station.config import StationConfig
from station.drafts import Drafts
from station.errors import StationError
from station.keys import StationKeys
from station.operators import SignedInOperator
from station.package.manifest import PackageHeader
from station.package.parts import build_parts
from station.package.seal import SealedPackage, seal_parts
from station.register import CaseRow, CaseState, Register
from station.sources.context import OpenCase
from station.store import Store


class NoRecipientError(StationError):
    """Nobody could open the package: the centre is not enrolled."""

    issue_id = "STA-710"
    text_id = (
        "Kunci pusat belum didaftarkan, sehingga paket tidak dapat disegel. Perekaman tetap "
        "tersimpan. Teknisi: jalankan `station keys trust-centre`."
    )
    text_en = (
        "The centre's key is not registered, so no package can be sealed. The recording stays "
        "saved. Technician: run `station keys trust-centre`."
    )


@dataclass(frozen=True, slots=True)
class SealedCase:
    """What sealing gives: the register's row and the package on disk."""

    row: CaseRow
    package: SealedPackage


class Sealing:
    """Turns complete cases into packages."""

    def __init__(
        self,
        config: StationConfig,
        *,
        store: Store,
        keys: StationKeys,
        register: Register,
        drafts: Drafts,
        clock: Clock,
    ) -> None:
        self._config = config
        self._store = store
        self._keys = keys
        self._register = register
        self._drafts = drafts
        self._clock = clock

    def recipients(self) -> tuple[str, ...]:
        """Return who can open packages: the enrolled centre, and those of the configuration."""
        centre = self._keys.centre()
        enrolled = centre.recipients if centre is not None else ()
        return tuple(dict.fromkeys((*enrolled, *self._config.package.recipients)))

    def seal(self, opened: OpenCase, who: SignedInOperator) -> SealedCase:
        """Seal one case; raises NoRecipientError or a SealError, and the draft stays then."""
        recipients = self.recipients()
        if not recipients:
            raise NoRecipientError
        now = self._clock.now()
        record = build_record(opened, config=self._config, sealed_by=who, now=now)
        with self._store.transaction():
            sequence, previous = self._register.next_sequence()
        header = PackageHeader(
            package_id=uuid4().hex,
            station_code=self._keys.station_code,
            host_code=record.host_code,
            origin_code=record.origin_code,
            sequence=sequence,
            previous_manifest_sha256=previous,
            created_at=record.ended_at,
            software_version=record.software_version,
            thresholds_version=record.thresholds_version,
        )
        package = seal_parts(
            build_parts(record),
            header=header,
            signer=self._keys.signer,
            recipients=recipients,
            folder=self._config.paths.spool,
        )
        return SealedCase(self._count(package, record.case_id, who), package)

    def _count(self, package: SealedPackage, case_id: str, who: SignedInOperator) -> CaseRow:
        """Make the package count and the draft unreadable, in one durable step."""
        actor = who.operator.user_name
        with self._store.transaction():
            if self._register.get(case_id).state is CaseState.DRAFT:
                self._register.advance(case_id, CaseState.REVIEWED, actor=actor)
            self._register.advance(
                case_id,
                CaseState.SEALED,
                actor=actor,
                package_id=package.package_id,
                sequence=package.manifest.sequence,
                manifest_sha256=package.manifest_sha256,
            )
            self._drafts.destroy(case_id)
            return self._register.advance(case_id, CaseState.OFFERED, actor=actor)
