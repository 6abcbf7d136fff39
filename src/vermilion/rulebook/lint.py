"""Look a rulebook over for what is allowed but poor: dead citations, lacking cases, odd quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vermilion.language import walk
from vermilion.language.tree import Parameter
from vermilion.rulebook.cases import missing_kinds
from vermilion.rulebook.load import LoadedRule, Rulebook
from vermilion.rulebook.sensitive import sensitive_facts

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Notice:
    """Something about a rule that a person should look at."""

    rule: str
    code: str
    message: str


def lint(rulebook: Rulebook, laws: Path | None = None) -> list[Notice]:
    """Return notices on a rulebook's rules.

    Args:
        rulebook: a loaded rulebook.
        laws: folder of statute texts; where given, quotes are held against the text that the
            instrument names as its `source`.
    """
    return [
        notice
        for loaded in rulebook.rules
        for check in (_cases, _life, _quotes_known, _parameters, _confidential)
        for notice in check(rulebook, loaded)
    ] + [
        notice
        for loaded in rulebook.rules
        if laws is not None
        for notice in _quotes_found(rulebook, loaded, laws)
    ]


def _cases(_: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    for kind in missing_kinds(loaded):
        yield Notice(loaded.rule.id, "case_lacking", f"no case of kind `{kind}`")


def _life(rulebook: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    rule = loaded.rule
    if rule.in_force.to is not None:
        return
    if all(rulebook.instruments[c.instrument].in_force.to is not None for c in rule.citations):
        yield Notice(rule.id, "citations_dead", "every cited instrument has an end")


def _quotes_known(_: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    for citation in loaded.rule.citations:
        if citation.quote is None and citation.tier in {"A", "B"}:
            yield Notice(
                loaded.rule.id,
                "quote_lacking",
                f"{citation.instrument} {citation.pinpoint} is of tier {citation.tier} "
                "but its words are not quoted",
            )


def _parameters(rulebook: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    read = {
        part.name
        for condition in loaded.conditions.values()
        for node in (condition.applies, condition.violates)
        if node is not None
        for part in walk(node)
        if isinstance(part, Parameter)
    }
    for name in sorted(read ^ set(loaded.rule.parameters)):
        fault = "is read but not listed" if name in read else "is listed but not read"
        yield Notice(loaded.rule.id, "parameters_differ", f"`{name}` {fault}")
    for name in sorted(read):
        for value in rulebook.document.parameters[name].values:
            if value.source == "policy":
                yield Notice(loaded.rule.id, "policy_number", f"`{name}` rests on policy, not law")


def _confidential(rulebook: Rulebook, loaded: LoadedRule) -> Iterator[Notice]:
    if loaded.rule.confidential:
        return
    for fact in sensitive_facts(rulebook, loaded):
        yield Notice(
            loaded.rule.id,
            "not_confidential",
            f"`{fact}` tells of a list or a suspicion; a rule that reads it is `confidential`",
        )


def _quotes_found(rulebook: Rulebook, loaded: LoadedRule, laws: Path) -> Iterator[Notice]:
    for citation in loaded.rule.citations:
        source = rulebook.instruments[citation.instrument].source
        if source is None or citation.quote is None:
            continue
        path = laws / source
        if not path.is_file():
            yield Notice(loaded.rule.id, "text_absent", f"`{source}` is not in {laws}")
        elif _flat(citation.quote) not in _flat(path.read_text(encoding="utf-8")):
            yield Notice(
                loaded.rule.id,
                "quote_not_found",
                f"the quote of {citation.instrument} {citation.pinpoint} is not in `{source}`",
            )


def _flat(text: str) -> str:
    return _BLANKS.sub("", text.replace("*", ""))
