"""What keeps the SBI service from starting; what it answers a client is `refusals`.

StationError
+-- SbiError               the service cannot start
+-- SbiPortError       no free port from 4501 to 4600, or the chosen one is taken
+-- SbiDevicesError    no device that SBI knows is configured
+-- SbiEnvError        simulated devices may not pose as real ones
"""

from station.errors import StationError


class SbiError(StationError):
    """The SBI service cannot start."""

    issue_id = "STA-900"
    text_id = "Layanan SBI tidak dapat dimulai."
    text_en = "The SBI service cannot start."


class SbiPortError(SbiError):
    """For instance: another SBI service runs on the chosen port."""

    issue_id = "STA-901"
    text_id = "Porta {port} tidak dapat dipakai. Tutup layanan SBI lain, atau pilih porta lain."
    text_en = "Port {port} cannot be used. Stop the other SBI service, or choose another port."


class SbiDevicesError(SbiError):
    """For instance: only a signature pad is configured."""

    issue_id = "STA-902"
    text_id = (
        "Tidak ada pemindai sidik jari, kamera iris, atau kamera wajah milik sendiri di {path}. "
        "Tambahkan [[devices]], atau pakai --simulated."
    )
    text_en = (
        "{path} has no fingerprint scanner, iris camera or face camera of its own. "
        "Add [[devices]], or use --simulated."
    )


class SbiEnvError(SbiError):
    """For instance: a simulated scanner with --env Production."""

    issue_id = "STA-903"
    text_id = "Perangkat tiruan hanya boleh di lingkungan Developer, bukan {env}."
    text_en = "Simulated devices may serve in the environment Developer only, not {env}."
