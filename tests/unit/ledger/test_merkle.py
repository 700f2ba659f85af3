"""The tree against a naive recursion written from RFC 6962, and against Certificate Transparency's own vectors."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.ledger import merkle
from u4ssc_gov.ledger.merkle import Frontier

# The reference leaves of the Certificate Transparency test suite, and the roots over the first 1 to 8 of them.
CT_LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                        "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [merkle.leaf_hash(str(n).encode()) for n in range(64)]


def split(n: int) -> int:
    """The largest power of two below n."""
    return 1 << ((n - 1).bit_length() - 1)


def naive_root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m, leaves, whole):
    n = len(leaves)
    if m == n:
        return [] if whole else [naive_root(leaves)]
    k = split(n)
    if m <= k:
        return [*naive_proof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_reference_roots(size):
    assert merkle.root_of(merkle.leaf_hash(leaf) for leaf in CT_LEAVES[:size]).hex() == CT_ROOTS[size - 1]


@pytest.mark.parametrize("size", range(65))
def test_root_frontier_and_proofs_are_those_of_the_recursion(size):
    leaves = LEAVES[:size]
    frontier = Frontier()
    for leaf in leaves:
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes())  # as it is stored between appends
        frontier.append(leaf)
    root = naive_root(leaves)
    assert frontier.root() == merkle.root_of(leaves) == root
    assert len(frontier.to_bytes()) == 32 * size.bit_count()
    proofs = merkle.inclusion_proofs(leaves, range(size))
    for index in range(size):
        assert proofs[index] == naive_path(index, leaves)
        assert merkle.is_included(leaves[index], index, size, proofs[index], root)
    for first in range(1, size + 1):
        assert merkle.consistency_proof(leaves, first) == naive_proof(first, leaves, True)


@given(st.integers(1, 64), st.data())
def test_a_proof_proves_nothing_else(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    proof, root = merkle.inclusion_proofs(leaves, [index])[index], merkle.root_of(leaves)
    assert not merkle.is_included(merkle.leaf_hash(b"other"), index, size, proof, root)
    assert not merkle.is_included(leaves[index], index, size, [*proof, root], root)
    assert not merkle.is_included(leaves[index], size, size, proof, root)
    assert not merkle.is_included(leaves[index], index, size, proof, merkle.EMPTY_ROOT)
    if proof:
        assert not merkle.is_included(leaves[index], index, size, proof[:-1], root)


def test_what_cannot_be_proved_is_refused():
    with pytest.raises(ValueError, match="leaf"):
        merkle.inclusion_proofs(LEAVES[:4], [4])
    for first in (0, 5):
        with pytest.raises(ValueError, match="tree"):
            merkle.consistency_proof(LEAVES[:4], first)
    with pytest.raises(ValueError, match="frontier"):
        Frontier(3, [b"\x00" * 32])
    with pytest.raises(ValueError, match="frontier"):
        Frontier(1, [b"\x00" * 31])
