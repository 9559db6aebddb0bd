"""Sealed parts of open recordings: who can open them, what is noticed, what stays on the disk."""

import signal
import subprocess
import sys
import textwrap

import pytest

from station.drafts import NONCE_BYTES, DraftKey
from station.errors import (
    CaseExistsError,
    DraftDamagedError,
    NotYourDraftError,
    UnknownPartError,
)
from station.operators import Role
from station.store import fetch
from tests.station.core_rooms import NIK, PASSWORDS, Rooms

CASE = "5f0c7a44-2f63-4a0a-9a3c-2d6d1d8c8f10"
OTHER = "9b0f6f3e-1b0e-4e0d-8a52-0f3c3f2f7a77"
CHILD_LIMIT_S = 60


@pytest.fixture
def rooms(tmp_path):
    opened = Rooms(tmp_path)
    for user_name in ("sari", "budi", "tono"):
        opened.add(user_name)
    yield opened
    opened.store.close()


def put(rooms, key, name, payload=b"part", case_id=CASE):
    rooms.drafts.put(case_id, key, name, payload, actor="sari")


def sealed(rooms, name, case_id=CASE):
    with rooms.store.transaction() as connection:
        statement = "SELECT sealed FROM draft_parts WHERE case_id = ? AND name = ?"
        return fetch(connection, statement, (case_id, name))[0][0]


def execute(rooms, statement, *values):
    with rooms.store.transaction() as connection:
        connection.execute(statement, values)


def test_parts_come_back_in_the_order_in_which_they_first_came(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    for name, payload in (("portrait/1", b"p1"), ("slap/1", b"s1"), ("portrait/2", b"")):
        put(rooms, key, name, payload)
    put(rooms, key, "portrait/1", b"again")
    assert rooms.drafts.names(CASE) == ("portrait/1", "slap/1", "portrait/2")
    assert rooms.drafts.load(CASE, key) == {
        "portrait/1": b"again",
        "slap/1": b"s1",
        "portrait/2": b"",
    }
    assert rooms.drafts.open_cases() == (CASE,)


def test_a_case_has_one_draft(rooms):
    who = rooms.sign_in("sari")
    rooms.drafts.create(CASE, who)
    with pytest.raises(CaseExistsError):
        rooms.drafts.create(CASE, who)


def test_an_unknown_part_is_said(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    with pytest.raises(UnknownPartError, match="slap/9"):
        rooms.drafts.get(CASE, key, "slap/9")


def test_another_operator_resumes_after_a_restart(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    put(rooms, key, "slap/1", b"payload")
    rooms.reopen()
    key = rooms.drafts.unlock(CASE, rooms.sign_in("budi"))
    assert rooms.drafts.get(CASE, key, "slap/1") == b"payload"
    last = rooms.audit.leaves(limit=1000)[-1]
    assert (last.action, last.actor, last.object_id) == ("draft_unlocked", "budi", f"case:{CASE}")


def test_a_technician_neither_begins_nor_opens(rooms):
    technician = rooms.sign_in("tono")
    with pytest.raises(NotYourDraftError):
        rooms.drafts.create(CASE, technician)
    assert rooms.drafts.open_cases() == ()
    rooms.drafts.create(CASE, rooms.sign_in("sari"))
    with pytest.raises(NotYourDraftError):
        rooms.drafts.unlock(CASE, technician)
    assert rooms.drafts.rewrap_for(technician.operator, rooms.sign_in("sari")) == 0


def test_a_new_person_gets_access_when_one_who_has_it_signs_in(rooms):
    for case_id in (CASE, OTHER):
        put(rooms, rooms.drafts.create(case_id, rooms.sign_in("sari")), "a", b"x", case_id)
    rooms.operators.add("wati", "Wati", Role.OPERATOR, "rambutan-manis-1", actor="sari")
    new = rooms.operators.sign_in("wati", "rambutan-manis-1")
    with pytest.raises(NotYourDraftError, match="must sign in once"):
        rooms.drafts.unlock(CASE, new)
    assert rooms.drafts.share_with_all(new) == 0
    assert rooms.drafts.share_with_all(rooms.sign_in("budi")) == 2
    assert rooms.drafts.share_with_all(rooms.sign_in("budi")) == 0
    assert rooms.drafts.get(OTHER, rooms.drafts.unlock(OTHER, new), "a") == b"x"


def test_rewrapping_for_one_person(rooms):
    rooms.drafts.create(CASE, rooms.sign_in("sari"))
    wati = rooms.operators.add("wati", "Wati", Role.OPERATOR, "rambutan-manis-1")
    assert rooms.drafts.rewrap_for(wati, rooms.sign_in("sari")) == 1
    assert rooms.drafts.rewrap_for(wati, rooms.sign_in("sari")) == 0
    rooms.drafts.unlock(CASE, rooms.operators.sign_in("wati", "rambutan-manis-1"))


def test_a_deactivated_person_loses_access_and_gets_it_back_by_sharing(rooms):
    rooms.drafts.create(CASE, rooms.sign_in("sari"))
    budi = rooms.sign_in("budi")
    rooms.operators.deactivate(2, actor="sari")
    with pytest.raises(NotYourDraftError):
        rooms.drafts.unlock(CASE, budi)
    assert rooms.drafts.share_with_all(rooms.sign_in("sari")) == 0
    rooms.operators.reactivate(2, actor="sari")
    assert rooms.drafts.share_with_all(rooms.sign_in("sari")) == 1
    rooms.drafts.unlock(CASE, rooms.sign_in("budi"))


def test_after_a_password_reset_access_comes_back_by_sharing(rooms):
    rooms.drafts.create(CASE, rooms.sign_in("sari"))
    rooms.operators.reset_password(2, "jeruk-siam-22", actor="sari")
    budi = rooms.operators.sign_in("budi", "jeruk-siam-22")
    with pytest.raises(NotYourDraftError):
        rooms.drafts.unlock(CASE, budi)
    assert rooms.drafts.share_with_all(rooms.sign_in("sari")) == 1
    rooms.drafts.unlock(CASE, budi)


def test_a_changed_password_keeps_access(rooms):
    rooms.drafts.create(CASE, rooms.sign_in("sari"))
    rooms.operators.change_password("budi", PASSWORDS["budi"], "jeruk-siam-22")
    rooms.drafts.unlock(CASE, rooms.operators.sign_in("budi", "jeruk-siam-22"))


def test_destroying_leaves_nothing_to_open(rooms):
    who = rooms.sign_in("sari")
    key = rooms.drafts.create(CASE, who)
    other = rooms.drafts.create(OTHER, who)
    put(rooms, key, "slap/1")
    put(rooms, other, "slap/1", b"stays", OTHER)
    rooms.drafts.destroy(CASE)
    rooms.drafts.destroy(CASE)
    assert rooms.drafts.names(CASE) == ()
    with pytest.raises(NotYourDraftError):
        rooms.drafts.unlock(CASE, who)
    with pytest.raises(NotYourDraftError):
        put(rooms, key, "slap/2")
    assert rooms.drafts.get(OTHER, other, "slap/1") == b"stays"


def test_destroying_joins_the_transaction(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    put(rooms, key, "slap/1")
    with pytest.raises(ZeroDivisionError):
        destroy_and_fail(rooms)
    assert rooms.drafts.get(CASE, key, "slap/1") == b"part"


def destroy_and_fail(rooms):
    with rooms.store.transaction():
        rooms.drafts.destroy(CASE)
        raise ZeroDivisionError


def test_a_part_is_logged_where_asked(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    rooms.drafts.put(CASE, key, "slap/1", b"x", actor="budi", log_as="attempt_stored")
    last = rooms.audit.leaves(limit=1000)[-1]
    assert (last.action, last.role, last.object_id) == (
        "attempt_stored",
        "operator",
        f"case:{CASE}/slap/1",
    )


@pytest.mark.parametrize("place", [0, NONCE_BYTES, -1])
def test_a_flipped_bit_names_the_part(rooms, place):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    put(rooms, key, "slap/1", b"x" * 1000)
    put(rooms, key, "slap/2", b"fine")
    damaged = bytearray(sealed(rooms, "slap/1"))
    damaged[place] ^= 1
    execute(rooms, "UPDATE draft_parts SET sealed = ? WHERE name = 'slap/1'", bytes(damaged))
    with pytest.raises(DraftDamagedError) as caught:
        rooms.drafts.load(CASE, key)
    assert (caught.value.case_id, caught.value.part) == (CASE, "slap/1")
    assert rooms.drafts.get(CASE, key, "slap/2") == b"fine"


@pytest.mark.parametrize("length", [0, 5, NONCE_BYTES, NONCE_BYTES + 15])
def test_a_cut_part_is_damaged(rooms, length):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    put(rooms, key, "slap/1")
    execute(rooms, "UPDATE draft_parts SET sealed = substr(sealed, 1, ?)", length)
    with pytest.raises(DraftDamagedError):
        rooms.drafts.get(CASE, key, "slap/1")


def test_parts_cannot_be_swapped_within_a_case(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    put(rooms, key, "left_index/1", b"left")
    put(rooms, key, "right_index/1", b"right")
    for old, new in (
        ("left_index/1", "x"),
        ("right_index/1", "left_index/1"),
        ("x", "right_index/1"),
    ):
        execute(rooms, "UPDATE draft_parts SET name = ? WHERE name = ?", new, old)
    for name in rooms.drafts.names(CASE):
        with pytest.raises(DraftDamagedError):
            rooms.drafts.get(CASE, key, name)


def test_parts_cannot_be_moved_between_cases(rooms):
    who = rooms.sign_in("sari")
    key = rooms.drafts.create(CASE, who)
    rooms.drafts.create(OTHER, who)
    put(rooms, key, "slap/1")
    execute(rooms, "UPDATE draft_parts SET case_id = ?", OTHER)
    with pytest.raises(DraftDamagedError):
        rooms.drafts.get(OTHER, DraftKey(OTHER, key.secret), "slap/1")


def test_an_older_writing_under_a_newer_counter_is_damaged(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    put(rooms, key, "slap/1", b"first")
    old = sealed(rooms, "slap/1")
    put(rooms, key, "slap/1", b"second")
    execute(rooms, "UPDATE draft_parts SET sealed = ?", old)
    with pytest.raises(DraftDamagedError):
        rooms.drafts.get(CASE, key, "slap/1")


def test_a_wrapped_key_moved_between_cases_is_damaged(rooms):
    who = rooms.sign_in("sari")
    rooms.drafts.create(CASE, who)
    rooms.drafts.create(OTHER, who)
    execute(
        rooms,
        "UPDATE draft_keys SET wrapped = (SELECT wrapped FROM draft_keys WHERE case_id = ?"
        " AND operator_id = 1) WHERE case_id = ?",
        OTHER,
        CASE,
    )
    with pytest.raises(DraftDamagedError, match="key"):
        rooms.drafts.unlock(CASE, who)


def test_no_nonce_comes_twice(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    nonces = set()
    for number in range(50):
        put(rooms, key, f"slap/{number % 3}")
        nonces.add(sealed(rooms, f"slap/{number % 3}")[:NONCE_BYTES])
    assert len(nonces) == 50


def test_a_key_shows_nothing_of_itself(rooms):
    key = rooms.drafts.create(CASE, rooms.sign_in("sari"))
    assert key.secret.hex() not in repr(key)
    assert "secret" not in repr(key)


WRITE_A_WHOLE_DRAFT = """
    import os
    import sys
    from pathlib import Path

    from station.resident import Resident
    from tests.station.core_rooms import NIK, Rooms

    MARKER = b"MARKER-OF-A-RESIDENT"
    rooms = Rooms(Path(sys.argv[1]))
    rooms.add("sari")
    rooms.add("budi")
    who = rooms.sign_in("sari")
    with rooms.store.transaction():
        rooms.register.open_case(
            sys.argv[2], nik=NIK, origin_code="61.01.01", host_code="61.01.02",
            operator=who.operator)
        key = rooms.drafts.create(sys.argv[2], who)
    biodata = b'{"nik": "6101014107980003", "full_name": "SITI MARKERNAME"}'
    rooms.drafts.put(sys.argv[2], key, "case", biodata, actor="sari")
    for number in range(12):
        payload = MARKER * 20000 + bytes([number])
        rooms.drafts.put(sys.argv[2], key, f"attempt/{number}", payload, actor="sari",
                         log_as="attempt_stored")
        rooms.drafts.put(sys.argv[2], key, "decisions", MARKER + biodata, actor="sari")
        print(number, flush=True)
        if number == int(sys.argv[3]):
            os._exit(9)
    rooms.register.advance(sys.argv[2], "abandoned", actor="sari", note="pulang")
    rooms.drafts.destroy(sys.argv[2])
    print("destroyed", flush=True)
    os._exit(9)
"""


def run_writer(folder, dies_at, case_id=CASE):
    program = [sys.executable, "-c", textwrap.dedent(WRITE_A_WHOLE_DRAFT)]
    return subprocess.run(
        [*program, str(folder), case_id, str(dies_at)],
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT_S,
        check=False,
    )


@pytest.mark.parametrize("dies_at", [0, 5, 99])
def test_nothing_that_identifies_a_resident_stands_in_clear(tmp_path, dies_at):
    child = run_writer(tmp_path, dies_at)
    assert child.returncode == 9, child.stderr
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert len(content) > 300_000
    for word in (b"MARKER", NIK.encode(), b"SITI", "SITI".encode("utf-16-le")):
        assert word not in content
    for half in (NIK[:8], NIK[8:]):  # a NIK torn over two pages would still show a half
        assert half.encode() not in content


def test_a_marker_would_be_found(tmp_path):
    """The search finds what is written without sealing (negative control)."""
    rooms = Rooms(tmp_path)
    execute(rooms, "INSERT INTO lockouts VALUES (?, 1, 'b', 1, 1)", f"nik {NIK}")
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert NIK.encode() in content
    rooms.store.close()


def test_everything_acknowledged_before_a_kill_is_there(tmp_path):
    for acknowledged in (1, 4, 9):
        folder = tmp_path / str(acknowledged)
        program = [sys.executable, "-c", textwrap.dedent(WRITE_A_WHOLE_DRAFT), str(folder), CASE]
        child = subprocess.Popen([*program, "99"], stdout=subprocess.PIPE, text=True)
        try:
            lines = [child.stdout.readline() for _ in range(acknowledged)]
        finally:
            child.send_signal(signal.SIGKILL)
            lines += child.stdout.read().splitlines()
            child.stdout.close()
            child.wait(CHILD_LIMIT_S)
        if "destroyed" in lines:
            continue
        told = max(int(line) for line in lines)
        check_survivors(folder, told)


def check_survivors(folder, told):
    rooms = Rooms(folder)
    key = rooms.drafts.unlock(CASE, rooms.sign_in("budi"))
    parts = rooms.drafts.load(CASE, key)
    for number in range(told + 1):
        assert parts[f"attempt/{number}"] == b"MARKER-OF-A-RESIDENT" * 20000 + bytes([number])
    assert parts["decisions"].startswith(b"MARKER")
    rooms.audit.verify()
    rooms.store.close()
