"""The tree against the published vectors, and its proofs for every small size."""

import hashlib

import pytest

from station import merkle

# The leaves and roots of the tests of Certificate Transparency (RFC 6962 reference code).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LARGEST = 33


class Nodes(dict):
    def node(self, level, place):
        return self[level, place]

    def put_node(self, level, place, value):
        assert (level, place) not in self
        self[level, place] = value


def grow(leaves):
    nodes = Nodes()
    for size, leaf in enumerate(leaves):
        merkle.append_leaf(nodes, size, leaf)
    return nodes


def plain_root(leaves):
    """Compute the root as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    parts = plain_root(leaves[:middle]) + plain_root(leaves[middle:])
    return hashlib.sha256(b"\x01" + parts).digest()


MANY = [f"leaf {number}".encode() for number in range(LARGEST)]
GROWN = grow(MANY)


def test_an_empty_tree_has_the_hash_of_nothing():
    assert merkle.root(Nodes(), 0) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_published_ones(size):
    assert merkle.root(grow(LEAVES[:size]), size).hex() == ROOTS[size - 1]


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_roots_follow_the_definition_at_every_size(size):
    assert merkle.root(GROWN, size) == plain_root(MANY[:size])


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_leaf_is_proved_and_no_other(size):
    head = plain_root(MANY[:size])
    for index in range(size):
        proof = merkle.inclusion_proof(GROWN, index, size)
        assert merkle.is_included(MANY[index], index, size, proof, head)
        assert not merkle.is_included(b"other", index, size, proof, head)
        assert not merkle.is_included(MANY[index], index, size, (*proof, head), head)
        if proof:
            assert not merkle.is_included(MANY[index], index, size, proof[:-1], head)
            assert not merkle.is_included(MANY[index], index ^ 1, size, proof, head)


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_beginning_is_proved_and_no_other(size):
    head = plain_root(MANY[:size])
    for old_size in range(1, size + 1):
        old_head = plain_root(MANY[:old_size])
        proof = merkle.consistency_proof(GROWN, old_size, size)
        assert merkle.is_consistent(old_size, old_head, size, head, proof)
        assert not merkle.is_consistent(old_size, b"x" * 32, size, head, proof)
        assert not merkle.is_consistent(old_size, old_head, size, b"x" * 32, proof)
        assert not merkle.is_consistent(old_size, old_head, size, head, (*proof, head))
        if proof:
            assert not merkle.is_consistent(old_size, old_head, size, head, proof[:-1])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(GROWN, index, size)
    assert not merkle.is_included(b"", index, size, (), b"")


@pytest.mark.parametrize(("old_size", "size"), [(0, 3), (4, 3)])
def test_a_tree_that_is_no_beginning_has_no_proof(old_size, size):
    with pytest.raises(ValueError, match="no tree"):
        merkle.consistency_proof(GROWN, old_size, size)
    assert not merkle.is_consistent(old_size, b"", size, b"", ())


def reader(nodes):
    return lambda level, place: nodes.get((level, place))


def test_a_wrong_node_is_found_where_it_stands():
    hashes = [merkle.leaf_hash(leaf) for leaf in MANY]
    assert merkle.check_nodes(reader(GROWN), hashes) is None
    for key in GROWN:
        changed = {**GROWN, key: b"x" * 32}
        assert merkle.check_nodes(reader(changed), hashes) == key
