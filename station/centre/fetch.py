"""Fetch one part: resumable, proved chunk by chunk; a bad chunk is asked for twice."""

from station.centre.chunks import BadChunkError, PartFile
from station.centre.client import LinkCutError, StationClient
from station.centre.errors import BadPackageError, StationUnreachableError
from station.centre.holdings import Holdings
from station.centre.report import Progress, PullProgress
from station.package.errors import RefusedPackageError
from station.package.manifest import CHUNK_BYTES, Manifest, PartName
from station.package.verify import verify_part

BAD_CHUNK_LIMIT = 2
"""A chunk that is wrong twice is wrong on the station's disk, not on the way."""


class Meter:
    """Counts the bytes of a run and tells who watches."""

    def __init__(self, total_bytes: int, progress: Progress | None) -> None:
        self._total_bytes = total_bytes
        self._progress = progress
        self.resumed_bytes = 0
        """Found proved on our disk."""
        self.arrived_bytes = 0
        """Came over the link and were proved."""

    def count(
        self, manifest: Manifest, part: PartName, *, resumed: int = 0, arrived: int = 0
    ) -> None:
        """Add bytes of a part."""
        self.resumed_bytes += resumed
        self.arrived_bytes += arrived
        if self._progress is not None:
            done = self.resumed_bytes + self.arrived_bytes
            self._progress(PullProgress(manifest.package_id, part, done, self._total_bytes))


class PartFetcher:
    """Fetches parts over one open line into the holdings of one station."""

    def __init__(self, client: StationClient, holdings: Holdings, meter: Meter) -> None:
        self._client = client
        self._holdings = holdings
        self._meter = meter

    def fetch(self, manifest: Manifest, part: PartName) -> None:
        """Bring a whole part to the disk; returns at once if it is there.

        Raises BadPackageError when the station's copy does not hold, LinkCutError when patience
        ended, StationRefusedError and StationUnreachableError from the line.
        """
        digest = manifest.part(part)
        if self._holdings.has_part(manifest.package_id, part):
            self._meter.count(manifest, part, resumed=digest.size_bytes)
            return
        file = PartFile(
            self._holdings.partial_path(manifest.package_id, part),
            size_bytes=digest.size_bytes,
            chunk_hashes=digest.chunks,
            chunk_bytes=CHUNK_BYTES,
        )
        with file:
            self._meter.count(manifest, part, resumed=file.proved_bytes)
            self._fill(file, manifest, part)
        self._prove_whole(manifest, part)
        self._holdings.finish_part(manifest.package_id, part)

    def _fill(self, file: PartFile, manifest: Manifest, part: PartName) -> None:
        bad: dict[int, int] = {}
        while not file.is_complete:
            try:
                self._stream(file, manifest, part)
            except BadChunkError as error:
                bad[error.index] = bad.get(error.index, 0) + 1
                if bad[error.index] >= BAD_CHUNK_LIMIT:
                    raise BadPackageError("damaged_part", f"part {part}: {error}") from error
            except LinkCutError as error:
                if not self._client.patience.failed(least_wait_s=error.wait_s):
                    raise

    def _stream(self, file: PartFile, manifest: Manifest, part: PartName) -> None:
        """Take what one answer brings."""
        tag = f'"sha-256-{manifest.part(part).sha256}"'
        start = file.proved_bytes
        file.restart()
        with self._client.part(manifest.package_id, part, start=start, tag=tag) as (offset, pieces):
            if offset != start:
                # other bytes than the manifest's: If-Range did not fit
                detail = f"part {part}: the station no longer offers the bytes it signed"
                raise BadPackageError("damaged_part", detail)
            for piece in pieces:
                before = file.proved_bytes
                file.append(piece)
                if file.proved_bytes > before:
                    self._client.patience.progressed()
                    self._meter.count(manifest, part, arrived=file.proved_bytes - before)
        if not file.is_complete:
            raise LinkCutError("the answer ended early")

    def _prove_whole(self, manifest: Manifest, part: PartName) -> None:
        partial = self._holdings.partial_path(manifest.package_id, part)
        try:
            verify_part(partial, manifest, part)
        except RefusedPackageError as error:
            raise BadPackageError("damaged_part", error.problem) from error


def is_station_there(client: StationClient) -> bool:
    """Tell whether the station still answers, after one part could not be had."""
    try:
        client.health()
    except StationUnreachableError:
        return False
    return True
