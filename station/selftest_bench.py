"""What the self-test finds in the station's own process: the same things as from outside.

`selftest.bench.bench_from_config` says the same of a station that does not run.
"""

import apsw

from selftest.bench import Bench, release_lock
from selftest.signing import SIGNING_KEY_NAME, load_signature
from station.config import StationConfig
from station.device_room import DeviceRoom
from station.errors import StoreError
from station.store import Store, fetch


def station_bench(config: StationConfig, *, room: DeviceRoom, store: Store) -> Bench:
    """Return the bench of this station's devices, folders and database.

    Raises BenchError where the signing key is damaged.
    """
    paths = config.paths
    return Bench(
        devices=tuple(slot.device for slot in room.slots()),
        data_folder=paths.database.parent,
        station_code=config.station.code,
        set_number=config.station.set_number,
        database=paths.database,
        ask_database=lambda question: _ask(store, question),
        spool=paths.spool,
        reports=paths.reports,
        lock_file=release_lock(),
        sign=load_signature(paths.keys / SIGNING_KEY_NAME),
        inventory=paths.inventory,
        hosting=paths.hosting,
        keys=paths.keys,
        centre=paths.centre,
    )


def _ask(store: Store, question: str) -> list[tuple[object, ...]]:
    """Ask as SQLite would answer: what the store makes of an error is not the self-test's."""
    try:
        with store.transaction() as connection:
            return [tuple(row) for row in fetch(connection, question)]
    except StoreError as error:
        if isinstance(error.__cause__, apsw.Error):
            raise error.__cause__ from error
        raise
