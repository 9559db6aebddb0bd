"""Emulators that speak each device's real wire protocol."""
