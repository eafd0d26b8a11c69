"""The tree of RFC 6962: what is proven holds, what is not proven does not."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.audit.rules.merkle import TILE, Tree, grow
from lms.audit.rules.verifier import Peaks, is_consistent, node_hash, root_from_inclusion

SIZES = range(1, 130)
LEAVES = [hashlib.sha256(b"\0%d" % number).digest() for number in range(700)]


class Store:
    """What the database keeps: leaves, and every eighth level of nodes."""

    def __init__(self):
        self.levels = {0: []}

    def read(self, level, start, end):
        return self.levels[level][start:end]

    def append(self, leaves):
        nodes = grow(len(self.levels[0]), leaves, self.read)
        self.levels[0] += leaves
        for node in nodes:
            row = self.levels.setdefault(node.level, [])
            assert node.place == len(row)
            row.append(node.hash)

    def tree(self, size=None):
        return Tree(len(self.levels[0]) if size is None else size, self.read)


def by_definition(leaves):
    """Return the root as RFC 6962 §2.1 defines it, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


@pytest.fixture(scope="module")
def store():
    store = Store()
    store.append(LEAVES)
    return store


@pytest.mark.parametrize("size", [0, *SIZES, TILE - 1, TILE, TILE + 1, 2 * TILE, 700])
def test_root_is_that_of_the_definition(store, size):
    peaks = Peaks()
    for leaf in LEAVES[:size]:
        peaks.append(leaf)

    assert store.tree(size).root() == peaks.root() == by_definition(LEAVES[:size])


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_proven_in_its_place_and_in_no_other(store, size):
    tree = store.tree(size)
    root = tree.root()

    for place in range(size):
        proof = tree.inclusion(place)
        assert root_from_inclusion(LEAVES[place], place, size, proof) == root
        assert root_from_inclusion(LEAVES[place + 1], place, size, proof) != root
        other = (place + 1) % size
        if other != place:
            assert leads_elsewhere(LEAVES[place], other, size, proof, root)


def leads_elsewhere(leaf, place, size, proof, root):
    try:
        return root_from_inclusion(leaf, place, size, proof) != root
    except ValueError:
        return True


@pytest.mark.parametrize("size", SIZES)
def test_every_earlier_tree_is_proven_to_be_its_beginning(store, size):
    tree = store.tree(size)

    for old in range(1, size + 1):
        proof, before = tree.consistency(old), store.tree(old).root()
        assert is_consistent(old, size, before, tree.root(), proof)
        assert not is_consistent(old, size, LEAVES[0] if old > 1 else LEAVES[1], tree.root(), proof)
        if proof:
            assert not is_consistent(old, size, before, tree.root(), proof[:-1])
            assert not is_consistent(old, size, before, LEAVES[699], proof)


@given(parts=st.lists(st.integers(0, 600), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_batches_of_any_size_grow_the_same_tree(parts):
    store, taken = Store(), 0
    for part in parts:
        store.append([hashlib.sha256(b"%d" % number).digest() for number in range(taken, taken + part)])
        taken += part

    peaks = Peaks()
    for leaf in store.levels[0]:
        peaks.append(leaf)
    assert store.tree().root() == peaks.root()
    assert [len(store.levels.get(level, [])) for level in (8, 16)] == [taken >> 8, taken >> 16]


@given(size=st.integers(1, 700), place=st.integers(0, 699), bit=st.integers(0, 255))
@settings(deadline=None)
def test_a_changed_leaf_is_never_proven(store, size, place, bit):
    tree, place = store.tree(size), place % size
    changed = (int.from_bytes(LEAVES[place], "big") ^ (1 << bit)).to_bytes(32, "big")

    assert root_from_inclusion(changed, place, size, tree.inclusion(place)) != tree.root()


def test_a_proof_of_another_length_is_refused(store):
    tree = store.tree(7)
    proof = tree.inclusion(3)

    for wrong in (proof[:-1], [*proof, proof[0]]):
        with pytest.raises(ValueError, match="the proof is too"):
            root_from_inclusion(LEAVES[3], 3, 7, wrong)
    with pytest.raises(ValueError, match="no such place"):
        root_from_inclusion(LEAVES[3], 7, 7, proof)


def test_known_answers_of_certificate_transparency():
    """Roots of the reference vectors that Certificate Transparency logs are tested with."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    peaks = Peaks()
    roots = []
    for data in inputs:
        peaks.append(hashlib.sha256(b"\0" + bytes.fromhex(data)).digest())
        roots.append(peaks.root().hex())

    assert roots[0] == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert roots[1] == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert roots[7] == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert node_hash(b"a" * 32, b"b" * 32) != node_hash(b"b" * 32, b"a" * 32)
