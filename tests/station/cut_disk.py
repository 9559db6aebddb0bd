"""A file layer under SQLite whose power can be cut, or that fails, at any operation.

What was flushed survives a cut. Of what was written since, a random part survives, torn at 512
bytes, in no order: that is what a disk cache does. Not modelled: a disk that lies about flushing,
and bits that rot.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR_BYTES = 512
NEVER = 1 << 60


@dataclass
class TrackedFile:
    """What is on the medium, and what the cache still holds."""

    durable: bytearray | None = None
    """None: the name itself has not reached the medium."""
    pending: list[tuple[str, int, bytes]] = field(default_factory=list)

    def sync(self) -> None:
        self.durable = self.after(self.pending)
        self.pending = []

    def after(self, operations) -> bytearray:
        content = bytearray(self.durable or b"")
        for kind, offset, data in operations:
            if kind == "truncate":
                del content[offset:]
                continue
            if len(content) < offset:
                content.extend(bytes(offset - len(content)))
            content[offset : offset + len(data)] = data
        return content

    def survive(self, dice: random.Random) -> bytearray | None:
        if self.durable is None and dice.random() < 0.5:
            return None
        return self.after(list(self._lucky(dice)))

    def _lucky(self, dice):
        odds = dice.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        for kind, offset, data in self.pending:
            if kind == "truncate":
                if dice.random() < odds:
                    yield kind, offset, data
                continue
            for start, piece in sectors(offset, data):
                if dice.random() < odds:
                    yield kind, start, piece


def sectors(offset, data):
    """Cut a write at the borders of sectors."""
    end = offset + len(data)
    while offset < end:
        border = min(end, (offset // SECTOR_BYTES + 1) * SECTOR_BYTES)
        piece, data = data[: border - offset], data[border - offset :]
        yield offset, piece
        offset = border


class CutDisk(apsw.VFS):
    """Counts operations; cuts the power, or fails once, at the chosen one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reset()
        super().__init__(name, "")

    def reset(self, *, cut_at: int = NEVER, fail_at: int = NEVER, failure=apsw.IOError) -> None:
        self.files: dict[str, TrackedFile] = {}
        self.count = 0
        self.cut_at = cut_at
        self.fail_at = fail_at
        self.failure = failure

    @property
    def is_cut(self) -> bool:
        return self.count > self.cut_at

    def step(self) -> None:
        """Count an operation that changes the medium."""
        self.count += 1
        if self.is_cut:
            raise apsw.IOError("the power is cut")
        if self.count == self.fail_at:
            raise self.failure("the disk fails once")

    def xOpen(self, name, flags):  # noqa: N802 - the name that apsw calls
        path = name if name is None or isinstance(name, str) else name.filename()
        return CutFile(self, path, name, flags)

    def xDelete(self, filename, syncdir):  # noqa: N802 - the name that apsw calls
        self.step()
        super().xDelete(filename, syncdir)
        self.files.pop(filename, None)

    def track(self, path: str) -> TrackedFile:
        if path not in self.files:
            existing = Path(path)
            content = existing.read_bytes() if existing.exists() else b""
            # a file with content was flushed by whoever renamed it into place
            self.files[path] = TrackedFile(bytearray(content) if content else None)
        return self.files[path]

    def survivors(self, folder: Path, dice: random.Random) -> None:
        """Write into `folder` what the medium holds after the cut."""
        for path, tracked in self.files.items():
            if not Path(path).exists():
                continue  # renamed or deleted
            content = tracked.survive(dice)
            if content is not None:
                (folder / Path(path).name).write_bytes(content)


class CutFile(apsw.VFSFile):
    """One open file on a CutDisk."""

    def __init__(self, disk: CutDisk, path: str | None, name, flags) -> None:
        self.disk = disk
        self.tracked = TrackedFile() if path is None else disk.track(path)
        super().__init__("", name, flags)

    def xWrite(self, data, offset):  # noqa: N802 - the name that apsw calls
        self.disk.step()
        self.tracked.pending.append(("write", offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize):  # noqa: N802 - the name that apsw calls
        self.disk.step()
        self.tracked.pending.append(("truncate", newsize, b""))
        super().xTruncate(newsize)

    def xSync(self, flags):  # noqa: N802 - the name that apsw calls
        # not passed on: what survives is decided here, and a real flush only takes time
        self.disk.step()
        self.tracked.sync()
