"""Register and drafts together against a model in memory, with restarts and cuts in between."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from station.case_states import TRANSITIONS, CaseState
from station.errors import IllegalTransitionError, NotYourDraftError
from station.register import FIRST_PREVIOUS_SHA256
from tests.station.core_rooms import Rooms

NIKS = tuple(f"61010205079000{number:02d}" for number in range(3))
AFTER_SEALING = (
    CaseState.OFFERED,
    CaseState.PULLED,
    CaseState.EXPORTED,
    CaseState.RECEIPTED,
    CaseState.PURGED,
)


class CutError(Exception):
    """The power goes in the middle of a transaction."""


class RecordingLife(RuleBasedStateMachine):
    """The model: state, NIK and parts of each case, and the manifests in order."""

    cases = Bundle("cases")

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="recording-life-"))
        self.rooms = Rooms(self.folder)
        self.rooms.add("sari")
        self.rooms.add("budi")
        self.who = {name: self.rooms.sign_in(name) for name in ("sari", "budi")}
        self.states = {}
        self.niks = {}
        self.parts = {}
        self.manifests = []
        self.count = 0

    def teardown(self):
        self.rooms.store.close()
        shutil.rmtree(self.folder)

    @rule(target=cases, nik=st.sampled_from(NIKS), name=st.sampled_from(("sari", "budi")))
    def start(self, nik, name):
        self.count += 1
        case_id = f"case-{self.count}"
        with self.rooms.store.transaction():
            self.open(case_id, nik, name)
        self.states[case_id], self.niks[case_id] = CaseState.DRAFT, nik
        self.parts[case_id] = {}
        return case_id

    @rule(nik=st.sampled_from(NIKS))
    def start_is_cut(self, nik):
        self.cut(lambda: self.open("cut", nik, "sari"))

    @rule(
        case_id=cases,
        name=st.sampled_from(("sari", "budi")),
        part=st.sampled_from(("case", "slap/1", "slap/2")),
        payload=st.binary(max_size=50),
    )
    def put(self, case_id, name, part, payload):
        if not self.parts[case_id] and self.states[case_id] not in (
            CaseState.DRAFT,
            CaseState.REVIEWED,
        ):
            with pytest.raises(NotYourDraftError):
                self.rooms.drafts.unlock(case_id, self.who[name])
            return
        key = self.rooms.drafts.unlock(case_id, self.who[name])
        self.rooms.drafts.put(case_id, key, part, payload, actor=name)
        self.parts[case_id][part] = payload

    @rule(case_id=cases, payload=st.binary(max_size=50))
    def put_is_cut(self, case_id, payload):
        if self.states[case_id] in (CaseState.DRAFT, CaseState.REVIEWED):
            key = self.rooms.drafts.unlock(case_id, self.who["sari"])
            self.cut(lambda: self.rooms.drafts.put(case_id, key, "slap/1", payload, actor="sari"))

    @rule(case_id=cases, to=st.sampled_from((CaseState.DRAFT, CaseState.REVIEWED)))
    def move_open(self, case_id, to):
        self.try_step(case_id, to, {})

    @rule(case_id=cases, to=st.sampled_from(AFTER_SEALING))
    def move_sealed(self, case_id, to):
        self.try_step(case_id, to, {})

    @rule(case_id=cases)
    def seal(self, case_id):
        self.try_step(case_id, CaseState.SEALED, None)

    @rule(case_id=cases)
    def seal_is_cut(self, case_id):
        if self.states[case_id] is CaseState.REVIEWED:
            self.cut(lambda: self.seal_now(case_id))

    @rule(case_id=consumes(cases))
    def abandon(self, case_id):
        self.try_step(case_id, CaseState.ABANDONED, {"note": "pulang"})

    @rule()
    def restart(self):
        self.rooms.reopen()

    @rule(seconds=st.sampled_from((-86_400 * 3650, -1, 1, 86_400, 86_400 * 3650)))
    def clock_jumps(self, seconds):
        wall = self.rooms.clock.wall_time
        self.rooms.clock.pass_time(seconds if 2000 < wall.year < 2100 else 0)

    @invariant()
    def register_is_as_the_model(self):
        rows = {row.case_id: row for row in self.rooms.register.all()}
        assert {case_id: row.state for case_id, row in rows.items()} == self.states
        assert len({row.number for row in rows.values()}) == len(rows)
        sealed = sorted(
            (row.sequence, row.manifest_sha256) for row in rows.values() if row.sequence
        )
        assert sealed == list(enumerate(self.manifests, start=1))

    @invariant()
    def niks_are_found(self):
        for nik in NIKS:
            found = {row.case_id for row in self.rooms.register.find_by_nik(nik)}
            assert found == {one for one, known in self.niks.items() if known == nik}

    @invariant()
    def drafts_are_as_the_model(self):
        for case_id, state in self.states.items():
            if state in (CaseState.DRAFT, CaseState.REVIEWED):
                key = self.rooms.drafts.unlock(case_id, self.who["budi"])
                assert self.rooms.drafts.load(case_id, key) == self.parts[case_id]
            else:
                assert self.rooms.drafts.names(case_id) == ()

    @invariant()
    def log_is_whole(self):
        self.rooms.audit.verify()

    def open(self, case_id, nik, name):
        self.rooms.register.open_case(
            case_id,
            nik=nik,
            origin_code="61.01.02",
            host_code="61.01.01",
            operator=self.who[name].operator,
        )
        self.rooms.drafts.create(case_id, self.who[name])

    def cut(self, work):
        """Do some work, lose the power before the transaction ends, start again."""
        with pytest.raises(CutError):
            self.work_and_fail(work)
        self.rooms.reopen()

    def work_and_fail(self, work):
        with self.rooms.store.transaction():
            work()
            raise CutError

    def try_step(self, case_id, to, facts):
        state = self.states[case_id]
        if to is state and to not in (CaseState.SEALED, CaseState.ABANDONED):
            self.rooms.register.advance(case_id, to, actor="sari")
        elif to in TRANSITIONS[state]:
            with self.rooms.store.transaction():
                self.step_now(case_id, to, facts)
            self.note_step(case_id, to)
        else:
            with pytest.raises(IllegalTransitionError), self.rooms.store.transaction():
                self.step_now(case_id, to, facts)

    def step_now(self, case_id, to, facts):
        if to is CaseState.SEALED:
            self.seal_now(case_id)
            return
        self.rooms.register.advance(case_id, to, actor="sari", **facts)
        if to is CaseState.ABANDONED:
            self.rooms.drafts.destroy(case_id)

    def seal_now(self, case_id):
        sequence, previous = self.rooms.register.next_sequence()
        expected = self.manifests[-1] if self.manifests else FIRST_PREVIOUS_SHA256
        assert (sequence, previous) == (len(self.manifests) + 1, expected)
        self.rooms.drafts.destroy(case_id)
        self.rooms.register.advance(
            case_id,
            CaseState.SEALED,
            actor="sari",
            sequence=sequence,
            package_id=f"{sequence:032x}",
            manifest_sha256=f"{sequence:064x}",
        )

    def note_step(self, case_id, to):
        self.states[case_id] = to
        if to in (CaseState.SEALED, CaseState.ABANDONED):
            self.parts[case_id] = {}
        if to is CaseState.SEALED:
            self.manifests.append(f"{len(self.manifests) + 1:064x}")


RecordingLife.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_life_of_recordings = pytest.mark.timeout(280)(RecordingLife.TestCase)
