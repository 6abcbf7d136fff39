"""Rulebooks: instruments, dated and cited rules, lists, parameters; load, test, lint, compile."""

from vermilion.rulebook.cases import CaseResult, run_cases
from vermilion.rulebook.configuration import CaseSettings, Configuration, Deadline
from vermilion.rulebook.engine import AliveCitation, Engine, Fused, RuleInForce
from vermilion.rulebook.lint import Notice, lint
from vermilion.rulebook.load import (
    LoadedRule,
    Rulebook,
    check_document,
    find_rulebook,
    load_configuration,
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
    Officer,
    PermitTerms,
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
    "CaseSettings",
    "Citation",
    "Configuration",
    "Deadline",
    "Document",
    "Engine",
    "Fused",
    "Instrument",
    "LoadedRule",
    "Mode",
    "Notice",
    "Officer",
    "PermitTerms",
    "Profile",
    "Rule",
    "RuleInForce",
    "Rulebook",
    "Verdict",
    "Words",
    "check_document",
    "find_rulebook",
    "lint",
    "load_configuration",
    "load_rulebook",
    "run_cases",
    "shipped_rulebooks",
]
