"""Fingerprints: check, template, comparison, slaps."""

from biometrics.finger.check import check
from biometrics.finger.compare import compare, compare_described
from biometrics.finger.extract import extract
from biometrics.finger.neighbourhood import DescribedTemplate, describe
from biometrics.finger.preview import FingerPreview, preview
from biometrics.finger.results import ComparisonResult, FingerCheck, Reason, SlapCheck
from biometrics.finger.similarity import false_match_rate
from biometrics.finger.slap import check_slap
from biometrics.finger.template import FingerTemplate, MinutiaKind
from biometrics.parameters import VERIFICATION_SCORE

__all__ = [
    "VERIFICATION_SCORE",
    "ComparisonResult",
    "DescribedTemplate",
    "FingerCheck",
    "FingerPreview",
    "FingerTemplate",
    "MinutiaKind",
    "Reason",
    "SlapCheck",
    "check",
    "check_slap",
    "compare",
    "compare_described",
    "describe",
    "extract",
    "false_match_rate",
    "preview",
]
