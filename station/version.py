"""The version of this software, as named in packages and reports."""

from importlib.metadata import version

SOFTWARE_VERSION = version("ktpel-station")
