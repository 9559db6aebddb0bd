"""One walk through all drivers: unplug, stall and short answer at every transfer of one capture.

What is demanded is in `fault_walk`; the benches are in `fault_benches`, one or more for each
driver, on every seam where an emulated device can stand. A driver without a bench fails.
"""

from functools import cache

import pytest

from drivers.catalog import driver_names, load_driver
from tests.drivers.fault_benches import (
    pads,
    serial_lines,
    services,
    simulated,
    streams,
    usb_scanners,
    workers,
)
from tests.drivers.fault_walk import REQUIRED, Leftovers, walk

BENCHES = {
    "epad": (pads.EpadOnUsb,),
    "gphoto_camera": (workers.GphotoWorker,),
    "megatec_ups": (serial_lines.MegatecOnLink, serial_lines.MegatecOnTerminal),
    "mosip_sbi": (services.SbiScanner,),
    "mosip_sbi_face": (services.SbiFace,),
    "mosip_sbi_iris": (services.SbiIris,),
    "nb1010": (usb_scanners.Nb1010UnderPyusb,),
    "nut_ups": (serial_lines.NutOverTcp,),
    "pcsc_reader": (workers.PcscWorker,),
    "sim_camera": (simulated.SimulatedCamera,),
    "sim_iris": (simulated.SimulatedIris,),
    "sim_pad": (simulated.SimulatedPad,),
    "sim_scanner": (simulated.SimulatedScanner,),
    "sim_card": (simulated.SimulatedCard,),
    "sim_ups": (simulated.SimulatedUps,),
    "topaz_siglite": (pads.TopazOnTerminal,),
    "uareu4500": (
        usb_scanners.Uareu4500OnLink,
        usb_scanners.Uareu4500UnderPyusb,
        usb_scanners.UareuV2UnderPyusb,
    ),
    "uvc_camera": (streams.CameraStream,),
    "uvc_iris": (streams.IrisStream,),
    "wacom_stu": (pads.WacomStuOnUsb, pads.WacomStuOnTerminal),
    "zfm20": (serial_lines.Zfm20OnLink, serial_lines.Zfm20OnTerminal),
}

EVERY_BENCH = [
    pytest.param(name, bench, id=f"{name}-{bench.seam}")
    for name in driver_names()
    for bench in BENCHES.get(name, ())
]
EVERY_FAULT = [
    pytest.param(bench, hit, id=f"{name}-{bench.seam}-{hit}")
    for name in driver_names()
    for bench in BENCHES.get(name, ())
    for hit in bench.hits()
]


@pytest.fixture(scope="module")
def good_capture(tmp_path_factory):
    """A function that tells what a bench captures without a fault."""

    @cache
    def capture(bench):
        with bench(tmp_path_factory.mktemp("good")) as sound:
            return sound.capture()

    return capture


@pytest.mark.parametrize("name", driver_names())
def test_every_driver_is_walked_through_every_transfer(name):
    assert name in BENCHES, f"driver {name} has no bench; write one in tests/drivers/fault_benches"
    assert any(set(one.kinds) >= set(REQUIRED) and one.numbers is None for one in BENCHES[name])


@pytest.mark.parametrize(("name", "bench"), EVERY_BENCH)
def test_a_capture_without_fault_makes_these_transfers(name, bench, tmp_path):
    left = Leftovers()
    with bench(tmp_path) as sound:
        assert type(sound.device) is load_driver(name)
        sound.capture()
        assert sound.made_transfers() == bench.transfers
    left.assert_none(are_emulators_kept=False)


@pytest.mark.parametrize(("bench", "hit"), EVERY_FAULT)
def test_a_fault_at_any_transfer(bench, hit, tmp_path, good_capture):
    walk(bench(tmp_path, hit), hit, good_capture(bench))
