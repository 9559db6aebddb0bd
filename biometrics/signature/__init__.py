"""Signature checks."""

from biometrics.signature.check import SignatureCheck, check, render

__all__ = ["SignatureCheck", "check", "render"]
