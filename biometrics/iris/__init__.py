"""Iris checks."""

from biometrics.iris.check import check, preview
from biometrics.iris.results import Circle, IrisCheck, IrisPreview

__all__ = ["Circle", "IrisCheck", "IrisPreview", "check", "preview"]
