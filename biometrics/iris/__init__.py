"""Iris checks."""

from biometrics.iris.check import check, preview
from biometrics.iris.iris_code import IrisCode, IrisComparison, compare_iris, encode_iris
from biometrics.iris.results import Circle, IrisCheck, IrisPreview

__all__ = [
    "Circle",
    "IrisCheck",
    "IrisCode",
    "IrisComparison",
    "IrisPreview",
    "check",
    "compare_iris",
    "encode_iris",
    "preview",
]
