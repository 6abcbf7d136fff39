"""Ways in which a condition comes out as wanted for any element of a list, or for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vermilion.language import tree
from vermilion.language.leaves import Leaf
from vermilion.language.places import Place, label_of
from vermilion.language.requirements import KNOWN, Requirement
from vermilion.language.ways import Way, Ways

_OTHER = "\0"
"""Stands for every text that no condition names."""


class Lists:
    """Looks at the elements of lists, and at those that could be added.

    Args:
        of: the facts, and where the places of new elements are noted.
        ways: the ways in which a condition comes out as wanted.
    """

    def __init__(self, of: Ways, ways: Callable[[tree.Node, bool], list[Way]]) -> None:
        self._of = of
        self._ways = ways
        self._new: dict[tuple[int, Place], Place] = {}

    def quantifier(self, node: tree.Quantifier, want: bool) -> list[Way]:
        """Make the condition come out as wanted for every element, or for one."""
        of = self._of
        source = of.leaf(node.source)
        every = (node.kind == "any") is not want
        if source.kind.element is None:
            raise TypeError(str(source.kind))
        found: list[Way] = []
        if source.value is not None:
            parts = (
                self._of_element(node, place, element, want)
                for place, element in of.elements_of(source)
            )
            found += of.together(parts) if every else self._not_emptied(source, of.any(parts))
        if source.place is None or (source.given and not of.may_change(source)):
            if not found and source.place is not None:
                of.blocked[label_of(source.place)] = None
            return found
        if source.kind.element.kind != "struct":
            found += self._words_of_list(node, source, want, every=every)
        elif source.value is None or not every:
            found += self._new_element(node, source, want, every=every)
        return of.fewest(found)

    def _not_emptied(self, source: Leaf, found: list[Way]) -> list[Way]:
        """Let what changes the list leave something in it, where an element decides."""
        some = self._of.need(source, Requirement("no shorter than", 1))
        return [
            way
            for one in found
            for way in (self._of.together([[one], some]) if source.place in one.changed else [one])
        ]

    def _of_element(
        self, node: tree.Quantifier, place: Place | None, element: Any, want: bool
    ) -> list[Way]:
        self._of.bound[node.variable] = place, element
        found = self._ways(node.body, want)
        self._of.bound.pop(node.variable)
        return found

    def _words_of_list(
        self, node: tree.Quantifier, source: Leaf, want: bool, *, every: bool
    ) -> list[Way]:
        """Say which words the list must hold, or must not."""
        of = self._of
        if _looks_into(node):
            return []
        of.incomplete |= reads_its_list(node)
        closed = source.kind.element.values if source.kind.element else None
        words = sorted(closed) if closed else _words(node.body, source.value)
        holds = self._wanted_words(node, [*words, _OTHER], want)
        good = [word for word in words if word in holds]
        bad = [word for word in words if word not in holds]
        other = _OTHER in holds
        if not every:
            return of.need(source, Requirement("contains one of", tuple(good))) if good else []
        if not bad and (closed or other):
            return of.need(source, *KNOWN)
        only = (not other and not closed) or (closed and len(good) < len(bad))
        if only:
            return of.need(source, Requirement("contains only", tuple(good)))
        return of.need(source, Requirement("contains none of", tuple(bad)))

    def _wanted_words(self, node: tree.Quantifier, words: list[str], want: bool) -> set[str]:
        """Return the words that are as wanted while other facts stay as they are."""
        match node.body:
            case tree.Compare(
                operator=("in" | "not in") as sign,
                left=tree.Path(root=node.variable, steps=()),
                right=tree.Values(values=listed),
            ):
                inside = (sign == "in") is want
                return {word for word in words if (word in listed) is inside}
        blocked = dict(self._of.blocked)
        found = {
            word
            for word in words
            if any(one.size == 0 for one in self._of_element(node, None, word, want))
        }
        self._of.blocked = blocked
        return found

    def _new_element(
        self, node: tree.Quantifier, source: Leaf, want: bool, *, every: bool
    ) -> list[Way]:
        """Let one more thing be in the list, or an unknown list hold only such things."""
        of = self._of
        if source.place is None or source.kind.element is None:
            return []
        key = (0 if every else id(node), source.place)
        place = self._new.get(key)
        if place is None:
            others = sum(known == source.place for _, known in self._new)
            place = (*source.place, len(source.value or ()) + others)
            self._new[key] = place
        of.elements[place] = "each" if every else "one"
        of.kinds[place] = source.kind.element
        found = self._of_element(node, place, None, want)
        if every and not found:
            return of.need(source, Requirement("no longer than", 0))
        if every:
            # Nothing has to be said of the things in it: it only has to be stated.
            stated = of.need(source, *KNOWN)
            return [one if one.changed else stated[0] for one in found]
        return [one for one in found if place in one.changed]


def reads_its_list(node: tree.Quantifier) -> bool:
    """Tell whether the condition on a list's elements reads that list as well.

    Which words it should hold then depends on the words that it holds, and some may be missed.
    """
    return any(part == node.source for part in tree.walk(node.body))


def _looks_into(node: tree.Quantifier) -> bool:
    """Tell whether terms are looked for in the elements themselves, which may be any text then."""
    return any(
        isinstance(part, tree.Matches)
        and any(
            isinstance(read, tree.Path) and read.bound and read.root == node.variable
            for read in tree.walk(part.text)
        )
        for part in tree.walk(node.body)
    )


def _words(body: tree.Node, present: Sequence[str] | None) -> list[str]:
    """Return the texts that make a difference to a condition on the texts of a list."""
    found = dict.fromkeys(present or ())
    for node in tree.walk(body):
        match node:
            case tree.Constant(value=str() as text):
                found[text] = None
            case tree.Values(values=texts):
                found |= dict.fromkeys(texts)
            case _:
                pass
    return list(found)
