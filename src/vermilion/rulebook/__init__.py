"""Rulebooks: instruments, dated and cited rules, lists, parameters; load, test, lint, compile."""

from vermilion.rulebook.cases import CaseResult, run_cases
from vermilion.rulebook.engine import AliveCitation, Engine, Fused, RuleInForce
from vermilion.rulebook.lint import Notice, lint
from vermilion.rulebook.load import (
    LoadedRule,
    Rulebook,
    check_document,
    find_rulebook,
    load_profile,
    load_rulebook,
    shipped_rulebooks,
)
from vermilion.rulebook.model import (
    BINDS_ORDER,
    VERDICT_ORDER,
    Binds,
    Citation,
    Document,
    Instrument,
    Mode,
    Profile,
    Rule,
    Verdict,
    Words,
)

__all__ = [
    "BINDS_ORDER",
    "VERDICT_ORDER",
    "AliveCitation",
    "Binds",
    "CaseResult",
    "Citation",
    "Document",
    "Engine",
    "Fused",
    "Instrument",
    "LoadedRule",
    "Mode",
    "Notice",
    "Profile",
    "Rule",
    "RuleInForce",
    "Rulebook",
    "Verdict",
    "Words",
    "check_document",
    "find_rulebook",
    "lint",
    "load_profile",
    "load_rulebook",
    "run_cases",
    "shipped_rulebooks",
]
