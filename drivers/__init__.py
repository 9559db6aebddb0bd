"""Bytes to frames: the device drivers of the station. Knows nothing of recording or packages."""
