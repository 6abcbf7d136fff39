"""Explain one written decision in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vermilion.desk.summary import WindowLine
from vermilion.pages.codes import BINDINGS, BINDS, OUTCOMES, STATUSES, TIERS, VERDICTS
from vermilion.pages.shadow import shadow_say
from vermilion.pages.telling import Teller
from vermilion.pages.words import Language, pick, say


def explain_decision(
    decision: dict[str, Any], language: Language, windows: Mapping[str, WindowLine]
) -> str:
    """Return a decision, read from its JSON, as a text of some lines in one language.

    Args:
        decision: the decision.
        language: of the text; ids and paths stay as they are.
        windows: windows of the rulebook that judged, by name, for their titles.
    """
    return "\n".join(_lines(decision, Teller(language, windows)))


def _lines(decision: dict[str, Any], teller: Teller) -> Iterator[str]:
    language = teller.language
    event, book = decision["event"], decision["rulebook"]
    colon = say("colon", language)
    verdict = pick(VERDICTS[decision["verdict"]], language)
    yield f"{event['source']} {event['id']}: {verdict} ({book['id']}, {decision['as_of']})"
    for rule in decision["rules"]:
        yield ""
        if rule.get("mode") == "shadow":
            yield shadow_say("shadow.mark", language)
        yield f"{rule['id']}@{rule['version']} {pick(OUTCOMES[rule['outcome']], language)}: {rule['reason'][language]}"
        for path, value in rule["facts"].items():
            yield f"  {teller.label(path)}{colon}{teller.value(path, value)}  [{path}]"
        for path in rule["missing"]:
            yield f"  ? {teller.label(path)}  [{path}]"
        for citation in rule["citations"]:
            yield from _citation(citation, language)
        yield f"  → {(rule['question'] or rule['remedy'])[language]}"
    if decision["passed"]:
        yield ""
        yield "✓ " + ", ".join(decision["passed"])


def _citation(citation: dict[str, Any], language: Language) -> Iterator[str]:
    force = pick(BINDS[citation["binds"]], language)
    binding = pick(BINDINGS[citation["binding"]], language)
    tier = pick(TIERS[citation["tier"]], language)
    status = pick(STATUSES[citation["status"]], language)
    title = citation["title"][language]
    yield f"  § {title}, {citation['pinpoint']} [{binding}; {tier}; {status}; {force}]"
    if citation["quote"]:
        yield f"    “{citation['quote']}”"
    elif citation["essence"]:
        yield f"    {citation['essence'][language]}"
