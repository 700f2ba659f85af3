"""The tree of RFC 6962, section 2.1: leaves, nodes, a frontier that grows, proofs. Arithmetic only, from leaf hashes.

A *frontier* (compact range) holds the roots of the perfect subtrees that cover the first ``size`` leaves, the largest
first: one for each bit that is set in ``size``. It is all that is needed to append and to say the root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: the prefix keeps a node from being passed off as one."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows at its right edge and forgets everything else."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count() or any(len(peak) != HASH for peak in peaks):
            raise ValueError("this frontier does not belong to a tree of this size")
        self.size = size
        self.peaks = list(peaks)

    @classmethod
    def from_bytes(cls, size: int, content: bytes) -> Frontier:
        """Read what ``to_bytes`` wrote."""
        return cls(size, [content[at : at + HASH] for at in range(0, len(content), HASH)])

    def to_bytes(self) -> bytes:
        """32 bytes for each bit set in the size."""
        return b"".join(self.peaks)

    def append(self, leaf: bytes) -> None:
        """Add a leaf; each bit that is carried joins two perfect subtrees."""
        node, carried = leaf, self.size
        while carried & 1:
            node = node_hash(self.peaks.pop(), node)
            carried >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree level by level; a last node without a partner rises unchanged."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        if len(below) % 2:
            above.append(below[-1])
        levels.append(above)
    return levels


def inclusion_proofs(leaves: Sequence[bytes], indexes: Iterable[int]) -> dict[int, list[bytes]]:
    """The inclusion proof (2.1.1) of each leaf in the tree over all the leaves. The tree is built once."""
    levels = _levels(leaves)
    proofs: dict[int, list[bytes]] = {}
    for index in indexes:
        if not 0 <= index < len(leaves):
            raise ValueError("no such leaf in this tree")
        at, proof = index, []
        for level in levels[:-1]:
            if at ^ 1 < len(level):
                proof.append(level[at ^ 1])
            at >>= 1
        proofs[index] = proof
    return proofs


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The proof (2.1.2) that the tree over all the leaves begins with the tree over the first ``first`` of them."""
    if not 0 < first <= len(leaves):
        raise ValueError("no such earlier tree")
    return _subproof(first, leaves, is_whole=True)


def _subproof(first: int, leaves: Sequence[bytes], *, is_whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if first <= split:
        return [*_subproof(first, leaves[:split], is_whole=is_whole), root_of(leaves[split:])]
    return [*_subproof(first - split, leaves[split:], is_whole=False), root_of(leaves[:split])]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf stands at ``index`` in the tree of this size and root."""
    if not 0 <= index < size:
        return False
    node, at, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root
