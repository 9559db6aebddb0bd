"""Signature checks."""
