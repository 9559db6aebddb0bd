"""Decide about a whole package: prove that it opens, and make its receipt once.

Without an opening key here (it may live in an HSM elsewhere) a package is accepted by signature
and hashes alone. With one, it is opened on trial first: an accepted receipt lets the station
destroy the only other copy.

    opens                 accepted
    for other keys        no receipt yet: the key may be elsewhere, or come with the next rotation
    does not hold inside  rejected: the station keeps it and asks a person
"""

from dataclasses import dataclass
from pathlib import Path

from station.centre.errors import CentreError, code_of
from station.centre.keys import CentreKeys
from station.centre.open_package import trial_open
from station.centre.receipts import accept, reject
from station.centre.report import Finding
from station.package.errors import NotForUsError, PackageError, RefusedPackageError
from station.package.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Judgement:
    """A receipt to keep and to send, and what somebody must look at."""

    receipt_jws: str | None
    """None: nothing can be said yet."""
    findings: tuple[Finding, ...] = ()


def judge(folder: Path, manifest: Manifest, keys: CentreKeys) -> Judgement:
    """Judge a package whose manifest was verified and whose parts are both in `folder`.

    Raises CentreError when it is this machine that cannot open it.
    """
    if not keys.identities:
        return Judgement(accept(manifest, keys.signer))
    try:
        violations = trial_open(folder, manifest, keys.identities)
    except NotForUsError as error:
        return Judgement(None, (_finding(manifest, "not_for_us", error.problem),))
    except RefusedPackageError as error:
        return _rejected(manifest, keys, code_of(error), error.problem)
    except PackageError as error:
        raise CentreError(error.text_en) from error
    findings = tuple(_finding(manifest, found.code, found.detail) for found in violations)
    grave = [found for found in violations if found.is_grave]
    if grave:
        return _rejected(manifest, keys, grave[0].code, grave[0].detail, findings)
    return Judgement(accept(manifest, keys.signer), findings)


def _rejected(
    manifest: Manifest,
    keys: CentreKeys,
    reason: str,
    detail: str,
    findings: tuple[Finding, ...] = (),
) -> Judgement:
    receipt = reject(manifest, keys.signer, reason=reason, detail=detail)
    told = _finding(manifest, "rejected", f"{reason}: {detail}")
    return Judgement(receipt, (*findings, told))


def _finding(manifest: Manifest, code: str, detail: str) -> Finding:
    return Finding(code, detail, manifest.sequence, manifest.package_id)
