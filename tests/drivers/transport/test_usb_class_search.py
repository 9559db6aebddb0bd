"""Still cameras and card readers found by their interface class, over a folder as sysfs has it."""

import pytest

from drivers.errors import DeviceNotFoundError
from drivers.models.gphoto_camera import GphotoCamera
from drivers.models.pcsc_reader import PcscReader
from drivers.transport import usb_class_search as search
from drivers.transport.gphoto import library_port


@pytest.fixture
def plug(tmp_path, monkeypatch):
    """A function that plugs a device in."""
    sysfs, nodes = tmp_path / "sys", tmp_path / "dev"
    sysfs.mkdir()
    monkeypatch.setattr(search, "_SYSFS_DEVICES", sysfs)
    monkeypatch.setattr(search, "_DEVICE_NODES", nodes)

    def plug_in(port, *classes, product=None, number=7):
        texts = {"busnum": "1", "devnum": str(number)}
        texts |= {} if product is None else {"product": product}
        for name, text in texts.items():
            path = sysfs / port / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{text}\n")
        for index, code in enumerate(classes):
            interface = sysfs / f"{port}:1.{index}"
            interface.mkdir()
            (interface / "bInterfaceClass").write_text(f"{code}\n")
        node = nodes / "001" / f"{number:03d}"
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()

    return plug_in


def test_nothing_is_attached(plug):
    assert GphotoCamera.find_attached() == PcscReader.find_attached() == ()


def test_each_kind_sees_its_own_devices_once(plug):
    plug("1-2", "ff", "06", "06", product="NIKON DSC D750")
    plug("1-3.1", "0b", number=8)
    plug("1-4", "03", product="Keyboard", number=9)
    (camera,) = GphotoCamera.find_attached()
    assert (camera.place, camera.description) == ("USB 1-2", "NIKON DSC D750")
    assert camera.problem is None
    (reader,) = PcscReader.find_attached()
    assert (reader.place, reader.description) == ("USB 1-3.1", "card reader")


def test_permission_matters_for_cameras_only(plug, monkeypatch):
    plug("1-2", "06")
    plug("1-3", "0b", number=8)
    monkeypatch.setattr("os.access", lambda *_: False)
    assert GphotoCamera.find_attached()[0].problem.startswith("no permission; install")
    assert PcscReader.find_attached()[0].problem is None


def test_a_port_becomes_what_libgphoto2_calls_it(plug):
    plug("1-2", "06", number=12)
    plug("1-3", "0b", number=8)
    assert library_port("1-2", device="camera") == "usb:001,012"
    for port in ("1-3", "1-9"):
        with pytest.raises(DeviceNotFoundError, match=f"no camera at port {port}"):
            library_port(port, device="camera")
