"""Iris checks."""
