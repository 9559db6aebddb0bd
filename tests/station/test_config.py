"""The configuration: defaults, and errors that name line, key, value and what is allowed."""

import tomllib

import pytest

from station.config import STEP_NAMES, StationConfig, write_default
from station.config_lines import find_line
from station.errors import ConfigError

MINIMAL = '[station]\ncode = "61.01.01"\nname = "Sambas"\n'
RECIPIENT = "age1" + "q" * 58


@pytest.fixture
def path(tmp_path):
    return tmp_path / "station.toml"


def load(path, text):
    path.write_text(text, encoding="utf-8")
    return StationConfig.load(path)


def refuse(path, text):
    with pytest.raises(ConfigError) as caught:
        load(path, text)
    error = caught.value
    assert str(path) in error.text_id
    assert str(path) in error.text_en
    return error


def test_the_least_that_must_be_said(path):
    config = load(path, MINIMAL)
    assert (config.station.set_number, config.station.language) == (1, "id")
    assert (config.panel.host, config.panel.port) == ("127.0.0.1", 8461)
    assert (config.pull.host, config.pull.port) == ("127.0.0.1", 8462)
    assert config.recording.order == STEP_NAMES
    assert config.recording.max_attempts == 3
    assert config.recording.capture_timeout_s == 30
    assert config.recording.auto_capture
    assert config.devices == config.package.recipients == ()


def test_places_are_relative_to_the_file(path):
    text = MINIMAL + '[paths]\nspool = "/srv/spool"\nkeys = "../keys"\n'
    paths = load(path, text).paths
    folder = path.parent.resolve()
    assert paths.database == folder / "station.db"
    assert paths.reports == folder / "outbox" / "reports"
    assert paths.keys == folder / ".." / "keys"
    assert str(paths.spool) == "/srv/spool"


def test_a_new_simulated_station(path):
    config = write_default(path, code="61.01.01", name='Kecamatan "Sambas"\n\\', simulated=True)
    assert config == StationConfig.load(path)
    assert config.station.name == 'Kecamatan "Sambas"\n\\'
    assert [(device.kind, device.driver) for device in config.devices] == [
        ("fingerprint_scanner", "sim_scanner"),
        ("face_camera", "sim_camera"),
        ("iris_camera", "sim_iris"),
        ("signature_pad", "sim_pad"),
        ("power_supply", "sim_ups"),
    ]
    assert config.devices[0].options == {"model": "slap"}
    assert config.recording.order == (
        "portrait",
        "left_slap",
        "right_slap",
        "thumbs",
        "verification",
        "irises",
        "signature",
    )
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_new_real_station_has_no_devices_yet(path):
    assert write_default(path, code="61.01.01", simulated=False).devices == ()
    assert "[[devices]]" in path.read_text(encoding="utf-8")


def test_the_template_says_every_key_of_the_tables(path):
    write_default(path, code="61.01.01")
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, field in StationConfig.model_fields.items():
        if name not in ("devices", "paths"):  # devices differ; places are seldom changed
            assert set(written[name]) == set(field.annotation.model_fields)


def test_a_file_is_never_overwritten(path):
    write_default(path, code="61.01.01")
    with pytest.raises(ConfigError, match="not overwritten"):
        write_default(path, code="61.01.02")


def test_a_wrong_code_leaves_no_file(path):
    with pytest.raises(ConfigError, match=r"station\.code"):
        write_default(path, code="6101")
    assert not path.exists()


def test_a_missing_file_says_how_to_make_one(path):
    with pytest.raises(ConfigError, match="station init") as caught:
        StationConfig.load(path)
    assert "berkas tidak ada" in caught.value.text_id


def test_a_folder_or_noise_is_unreadable(path):
    path.mkdir()
    with pytest.raises(ConfigError, match="unreadable"):
        StationConfig.load(path)
    path.rmdir()
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="unreadable"):
        StationConfig.load(path)


def test_broken_toml_says_line_and_column(path):
    assert "line 2, column 6" in refuse(path, "[station]\ncode 61\n").text_en


DEVICE = '[[devices]]\nkind = "face_camera"\nname = "camera"\ndriver = "sim_camera"\n'


@pytest.mark.parametrize(
    ("text", "expected_en", "expected_id"),
    [
        (
            MINIMAL + "[recordng]\n",
            "line 4: unknown key 'recordng'; did you mean 'recording'?",
            "baris 4: kunci 'recordng' tidak dikenal; maksudnya 'recording'?",
        ),
        (
            MINIMAL + 'recordng = "x"\n',
            "line 4: unknown key 'recordng' in [station]; allowed are: code, name, set_number",
            "baris 4: kunci 'recordng' dalam [station] tidak dikenal; yang dikenal: code, name",
        ),
        (
            MINIMAL + "[recording]\n\n# comment\nmax_atempts = 3\n",
            "line 7: unknown key 'max_atempts' in [recording]; did you mean 'max_attempts'?",
            "maksudnya 'max_attempts'?",
        ),
        (
            MINIMAL + DEVICE + 'drivr = "x"\n',
            "line 8: unknown key 'drivr' in [devices[1]]; did you mean 'driver'?",
            "maksudnya 'driver'?",
        ),
        ('[station]\nname = "Sambas"\n', "line 1: 'station.code' is missing", "belum diisi"),
        ("", "'station' is missing", "'station' belum diisi"),
        (MINIMAL + "[panel]\nport = 84610\n", "line 5: 'panel.port' = 84610", "paling besar 65535"),
        (MINIMAL + "[panel]\nport = 0\n", "line 5: 'panel.port' = 0", "paling kecil 1"),
        (MINIMAL + '[panel]\nport = "x"\n', "'panel.port' = 'x'", "harus bilangan bulat"),
        (MINIMAL + '[panel]\nhost = "0.0.0.0"\n', "this machine only", "hanya untuk mesin ini"),
        (MINIMAL + '[panel]\nhost = "example.org"\n', "this machine only", "mesin ini"),
        (MINIMAL + "set_number = true\n", "line 4: 'station.set_number' = True", "bilangan bulat"),
        (MINIMAL + 'language = "jv"\n', "'id' or 'en'", "yang diperbolehkan: 'id'"),
        (
            MINIMAL + "[recording]\nauto_capture = 1\n",
            "'recording.auto_capture' = 1",
            "harus true atau false",
        ),
        (
            MINIMAL + "[recording]\ncapture_timeout_s = 0\n",
            "'recording.capture_timeout_s' = 0",
            "lebih besar dari 0",
        ),
        (
            MINIMAL + '[recording]\norder = ["portrait"]\n',
            "step 'left_slap' must stand in it exactly once",
            "langkah 'left_slap' harus ada tepat satu kali",
        ),
        (
            MINIMAL + f"[recording]\norder = {[*STEP_NAMES, 'irises']}\n",
            "step 'irises' must stand in it exactly once",
            "'irises'",
        ),
        (
            MINIMAL + f"[recording]\norder = {['verification', *STEP_NAMES[:4], *STEP_NAMES[5:]]}",
            "'verification' must follow",
            "'verification' harus sesudah",
        ),
        (
            MINIMAL + '[recording]\norder = ["face"]\n',
            "'recording.order[1]' = 'face'",
            "'portrait'",
        ),
        (
            MINIMAL + '[package]\nrecipients = ["ssh-ed25519 AAAA"]\n',
            "unknown recipient 'ssh-ed25519 AAAA'",
            "penerima tidak dikenal",
        ),
        (
            MINIMAL + f'[package]\nrecipients = ["{RECIPIENT}", "age1tagpq1qqqq"]\n',
            "cannot be mixed",
            "tidak dapat dicampur",
        ),
        (MINIMAL + DEVICE.replace("face_camera", "camera"), "line 5: 'devices[1].kind'", "baris 5"),
        (MINIMAL + DEVICE + DEVICE, "two devices are named 'camera'", "dua perangkat bernama"),
        (
            MINIMAL + DEVICE + DEVICE.replace('"camera"', '"b c"'),
            "line 10: 'devices[2].name'",
            "10",
        ),
        (MINIMAL + DEVICE.replace("sim_camera", "../x"), "'devices[1].driver' = '../x'", "bentuk"),
        (MINIMAL.replace("61.01.01", "610101"), "line 2: 'station.code' = '610101'", "bentuknya"),
        (MINIMAL + 'panel = "x"\n', "unknown key 'panel' in [station]", "tidak dikenal"),
        ('panel = "x"\n' + MINIMAL, "line 1: 'panel' = 'x'", "harus sebuah tabel"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(path, text, expected_en, expected_id):
    error = refuse(path, text)
    assert expected_en in error.text_en
    assert expected_id in error.text_id


def test_every_problem_is_said_at_once(path):
    error = refuse(path, '[station]\ncod = "61.01.01"\nname = ""\n[pull]\nport = -1\n')
    for part in ("'station.code' is missing", "unknown key 'cod'", "'station.name'", "'pull.port'"):
        assert part in error.text_en


def test_recipients_of_one_class_are_accepted(path):
    text = MINIMAL + f'[package]\nrecipients = ["{RECIPIENT}", "age1tag1qqqq"]\n'
    assert load(path, text).package.recipients == (RECIPIENT, "age1tag1qqqq")


@pytest.mark.parametrize("host", ["localhost", "::1", "127.0.0.53"])
def test_the_panel_may_listen_on_any_name_of_this_machine(path, host):
    assert load(path, MINIMAL + f'[panel]\nhost = "{host}"\n').panel.host == host


def test_another_order_is_accepted(path):
    order = ["signature", *STEP_NAMES[:-1]]
    assert load(path, MINIMAL + f"[recording]\norder = {order}\n").recording.order[0] == "signature"


def test_the_configuration_does_not_change_after_loading(path):
    config = load(path, MINIMAL)
    with pytest.raises(ValueError, match="frozen"):
        config.station.name = "other"


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a",), 1),
        (("a", "x"), 2),
        (("a", "b", "y"), 4),
        (("list", 0, "z"), 6),
        (("list", 1, "z"), 8),
        (("list", 1, "options", "k"), 10),
        (("list", 1, "missing"), 7),
        (("list",), 5),
        (("none",), None),
        ((), None),
    ],
)
def test_lines_are_found(place, line):
    text = "[a]\nx = 1\n[a.b] # c\n y=2\n[[list]]\nz = 1\n[[list]]\nz = 2\n[list.options]\nk = 1\n"
    assert find_line(text, place) == line
