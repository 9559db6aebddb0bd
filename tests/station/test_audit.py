"""The log of actions: what is written, and that every change from outside is named."""

import base64
import json
import re

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from station import merkle
from station.audit import Audit, AuditLeaf, digest_of
from station.checkpoint import BadCheckpointError, head_body, key_id, read_checkpoint
from station.errors import AuditBrokenError
from station.store import fetch
from tests.station.core_rooms import CODE, Rooms

LEAVES = 11


@pytest.fixture
def rooms(tmp_path):
    opened = Rooms(tmp_path)
    yield opened
    opened.store.close()


def fill(rooms, count=LEAVES):
    for number in range(1, count + 1):
        rooms.audit.append(
            "tried", actor="system", object_id=f"thing:{number}", after=digest_of({"n": number})
        )


def execute(rooms, statement, *values):
    with rooms.store.transaction() as connection:
        connection.execute(statement, values)


def test_an_empty_log_has_a_signed_head_and_is_whole(rooms):
    rooms.audit.verify()
    head = rooms.audit.head()
    assert (head.size, head.root) == (0, merkle.EMPTY_ROOT)
    assert rooms.audit.leaves() == ()


def test_a_leaf_says_who_did_what_to_which_thing_when(rooms):
    rooms.add("sari")
    leaf = rooms.audit.append(
        "exception_approved",
        actor="sari",
        object_id="case:1/left_thumb",
        before=digest_of("before"),
        after=digest_of("after"),
    )
    assert leaf == AuditLeaf(
        sequence=2,
        action="exception_approved",
        actor="sari",
        role="supervisor",
        object_id="case:1/left_thumb",
        before=digest_of("before"),
        after=digest_of("after"),
        monotonic_ms=1_000_000,
        boot_id=rooms.clock.boot_id,
        wall_time="2026-11-24T01:00:00.000Z",
        clock_trust=leaf.clock_trust,
    )
    assert rooms.audit.leaves(after=1) == (leaf,)


def test_a_stored_leaf_is_canonical_json(rooms):
    fill(rooms, 1)
    with rooms.store.transaction() as connection:
        stored = fetch(connection, "SELECT leaf FROM audit_leaves")[0][0]
    assert rfc8785.dumps(json.loads(stored)) == stored


def test_pages_of_leaves(rooms):
    fill(rooms)
    assert [leaf.sequence for leaf in rooms.audit.leaves(after=4, limit=3)] == [5, 6, 7]
    assert len(rooms.audit.leaves()) == LEAVES


def test_the_head_can_be_read_by_anyone_with_the_public_key(rooms):
    fill(rooms)
    head = rooms.audit.head()
    key = rooms.keys.signer.public_key
    assert read_checkpoint(head.text, name=f"ktpel.station/{CODE}", public_key=key) == head
    assert head.size == LEAVES
    assert re.fullmatch(r"[0-9a-f]{16}", head.short_root)
    with pytest.raises(BadCheckpointError):
        read_checkpoint(head.text, name=f"ktpel.station/{CODE}", public_key=bytes(32))
    with pytest.raises(BadCheckpointError):
        read_checkpoint(head.text.replace("\n11\n", "\n12\n"), name=head.origin, public_key=key)


@pytest.mark.parametrize(
    "text",
    ["", "x\n", "x\n1\nAAAA\n\n", "\n\n— ktpel.station/61.01.01 !!\n", "x\n\n— x AAAA\n"],
)
def test_what_is_no_head_is_refused(rooms, text):
    with pytest.raises(BadCheckpointError):
        read_checkpoint(text, name="x", public_key=rooms.keys.signer.public_key)


def signed_text(rooms, body):
    signer = rooms.keys.signer
    stamp = base64.b64encode(key_id("x", signer.public_key) + signer.sign(body.encode())).decode()
    return f"{body}\n— x {stamp}\n"


@pytest.mark.parametrize("size", ["01", "-1", "x", "\N{ARABIC-INDIC DIGIT THREE}", "1 "])
def test_a_size_in_another_spelling_is_refused(rooms, size):
    root = "A" * 43 + "="
    good = read_checkpoint(
        signed_text(rooms, f"x\n1\n{root}\n"), name="x", public_key=rooms.keys.signer.public_key
    )
    assert good.size == 1
    with pytest.raises(BadCheckpointError, match="size"):
        read_checkpoint(
            signed_text(rooms, f"x\n{size}\n{root}\n"),
            name="x",
            public_key=rooms.keys.signer.public_key,
        )


def test_appending_joins_the_transaction(rooms):
    fill(rooms, 3)
    with pytest.raises(ZeroDivisionError):
        append_and_fail(rooms)
    assert rooms.audit.head().size == 3
    fill(rooms, 2)
    rooms.audit.verify()


def append_and_fail(rooms):
    with rooms.store.transaction():
        fill(rooms, 2)
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "texts",
    [
        {"action": "opened 6101014107980003"},
        {"object_id": "6101014107980003"},
        {"actor": "6101014107980003"},
        {"action": ""},
        {"object_id": "Siti\n"},
        {"object_id": "Sití"},
        {"action": "x" * 201},
        {"before": "draft"},
        {"after": "A" * 64},
    ],
)
def test_what_could_identify_a_person_is_refused(rooms, texts):
    with pytest.raises(ValueError, match=r"audit log|SHA-256"):
        rooms.audit.append(**{"action": "a", "actor": "system", "object_id": "o", **texts})
    assert rooms.audit.head().size == 0


def test_identifiers_in_hexadecimal_are_allowed(rooms):
    rooms.audit.append("a", actor="system", object_id="package:" + "1234567890" * 3 + "ab")


def test_every_leaf_can_be_proved(rooms):
    fill(rooms)
    for sequence in range(1, LEAVES + 1):
        found = rooms.audit.prove_inclusion(sequence)
        assert merkle.is_included(
            found.leaf, found.index, found.head.size, found.proof, found.head.root
        )
        assert AuditLeaf.model_validate_json(found.leaf).sequence == sequence


def test_an_older_head_can_be_proved(rooms):
    heads = []
    for _ in range(LEAVES):
        fill(rooms, 1)
        heads.append(rooms.audit.head())
    for old in heads:
        proof = rooms.audit.prove_consistency(old.size)
        assert merkle.is_consistent(old.size, old.root, LEAVES, heads[-1].root, proof)
        rooms.audit.verify(known=old)


@pytest.mark.parametrize("sequence", range(1, LEAVES + 1))
def test_an_edited_leaf_is_named(rooms, sequence):
    fill(rooms)
    execute(
        rooms,
        "UPDATE audit_leaves SET leaf = CAST(replace(CAST(leaf AS TEXT), 'tried', 'Tried') AS BLOB)"
        " WHERE sequence = ?",
        sequence,
    )
    with pytest.raises(AuditBrokenError) as caught:
        rooms.audit.verify()
    assert (caught.value.sequence, caught.value.finding) == (sequence, "edited")
    assert f"nomor {sequence}" in caught.value.text_id


@pytest.mark.parametrize("sequence", range(1, LEAVES + 1))
def test_a_deleted_leaf_is_named(rooms, sequence):
    fill(rooms)
    execute(rooms, "DELETE FROM audit_leaves WHERE sequence = ?", sequence)
    with pytest.raises(AuditBrokenError) as caught:
        rooms.audit.verify()
    assert (caught.value.sequence, caught.value.finding) == (sequence, "deleted")


@pytest.mark.parametrize("sequence", range(1, LEAVES))
def test_swapped_leaves_are_named(rooms, sequence):
    fill(rooms)
    for old, new in ((sequence, 99), (sequence + 1, sequence), (99, sequence + 1)):
        execute(rooms, "UPDATE audit_leaves SET sequence = ? WHERE sequence = ?", new, old)
    with pytest.raises(AuditBrokenError) as caught:
        rooms.audit.verify()
    assert (caught.value.sequence, caught.value.finding) == (sequence, "edited or moved")


@pytest.mark.parametrize("sequence", range(1, LEAVES + 1))
def test_an_edit_with_the_whole_tree_made_to_fit_is_named_by_its_signature(rooms, sequence):
    """The forger rebuilds every node, but cannot sign."""
    fill(rooms)
    rebuild_with_changed_leaf(rooms, sequence)
    with pytest.raises(AuditBrokenError) as caught:
        rooms.audit.verify()
    assert caught.value.sequence == sequence
    assert caught.value.finding == "not signed by this station"


def rebuild_with_changed_leaf(rooms, changed):
    with rooms.store.transaction() as connection:
        leaves = [row[0] for row in fetch(connection, "SELECT leaf FROM audit_leaves")]
        leaves[changed - 1] = leaves[changed - 1].replace(b"tried", b"Tried")
        connection.execute("DELETE FROM audit_nodes")
        nodes = TableNodes(connection)
        for index, leaf in enumerate(leaves):
            merkle.append_leaf(nodes, index, leaf)
            connection.execute(
                "UPDATE audit_leaves SET leaf = ? WHERE sequence = ?", (leaf, index + 1)
            )


class TableNodes:
    def __init__(self, connection):
        self.connection = connection

    def node(self, level, place):
        statement = "SELECT hash FROM audit_nodes WHERE level = ? AND place = ?"
        return fetch(self.connection, statement, (level, place))[0][0]

    def put_node(self, level, place, value):
        self.connection.execute("INSERT INTO audit_nodes VALUES (?, ?, ?)", (level, place, value))


def test_every_edited_node_is_found(rooms):
    fill(rooms)
    with rooms.store.transaction() as connection:
        nodes = fetch(connection, "SELECT level, place, hash FROM audit_nodes")
    assert len(nodes) == 11 + 5 + 2 + 1
    statement = "UPDATE audit_nodes SET hash = ? WHERE level = ? AND place = ?"
    for level, place, value in nodes:
        execute(rooms, statement, bytes(32), level, place)
        with pytest.raises(AuditBrokenError) as caught:
            rooms.audit.verify()
        assert caught.value.sequence == place * 2**level + 1
        execute(rooms, statement, value, level, place)
    rooms.audit.verify()


def test_a_missing_node_is_found_and_stops_appending(rooms):
    fill(rooms)
    execute(rooms, "DELETE FROM audit_nodes WHERE level = 3")
    with pytest.raises(AuditBrokenError):
        rooms.audit.verify()
    with pytest.raises(AuditBrokenError, match="tree incomplete"):
        rooms.audit.head()


def test_a_log_cut_short_with_its_tree_is_found_by_a_head_seen_elsewhere(rooms):
    fill(rooms)
    known = rooms.audit.head()
    cut_to(rooms, 8)
    rooms.audit.verify()  # consistent in itself: only the outside witness tells
    with pytest.raises(AuditBrokenError, match="seen elsewhere") as caught:
        rooms.audit.verify(known=known)
    assert caught.value.sequence == 9


def test_a_log_restored_and_continued_is_found_by_a_head_seen_elsewhere(rooms):
    fill(rooms)
    known = rooms.audit.head()
    cut_to(rooms, 8)
    for _ in range(5):
        rooms.audit.append("other", actor="system", object_id="x")
    rooms.audit.verify()
    with pytest.raises(AuditBrokenError, match="differs"):
        rooms.audit.verify(known=known)


def cut_to(rooms, size):
    execute(rooms, "DELETE FROM audit_leaves WHERE sequence > ?", size)
    execute(rooms, "DELETE FROM audit_nodes WHERE (place + 1) << level > ?", size)


def test_a_log_signed_by_another_key_is_not_this_stations(rooms, tmp_path):
    fill(rooms)
    other = Rooms(tmp_path / "other")
    audit = Audit(rooms.store, other.keys.signer)
    with pytest.raises(AuditBrokenError, match="not signed"):
        audit.verify()
    other.store.close()


def test_signatures_cover_the_head_after_each_leaf(rooms):
    fill(rooms, 5)
    with rooms.store.transaction() as connection:
        rows = fetch(connection, "SELECT leaf, signature FROM audit_leaves ORDER BY sequence")
    nodes = {}

    class Memory:
        node = staticmethod(lambda level, place: nodes[level, place])
        put_node = staticmethod(lambda level, place, value: nodes.update({(level, place): value}))

    key = Ed25519PublicKey.from_public_bytes(rooms.keys.signer.public_key)
    for index, (leaf, signature) in enumerate(rows):
        merkle.append_leaf(Memory, index, leaf)
        body = head_body(rooms.audit.origin, index + 1, merkle.root(Memory, index + 1))
        key.verify(signature, body)


def test_the_log_reads_back_after_a_restart(rooms):
    fill(rooms)
    before = rooms.audit.head()
    rooms.reopen()
    assert rooms.audit.head() == before
    rooms.audit.verify(known=before)
