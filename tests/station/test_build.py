"""Devices of a configuration: what is refused before a recording could begin."""

import pytest

from station.build import build_configured_device
from station.config import DeviceConfig
from station.errors import ConfigError


def device(kind, driver, **options):
    return DeviceConfig(kind=kind, name="alat", driver=driver, options=options)


def test_a_scanner_that_is_for_looking_only_cannot_be_configured():
    with pytest.raises(ConfigError, match="for looking only"):
        build_configured_device(device("fingerprint_scanner", "zfm20", port="/dev/ttyUSB0"))


def test_a_driver_of_another_kind_cannot_be_configured():
    with pytest.raises(ConfigError, match="not a iris_camera"):
        build_configured_device(device("iris_camera", "sim_pad"))


def test_a_simulated_scanner_can():
    built = build_configured_device(device("fingerprint_scanner", "sim_scanner", model="slap"))
    assert built.name == "alat"
