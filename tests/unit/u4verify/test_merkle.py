"""The tree against published vectors and against the definition."""

from __future__ import annotations

import pytest

from tests.support import ledger_primitives as primitives
from u4verify import merkle

# Inputs and roots of the reference implementation of Certificate Transparency.
INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
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
LEAVES = [merkle.leaf_hash(b"entry %d" % n) for n in range(41)]


def test_the_empty_tree():
    assert merkle.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_reference(size):
    assert merkle.root_of(merkle.leaf_hash(data) for data in INPUTS[:size]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize("size", range(1, 42))
def test_every_inclusion_proof_holds_and_no_other(size):
    leaves = LEAVES[:size]
    root = primitives.root(leaves)
    assert merkle.root_of(leaves) == root
    for index in range(size):
        proof = primitives.path(index, leaves)
        assert merkle.verify_inclusion(leaves[index], index, size, proof, root)
        assert not merkle.verify_inclusion(leaves[index], (index + 1) % size + (size == 1), size, proof, root)
        assert not merkle.verify_inclusion(leaves[index - 1], index, size, proof, root) or size == 1
        assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, root], root)
        assert not merkle.verify_inclusion(leaves[index], index, size, proof, merkle.EMPTY_ROOT)
        if proof:
            assert not merkle.verify_inclusion(leaves[index], index, size, proof[:-1], root)
            assert not merkle.verify_inclusion(leaves[index], index, size, [*proof[:-1], leaves[0][::-1]], root)


@pytest.mark.parametrize("new", range(1, 42))
def test_every_consistency_proof_holds_and_no_other(new):
    new_root = primitives.root(LEAVES[:new])
    for old in range(1, new + 1):
        old_root, proof = primitives.root(LEAVES[:old]), primitives.consistency(old, LEAVES[:new])
        assert merkle.verify_consistency(old, new, old_root, new_root, proof)
        assert not merkle.verify_consistency(old, new, old_root[::-1], new_root, proof)
        assert not merkle.verify_consistency(old, new, old_root, new_root[::-1], proof)
        assert not merkle.verify_consistency(old, new, old_root, new_root, [*proof, new_root])
        if proof:
            assert not merkle.verify_consistency(old, new, old_root, new_root, proof[:-1])
            assert not merkle.verify_consistency(old, new, old_root, new_root, [proof[0][::-1], *proof[1:]])


def test_sizes_that_cannot_be():
    root = primitives.root(LEAVES[:5])
    assert not merkle.verify_inclusion(LEAVES[0], 0, 0, [], root)
    assert not merkle.verify_inclusion(LEAVES[0], -1, 5, primitives.path(0, LEAVES[:5]), root)
    assert not merkle.verify_inclusion(LEAVES[0], 5, 5, primitives.path(0, LEAVES[:5]), root)
    assert not merkle.verify_inclusion(LEAVES[0], 0, 2**53, [root] * 65, root)
    assert not merkle.verify_consistency(5, 4, root, root, [])
    assert not merkle.verify_consistency(-1, 4, root, root, [])
    assert not merkle.verify_consistency(3, 5, root, root, [])
    assert not merkle.verify_consistency(3, 2**53, root, root, [root] * 129)
    assert merkle.verify_consistency(0, 5, merkle.EMPTY_ROOT, root, [])
    assert not merkle.verify_consistency(0, 5, root, root, [])
