"""The rule language: parse, type-check, compile to one Python function, explain."""

from vermilion.language.changes import Change
from vermilion.language.compile import (
    AskFunction,
    Condition,
    Fold,
    FoldFunction,
    FusedFunction,
    Outcomes,
    fuse,
    fuse_asks,
    fuse_folds,
)
from vermilion.language.explain import Explanation, Facts, explain
from vermilion.language.leaves import Policy
from vermilion.language.parse import Place, Scope, parse, parse_value
from vermilion.language.recourse import Alternative, Recourse, applied, recourse
from vermilion.language.tree import Node, Path, facts_read, walk
from vermilion.language.types import Type, roots_of, type_of_constant

__all__ = [
    "Alternative",
    "AskFunction",
    "Change",
    "Condition",
    "Explanation",
    "Facts",
    "Fold",
    "FoldFunction",
    "FusedFunction",
    "Node",
    "Outcomes",
    "Path",
    "Place",
    "Policy",
    "Recourse",
    "Scope",
    "Type",
    "applied",
    "explain",
    "facts_read",
    "fuse",
    "fuse_asks",
    "fuse_folds",
    "parse",
    "parse_value",
    "recourse",
    "roots_of",
    "type_of_constant",
    "walk",
]
