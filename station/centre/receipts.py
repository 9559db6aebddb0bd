"""The centre's signed answers: receipts for packages, notices of damage.

An answer is made once and kept; what is sent again later is the same text, so a station that has
it already answers the same, and a second, different one is what it must be: an alarm.
"""

import hashlib
from datetime import UTC, datetime

from station.answers import Notice, Receipt
from station.package.manifest import Manifest, PartName
from station.signer import Signer


def now_text(now: datetime | None = None) -> str:
    """Return a time as answers write it; default is now."""
    moment = now or datetime.now(UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def accept(manifest: Manifest, signer: Signer, *, issued_at: str | None = None) -> str:
    """Return the signed receipt "accepted": the station may purge the parts."""
    receipt = _receipt(manifest, issued_at, verdict="accepted")
    return signer.sign_jws(receipt.payload())


def reject(
    manifest: Manifest,
    signer: Signer,
    *,
    reason: str,
    detail: str = "",
    issued_at: str | None = None,
) -> str:
    """Return the signed receipt "rejected": the station keeps the package and asks a person."""
    receipt = _receipt(
        manifest, issued_at, verdict="rejected", reason=reason, detail=detail[:500] or None
    )
    return signer.sign_jws(receipt.payload())


def damage_notice(
    manifest: Manifest, part: PartName, signer: Signer, *, detail: str, issued_at: str | None = None
) -> str:
    """Return the signed notice that the station's copy of a part does not fit its manifest.

    Its id follows from package and part: telling it again is telling the same.
    """
    name = f"damaged:{manifest.station_code}:{manifest.sha256}:{part}"
    notice = Notice(
        notice_id=hashlib.sha256(name.encode()).hexdigest()[:32],
        station_code=manifest.station_code,
        kind="damaged",
        package_id=manifest.package_id,
        items=(part,),
        detail=detail[:500],
        issued_at=issued_at or now_text(),
    )
    return signer.sign_jws(notice.payload())


def _receipt(manifest: Manifest, issued_at: str | None, **verdict: str | None) -> Receipt:
    return Receipt.model_validate(
        {
            "package_id": manifest.package_id,
            "station_code": manifest.station_code,
            "sequence": manifest.sequence,
            "manifest_sha256": manifest.sha256,
            "issued_at": issued_at or now_text(),
            **verdict,
        }
    )
