"""Read a rule's text into a typed tree, or refuse it with its place, reason and a suggestion.

The text is parsed by the standard library's `ast` and never evaluated; only the node kinds
named here pass.
"""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from vermilion.errors import RulebookError
from vermilion.language import tree
from vermilion.language.terms import terms_of
from vermilion.language.types import (
    BOOL,
    DATE,
    INT,
    STR,
    Field,
    Type,
    fields_of,
    list_of,
    type_of_constant,
)

MAX_TEXT = 4_000
"""Longest rule text in characters."""
MAX_NODES = 600
"""Most nodes in one rule; generous for law, small for attackers."""
MAX_DEPTH = 80
"""Deepest nesting of nodes in one rule."""
MAX_LOOPS = 3
"""Deepest nesting of `any` and `all`: each level multiplies the work on one event."""
MAX_INTEGER = 10**38
"""Whole numbers stay below this in absolute value, as in money."""

_FUNCTIONS = ("amount", "len", "age", "known", "matches", "any", "all")
_NAMESPACES = frozenset({"lists", "params", "windows"})
_QUOTED = re.compile(r'"[^"\n]*"' r"|'[^'\n]*'")
_STRANGE = re.compile(r"[^\t\r\n -~]|#")
_NOWHERE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\\]")
_BREAKS = str.maketrans("\r\n", "  ")

_COMPARISONS: dict[type[ast.cmpop], tree.Operator] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_REFUSED = {
    ast.Lambda: "functions cannot be defined in a rule",
    ast.NamedExpr: "assignment is not part of the rule language",
    ast.JoinedStr: "formatted strings are not part of the rule language",
    ast.IfExp: "`if … else` is not part of the rule language; use `and` and `or`",
    ast.Subscript: "elements cannot be picked by position; use `any` or `all`",
    ast.Await: "`await` is not part of the rule language",
    ast.Starred: "`*` arguments are not part of the rule language",
    ast.ListComp: "comprehensions are allowed only inside `any` and `all`",
    ast.GeneratorExp: "comprehensions are allowed only inside `any` and `all`",
    ast.Dict: "dictionaries are not part of the rule language",
}


@dataclass(frozen=True)
class Place:
    """Where a text stands, so that errors can name file, line and column (both from 1).

    `spots` has line and column of each character that is not blank, and of the end, where the
    file breaks or indents the text in its own way.
    """

    file: str = "rule"
    line: int = 1
    column: int = 1
    spots: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def at(self, text: str, index: int) -> Place:
        """Return where a character of the text stands."""
        before = text[:index]
        if self.spots:
            nth = sum(not character.isspace() for character in before)
            return Place(self.file, *self.spots[min(nth, len(self.spots) - 1)])
        breaks = before.count("\n")
        column = index - before.rfind("\n") if breaks else self.column + index
        return Place(self.file, self.line + breaks, column)


@dataclass(frozen=True)
class Scope:
    """What a text may name: facts of the event type; lists, parameters, windows of the rulebook.

    `exceptions` has, for lists of terms, the phrases that cancel a term. `windows` has the type of
    each window, or why it cannot be asked for on the event type.
    """

    roots: Mapping[str, Field]
    aliases: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Type] = field(default_factory=dict)
    exceptions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    windows: Mapping[str, Type | str] = field(default_factory=dict)


def parse(text: str, scope: Scope, place: Place = Place()) -> tree.Node:
    """Read a condition into a typed tree.

    Raises:
        RulebookError: the text is not in the language, names what does not exist or mixes types.
    """
    reader = _Reader(text, scope, place)
    body, node = reader.read()
    if node.type != BOOL:
        raise reader.error(body, f"a condition is needed, this is a {node.type}")
    return node


def parse_value(
    text: str, scope: Scope, place: Place = Place(), *, several: bool = False
) -> tree.Node:
    """Read the text of a single value, or where allowed of several, into a typed tree.

    Raises:
        RulebookError: the text is not in the language, or is a thing, money or a list of them.
    """
    reader = _Reader(text, scope, place)
    body, node = reader.read()
    if several and node.type == list_of(STR):
        return node
    if node.type.kind in {"list", "struct", "money"}:
        raise reader.error(
            body, f"a single value is needed, this is a {node.type}", help="name one of its facts"
        )
    return node


class _Reader:
    def __init__(self, text: str, scope: Scope, place: Place) -> None:
        self.text = text
        self.scope = scope
        self.place = place
        # A text may go on over several lines; to the parser it is one, each character in its place.
        self.line = text.translate(_BREAKS).strip()
        self.lead = len(text) - len(text.translate(_BREAKS).lstrip())
        self.bound: dict[str, Type] = {}

    def read(self) -> tuple[ast.expr, tree.Node]:
        body = self._syntax()
        self._check_size(body)
        return body, self._node(body)

    # Syntax and limits.

    def _syntax(self) -> ast.expr:
        if len(self.text) > MAX_TEXT:
            raise self.error(0, f"the text has more than {MAX_TEXT} characters")
        self._check_characters()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return ast.parse(self.line, mode="eval").body
        except SyntaxError as error:
            index = max((error.offset or 1) - 1, 0)
            raise self.error(index, f"not an expression: {error.msg}") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise self.error(0, f"not an expression: {error}") from None

    def _check_characters(self) -> None:
        """Refuse what may read otherwise than it looks: comments, other scripts, escapes.

        A folded text is one line, in which a comment would swallow the conditions behind it; and
        Python takes `ｋnown` for `known`.
        """
        bare = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), self.text)
        strange = _STRANGE.search(bare) or _NOWHERE.search(self.text)
        if strange is None:
            return
        index = strange.start() - self.lead
        if strange[0] == "#":
            raise self.error(index, "a comment cannot stand within a condition")
        shown = strange[0] if strange[0].isprintable() else f"U+{ord(strange[0]):04X}"
        raise self.error(
            index,
            f"`{shown}` is not part of the rule language",
            help="outside of quoted texts only ASCII letters, digits and signs are read",
        )

    def _check_size(self, body: ast.expr) -> None:
        level: list[ast.AST] = [body]
        count = depth = 0
        while level:
            count += len(level)
            depth += 1
            if count > MAX_NODES or depth > MAX_DEPTH:
                raise self.error(0, "the condition is too large; split it into several rules")
            level = [child for node in level for child in ast.iter_child_nodes(node)]

    # One method per kind of node.

    def _node(self, node: ast.expr) -> tree.Node:
        match node:
            case ast.BoolOp(op=op, values=values):
                return self._junction(values, tree.And if isinstance(op, ast.And) else tree.Or)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                item = self._condition(operand)
                return tree.Not(BOOL, item.nullable, item)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)) if (
                type_of_constant(value) == INT
            ):
                return self._constant(node, -value)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return self._comparison(left, ops, comparators)
            case ast.BinOp(left=left, op=op, right=right):
                return self._arithmetic(node, left, op, right)
            case ast.Constant(value=value):
                return self._constant(node, value)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self._values(node, items)
            case ast.Name() | ast.Attribute():
                return self._path(node)
            case ast.Call():
                return self._call(node)
            case _:
                reason = _REFUSED.get(type(node), "this is not part of the rule language")
                raise self.error(node, reason)

    def _condition(self, node: ast.expr) -> tree.Node:
        found = self._node(node)
        if found.type != BOOL:
            raise self.error(
                node,
                f"a condition is needed here, this is a {found.type}",
                help="compare it with a value" if found.type.kind != "list" else "use `any(...)`",
            )
        return found

    def _junction(self, values: list[ast.expr], kind: type[tree.And] | type[tree.Or]) -> tree.Node:
        items = tuple(self._condition(value) for value in values)
        return kind(BOOL, any(item.nullable for item in items), items)

    def _constant(self, node: ast.expr, value: object) -> tree.Node:
        kind = type_of_constant(value)
        if kind is None or isinstance(value, tuple):
            shown = "null" if value is None else repr(value)
            help = (
                "use `known(...)`" if value is None else "use whole numbers, texts, True or False"
            )
            raise self.error(node, f"`{shown}` is not part of the rule language", help=help)
        if isinstance(value, int) and abs(value) >= MAX_INTEGER:
            raise self.error(node, "the number has more than 38 digits")
        if isinstance(value, str) and not _QUOTED.fullmatch(self._words(node)):
            raise self.error(
                node,
                "a text stands in one pair of quotes on one line",
                help="put a comma between two texts, and no letter before the quotes",
            )
        return tree.Constant(kind, nullable=False, value=value)

    def _values(self, node: ast.expr, items: list[ast.expr]) -> tree.Node:
        found = []
        for item in items:
            if not (isinstance(item, ast.Constant) and isinstance(item.value, str)):
                raise self.error(item, "a written-out list holds texts only")
            self._constant(item, item.value)
            found.append(item.value)
        if not found:
            raise self.error(node, "the list is empty")
        return tree.Values(list_of(STR), nullable=False, values=tuple(found), name=None)

    def _comparison(
        self, left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr]
    ) -> tree.Node:
        parts = []
        for op, right in zip(ops, comparators, strict=True):
            operator = _COMPARISONS.get(type(op))
            if operator is None:
                raise self.error(right, "`is` is not part of the rule language; use `==`")
            parts.append(self._compare(operator, left, right))
            left = right
        if len(parts) == 1:
            return parts[0]
        return tree.And(BOOL, any(part.nullable for part in parts), tuple(parts))

    def _compare(self, operator: tree.Operator, left: ast.expr, right: ast.expr) -> tree.Compare:
        a, b = self._node(left), self._node(right)
        if operator in {"in", "not in"}:
            if b.type.kind != "list" or b.type.element is None:
                raise self.error(right, f"`in` needs a list on its right, this is a {b.type}")
            self._check_same(left, a.type, b.type.element)
            if a.type.kind == "struct":
                raise self.error(left, f"a {a.type} cannot be looked up", help="use `any(...)`")
            self._check_vocabulary(left, a, b.type.element)
            self._check_vocabulary(right, b, a.type)
        else:
            self._check_same(right, a.type, b.type)
            self._check_comparable(left, operator, a.type)
            self._check_not_condition(left, a)
            self._check_not_condition(right, b)
            self._check_vocabulary(right, b, a.type)
            self._check_vocabulary(left, a, b.type)
        return tree.Compare(BOOL, a.nullable or b.nullable, operator, a, b)

    def _check_same(self, at: ast.expr, a: Type, b: Type) -> None:
        if "money" in (a.kind, b.kind):
            raise self.error(at, "money cannot be compared as such", help='use `amount(…, "CNY")`')
        if a.kind != b.kind:
            raise self.error(at, f"a {a} cannot be compared with a {b}")

    def _check_comparable(self, at: ast.expr, operator: tree.Operator, kind: Type) -> None:
        if kind.kind in {"list", "struct"}:
            help = "use `in`, `len` or `any`" if kind.kind == "list" else "compare one of its facts"
            raise self.error(at, f"a {kind} cannot be compared", help=help)
        if operator not in {"==", "!="} and kind.kind not in {"int", "date", "time"}:
            raise self.error(at, f"a {kind} has no order; only `==` and `!=` apply")

    def _check_not_condition(self, at: ast.expr, node: tree.Node) -> None:
        if node.type == BOOL and not isinstance(node, tree.Path | tree.Constant):
            raise self.error(
                at,
                "conditions cannot be compared with one another",
                help="join them by `and`, `or` and `not`",
            )

    def _check_vocabulary(self, at: ast.expr, node: tree.Node, against: Type) -> None:
        """Refuse a text that the other side can never hold: mostly a typing error."""
        if against.values is None:
            return
        match node:
            case tree.Constant(value=str() as value) if value not in against.values:
                raise self._unknown(at, "value", value, against.values)
            case tree.Values(values=values, name=name):
                strange = [value for value in values if value not in against.values]
                if strange and (name is None or len(strange) == len(values)):
                    raise self._unknown(at, "value", strange[0], against.values)
            case _:
                pass

    def _arithmetic(
        self, node: ast.expr, left: ast.expr, op: ast.operator, right: ast.expr
    ) -> tree.Node:
        signs: dict[type[ast.operator], Literal["+", "-", "*"]] = {
            ast.Add: "+",
            ast.Sub: "-",
            ast.Mult: "*",
        }
        sign = signs.get(type(op))
        if sign is None:
            raise self.error(
                node,
                "only `+`, `-` and `*` of whole numbers are part of the rule language",
                help="write a division as a multiplication on the other side",
            )
        a, b = self._node(left), self._node(right)
        for at, part in ((left, a), (right, b)):
            if part.type != INT:
                raise self.error(at, f"`{sign}` needs whole numbers, this is a {part.type}")
        return tree.Arithmetic(INT, a.nullable or b.nullable, sign, a, b)

    # Names.

    def _path(self, node: ast.Name | ast.Attribute) -> tree.Node:
        steps: list[ast.Attribute] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            steps.insert(0, inner)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            otherwise = "a fact starts with a name, such as `price.currency`"
            raise self.error(inner, _REFUSED.get(type(inner), otherwise))
        root = self.scope.aliases.get(inner.id, inner.id)
        if root in _NAMESPACES:
            return self._named(node, root, [step.attr for step in steps])
        if root in self.bound:
            current = Field(self.bound[root], nullable=False)
        elif root in self.scope.roots:
            current = self.scope.roots[root]
        else:
            names = {*self.scope.roots, *self.scope.aliases, *self.bound, *_NAMESPACES}
            raise self._unknown(inner, "fact", root, names)
        unknown = [current.nullable]
        for step in steps:
            current = self._step(step, current.type)
            unknown.append(current.nullable)
        walked = tuple(step.attr for step in steps)
        return tree.Path(
            current.type, any(unknown), root, walked, tuple(unknown), root in self.bound
        )

    def _step(self, node: ast.Attribute, owner: Type) -> Field:
        step = node.attr
        at = self._index(node.end_col_offset) - len(step)
        known = fields_of(owner.struct) if owner.struct else {}
        if step not in known:
            if owner.kind == "list":
                raise self.error(at, f"a {owner} has no `{step}`", help="use `any` or `all`")
            if owner.kind == "money" and step == "amount":
                raise self.error(at, "an amount needs its currency", help='use `amount(…, "CNY")`')
            raise self._unknown(at, f"fact of a {owner}", step, known)
        return known[step]

    def _named(self, node: ast.Name | ast.Attribute, root: str, steps: list[str]) -> tree.Node:
        if len(steps) != 1:
            raise self.error(node, f"`{root}` is followed by one name, such as `{root}.name`")
        (name,) = steps
        at = self._index(node.end_col_offset) - len(name)
        if root == "lists":
            if name not in self.scope.lists:
                raise self._unknown(at, "list", name, self.scope.lists)
            values = self.scope.lists[name]
            return tree.Values(list_of(STR), nullable=False, values=values, name=name)
        if root == "windows":
            return self._window(at, name)
        if name not in self.scope.parameters:
            raise self._unknown(at, "parameter", name, self.scope.parameters)
        return tree.Parameter(self.scope.parameters[name], nullable=False, name=name)

    def _window(self, at: int, name: str) -> tree.Node:
        found = self.scope.windows.get(name)
        if found is None:
            raise self._unknown(at, "window", name, self.scope.windows)
        if isinstance(found, str):
            raise self.error(at, f"window `{name}` cannot be asked for here: {found}")
        return tree.Path(found, True, f"windows.{name}", (), (True,), bound=False)

    # Functions.

    def _call(self, node: ast.Call) -> tree.Node:
        if not isinstance(node.func, ast.Name):
            raise self.error(node, "only the listed functions can be called")
        name = node.func.id
        if name not in _FUNCTIONS:
            raise self._unknown(node, "function", name, _FUNCTIONS)
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise self.error(node, f"`{name}` takes plain arguments only")
        two = name in {"amount", "matches"}
        if len(node.args) != (2 if two else 1):
            wanted = "two arguments" if two else "one argument"
            raise self.error(node, f"`{name}` takes {wanted}")
        match name:
            case "amount":
                return self._amount(*node.args)
            case "len":
                return self._length(node.args[0])
            case "age":
                return self._age(node, node.args[0])
            case "matches":
                return self._matches(*node.args)
            case "known":
                fact = self._node(node.args[0])
                if not isinstance(fact, tree.Path):
                    raise self.error(node.args[0], "`known` asks about one fact")
                if not fact.nullable:
                    raise self.error(
                        node.args[0],
                        f"`{fact}` is never unknown",
                        help="ask about one of its facts" if fact.type.kind == "struct" else None,
                    )
                return tree.Known(BOOL, nullable=False, fact=fact)
            case _:
                return self._quantifier("any" if name == "any" else "all", node.args[0])

    def _amount(self, money: ast.expr, currency: ast.expr) -> tree.Node:
        value = self._node(money)
        if value.type.kind != "money":
            raise self.error(money, f"`amount` needs money, this is a {value.type}")
        if not (isinstance(currency, ast.Constant) and isinstance(currency.value, str)):
            raise self.error(currency, 'the currency is a literal, such as `"CNY"`')
        self._constant(currency, currency.value)
        codes = fields_of(value.type.struct)["currency"].type.values if value.type.struct else None
        if codes is not None and currency.value not in codes:
            raise self._unknown(currency, "currency", currency.value, codes)
        return tree.Amount(INT, nullable=True, money=value, currency=currency.value)

    def _length(self, source: ast.expr) -> tree.Node:
        found = self._node(source)
        if found.type.kind != "list":
            raise self.error(source, f"`len` needs a list, this is a {found.type}")
        return tree.Length(INT, found.nullable, found)

    def _age(self, node: ast.Call, born: ast.expr) -> tree.Node:
        found = self._node(born)
        if found.type != DATE:
            raise self.error(born, f"`age` needs a date, this is a {found.type}")
        if "event" not in self.scope.roots:
            raise self.error(node, "`age` needs an event to count to")
        today = tree.Path(DATE, False, "event", ("date",), (False, False), False)
        return tree.Age(INT, found.nullable, found, today)

    def _matches(self, text: ast.expr, terms: ast.expr) -> tree.Node:
        found, named = self._node(text), self._node(terms)
        if found.type.kind != "str" or found.type.values:
            raise self.error(text, f"`matches` needs a free text, this is a {found.type}")
        if not isinstance(named, tree.Values) or named.name is None:
            raise self.error(terms, "the terms are a list of the rulebook, such as `lists.name`")
        exceptions = self.scope.exceptions.get(named.name, ())
        try:
            terms_of(named.values, exceptions)
        except ValueError as error:
            raise self.error(terms, f"list `{named.name}`: {error}") from None
        return tree.Matches(BOOL, found.nullable, found, named, exceptions)

    def _quantifier(self, kind: Literal["any", "all"], argument: ast.expr) -> tree.Node:
        if not isinstance(argument, ast.GeneratorExp):
            raise self.error(argument, f"`{kind}` needs the form `{kind}(condition for x in list)`")
        if len(argument.generators) != 1:
            raise self.error(argument, f"`{kind}` takes one `for`")
        (generator,) = argument.generators
        if generator.ifs or generator.is_async:
            raise self.error(
                argument, "`if` is not allowed here", help="join the conditions by `and`"
            )
        if not isinstance(generator.target, ast.Name):
            raise self.error(generator.target, "one name stands between `for` and `in`")
        if len(self.bound) == MAX_LOOPS:
            raise self.error(argument, f"`any` and `all` nest at most {MAX_LOOPS} deep")
        variable = generator.target.id
        taken = {*self.scope.roots, *self.scope.aliases, *self.bound, *_FUNCTIONS}
        if variable in taken | _NAMESPACES:
            raise self.error(generator.target, f"the name `{variable}` is already taken")
        source = self._node(generator.iter)
        if source.type.kind != "list" or source.type.element is None:
            raise self.error(generator.iter, f"`for` needs a list, this is a {source.type}")
        self.bound[variable] = source.type.element
        body = self._condition(argument.elt)
        del self.bound[variable]
        return tree.Quantifier(BOOL, source.nullable or body.nullable, kind, variable, source, body)

    # Errors.

    def _index(self, offset: int | None) -> int:
        """Return which character of the line a byte offset of the parser means."""
        return len(self.line.encode()[:offset].decode())

    def _words(self, node: ast.expr) -> str:
        """Return the text that a node was read from, with its line breaks."""
        start, end = self._index(node.col_offset), self._index(node.end_col_offset)
        return self.text[self.lead + start : self.lead + end]

    def _unknown(
        self, at: ast.expr | int, what: str, name: str, known: Iterable[str]
    ) -> RulebookError:
        close = difflib.get_close_matches(name, sorted(known), n=1)
        listed = ", ".join(f"`{item}`" for item in sorted(known)[:12])
        help = f"did you mean `{close[0]}`?" if close else f"there are: {listed}"
        return self.error(at, f"there is no {what} `{name}`", help=help if listed else None)

    def error(self, at: ast.expr | int, message: str, *, help: str | None = None) -> RulebookError:
        index = at if isinstance(at, int) else self._index(at.col_offset)
        place = self.place.at(self.text, min(self.lead + index, len(self.text)))
        return RulebookError("rule_refused", message, help=help, where=str(place))
