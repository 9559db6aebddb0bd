"""Accounts: roles, log-in, brakes on guessing that survive everything, keys under passwords."""

import base64
import time

import pytest

from station.errors import (
    AccountFormError,
    LastKeyHolderError,
    LastSupervisorError,
    LockedOutError,
    UnknownOperatorError,
    UserNameTakenError,
    WeakPasswordError,
    WrongCredentialsError,
)
from station.lockout import STATION_ATTEMPTS, wait_after
from station.operators import Operators, Role
from station.passwords import (
    PasswordCost,
    is_correct,
    is_weak,
    make_verifier,
    unwrap_secret,
    wrap_secret,
)
from station.store import fetch
from tests.station.core_rooms import CHEAP, PASSWORDS, Rooms


@pytest.fixture
def rooms(tmp_path):
    opened = Rooms(tmp_path)
    opened.add("sari")
    opened.add("budi")
    opened.add("tono")
    yield opened
    opened.store.close()


def guess(rooms, times, user_name="budi"):
    for _ in range(times):
        with pytest.raises(WrongCredentialsError):
            rooms.operators.sign_in(user_name, "kata-sandi-lain")


def locked(rooms, user_name="budi", password=None):
    with pytest.raises(LockedOutError) as caught:
        rooms.operators.sign_in(user_name, password or PASSWORDS.get(user_name, "x"))
    return caught.value


def actions(rooms):
    return [leaf.action for leaf in rooms.audit.leaves(limit=1000)]


def test_a_person_signs_in_and_gets_the_key(rooms):
    who = rooms.sign_in("sari")
    assert who.operator == rooms.operators.get(1)
    assert who.operator.role is Role.SUPERVISOR
    assert who.private_key.public_key().public_bytes_raw() == who.operator.public_key
    assert rooms.operators.is_current(who)
    assert "private_key" not in repr(who)
    assert actions(rooms)[-1] == "signed_in"


def test_the_user_name_may_be_typed_in_any_case(rooms):
    assert rooms.operators.sign_in("  SARI ", PASSWORDS["sari"]).operator.user_name == "sari"


@pytest.mark.parametrize("user_name", ["budi", "nobody", "", "6101014107980003", "x" * 500])
def test_wrong_names_and_wrong_passwords_are_not_told_apart(rooms, user_name):
    with pytest.raises(WrongCredentialsError) as caught:
        rooms.operators.sign_in(user_name, "kata-sandi-lain")
    assert caught.value.text_id == "Nama pengguna atau kata sandi salah."
    assert actions(rooms)[-1] == "sign_in_failed"


def test_an_unknown_name_costs_the_time_of_a_known_one(rooms):
    cost = PasswordCost(memory_kib=16 * 1024, passes=2, lanes=1)
    operators = Operators(rooms.store, rooms.audit, cost=cost, clock=rooms.clock)
    operators.add("wati", "Wati", Role.OPERATOR, "rambutan-manis-1")
    durations = {"wati": [], "nobody": []}
    for _ in range(4):
        for user_name, taken in durations.items():
            start = time.perf_counter()
            with pytest.raises(WrongCredentialsError):
                operators.sign_in(user_name, "kata-sandi-lain")
            taken.append(time.perf_counter() - start)
    assert 0.5 < min(durations["nobody"]) / min(durations["wati"]) < 2.0


def test_five_failures_lock_for_30_seconds_then_double_to_15_minutes(rooms):
    guess(rooms, 5)
    waits = [locked(rooms).wait_s]
    for _ in range(7):
        rooms.clock.pass_time(waits[-1])
        guess(rooms, 1)
        waits.append(locked(rooms).wait_s)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_lock_ends_and_the_right_password_clears_it(rooms):
    guess(rooms, 5)
    error = locked(rooms)
    assert error.until_s == rooms.clock.monotonic_s() + 30
    assert "30 detik" in error.text_id
    rooms.clock.pass_time(29.5)
    assert locked(rooms).wait_s == 1
    rooms.clock.pass_time(0.5)
    rooms.sign_in("budi")
    guess(rooms, 4)
    rooms.sign_in("budi")


def test_attempts_during_a_lock_do_not_lengthen_it(rooms):
    guess(rooms, 5)
    for _ in range(20):
        locked(rooms)
    rooms.clock.pass_time(30)
    rooms.sign_in("budi")


def test_a_lock_is_for_one_account_only(rooms):
    guess(rooms, 5)
    locked(rooms)
    rooms.sign_in("sari")


def test_unknown_names_lock_as_known_ones_do(rooms):
    guess(rooms, 5, "nobody")
    assert locked(rooms, "nobody").wait_s == 30


def test_what_was_typed_as_a_name_is_not_kept(rooms):
    for number in range(40):
        with pytest.raises(WrongCredentialsError):
            rooms.operators.sign_in(f"rahasia{number}", "kata-sandi-lain")
    with rooms.store.transaction() as connection:
        subjects = [row[0] for row in fetch(connection, "SELECT subject FROM lockouts")]
    assert all(len(subject) == len("unknown:ab") or subject == "station" for subject in subjects)


def test_the_counters_survive_a_restart(rooms):
    guess(rooms, 3)
    rooms.reopen()
    guess(rooms, 2)
    rooms.reopen()
    assert locked(rooms).wait_s == 30


def test_a_power_cycle_starts_the_wait_again_and_saves_nothing(rooms):
    guess(rooms, 5)
    rooms.clock.pass_time(29)
    rooms.clock.reboot("second boot")
    rooms.reopen()
    assert locked(rooms).wait_s == 30
    rooms.clock.pass_time(20)
    assert locked(rooms).wait_s == 10
    rooms.clock.pass_time(10)
    rooms.sign_in("budi")


def test_setting_the_clock_shortens_nothing(rooms):
    guess(rooms, 5)
    rooms.clock.wall_time = rooms.clock.wall_time.replace(year=2036)
    assert locked(rooms).wait_s == 30


def test_an_attempt_counts_before_the_password_is_looked_at(rooms):
    """A sign-in that is cut off while the password is checked has been counted."""
    for _ in range(5):
        with pytest.raises(TypeError):
            rooms.operators.sign_in("budi", None)  # fails inside the check
    assert locked(rooms).wait_s == 30


def test_the_station_takes_60_attempts_a_minute(rooms):
    for number in range(STATION_ATTEMPTS):
        with pytest.raises(WrongCredentialsError):
            rooms.operators.sign_in(f"name{number}", "kata-sandi-lain")
    assert locked(rooms, "sari").wait_s == 60
    rooms.clock.pass_time(45)
    assert locked(rooms, "sari").wait_s == 15
    rooms.clock.reboot("second boot")
    rooms.reopen()
    assert locked(rooms, "sari").wait_s == 60
    rooms.clock.pass_time(60)
    rooms.sign_in("sari")


def test_no_lock_is_longer_than_15_minutes():
    assert [wait_after(failures) for failures in range(5)] == [0] * 5
    assert all(wait_after(failures) <= 900_000 for failures in range(5, 10_000))


def test_every_change_is_in_the_log(rooms):
    rooms.operators.change_role(2, Role.SUPERVISOR, actor="sari")
    rooms.operators.deactivate(1, actor="budi")
    rooms.operators.reactivate(1, actor="budi")
    rooms.operators.reset_password(3, "kunci-inggris-4", actor="budi")
    rooms.operators.change_password("sari", PASSWORDS["sari"], "durian-montong-3")
    assert actions(rooms) == [
        *["operator_added"] * 3,
        "role_changed",
        "operator_deactivated",
        "operator_reactivated",
        "password_reset",
        "signed_in",
        "password_changed",
    ]
    changed = rooms.audit.leaves(after=3, limit=1)[0]
    assert (changed.actor, changed.role, changed.object_id) == ("sari", "supervisor", "operator:2")
    assert changed.before != changed.after
    rooms.audit.verify()


def test_a_new_password_keeps_the_key_pair(rooms):
    before = rooms.sign_in("sari")
    rooms.operators.change_password("sari", PASSWORDS["sari"], "durian-montong-3")
    with pytest.raises(WrongCredentialsError):
        rooms.sign_in("sari")
    after = rooms.operators.sign_in("sari", "durian-montong-3")
    assert after.private_key.private_bytes_raw() == before.private_key.private_bytes_raw()


def test_changing_a_password_needs_the_old_one(rooms):
    with pytest.raises(WrongCredentialsError):
        rooms.operators.change_password("sari", "kata-sandi-lain", "durian-montong-3")
    with pytest.raises(WeakPasswordError):
        rooms.operators.change_password("sari", PASSWORDS["sari"], "short")
    rooms.sign_in("sari")


def test_a_reset_password_gives_a_new_key_pair_and_ends_a_lock(rooms):
    before = rooms.sign_in("budi")
    guess(rooms, 5)
    rooms.operators.reset_password(2, "jeruk-siam-22", actor="sari")
    after = rooms.operators.sign_in("budi", "jeruk-siam-22")
    assert after.operator.public_key != before.operator.public_key
    assert not rooms.operators.is_current(before)


def test_a_deactivated_person_cannot_sign_in_and_hears_nothing_special(rooms):
    who = rooms.sign_in("budi")
    rooms.operators.deactivate(2, actor="sari")
    with pytest.raises(WrongCredentialsError):
        rooms.sign_in("budi")
    assert not rooms.operators.is_current(who)
    rooms.operators.reactivate(2, actor="sari")
    rooms.sign_in("budi")


def test_the_last_supervisor_stays(rooms):
    with pytest.raises(LastSupervisorError, match="sari"):
        rooms.operators.deactivate(1, actor="sari")
    with pytest.raises(LastSupervisorError):
        rooms.operators.change_role(1, Role.OPERATOR, actor="sari")
    rooms.operators.change_role(2, Role.SUPERVISOR, actor="sari")
    rooms.operators.deactivate(1, actor="budi")
    with pytest.raises(LastSupervisorError):
        rooms.operators.deactivate(2, actor="budi")


def test_the_last_who_can_open_a_recording_stays(rooms):
    rooms.operators.change_role(2, Role.SUPERVISOR, actor="sari")
    rooms.operators.deactivate(1, actor="budi")
    rooms.drafts.create("case-1", rooms.sign_in("budi"))
    rooms.operators.reactivate(1, actor="budi")
    with pytest.raises(LastKeyHolderError, match="1 unfinished"):
        rooms.operators.deactivate(2, actor="sari")
    with pytest.raises(LastKeyHolderError):
        rooms.operators.change_role(2, Role.TECHNICIAN, actor="sari")
    with pytest.raises(LastKeyHolderError):
        rooms.operators.reset_password(2, "jeruk-siam-22", actor="sari")
    assert rooms.sign_in("budi").operator.role is Role.SUPERVISOR
    rooms.operators.deactivate(2, actor="sari", accept_loss=True)


@pytest.mark.parametrize(
    ("user_name", "display_name"),
    [
        ("", "Sari"),
        ("s", "Sari"),
        ("Sari", "Sari"),
        ("sari dewi", "Sari"),
        ("6101014107980003", "Sari"),
        ("a" * 33, "Sari"),
        ("wati", ""),
        ("wati", "  "),
        ("wati", "Wa\nti"),
        ("wati", "W" * 81),
    ],
)
def test_names_have_a_form(rooms, user_name, display_name):
    with pytest.raises(AccountFormError):
        rooms.operators.add(user_name, display_name, Role.OPERATOR, "rambutan-manis-1")


def test_a_name_is_given_once(rooms):
    with pytest.raises(UserNameTakenError, match="sari"):
        rooms.add("sari")


def test_an_unknown_number_is_said(rooms):
    with pytest.raises(UnknownOperatorError, match="99"):
        rooms.operators.get(99)


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("", True),
        ("kopi-7", True),
        ("wati-durian-99", True),
        ("WATI-durian-99", True),
        ("1111111111", True),
        ("abababababab", True),
        ("kopi-tubruk", False),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}mpat-enam", False),
    ],
)
def test_weak_passwords(password, weak):
    assert is_weak(password, "wati", minimum_length=10) is weak


def test_the_same_password_typed_on_another_keyboard_is_the_same():
    composed, decomposed = "caf\N{LATIN SMALL LETTER E WITH ACUTE}-lama", "cafe\u0301-lama"
    assert is_correct(make_verifier(composed, CHEAP), decomposed)
    assert not is_correct("no verifier", composed)


def test_a_wrapped_secret_opens_with_its_password_and_context_only():
    wrapped = wrap_secret(b"secret", "kopi-tubruk", cost=CHEAP, context=b"sari")
    assert unwrap_secret(wrapped, "kopi-tubruk", context=b"sari") == b"secret"
    assert unwrap_secret(wrapped, "kopi-tubruk", context=b"budi") is None
    assert unwrap_secret(wrapped, "kopi-tubruj", context=b"sari") is None
    assert b"secret" not in wrapped.sealed


def test_verifier_and_wrapping_key_have_different_salts(rooms):
    with rooms.store.transaction() as connection:
        rows = fetch(connection, "SELECT login_verifier, wrap_salt FROM operators")
    salts = {base64.b64decode(row[0].split("$")[4] + "==") for row in rows}
    salts |= {row[1] for row in rows}
    assert len(salts) == 2 * len(rows)


def test_the_cost_is_stored_with_each_account(rooms):
    dearer = PasswordCost(memory_kib=64, passes=2, lanes=1)
    operators = Operators(rooms.store, rooms.audit, cost=dearer, clock=rooms.clock)
    operators.add("wati", "Wati", Role.OPERATOR, "rambutan-manis-1")
    assert PasswordCost.parse(str(dearer)) == dearer
    assert rooms.operators.sign_in("wati", "rambutan-manis-1").operator.user_name == "wati"
    assert operators.sign_in("sari", PASSWORDS["sari"]).operator.user_name == "sari"


def test_a_sealed_key_moved_to_another_account_does_not_open(rooms):
    with rooms.store.transaction() as connection:
        connection.execute(
            "UPDATE operators SET (login_verifier, wrap_salt, sealed_private_key) ="
            " (SELECT login_verifier, wrap_salt, sealed_private_key FROM operators"
            " WHERE operator_id = 2) WHERE operator_id = 1"
        )
    with pytest.raises(WrongCredentialsError):
        rooms.operators.sign_in("sari", PASSWORDS["budi"])


def test_the_default_cost_is_that_of_the_security_plan():
    assert str(PasswordCost()) == "argon2id m=65536 t=3 p=4"
