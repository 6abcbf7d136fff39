"""Look a rulebook over for what is allowed but poor, and for what must not be shipped.

What must not is held back by gates: without the evidence that a tier claims, without a case, with a
rule that can do nothing, on days without a version or with two. The rest a person should look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vermilion.language import tree, walk
from vermilion.rulebook.analysis import analyse
from vermilion.rulebook.cases import missing_kinds
from vermilion.rulebook.load import LoadedRule, Rulebook
from vermilion.rulebook.sensitive import sensitive_facts
from vermilion.rulebook.succession import successions
from vermilion.rulebook.unused import unused
from vermilion.rulebook.windows import nodes_of

GATES = frozenset(
    {
        "case_lacking",
        "citation_idle",
        "contradiction",
        "gap",
        "never_applies",
        "never_hits",
        "never_passes",
        "not_confidential",
        "number_unsourced",
        "overlap",
        "parameters_differ",
        "quote_not_found",
        "tier_unearned",
    }
)
"""Codes of what must not be in a rulebook that is shipped."""

CODES = GATES | {
    "citations_dead",
    "fact_unread",
    "instrument_unused",
    "list_unused",
    "parameter_unused",
    "policy_number",
    "quote_lacking",
    "subsumed",
    "succession_gap",
    "succession_overlap",
    "text_absent",
    "window_unused",
}
"""Codes of all notices."""

NO_THRESHOLDS = frozenset({-1, 0, 1, 60, 3_600, 86_400})
"""Numbers that a condition may have without a source: none, one, and how time is counted."""

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Notice:
    """Something about a rule, or another part named in its place, that a person should look at."""

    rule: str
    code: str
    message: str

    @property
    def is_gate(self) -> bool:
        """Tell whether it must not be so in a rulebook that is shipped."""
        return self.code in GATES


def lint(rulebook: Rulebook, laws: Path | None = None) -> list[Notice]:
    """Return notices on a rulebook.

    Args:
        rulebook: a loaded rulebook.
        laws: folder of statute texts; where given, quotes are held against the text that the
            instrument names as its `source`.
    """
    found = [
        notice
        for loaded in rulebook.rules
        for check in (_cases, _life, _evidence, _parameters, _numbers, _confidential)
        for notice in check(rulebook, loaded)
    ]
    parts = (*analyse(rulebook), *successions(rulebook), *unused(rulebook))
    found += [Notice(*part) for part in parts]
    if laws is not None:
        found += [one for loaded in rulebook.rules for one in _quotes(rulebook, loaded, laws)]
    return found


def _cases(_: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    for kind in missing_kinds(loaded):
        yield Notice(loaded.rule.id, "case_lacking", f"no case of kind `{kind}`")


def _life(rulebook: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    rule = loaded.rule
    if rule.in_force.to is not None:
        return
    if all(rulebook.instruments[c.instrument].in_force.to is not None for c in rule.citations):
        yield Notice(rule.id, "citations_dead", "every cited instrument has an end")


def _evidence(_: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    """Hold what a citation claims of its words against the words that it gives."""
    for citation in loaded.rule.citations:
        clause = f"{citation.instrument} {citation.pinpoint}"
        if citation.quote is None and citation.tier == "A":
            message = f"{clause} is said to be read in the text, and its words are not quoted"
            yield Notice(loaded.rule.id, "tier_unearned", message)
        elif citation.quote is None and citation.tier == "B":
            message = f"{clause} is of tier B but its words are not quoted"
            yield Notice(loaded.rule.id, "quote_lacking", message)
        if citation.status == "verified" and (citation.quote is None or citation.tier > "B"):
            message = f"{clause} is said to be verified, without words held against the text"
            yield Notice(loaded.rule.id, "tier_unearned", message)


def _parameters(rulebook: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    read = {part.name for part in _parts(loaded) if isinstance(part, tree.Parameter)}
    for name in sorted(read ^ set(loaded.rule.parameters)):
        fault = "is read but not listed" if name in read else "is listed but not read"
        yield Notice(loaded.rule.id, "parameters_differ", f"`{name}` {fault}")
    for name in sorted(read):
        for value in rulebook.document.parameters[name].values:
            if value.source == "policy":
                yield Notice(loaded.rule.id, "policy_number", f"`{name}` rests on policy, not law")


def _numbers(_: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    numbers = {
        part.value
        for part in _parts(loaded)
        if isinstance(part, tree.Constant) and type(part.value) is int
    }
    for number in sorted(numbers - NO_THRESHOLDS):
        yield Notice(
            loaded.rule.id,
            "number_unsourced",
            f"{number} stands in a condition without a source; make it a parameter",
        )


def _confidential(rulebook: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    if loaded.rule.confidential:
        return
    for fact in sensitive_facts(rulebook, loaded):
        yield Notice(
            loaded.rule.id,
            "not_confidential",
            f"`{fact}` tells of a list or a suspicion; a rule that reads it is `confidential`",
        )


def _quotes(rulebook: Rulebook, loaded: LoadedRule, laws: Path) -> Iterator[Notice]:
    for citation in loaded.rule.citations:
        source = rulebook.instruments[citation.instrument].source
        if source is None or citation.quote is None:
            continue
        path = laws / source
        if not path.is_file():
            yield Notice(loaded.rule.id, "text_absent", f"`{source}` is not in {laws}")
        elif flat(citation.quote) not in flat(path.read_text(encoding="utf-8")):
            yield Notice(
                loaded.rule.id,
                "quote_not_found",
                f"the quote of {citation.instrument} {citation.pinpoint} is not in `{source}`",
            )


def flat(text: str) -> str:
    """Return a text without what layout adds to it: blanks, line breaks and asterisks."""
    return _BLANKS.sub("", text.replace("*", ""))


def _parts(loaded: LoadedRule) -> Iterator[tree.Node]:
    for condition in loaded.conditions.values():
        for node in nodes_of(condition):
            yield from walk(node)
