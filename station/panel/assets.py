"""The panel's own style sheets, scripts and icons, at an address that changes with their content.

A browser so keeps them for good and asks for none of them again: each question would wait behind
the previews, which share the few connections that a browser opens to one address.
"""

import hashlib
from importlib.resources import files
from pathlib import Path

STATIC_PATH = "/static"
STATIC_FOLDER = Path(str(files("station.panel"))) / "static"
DIGEST_CHARS = 16  # 64 bits: two releases never share an address by chance


def versioned_path(folder: Path = STATIC_FOLDER) -> str:
    """Return the address of the files as they are now, without a slash at the end."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\n{content}\n".encode())
    return f"{STATIC_PATH}/{digest.hexdigest()[:DIGEST_CHARS]}"
