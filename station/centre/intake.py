"""Take in packages that a courier brought, and give the medium the receipts to carry back.

The courier's medium is believed no more than a network: every package is verified from its
signature down, copied to where the collector would have put it, and verified again there. So the
same package by courier and by network is one package with one receipt.

    <medium>/receipts/<package id>.jws      what `station receive` reads on the way back
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from station.centre.errors import BadPackageError, CentreError, code_of
from station.centre.holdings import RECEIPT_FILE, Holdings
from station.centre.judge import judge
from station.centre.keys import CentreKeys
from station.centre.ledger import Ledger
from station.centre.open_package import find_packages, signer_of
from station.centre.report import Finding
from station.durable import (
    LEFTOVER_PREFIX,
    make_private_folder,
    sync_file,
    sync_folder,
    write_private,
)
from station.package.errors import RefusedPackageError
from station.package.manifest import MANIFEST_FILE, PART_NAMES, Manifest, part_file
from station.package.verify import verify_package

RECEIPTS_FOLDER = "receipts"


@dataclass(frozen=True, slots=True)
class TakenPackage:
    """What became of one package of a medium."""

    package_id: str
    station_code: str
    sequence: int
    is_new: bool
    """False: it was here already, by an earlier medium or by the network."""
    has_receipt: bool
    findings: tuple[Finding, ...] = ()


def take_package(folder: Path, keys: CentreKeys, out: Path) -> TakenPackage:
    """Verify a package, keep it below `out`, and make its receipt.

    Raises BadPackageError for a package that does not hold, CentreError for what is wrong here.
    """
    try:
        signing_keys, station_code = signer_of(folder, keys.stations)
        manifest = verify_package(folder, signing_keys, station_code=station_code)
        holdings = Holdings(out, station_code)
        with holdings.locked():
            ledger = Ledger(holdings.folder)
            _check_is_no_fork(ledger, manifest)
            is_new = not holdings.is_whole(manifest.package_id)
            if is_new:
                _copy(folder, holdings, manifest.package_id)
                target = holdings.package_folder(manifest.package_id)
                verify_package(target, signing_keys, station_code=station_code)
            ledger.learn(manifest)
            findings = _answer(holdings, manifest, keys)
            has_receipt = holdings.read_receipt(manifest.package_id) is not None
    except RefusedPackageError as error:
        raise BadPackageError(code_of(error), error.problem) from error
    except OSError as error:
        msg = f"{folder} could not be copied to {out}: {error.strerror}; make room, or try again"
        raise CentreError(msg) from error
    return TakenPackage(
        manifest.package_id, station_code, manifest.sequence, is_new, has_receipt, findings
    )


def write_receipts(out: Path, medium: Path) -> int:
    """Put every receipt that is kept below `out` on a medium; return how many."""
    count = 0
    for folder in find_packages(out):
        receipt = folder / RECEIPT_FILE
        if receipt.is_file():
            write_private(medium / RECEIPTS_FOLDER / f"{folder.name}.jws", receipt.read_bytes())
            count += 1
    return count


def _check_is_no_fork(ledger: Ledger, manifest: Manifest) -> None:
    known = ledger.get(manifest.sequence)
    if known is not None and known.manifest_sha256 != manifest.sha256:
        detail = f"number {manifest.sequence} is package {known.package_id} already"
        raise BadPackageError("fork", detail)


def _copy(folder: Path, holdings: Holdings, package_id: str) -> None:
    """Copy aside, flush, rename: a medium pulled out in the middle leaves nothing under a name."""
    target = holdings.package_folder(package_id)
    aside = holdings.folder / f"{LEFTOVER_PREFIX}{package_id}"
    shutil.rmtree(aside, ignore_errors=True)
    make_private_folder(aside)
    try:
        for name in (*map(part_file, PART_NAMES), MANIFEST_FILE):
            shutil.copyfile(folder / name, aside / name, follow_symlinks=False)
            sync_file(aside / name)
        sync_folder(aside)
        shutil.rmtree(target, ignore_errors=True)  # a half that the network brought
        aside.rename(target)
        sync_folder(holdings.folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _answer(holdings: Holdings, manifest: Manifest, keys: CentreKeys) -> tuple[Finding, ...]:
    if holdings.read_receipt(manifest.package_id) is not None:
        return ()
    judgement = judge(holdings.package_folder(manifest.package_id), manifest, keys)
    if judgement.receipt_jws is not None:
        holdings.keep_receipt(manifest.package_id, judgement.receipt_jws)
    return judgement.findings
