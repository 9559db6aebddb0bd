"""What else a pull brings home: repair reports, and the signed head of the station's audit log."""

import hashlib
import re

from station.centre.client import StationClient
from station.centre.holdings import Holdings
from station.centre.report import Finding
from station.centre.stations import StationIdentity
from station.checkpoint import BadCheckpointError, Checkpoint, read_checkpoint
from station.durable import write_private

_REPORT_NAME = re.compile(r"(\d+)\.json", re.ASCII)


def keep_reports(client: StationClient, holdings: Holdings) -> int:
    """Fetch the repair reports that are not here; return how many came."""
    folder = holdings.reports_folder
    numbers = [
        int(name[1])
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (name := _REPORT_NAME.fullmatch(path.name))
    ]
    count = 0
    for listed in client.reports_after(max(numbers, default=0)):
        payload = client.report(listed.sequence)
        # the report may have been written anew meanwhile; the next run brings that one
        if hashlib.sha256(payload).hexdigest() == listed.sha256:
            write_private(folder / f"{listed.sequence:06d}.json", payload)
            count += 1
    return count


def keep_checkpoint(
    client: StationClient, holdings: Holdings, station: StationIdentity
) -> list[Finding]:
    """Keep the newest signed head; a head that contradicts the last one is a finding.

    A log only grows: a smaller one, or another root at the same size, means that the station's
    database was rolled back or rewritten.
    """
    text = client.checkpoint()
    if text is None:
        return []
    try:
        head = _read(text, station)
    except BadCheckpointError as error:
        return [Finding("bad_checkpoint", str(error))]
    path = holdings.checkpoint_path
    if path.is_file():
        last = _read(path.read_text(encoding="utf-8"), station)
        if head.size < last.size or (head.size == last.size and head.root != last.root):
            detail = f"the audit log was {last.size} long, now {head.size} with another past"
            return [Finding("audit_rolled_back", detail)]
    write_private(path, text.encode())
    return []


def _read(text: str, station: StationIdentity) -> Checkpoint:
    return read_checkpoint(text, name=text.partition("\n")[0], public_key=station.public_key())
