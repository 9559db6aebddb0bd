"""Find drivers: one file in `drivers/models` is one driver, and the file name is its name."""

import importlib
import pkgutil

from pydantic import ValidationError

import drivers.models
from drivers.devices import Device
from drivers.errors import OptionsError


def driver_names() -> tuple[str, ...]:
    """Return the names of all drivers without importing them."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(drivers.models.__path__)))


def load_driver(name: str) -> type[Device]:
    """Import one driver and return its class.

    Raises OptionsError for an unknown name, a missing library and a file without a driver.
    """
    if name not in driver_names():
        known = ", ".join(driver_names())
        raise OptionsError(f"there is no driver '{name}'; known are: {known}", device=name)
    try:
        driver = getattr(importlib.import_module(f"drivers.models.{name}"), "DRIVER", None)
    except ImportError as error:
        raise OptionsError(
            f"the driver does not load: {error}; install what it needs (extra 'devices')",
            device=name,
        ) from error
    if not (isinstance(driver, type) and issubclass(driver, Device)):
        raise OptionsError("its file ends without DRIVER = a device class", device=name)
    return driver


def build_device(name: str, driver_name: str, options: dict[str, object]) -> Device:
    """Construct a device with checked options; nothing is opened.

    Raises OptionsError that names the option and what is wrong with it.
    """
    driver = load_driver(driver_name)
    try:
        checked = driver.options_model.model_validate(options)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
        known = ", ".join(driver.options_model.model_fields) or "none"
        raise OptionsError(
            f"options of driver '{driver_name}': {problems} (its options: {known})", device=name
        ) from error
    return driver(name, checked)
