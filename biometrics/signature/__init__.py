"""Signature checks."""

from biometrics.signature.check import SignatureCheck, check
from biometrics.signature.render import render

__all__ = ["SignatureCheck", "check", "render"]
