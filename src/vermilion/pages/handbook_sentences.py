"""Tell a condition in sentences: a head, and below it what must hold, as a list of lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vermilion.language import tree
from vermilion.pages.codes import ROLES
from vermilion.pages.handbook_words import part
from vermilion.pages.interview_words import word_text
from vermilion.pages.telling import Teller
from vermilion.pages.words import pick, say
from vermilion.rulebook.model import Document

_OPPOSITE: Mapping[str, str] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "in": "not in",
    "not in": "in",
}
_WRITTEN_OUT: Mapping[tuple[str, bool], str] = {
    ("in", True): "==",
    ("in", False): "one of",
    ("not in", True): "!=",
    ("not in", False): "none of",
}
"""What `in` says of a list written out, by whether it has one word only."""
_INNER = str.maketrans("“”", "‘’")


class Sentence(NamedTuple):
    """A statement, and the statements that it speaks of."""

    text: str
    parts: tuple[Sentence, ...] = ()


class Sayer:
    """Says conditions of one rulebook on one event type in one language.

    Args:
        teller: knows what facts and windows are called, and the language.
        document: the rulebook, for the titles of lists and parameters.
        event: the event type whose facts the conditions read.
    """

    def __init__(self, teller: Teller, document: Document, event: str) -> None:
        self.teller = teller
        self.document = document
        self.event = event
        self.language = teller.language

    def say(
        self, node: tree.Node, bound: Mapping[str, str] | None = None, *, holds: bool = True
    ) -> Sentence:
        """Return what a condition says, or with `holds` unset its opposite.

        Args:
            node: the condition.
            bound: the lists that variables run over, by variable.
            holds: whether it is to hold.
        """
        bound = bound or {}
        match node:
            case tree.And(items=items) | tree.Or(items=items):
                head = "all" if isinstance(node, tree.And) else "any"
                parts = tuple(self.say(one, bound) for one in items)
                return Sentence(part(head if holds else f"not {head}", self.language), parts)
            case tree.Not(item=item):
                return self.say(item, bound, holds=not holds)
            case tree.Quantifier():
                return self._quantifier(node, bound, holds=holds)
            case _:
                return Sentence(self._leaf(node, bound, holds=holds))

    def _quantifier(
        self, node: tree.Quantifier, bound: Mapping[str, str], *, holds: bool
    ) -> Sentence:
        head = "some" if node.kind == "any" else "each"
        source = self._place(node.source, bound)
        text = part(
            head if holds else f"not {head}", self.language, of=self._value(node.source, bound)
        )
        body = self.say(node.body, {**bound, node.variable: source})
        if body.parts:
            return Sentence(text, (body,))
        return Sentence(f"{text}{say('colon', self.language)}{body.text}")

    def _leaf(self, node: tree.Node, bound: Mapping[str, str], *, holds: bool) -> str:
        match node:
            case tree.Constant(value=bool() as constant):
                return part("true" if constant == holds else "false", self.language)
            case tree.Compare():
                return self._comparison(node, bound, holds=holds)
            case tree.Known(fact=fact):
                return self._of("known" if holds else "unknown", fact, bound)
            case tree.Matches(text=text, terms=terms):
                title = self._list(terms)
                return self._of("matches" if holds else "no match", text, bound, title)
            case _:
                return self._of("yes" if holds else "no", node, bound)

    def _comparison(self, node: tree.Compare, bound: Mapping[str, str], *, holds: bool) -> str:
        operator: str = node.operator if holds else _OPPOSITE[node.operator]
        right = node.right
        if isinstance(right, tree.Constant) and isinstance(right.value, bool):
            return self._of("yes" if (operator == "==") == right.value else "no", node.left, bound)
        if node.left.type.kind in {"date", "time"} and operator in {"<", "<=", ">", ">="}:
            operator = f"day {operator}"
        elif isinstance(right, tree.Values) and right.name is None:
            operator = _WRITTEN_OUT[operator, len(right.values) == 1]
        elif isinstance(right, tree.Path) and operator in {"in", "not in"}:
            operator = "holds" if operator == "in" else "lacks"
        return self._of(operator, node.left, bound, self._value(right, bound))

    def _of(self, key: str, node: tree.Node, bound: Mapping[str, str], other: str = "") -> str:
        return part(key, self.language, a=self._value(node, bound), b=other)

    def _value(self, node: tree.Node, bound: Mapping[str, str]) -> str:
        match node:
            case tree.Constant(value=""):
                return part("empty", self.language)
            case tree.Constant(value=str() as constant):
                return word_text(constant, self.language)
            case tree.Constant(value=constant):
                return self.teller.value("", constant)
            case tree.Values(name=None, values=values):
                words = (word_text(one, self.language) for one in values)
                return say("separator", self.language).join(words)
            case tree.Values():
                return part("list", self.language, b=self._list(node))
            case tree.Parameter(name=name):
                return self._parameter(name)
            case tree.Path():
                return self._fact(node, bound)
            case tree.Amount(money=money, currency=currency):
                return self._of("amount", money, bound, currency)
            case tree.Length(source=source):
                return self._of("length", source, bound)
            case tree.Age(born=born):
                return self._of("age", born, bound)
            case tree.Arithmetic(operator=operator, left=left, right=right):
                return self._of(operator, left, bound, self._value(right, bound))
            case _:
                return self.say(node, bound).text

    def _fact(self, path: tree.Path, bound: Mapping[str, str]) -> str:
        if not path.bound:
            return self.label(str(path))
        if not path.steps:
            return part("it", self.language)
        role, _, below = (bound[path.root] + path.below).partition(".")
        label = self.label(f"party.{below}" if role in ROLES else f"{role}.{below}")
        return part("of it", self.language, what=label)

    def label(self, path: str) -> str:
        """Return what a fact is called, a number over the past by its whole title."""
        if path == "parties":
            return part("parties", self.language)
        window = self.document.windows.get(path.removeprefix("windows."))
        if window is None or not path.startswith("windows."):
            return self.teller.label(path, self.event)
        return pick(window.title, self.language)

    def _place(self, node: tree.Node, bound: Mapping[str, str]) -> str:
        """Return the path of a list of facts, with variables replaced by what they run over."""
        if not isinstance(node, tree.Path):
            return ""
        return bound[node.root] + node.below if node.bound else str(node)

    def _list(self, values: tree.Values) -> str:
        if values.name is None:
            return say("separator", self.language).join(values.values)
        return _quotable(pick(self.document.lists[values.name].title, self.language))

    def _parameter(self, name: str) -> str:
        parameter = self.document.parameters[name]
        title = _quotable(pick(parameter.title, self.language))
        values = {one.value for one in parameter.values}
        if len(values) > 1:
            return part("parameter", self.language, b=title)
        value = self.teller.value("", values.pop())
        return part("valued", self.language, b=title, value=value)


def _quotable(title: str) -> str:
    """Return a title as it stands within quotation marks."""
    return title.translate(_INNER)
