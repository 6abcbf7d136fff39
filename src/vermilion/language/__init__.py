"""The rule language: parse, type-check, compile to one Python function, explain."""

from vermilion.language.compile import Condition, FusedFunction, Outcomes, fuse
from vermilion.language.explain import Explanation, Facts, explain
from vermilion.language.parse import Place, Scope, parse
from vermilion.language.tree import Node, Path, facts_read, walk
from vermilion.language.types import Type, roots_of, type_of_constant

__all__ = [
    "Condition",
    "Explanation",
    "Facts",
    "FusedFunction",
    "Node",
    "Outcomes",
    "Path",
    "Place",
    "Scope",
    "Type",
    "explain",
    "facts_read",
    "fuse",
    "parse",
    "roots_of",
    "type_of_constant",
    "walk",
]
