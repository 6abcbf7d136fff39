"""Ways to have facts as wanted: one for a fact, any of several, or all of several at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter

import msgspec

from vermilion.language.explain import Facts
from vermilion.language.leaves import Leaf, Leaves, Policy
from vermilion.language.places import Place, label_of, value_at
from vermilion.language.requirements import Requirement, Requirements, example, meets

MOST_BETWEEN = 256
"""Most ways held at any node of the tree; the smallest are kept."""
MOST_FIRST_STEPS = 4
"""Most changes tried first where several facts have to be fitted to one another."""
MOST_PAIRS = 2_048
"""Most pairs of ways looked at where two parts must hold together."""


class Way(msgspec.Struct, frozen=True, gc=False):
    """What each place must be like, and which facts must change for that."""

    needs: Mapping[Place, Requirements]
    changed: frozenset[Place] = frozenset()
    size: int = 0
    """How many facts change."""
    leaving: bool = False

    @property
    def past(self) -> int:
        """How many of the changes are numbers over past events."""
        return sum(str(place[0]).startswith("windows.") for place in self.changed)


FREE: list[Way] = [Way({})]
"""The one way of what is as wanted whatever the facts are."""
_SIZE = attrgetter("size")


class Ways(Leaves):
    """Puts ways together, and notes what stood against others."""

    def __init__(self, facts: Facts, policy: Policy) -> None:
        super().__init__(facts, policy)
        self.blocked: dict[str, None] = {}
        """Facts that would have had to change, and must not."""
        self.incomplete = False
        """Whether a way may have been missed."""
        self.first_steps: list[Way] = []
        """Changes that were not made because other facts were fitted to what they change."""

    def need(self, leaf: Leaf, *tests: Requirement) -> list[Way]:
        """Return how a value comes to satisfy requirements: as it is, by change, or not at all."""
        place, value = leaf.place, leaf.value
        holds = meets(value, tests)
        if place is None:
            return FREE if holds else []
        if holds:
            return [Way({place: tests})]
        if not self.may_change(leaf):
            self.blocked[label_of(place)] = None
            return []
        if example(leaf.kind, value, tests) is None:
            return []
        return [Way({place: tests}, frozenset((self.unit(place),)), 1)]

    def any(self, parts: Iterable[list[Way]]) -> list[Way]:
        """Return the ways of all parts, where one part is enough."""
        return self.fewest([one for part in parts for one in part])

    def together(self, parts: Iterable[list[Way]]) -> list[Way]:
        """Return the ways that are ways of every part."""
        found = FREE
        for part in parts:
            if not part:
                return []
            if part is FREE:
                continue
            if found is FREE:
                found = self.fewest(list(part))
                continue
            most = max(MOST_PAIRS // max(len(found), 1), 1)
            self.incomplete |= len(part) > most
            joined = (self._joined(a, b) for a in found for b in part[:most])
            found = self.fewest([one for one in joined if one is not None])
        return found

    def fewest(self, found: list[Way]) -> list[Way]:
        """Return the ways that change least, the least first."""
        if len(found) > 1:
            found.sort(key=_SIZE)
        if len(found) > MOST_BETWEEN:
            self.incomplete = True
            del found[MOST_BETWEEN:]
        return found

    def _joined(self, a: Way, b: Way) -> Way | None:
        """Return what satisfies both; None where they contradict each other."""
        if not a.needs:
            return b
        if not b.needs:
            return a
        needs = dict(a.needs)
        changed = a.changed | b.changed if a.changed and b.changed else a.changed or b.changed
        for place, tests in b.needs.items():
            known = needs.setdefault(place, tests)
            if known is not tests and known != tests:
                needs[place] = both = known + tuple(test for test in tests if test not in known)
                if changed and self._contradict(place, both, changed):
                    return None
        return Way(needs, changed, len(changed))

    def _contradict(self, place: Place, tests: Requirements, changed: frozenset[Place]) -> bool:
        if self.unit(place) not in changed:
            return False
        present = value_at(self.facts, place)
        if meets(present, tests) or example(self.kinds[place], present, tests) is not None:
            return False
        loose = tuple(test for test in tests if test.kind != "stays")
        if len(loose) < len(tests):
            self.incomplete = True
            if loose and len(self.first_steps) < MOST_FIRST_STEPS:
                self.first_steps.append(Way({place: loose}, frozenset((self.unit(place),)), 1))
        return True
