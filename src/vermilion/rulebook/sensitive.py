"""Which facts would tell a customer that somebody is on a list or under suspicion.

Anti-Money Laundering Law of China (2024), articles 7 and 35: reports and what leads to them are
confidential; article 40: lists call for measures that must not be announced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vermilion.language import Node, Path, facts_read, walk
from vermilion.language.tree import Compare, Matches, Quantifier, Values
from vermilion.rulebook.windows import LoadedWindow, nodes_of, windows_read

if TYPE_CHECKING:
    from vermilion.rulebook.load import LoadedRule, Rulebook

LISTED = frozenset({"lists_hit", "known_lists_hit", "list_matches"})
"""Fields that hold what screening found, of a party or of those who control it."""

SUSPICIONS = frozenset({"finding"})
"""Types of event that say what somebody is suspected of; windows count them."""

_NAMING = frozenset({"id", "name", "identity", "person"})
"""Fields of a party that, held against a list, make the list one of persons."""

_WALLETS = "wallets"
"""Field of a party whose elements, held against a list, make the list one of persons."""

_THINGS = frozenset({"token", "work", "platform", "event"})


def sensitive_facts(rulebook: Rulebook, loaded: LoadedRule) -> list[str]:
    """Return the facts of lists or suspicion that a rule reads, by itself or through a window."""
    windows = rulebook.sensitive_windows
    found = set()
    for condition in loaded.conditions.values():
        found |= {path for node in nodes_of(condition) for path in _sensitive(node)}
        found |= {f"windows.{name}" for name in windows_read(condition) if name in windows}
    return sorted(found)


def is_sensitive_window(window: LoadedWindow) -> bool:
    """Tell whether a window counts what screening or surveillance found."""
    if not SUSPICIONS.isdisjoint(window.window.of):
        return True
    nodes: list[Node] = [node for key in window.asks.values() for node in key]
    for fold in window.folds.values():
        nodes += [node for node in (*fold.key, fold.value, fold.where) if node is not None]
    return any(True for node in nodes for _ in _sensitive(node))


def _sensitive(node: Node) -> Iterator[str]:
    for path in facts_read(node, bound=True):
        if not LISTED.isdisjoint(path.steps):
            yield str(path)
    for part in walk(node):
        match part:
            case Compare(left=Path() as path, right=Values(name=str())):
                pass
            case Matches(text=Path() as path, terms=Values(name=str())):
                pass
            case Quantifier(source=Path() as source, body=body):
                if source.steps[-1:] == (_WALLETS,) and any(map(_is_looked_up, walk(body))):
                    yield str(source)
                continue
            case _:
                continue
        if path.root not in _THINGS and path.steps and path.steps[-1] in _NAMING:
            yield str(path)


def _is_looked_up(node: Node) -> bool:
    match node:
        case Compare(left=Path(bound=True, steps=()), right=Values(name=str())):
            return True
        case _:
            return False
