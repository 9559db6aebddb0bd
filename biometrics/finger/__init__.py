"""Fingerprints: check, template, comparison, slaps."""
