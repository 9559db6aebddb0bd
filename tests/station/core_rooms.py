"""The rooms below the recording, opened in one folder, with a clock that the test moves."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from station.audit import Audit
from station.clock import Clock
from station.drafts import Drafts
from station.keys import StationKeys
from station.operators import Operator, Operators, Role, SignedInOperator
from station.passwords import PasswordCost
from station.register import Register
from station.store import Store

CHEAP = PasswordCost(memory_kib=8, passes=1, lanes=1)  # the least that Argon2 allows
CODE = "61.01.01"
NIK = "6101014107980003"  # a woman, 1 July 1998; invented
PASSWORDS = {"sari": "kopi-tubruk-7", "budi": "sawo-matang-8", "tono": "obeng-kembang-9"}
ROLES = {"sari": Role.SUPERVISOR, "budi": Role.OPERATOR, "tono": Role.TECHNICIAN}


class HandClock(Clock):
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.wall_time = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
        self.since_boot_s = 1000.0

    def wall(self) -> datetime:
        return self.wall_time

    def monotonic_s(self) -> float:
        return self.since_boot_s

    def pass_time(self, seconds: float) -> None:
        self.since_boot_s += seconds
        self.wall_time += timedelta(seconds=seconds)

    def reboot(self, name: str) -> None:
        self._boot_id = name
        self.since_boot_s = 1.0


@dataclass
class Rooms:
    """Everything that `folder` holds, opened."""

    folder: Path
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.store = Store.open(self.folder / "station.db")
        self.keys = StationKeys.load_or_create(self.folder / "keys", CODE)
        self.audit = Audit(self.store, self.keys.signer, clock=self.clock)
        self.operators = Operators(self.store, self.audit, cost=CHEAP, clock=self.clock)
        self.drafts = Drafts(self.store, self.audit, self.operators, clock=self.clock)
        self.register = Register(self.store, self.audit, self.keys.nik_tag_key, clock=self.clock)

    def reopen(self) -> None:
        """Close and open again, as a restart of the program does."""
        self.store.close()
        self.open()

    def add(self, user_name: str) -> Operator:
        return self.operators.add(
            user_name, user_name.title(), ROLES[user_name], PASSWORDS[user_name]
        )

    def sign_in(self, user_name: str) -> SignedInOperator:
        return self.operators.sign_in(user_name, PASSWORDS[user_name])
