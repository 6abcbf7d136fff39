"""The Merkle tree is that of RFC 6962."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from vermilion.record.tree import EMPTY_ROOT, Tree, leaf_hashes, node_hash

from .conftest import load_vectors


def naive_root(leaves: list[bytes]) -> bytes:
    """Compute the root as RFC 6962 section 2.1 defines it, by recursion."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


@given(st.lists(st.lists(st.binary(max_size=4), max_size=9), max_size=9))
def test_any_grouping_gives_the_recursive_root(groups: list[list[bytes]]) -> None:
    """However leaves are grouped into appends, root and size are those of the definition."""
    tree = Tree()
    for group in groups:
        tree.extend(leaf_hashes(group))
    leaves = [leaf for group in groups for leaf in group]
    assert (tree.size, tree.root()) == (len(leaves), naive_root(leaves))


def test_copy_is_independent() -> None:
    """Extending a copy leaves the original as it was."""
    tree = Tree()
    tree.extend(leaf_hashes([b"a", b"b", b"c"]))
    before = tree.root()
    tree.copy().extend(leaf_hashes([b"d"]))
    assert (tree.size, tree.root()) == (3, before)


def test_extend_leaves_the_list_alone() -> None:
    """The caller's list of hashes is not changed."""
    hashes = leaf_hashes([b"a", b"b", b"c"])
    tree = Tree()
    tree.extend(hashes[:1])
    kept = list(hashes)
    tree.extend(hashes)
    assert hashes == kept


def test_published_vectors() -> None:
    """Leaf, node and root hashes equal those published with Certificate Transparency."""
    vectors = load_vectors("rfc6962_tree_vectors.json")
    assert vectors["empty_root"] == EMPTY_ROOT.hex()
    for case in vectors["hash_leaf"]:
        data = (
            case["data_ascii"].encode() if "data_ascii" in case else bytes.fromhex(case["data_hex"])
        )
        assert leaf_hashes([data])[0].hex() == case["hash"]
    for case in vectors["hash_children"]:
        assert (
            node_hash(case["left_ascii"].encode(), case["right_ascii"].encode()).hex()
            == case["hash"]
        )
    leaves = [bytes.fromhex(leaf) for leaf in vectors["leaves_hex"]]
    for size, root in enumerate(vectors["roots_by_size"]):
        tree = Tree()
        tree.extend(leaf_hashes(leaves[:size]))
        assert tree.root().hex() == root
