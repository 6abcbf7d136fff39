"""Find what a rulebook holds and nothing reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vermilion.facts.namespace import ALIASES, roles
from vermilion.language import facts_read
from vermilion.rulebook.load import LoadedRule, Rulebook
from vermilion.rulebook.windows import nodes_of

_NAMED = re.compile(r"\b(lists|params|windows)\.(\w+)")

Unused = tuple[str, str, str]
"""What is not used, a code, and what is to be said of it."""


def unused(rulebook: Rulebook) -> Iterator[Unused]:
    """Give lists, parameters and windows that no condition names, and instruments cited nowhere.

    Also facts that a case states and its rule does not read.
    """
    document = rulebook.document
    named = _named(rulebook)
    for group, kind, entries in (
        ("lists", "list", document.lists),
        ("params", "parameter", document.parameters),
        ("windows", "window", document.windows),
    ):
        for name in entries:
            if (group, name) not in named:
                yield f"{group}.{name}", f"{kind}_unused", f"no rule or window reads this {kind}"
    cited = {citation.instrument for rule in document.rules for citation in rule.citations}
    cited |= {entry.source for entry in document.lists.values()}
    for parameter in document.parameters.values():
        sources = [value.source for value in parameter.values]
        cited |= {source.instrument for source in sources if source != "policy"}
    cited |= {one.repealed_by or "" for one in document.instruments}
    for one in document.instruments:
        if one.id not in cited and one.repealed_by not in cited:
            yield one.id, "instrument_unused", "nothing cites it or rests on it"
    for loaded in rulebook.rules:
        yield from _facts(loaded)


def _named(rulebook: Rulebook) -> set[tuple[str, ...]]:
    """Return what conditions of rules, their rival readings and windows name."""
    document = rulebook.document
    texts = [
        *(rule.applies_if or "" for rule in document.rules),
        *(rule.violates_if for rule in document.rules),
        *(one.violates_if for rule in document.rules for one in rule.readings or ()),
        *(window.where or "" for window in document.windows.values()),
        *(window.value or "" for window in document.windows.values()),
    ]
    return {found for text in texts for found in _NAMED.findall(text)}


def _facts(loaded: LoadedRule) -> Iterator[Unused]:
    unread: set[str] = set()
    for case in loaded.rule.cases:
        nodes = nodes_of(loaded.conditions[case.event])
        read = {path.root for node in nodes for path in facts_read(node)}
        if "parties" in read:
            read |= {"party", *roles(case.event)}
        aliases = ALIASES.get(case.event, {})
        unread |= {aliases.get(name, name) for name in case.facts if name != "windows"} - read
        unread |= {f"windows.{name}" for name in case.facts.get("windows", {})} - read
    for fact in sorted(unread):
        yield loaded.rule.id, "fact_unread", f"cases state `{fact}`, and the rule does not read it"
