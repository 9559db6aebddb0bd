"""Laws that hold for every driver of the catalogue; a new file is picked up by itself."""

import ast
import inspect
import sys
import time
from pathlib import Path

import pytest

from drivers.catalog import build_device, driver_names, load_driver
from drivers.devices import (
    AttachedDevice,
    CardReader,
    Device,
    DeviceOptions,
    FaceCamera,
    FingerprintScanner,
    IrisCamera,
    PowerSupply,
    SignaturePad,
)
from drivers.errors import DeviceNotFoundError, DriverError

KINDS = (FingerprintScanner, FaceCamera, IrisCamera, SignaturePad, CardReader, PowerSupply)
REAL_DRIVERS = [name for name in driver_names() if not name.startswith("sim_")]
OPEN_LIMIT_S = 5.0

every_driver = pytest.mark.parametrize("name", driver_names())


def required_options(driver):
    """Options that have no default, with a value that leads nowhere."""
    fields = driver.options_model.model_fields
    nowhere = {"port": "/dev/nothing", "url": "http://127.0.0.1:9", "host": "127.0.0.1"}
    return {name: nowhere[name] for name, field in fields.items() if field.is_required()}


def module_tree(driver):
    return ast.parse(Path(inspect.getfile(driver)).read_text(encoding="utf-8"))


def documented_fields(model):
    """Names of the fields that have a string under them."""
    source = ast.parse(Path(inspect.getfile(model)).read_text(encoding="utf-8"))
    found = set()
    for owner in ast.walk(source):
        if isinstance(owner, ast.ClassDef):
            for field, text in zip(owner.body, owner.body[1:], strict=False):
                is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
                if isinstance(field, ast.AnnAssign) and is_text:
                    found.add(ast.unparse(field.target))
    return found


def test_there_are_drivers():
    assert {"uareu4500", "uvc_camera"} <= set(driver_names())


@every_driver
def test_it_is_a_device_of_one_kind_with_nothing_abstract_left(name):
    driver = load_driver(name)
    assert issubclass(driver, Device)
    assert not inspect.isabstract(driver)
    assert sum(issubclass(driver, kind) for kind in KINDS) == 1


@every_driver
def test_the_last_line_of_its_file_names_it(name):
    driver = load_driver(name)
    tree = module_tree(driver)
    assert ast.unparse(tree.body[-1]) == f"DRIVER = {driver.__name__}"
    assert ast.get_docstring(tree)


@every_driver
def test_its_options_have_defaults_or_are_documented(name):
    model = load_driver(name).options_model
    assert issubclass(model, DeviceOptions)
    documented = set().union(
        *(documented_fields(one) for one in model.__mro__ if one.__module__.startswith("drivers"))
    )
    for option, field in model.model_fields.items():
        assert not field.is_required() or field.description or option in documented, option


@every_driver
def test_unknown_options_are_refused(name):
    with pytest.raises(DriverError, match="no_such_option"):
        build_device("device", name, {"no_such_option": 1})


@every_driver
def test_closing_twice_is_allowed_and_using_it_closed_is_not(name):
    device = build_device("device", name, required_options(load_driver(name)))
    device.close()
    device.close()
    assert not device.is_open
    with pytest.raises(DeviceNotFoundError, match="before it was opened"):
        device.identity()


@every_driver
def test_looking_for_attached_devices_opens_nothing_and_is_quick(name):
    started_s = time.monotonic()
    attached = load_driver(name).find_attached()
    assert time.monotonic() - started_s < 2.0
    assert attached is None or all(isinstance(one, AttachedDevice) for one in attached)


@every_driver
def test_a_scanner_that_is_not_for_enrolment_has_no_targets(name):
    driver = load_driver(name)
    if issubclass(driver, FingerprintScanner):
        assert driver.is_enrolment_grade == bool(driver.targets)


@pytest.mark.parametrize("name", REAL_DRIVERS)
def test_opening_with_nothing_attached_is_a_driver_error_in_time(name):
    driver = load_driver(name)
    if driver.find_attached():
        pytest.skip("such a device is attached to this machine")
    device = build_device("device", name, required_options(driver))
    started_s = time.monotonic()
    with pytest.raises(DriverError):
        device.open()
    assert time.monotonic() - started_s < OPEN_LIMIT_S
    assert not device.is_open
    device.close()


@pytest.mark.parametrize("name", REAL_DRIVERS)
def test_a_real_driver_reaches_hardware_only_through_the_transport(name):
    forbidden = {"usb", "serial", "pyudev", "libusb_package"}
    for node in ast.walk(module_tree(load_driver(name))):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        roots = {module.split(".")[0] for module in modules}
        assert not roots & forbidden
        assert not any(module.startswith("drivers.simulation") for module in modules)
    assert sys.modules[load_driver(name).__module__].DRIVER is load_driver(name)
