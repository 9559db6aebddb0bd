"""Diagnose every component of the station and say what to do about it."""
