"""Compose a station from its configuration: the only place that constructs devices."""

from pathlib import Path

from biometrics.face import FaceModels
from drivers.catalog import build_device
from drivers.devices import Device, FingerprintScanner
from drivers.errors import OptionsError
from drivers.transport.hotplug import HotplugWatcher
from selftest.bench import Bench
from selftest.errors import BenchError
from selftest.history import HISTORY_NAME
from station.audit import Audit
from station.capture_statistics import CaptureStatistics
from station.clock import Clock
from station.config import DeviceConfig, StationConfig
from station.deliveries import Deliveries
from station.device_room import DeviceRoom
from station.device_slot import DeviceSlot
from station.disk import Ballast
from station.drafts import Drafts
from station.errors import ConfigError
from station.inbox import Inbox
from station.keys import StationKeys
from station.operators import Operators
from station.plugging import WatchPlugging
from station.pull_service import PullService
from station.register import Register
from station.rooms import StationRooms
from station.sealing import Sealing
from station.selftest_bench import station_bench
from station.sources.context import SourceContext
from station.spool import Spool
from station.station import Station
from station.store import Store
from station.tls import server_certificate
from station.training import Training

MODELS_FOLDER = Path(__file__).resolve().parent.parent / "models"
"""Where `make setup` puts the face models."""
MODEL_FILES = {
    "detector": "face_detection_short_range.tflite",
    "landmarks": "face_landmarks_detector.tflite",
    "segmentation": "selfie_segmentation.tflite",
}
SIMULATED_PREFIX = "sim_"


def station_id(config: StationConfig) -> str:
    """Return the code that names this station to the centre: sub-district and set number."""
    return f"{config.station.code}-{config.station.set_number}"


def build_station(
    config: StationConfig,
    *,
    models_folder: Path = MODELS_FOLDER,
    watch_plugging: WatchPlugging = HotplugWatcher,
) -> Station:
    """Make every room of the station; devices are constructed, not opened.

    Raises ConfigError, KeyFileError or a StoreError.
    """
    configured = [(build_configured_device(device), device.driver) for device in config.devices]
    room = DeviceRoom(
        (DeviceSlot(device, driver) for device, driver in configured),
        watch_plugging=watch_plugging,
    )
    keys = load_keys(config)
    store = Store.open(config.paths.database)
    try:
        return _compose(config, keys, store, room, models_folder)
    except BaseException:
        store.close()
        raise


def load_keys(config: StationConfig) -> StationKeys:
    """Read the station's keys, made where there are none; also the pull interface's certificate."""
    keys = StationKeys.load_or_create(config.paths.keys, station_id(config))
    if not keys.tls_certificate_path.exists():
        hosts = () if config.pull.host in ("127.0.0.1", "localhost") else (config.pull.host,)
        pair = server_certificate(station_id(config), hosts=hosts)
        pair.write(keys.tls_certificate_path, keys.tls_key_path)
    return keys


def build_configured_device(device: DeviceConfig) -> Device:
    """Construct one device; raises ConfigError that names it and what is wrong."""
    place = f"[[devices]] {device.name}"
    try:
        built = build_device(device.name, device.driver, device.options)
    except OptionsError as error:
        raise ConfigError(
            place=place, problem_id=error.message, problem_en=error.message
        ) from error
    if built.kind != device.kind:
        raise ConfigError(
            place=place,
            problem_id=f"driver '{device.driver}' adalah {built.kind}, bukan {device.kind}",
            problem_en=f"driver '{device.driver}' is a {built.kind}, not a {device.kind}",
        )
    if isinstance(built, FingerprintScanner) and not built.is_enrolment_grade:
        raise ConfigError(
            place=place,
            problem_id=f"pemindai '{device.driver}' hanya untuk melihat, tidak untuk perekaman",
            problem_en=f"scanner '{device.driver}' is for looking only, never for recording",
        )
    return built


def load_face_models(folder: Path) -> FaceModels | None:
    """Read the three model files, or return None where one is absent."""
    paths = {name: folder / file_name for name, file_name in MODEL_FILES.items()}
    if not all(path.is_file() for path in paths.values()):
        return None
    return FaceModels.load(**{name: path.read_bytes() for name, path in paths.items()})


def _compose(
    config: StationConfig,
    keys: StationKeys,
    store: Store,
    room: DeviceRoom,
    models_folder: Path,
) -> Station:
    clock = Clock()
    audit = Audit(store, keys.signer, clock=clock)
    operators = Operators(store, audit)
    drafts = Drafts(store, audit, operators, clock=clock)
    register = Register(store, audit, keys.nik_tag_key, clock=clock)
    spool = Spool(config.paths.spool)
    inbox = Inbox(config.paths.inbox)
    return Station(
        StationRooms(
            config=config,
            store=store,
            keys=keys,
            audit=audit,
            operators=operators,
            drafts=drafts,
            register=register,
            devices=room,
            sealing=Sealing(
                config, store=store, keys=keys, register=register, drafts=drafts, clock=clock
            ),
            deliveries=Deliveries(
                inbox,
                keys.station_code,
                register=register,
                spool=spool,
                audit=audit,
                centre=keys.centre,
            ),
            spool=spool,
            ballast=Ballast(config.paths.ballast),
            pull_service=PullService(config, keys),
            source_context=SourceContext(
                face_models=load_face_models(models_folder),
                utc_text=lambda: clock.now().wall_text,
                statistics=CaptureStatistics(
                    config.paths.database.parent / HISTORY_NAME,
                    clock.wall,
                ),
            ),
            clock=clock,
            selftest_bench=_bench(config, room, store),
            training=_training(config),
        )
    )


def _bench(config: StationConfig, room: DeviceRoom, store: Store) -> Bench:
    try:
        return station_bench(config, room=room, store=store)
    except BenchError as error:
        place = config.paths.keys
        raise ConfigError(place=place, problem_id=str(error), problem_en=str(error)) from error


def _training(config: StationConfig) -> Training | None:
    """Return the virtual resident's stage where every device is simulated."""
    if not config.devices:
        return None
    if not all(device.driver.startswith(SIMULATED_PREFIX) for device in config.devices):
        return None
    scene = config.devices[0].options.get("scene", "default")
    return Training(str(scene))
