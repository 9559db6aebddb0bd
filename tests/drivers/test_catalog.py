"""A new driver is one new file."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import drivers.models
from drivers.catalog import build_device, driver_names, load_driver
from drivers.errors import OptionsError
from tests.drivers import test_every_driver as laws

NEW_DRIVER = '''
"""A tray that counts cards, as an example of a new driver."""

from drivers.devices import CardReader, DeviceOptions
from drivers.frames import DeviceIdentity


class AcmeTrayOptions(DeviceOptions):
    """Options of a tray."""

    depth_mm: int = 30
    """Depth of the tray."""


class AcmeTray(CardReader):
    """A tray."""

    options_model = AcmeTrayOptions

    def _open(self): ...

    def _close(self): ...

    def _identity(self):
        return DeviceIdentity(make="Acme", model="Tray")

    def _read_atr(self, timeout_s):
        return None


DRIVER = AcmeTray
'''
LIST_WITH_FOLDER = """
import sys, drivers.models
drivers.models.__path__.append(sys.argv.pop(1))
from drivers.__main__ import app
app()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which drivers are looked for besides the installed ones."""
    monkeypatch.setattr(drivers.models, "__path__", [*drivers.models.__path__, str(tmp_path)])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("drivers.models."):
            del sys.modules[name]


def test_one_file_is_one_driver(folder):
    (folder / "acme_tray.py").write_text(NEW_DRIVER)
    assert "acme_tray" in driver_names()
    assert load_driver("acme_tray").kind == "card_reader"
    with build_device("tray", "acme_tray", {"depth_mm": 5}) as tray:
        assert tray.identity().model == "Tray"
        assert tray.read_atr(timeout_s=1.0) is None


@pytest.mark.parametrize(
    "law",
    [
        laws.test_it_is_a_device_of_one_kind_with_nothing_abstract_left,
        laws.test_the_last_line_of_its_file_names_it,
        laws.test_its_options_have_defaults_or_are_documented,
        laws.test_unknown_options_are_refused,
        laws.test_closing_twice_is_allowed_and_using_it_closed_is_not,
        laws.test_looking_for_attached_devices_opens_nothing_and_is_quick,
        laws.test_a_scanner_that_is_not_for_enrolment_has_no_targets,
        laws.test_a_real_driver_reaches_hardware_only_through_the_transport,
    ],
)
def test_a_driver_written_by_the_recipe_keeps_the_laws_of_every_driver(folder, law):
    """README: options, a class of a kind of `drivers/devices.py`, last line `DRIVER = ...`."""
    (folder / "acme_tray.py").write_text(NEW_DRIVER)
    law("acme_tray")


def test_a_law_is_broken_by_a_driver_that_breaks_it(folder):
    (folder / "acme_tray.py").write_text(NEW_DRIVER.replace("DRIVER = AcmeTray", "import serial"))
    with pytest.raises(OptionsError, match="DRIVER"):
        laws.test_the_last_line_of_its_file_names_it("acme_tray")
    (folder / "acme_tray.py").write_text("import serial\n" + NEW_DRIVER)
    drop_loaded("acme_tray")
    with pytest.raises(AssertionError):
        laws.test_a_real_driver_reaches_hardware_only_through_the_transport("acme_tray")


def drop_loaded(name):
    """Forget a module, also its compiled form, so that the changed file is read."""
    sys.modules.pop(f"drivers.models.{name}", None)
    importlib.invalidate_caches()


def test_the_command_line_lists_it(tmp_path):
    (tmp_path / "acme_tray.py").write_text(NEW_DRIVER)
    listed = subprocess.run(
        [sys.executable, "-c", LIST_WITH_FOLDER, str(tmp_path), "list"],
        cwd=Path(drivers.models.__file__).parents[2],
        env=os.environ | {"COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "acme_tray" in listed.stdout
    assert "uareu4500" in listed.stdout


def test_names_are_known_without_importing(folder):
    (folder / "broken.py").write_text("raise SystemExit('imported')")
    assert "broken" in driver_names()


def test_unknown_names_tell_the_known_ones():
    with pytest.raises(OptionsError, match=r"no driver 'nothing'.*uareu4500"):
        load_driver("nothing")


def test_a_missing_library_breaks_only_its_driver(folder):
    (folder / "vendor_thing.py").write_text("import no_such_vendor_library")
    with pytest.raises(OptionsError, match="no_such_vendor_library"):
        load_driver("vendor_thing")
    assert load_driver("uareu4500")


@pytest.mark.parametrize("text", ["", "DRIVER = 3", "DRIVER = int"])
def test_a_file_without_a_driver(folder, text):
    (folder / "no_driver.py").write_text(text)
    with pytest.raises(OptionsError, match="DRIVER"):
        load_driver("no_driver")


def test_wrong_options_name_the_option_and_the_device(folder):
    (folder / "acme_tray.py").write_text(NEW_DRIVER)
    with pytest.raises(OptionsError, match=r"tray: .*acme_tray.*depth_mm: .*integer"):
        build_device("tray", "acme_tray", {"depth_mm": "deep"})
    with pytest.raises(OptionsError, match=r"width.*its options: depth_mm"):
        build_device("tray", "acme_tray", {"width": 1})
