"""What is in front of the devices: the resident of the moment and what he or she presents.

All simulated devices of one process that name the same scene see the same resident, who follows
from the transaction id alone: the same transaction brings the same resident, also after a restart.
A scene may be used from several threads.
"""

import datetime
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from drivers.devices import CaptureTarget
from drivers.simulation.behaviour import COOPERATIVE, Behaviour
from drivers.simulation.camera_card import CameraCard
from drivers.simulation.clock import Clock, SystemClock
from drivers.simulation.face import Backdrop
from drivers.simulation.faults import FaultSet
from drivers.simulation.finger import FingerName, FingerTraits
from drivers.simulation.hand import fingers_of, mirrored
from drivers.simulation.pen_task import PenTask
from drivers.simulation.person import Person
from drivers.simulation.randomness import digest_number
from drivers.simulation.target import Target

DEFAULT_SEED = "warga"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the resident puts on a platen in answer to a request."""

    person: Person
    fingers: tuple[FingerName, ...]
    """From left to right on the platen; empty when nothing comes."""
    behaviour: Behaviour
    attempt: int

    def traits(self) -> tuple[FingerTraits, ...]:
        """Return the traits of the fingers offered."""
        return tuple(self.person.fingers[name] for name in self.fingers)


class Scene:
    """The place in front of the devices."""

    _shared: ClassVar[dict[str, "Scene"]] = {}
    _shared_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, seed: str = DEFAULT_SEED, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._seed = seed
        self._transaction = ""
        self._behaviour = COOPERATIVE
        self._backdrop: Backdrop | None = None
        self._birth_date: datetime.date | None = None
        self._attempts: dict[str, int] = {}
        self._faults: dict[str, FaultSet] = {}
        self.master_folder: Path | None = None
        self.card: Target | None = None
        """Test card on the platens of this scene; seen where no finger is asked for."""
        self.camera_card: CameraCard | None = None
        """What is held before the cameras of this scene, in front of everybody."""
        self.pen_task: PenTask | None = None
        """What a technician does with the pen instead of signing."""

    @classmethod
    def shared(cls, name: str = "default", *, clock: Clock | None = None) -> "Scene":
        """Return the scene of that name in this process; the first call makes it."""
        with cls._shared_lock:
            if name not in cls._shared:
                cls._shared[name] = cls(seed=f"{DEFAULT_SEED}/{name}", clock=clock)
            return cls._shared[name]

    @classmethod
    def forget(cls, name: str) -> None:
        """Drop a shared scene; devices that hold it keep it."""
        with cls._shared_lock:
            cls._shared.pop(name, None)

    def begin_transaction(self, transaction_id: str) -> None:
        """Let the resident of this transaction step forward; the same id changes nothing."""
        with self._lock:
            if transaction_id != self._transaction:
                self._transaction = transaction_id
                self._attempts.clear()

    @property
    def transaction(self) -> str:
        """Id of the transaction under way, empty before the first."""
        with self._lock:
            return self._transaction

    def set_behaviour(self, behaviour: Behaviour) -> None:
        """Change how the resident behaves from the next attempt on."""
        with self._lock:
            self._behaviour = behaviour
            self._attempts.clear()

    @property
    def behaviour(self) -> Behaviour:
        """The behaviour that was set."""
        with self._lock:
            return self._behaviour

    def set_birth_date(self, birth_date: datetime.date | None) -> None:
        """Hang the backdrop that custom asks for: red for odd birth years, blue for even ones."""
        with self._lock:
            self._birth_date = birth_date

    def set_background(self, backdrop: Backdrop | None) -> None:
        """Hang this backdrop whatever the birth date; None returns to the custom."""
        with self._lock:
            self._backdrop = backdrop

    def backdrop(self) -> Backdrop:
        """Return the backdrop that hangs now."""
        with self._lock:
            chosen = self._backdrop
            if chosen is None:
                year = self._birth_date.year if self._birth_date else 0
                chosen = Backdrop.RED if year % 2 else Backdrop.BLUE
            if self._behaviour.wrong_background:
                return Backdrop.BLUE if chosen is Backdrop.RED else Backdrop.RED
            return chosen

    def person(self) -> Person:
        """Return the resident of the present transaction (not whoever pushed in)."""
        with self._lock:
            return _person(self._person_seed())

    def presenter(self, behaviour: Behaviour) -> Person:
        """Return who really presents: the resident, or somebody else."""
        with self._lock:
            seed = self._person_seed()
        return _person(f"{seed}/somebody else" if behaviour.other_person else seed)

    def _person_seed(self) -> str:
        return f"{self._seed}/{self._transaction}"

    def next_attempt(self, what: str) -> tuple[int, Behaviour]:
        """Count an attempt at `what`; return its number from 1 and the behaviour during it."""
        with self._lock:
            number = self._attempts.get(what, 0) + 1
            self._attempts[what] = number
            return number, self._behaviour_at(number)

    def _behaviour_at(self, attempt: int) -> Behaviour:
        limit = self._behaviour.first_attempts_only
        return self._behaviour if limit is None or attempt <= limit else COOPERATIVE

    def offer(self, target: CaptureTarget) -> Offer:
        """Decide what comes onto the platen for a request; counts as an attempt."""
        attempt, behaviour = self.next_attempt(target.value)
        person = self.presenter(behaviour)
        if behaviour.absent:
            return Offer(person, (), behaviour, attempt)
        asked = mirrored(target) if behaviour.wrong_hand else target
        names = [n for n in fingers_of(asked) if n not in behaviour.missing_fingers]
        if behaviour.three_of_four:
            names = [n for n in names if n.digit != "little"]
        return Offer(person, tuple(names), behaviour, attempt)

    def register_faults(self, device: str, faults: FaultSet) -> None:
        """Make a device's faults reachable by its name (a later device of that name replaces)."""
        with self._lock:
            self._faults[device] = faults

    def faults_of(self, device: str) -> FaultSet:
        """Return the faults of a simulated device of this scene; KeyError when there is none."""
        with self._lock:
            return self._faults[device]

    def number(self, *words: object) -> int:
        """Return a number that depends on the scene, the transaction and the words."""
        with self._lock:
            return digest_number(self._person_seed(), *words)


def _person(seed: str) -> Person:
    return Person.from_seed(seed)
