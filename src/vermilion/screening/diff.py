"""Tell two versions of a list apart: who was added, who was taken off, who is described anew."""

from __future__ import annotations

from typing import NamedTuple

from vermilion.screening.lists import ListEntry, WatchList
from vermilion.screening.match import Identify, Matcher
from vermilion.screening.wallets import wallet_key


class ListDiff(NamedTuple):
    """What lies between two versions: entries by id, and wallets in the form they are compared."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    wallets_added: tuple[str, ...]
    wallets_removed: tuple[str, ...]
    keys_added: int
    keys_removed: int


def list_diff(before: WatchList, after: WatchList, identify: Identify | None = None) -> ListDiff:
    """Return what changed from one version to the other.

    Issuers and those who pass a list on number entries differently, so that a wallet counts as
    listed in both versions whatever entry it stands under.
    """
    old, new = _entries(before), _entries(after)
    old_keys, new_keys = (
        set(Matcher(before, identify).compared()),
        set(Matcher(after, identify).compared()),
    )
    old_wallets, new_wallets = _wallets(before), _wallets(after)
    return ListDiff(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(id for id in old.keys() & new.keys() if old[id] != new[id])),
        wallets_added=tuple(sorted(new_wallets - old_wallets)),
        wallets_removed=tuple(sorted(old_wallets - new_wallets)),
        keys_added=len(new_keys - old_keys),
        keys_removed=len(old_keys - new_keys),
    )


def _entries(found: WatchList) -> dict[str, ListEntry]:
    return {entry.id: entry for entry in found.entries}


def _wallets(found: WatchList) -> set[str]:
    return {wallet_key(one.address) for entry in found.entries for one in entry.wallets}
