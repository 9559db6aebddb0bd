"""Portrait checks."""

from biometrics.face.check import check
from biometrics.face.preview import preview
from biometrics.face.results import Background, Box, FaceCheck, FaceModels, FacePreview

__all__ = ["Background", "Box", "FaceCheck", "FaceModels", "FacePreview", "check", "preview"]
