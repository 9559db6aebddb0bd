"""What a station does by itself: it takes in deliveries, and tells its readiness to the centre.

Runs in a thread of its own from start() to close(); a failure of one delivery is in the audit log
and never ends the thread.
"""

import json
import threading
from collections.abc import Callable
from contextlib import suppress

import structlog

from station.case_states import RECORDED_STATES
from station.durable import write_private
from station.errors import StationError
from station.readiness import Readiness
from station.rooms import StationRooms

log = structlog.get_logger()

DELIVERY_INTERVAL_S = 3.0  # how often receipts are looked for; our choice
EVERY_ROW = 2**31


class Upkeep:
    """Spool, deliveries and what the pull process may show."""

    def __init__(self, rooms: StationRooms, readiness: Callable[[], Readiness]) -> None:
        self._rooms = rooms
        self._readiness = readiness
        self._stop = threading.Event()
        self._courier = threading.Thread(target=self._deliver, name="deliveries", daemon=True)

    def put_in_order(self) -> None:
        """Let spool, disk reserve and inbox agree with the register; done before the start."""
        self._put_spool_in_order()
        self._rooms.ballast.restore()
        self.apply_inbox()

    def start(self) -> None:
        """Begin to look for deliveries."""
        self._courier.start()

    def stop(self) -> None:
        """Begin no further round."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the round that runs, for a while."""
        if self._courier.is_alive():
            self._courier.join(timeout=DELIVERY_INTERVAL_S + 2.0)

    def apply_inbox(self) -> int:
        """Take in what the central system left: receipts, marks, notices. Returns how many."""
        return self._rooms.deliveries.apply()

    def _deliver(self) -> None:
        while not self._stop.wait(DELIVERY_INTERVAL_S):
            with suppress(StationError):  # each entry's failure is kept in the audit log
                self.apply_inbox()
            self.publish_state()

    def publish_state(self) -> None:
        """Write what the pull process may show: the audit log's head and the readiness."""
        service = self._rooms.pull_service
        write_private(service.checkpoint_file, self._rooms.audit.head().text.encode())
        readiness = self._readiness()
        document = {
            "state": readiness.state,
            "causes": [{"capability": c.capability, "code": c.code} for c in readiness.causes],
        }
        write_private(service.readiness_file, json.dumps(document).encode())

    def _put_spool_in_order(self) -> None:
        """Let the spool agree with the register; a package that did not is logged for good."""
        done = self._rooms.spool.reconcile(self._package_ids())
        if done.removed or done.strangers:
            names = [path.name for path in done.strangers]
            log.warning("spool put in order", leftovers_removed=done.removed, strangers=names)
        events = {"package.set_aside": done.set_aside, "package.missing": done.missing}
        with self._rooms.store.transaction():
            for action, package_ids in events.items():
                for package_id in package_ids:
                    log.error(action, package_id=package_id)
                    self._rooms.audit.append(
                        action, actor="system", object_id=f"package:{package_id}"
                    )

    def _package_ids(self) -> frozenset[str]:
        rows = self._rooms.register.all(states=RECORDED_STATES, limit=EVERY_ROW)
        return frozenset(row.package_id for row in rows if row.package_id is not None)
