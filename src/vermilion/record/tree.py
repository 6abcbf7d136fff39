"""Hash leaves into a Merkle tree and keep only what further appends need.

The tree is that of RFC 6962 section 2.1 with SHA-256. A tree of n leaves is held as its compact
range: the roots of the perfect subtrees that the binary digits of n name, at most 64 hashes.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962 section 2.1)."""


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Hash each leaf's bytes: SHA-256(0x00 || leaf)."""
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtree roots into their parent: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing RFC 6962 tree, held as its compact range.

    `size` is the number of leaves.
    """

    def __init__(self, size: int = 0, nodes: Iterable[bytes | None] = ()) -> None:
        self.size = size
        # INVARIANT: _nodes[level] is a hash exactly where bit `level` of size is one.
        self._nodes = list(nodes)

    def copy(self) -> Tree:
        """Return an independent tree with the same leaves."""
        return Tree(self.size, self._nodes)

    def extend(self, hashes: list[bytes]) -> None:
        """Append leaves, given as leaf hashes; the list itself is left as it is.

        Whole levels are hashed at a time, which costs one node hash for each leaf.
        """
        self.size += len(hashes)
        row = hashes
        level = 0
        while row:
            if level == len(self._nodes):
                self._nodes.append(None)
            left = self._nodes[level]
            if left is not None:
                row = [left, *row]
            self._nodes[level] = row[-1] if len(row) & 1 else None
            nodes = iter(row)
            row = [sha256(b"\x01" + a + b).digest() for a, b in zip(nodes, nodes, strict=False)]
            level += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far, 32 bytes."""
        root = None
        for node in self._nodes:
            if node is not None:
                root = node if root is None else node_hash(node, root)
        return EMPTY_ROOT if root is None else root
