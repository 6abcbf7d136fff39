"""Decide what of an overlay can lie over a shipped rulebook, and say what cannot and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import msgspec

from vermilion.language import type_of_constant
from vermilion.language.terms import terms_of
from vermilion.rulebook.model import (
    Document,
    Instrument,
    ListAddition,
    NamedList,
    Overlay,
    Parameter,
    ParameterAddition,
    ParameterValue,
    Rule,
    Window,
    Words,
)
from vermilion.rulebook.yaml_source import Key

OPERATORS_OWN = frozenset({"O", "P"})
"""Classes of instruments that an operator makes: its policy and its terms."""


class Item(NamedTuple):
    """One thing that an overlay adds; `part` is a list's value or the first day of a parameter's."""

    of: Literal["instrument", "list", "parameter", "window", "rule"]
    id: str
    part: str | None = None
    exception: bool = False

    def __str__(self) -> str:
        kind = f"exception to {self.of}" if self.exception else self.of
        return f"{kind} {self.id}" + (f": {self.part}" if self.part is not None else "")


class Remark(NamedTuple):
    """What is to be said of items of an overlay; where it refuses, they cannot lie there."""

    code: str
    items: tuple[Item, ...]
    where: str
    message: Words
    remedy: Words | None
    refuses: bool


class Merger:
    """Merges an overlay into a shipped rulebook and collects remarks.

    Args:
        shipped: the rulebook.
        own: what the operator adds.
        place: returns where an item of the overlay, or a part of it, stands.
    """

    def __init__(self, shipped: Document, own: Overlay, place: Callable[[Item, Key], str]) -> None:
        self.shipped = shipped
        self.own = own
        self.place = place
        self.remarks: list[Remark] = []

    def document(self) -> Document:
        """Return the rulebook with all of the overlay that can lie over it."""
        shipped, own = self.shipped, self.own
        parameters, lists = dict(shipped.parameters), dict(shipped.lists)
        for name, entry in own.parameters.items():
            if not self._misfits(self._parameter(name, entry)):
                parameters[name] = self._valued(name, entry)
        for name, added in own.lists.items():
            if not self._misfits(self._list(name, added)):
                lists[name] = self._lengthened(name, added)
        instruments = [one for one in own.instruments if not self._misfits(self._instrument(one))]
        windows = {k: v for k, v in own.windows.items() if not self._misfits(self._window(k, v))}
        rules = [one for one in own.rules if not self._misfits(self._rule(one))]
        return msgspec.structs.replace(
            shipped,
            instruments=[*shipped.instruments, *instruments],
            lists=lists,
            parameters=parameters,
            windows=shipped.windows | windows,
            rules=[*shipped.rules, *rules],
        )

    def _misfits(self, remarks: Iterator[Remark]) -> bool:
        """Take remarks and tell whether one of them refuses."""
        found = list(remarks)
        self.remarks += found
        return any(one.refuses for one in found)

    def _parameter(self, name: str, entry: ParameterAddition) -> Iterator[Remark]:
        items = tuple(Item("parameter", name, one.from_.isoformat()) for one in entry.values)
        theirs = self.shipped.parameters.get(name)
        for index, value in enumerate(entry.values):
            if value.source != "policy":
                yield self._refuses(
                    "not_policy",
                    items,
                    ("values", index, "source"),
                    (
                        f"参数 `{name}` 的自定值须以自定政策为依据",
                        f"a value of your own for parameter `{name}` is policy",
                    ),
                    ("写作 `source: policy`", "write `source: policy`"),
                )
            elif theirs and type_of_constant(value.value) != type_of_constant(
                theirs.values[0].value
            ):
                yield self._refuses(
                    "other_type",
                    items,
                    ("values", index, "value"),
                    (
                        f"参数 `{name}` 的值类型与随附规则集不同",
                        f"the shipped values of parameter `{name}` are of another type",
                    ),
                    ("写成同类的值", "write a value of the same type"),
                )
            if value.from_ in [one.from_ for one in entry.values[:index]]:
                yield self._refuses(
                    "two_values",
                    items,
                    ("values", index, "from"),
                    (
                        f"参数 `{name}` 自 {value.from_} 起有两个值",
                        f"parameter `{name}` has two values from {value.from_} on",
                    ),
                    ("保留其一", "keep one of the two"),
                )
        yield from self._titled(items, theirs is not None, entry.title is not None)
        if theirs and any(one.source != "policy" for one in theirs.values):
            yield self._refuses(
                "clause_number",
                items,
                (),
                (
                    f"参数 `{name}` 的值出自条文，不得改动",
                    f"parameter `{name}` comes from a clause and cannot be overridden",
                ),
                (
                    "另立一条自定规则，使用自己的参数",
                    "write a house rule of its own, with a parameter of its own",
                ),
            )

    def _valued(self, name: str, entry: ParameterAddition) -> Parameter:
        """Return a parameter with the operator's values; from the first of them on they hold."""
        theirs = self.shipped.parameters.get(name)
        if theirs is None:
            assert entry.title is not None  # noqa: S101
            return Parameter(title=entry.title, values=entry.values)
        first = min(one.from_ for one in entry.values)
        kept = [one for one in theirs.values if one.from_ < first]
        for hidden in theirs.values:
            if hidden.from_ >= first:
                self.remarks.append(self._hides(name, entry, hidden))
        return Parameter(title=theirs.title, values=[*kept, *entry.values])

    def _hides(self, name: str, entry: ParameterAddition, hidden: ParameterValue) -> Remark:
        known = [one for one in entry.values if one.from_ <= hidden.from_]
        value = max(known, key=lambda one: one.from_)
        item = Item("parameter", name, value.from_.isoformat())
        return Remark(
            "value_hidden",
            (item,),
            self.place(item, ("values", entry.values.index(value))),
            Words(
                f"自 {hidden.from_} 起随附规则集的 `{name}` 为 {hidden.value}，由自 {value.from_} 起的自定值 {value.value} 取代",
                f"the shipped `{name}` is {hidden.value} from {hidden.from_} on; your {value.value} "
                f"from {value.from_} on stands in its place",
            ),
            None,
            False,
        )

    def _list(self, name: str, added: ListAddition) -> Iterator[Remark]:
        values = tuple(Item("list", name, one) for one in added.values)
        exceptions = tuple(Item("list", name, one, exception=True) for one in added.exceptions)
        items = values + exceptions
        theirs = self.shipped.lists.get(name)
        own = (added.title is not None) + (added.source is not None)
        yield from self._titled(
            items or (Item("list", name),), theirs is not None, own == 2, own > 0
        )
        if not items or (theirs is None and not values):
            yield self._refuses(
                "adds_nothing",
                items or (Item("list", name),),
                (),
                (f"名单 `{name}` 未增加任何内容", f"nothing is added to list `{name}`"),
                (
                    "在 `values` 中写至少一项，或删去",
                    "write at least one of `values`, or leave it out",
                ),
            )
        if theirs is not None:
            yield from self._lengthens(name, added, theirs, items)

    def _lengthens(
        self, name: str, added: ListAddition, theirs: NamedList, items: tuple[Item, ...]
    ) -> Iterator[Remark]:
        """Remark on additions to a shipped list."""
        is_terms = _are_terms(*theirs.values, *theirs.exceptions)
        for field, mine, known in (
            ("values", added.values, theirs.values),
            ("exceptions", added.exceptions, theirs.exceptions),
        ):
            for index, value in enumerate(mine):
                item = Item("list", name, value, exception=field == "exceptions")
                if value in known or value in mine[:index]:
                    yield Remark(
                        "repeated",
                        (item,),
                        self.place(item, (field, index)),
                        Words(
                            f"名单 `{name}` 已有「{value}」", f"list `{name}` has `{value}` already"
                        ),
                        Words("可以删去", "it can be left out"),
                        False,
                    )
                elif is_terms and not _are_terms(value):
                    yield self._refuses(
                        "not_a_term",
                        (item, *(one for one in items if one != item)),
                        (field, index),
                        (
                            f"「{value}」不是可查找的词语",
                            f"`{value}` is not a term that can be looked for",
                        ),
                        (
                            "词语中至多一个 `…`，两边均须有字",
                            "a term has at most one `…`, with something on both sides",
                        ),
                    )
        inverted = sorted(
            rule.id
            for rule in self.shipped.rules
            if re.search(rf"not in lists\.{name}\b", f"{rule.applies_if} {rule.violates_if}")
        )
        if added.values and inverted:
            named = ", ".join(inverted)
            item = Item("list", name, added.values[0])
            yield Remark(
                "excuses",
                (item,),
                self.place(item, ("values",)),
                Words(
                    f"名单 `{name}` 中所列者不受 {named} 规制，增列即缩小其范围，由贵方自负其责",
                    f"{named} spare what list `{name}` holds, and reach less now; you answer for it",
                ),
                None,
                False,
            )
        if added.exceptions and theirs.source != "policy":
            item = Item("list", name, added.exceptions[0], exception=True)
            yield Remark(
                "narrows_law",
                (item,),
                self.place(item, ("exceptions",)),
                Words(
                    f"例外缩小了依据 {theirs.source} 的名单 `{name}`，由贵方自负其责",
                    f"exceptions narrow list `{name}`, which rests on {theirs.source}; you answer for them",
                ),
                None,
                False,
            )

    def _lengthened(self, name: str, added: ListAddition) -> NamedList:
        """Return a list with what the operator adds at its end, each value once."""
        theirs = self.shipped.lists.get(name)
        if theirs is None:
            assert added.title is not None  # noqa: S101
            assert added.source is not None  # noqa: S101
            theirs = NamedList(title=added.title, source=added.source, values=[])
        return msgspec.structs.replace(
            theirs,
            values=list(dict.fromkeys([*theirs.values, *added.values])),
            exceptions=list(dict.fromkeys([*theirs.exceptions, *added.exceptions])),
        )

    def _titled(
        self, items: tuple[Item, ...], is_shipped: bool, is_own: bool, is_titled: bool | None = None
    ) -> Iterator[Remark]:
        """Refuse what says by its title to be new and is not, or the other way round."""
        of, id = items[0].of, items[0].id
        zh = "名单" if of == "list" else "参数"
        if is_shipped and (is_own if is_titled is None else is_titled):
            yield self._refuses(
                "shipped_too",
                items,
                (),
                (f"随附规则集已有{zh} `{id}`", f"there is a shipped {of} `{id}`"),
                (
                    "另起名称；若要补充，删去标题和出处",
                    "give it another name; to add to the shipped one, leave title and source out",
                ),
            )
        elif not is_shipped and not is_own:
            yield self._refuses(
                "nothing_shipped",
                items,
                (),
                (f"随附规则集没有{zh} `{id}`", f"there is no shipped {of} `{id}` to add to"),
                (
                    "写上标题（名单还须出处），使之成为自己的，或删去",
                    "give it a title (and a list its source) to make it your own, or leave it out",
                ),
            )

    def _instrument(self, one: Instrument) -> Iterator[Remark]:
        ids = [other.id for other in self.own.instruments]
        taken = [other.id for other in self.shipped.instruments]
        if one.id in taken or (
            ids.count(one.id) > 1 and one is not self.own.instruments[ids.index(one.id)]
        ):
            yield self._taken(Item("instrument", one.id))

    def _window(self, name: str, _: Window) -> Iterator[Remark]:
        if name in self.shipped.windows:
            yield self._taken(Item("window", name))

    def _rule(self, rule: Rule) -> Iterator[Remark]:
        item = Item("rule", rule.id)
        if rule.id in {one.id for one in self.shipped.rules}:
            yield self._taken(item)
        if not any(one.binding in OPERATORS_OWN for one in rule.citations):
            yield self._refuses(
                "policy_uncited",
                (item,),
                ("citations",),
                (
                    "自定规则须引用一份自定政策（O 类或 P 类）",
                    "a house rule cites a policy of your own (class O or P)",
                ),
                (
                    "将该政策写入 instruments.yaml 并引用",
                    "put that policy into instruments.yaml and cite it",
                ),
            )
        mine = {one.id for one in self.own.instruments}
        for index, citation in enumerate(rule.citations):
            if citation.instrument in mine and citation.binding not in OPERATORS_OWN:
                yield self._refuses(
                    "not_law",
                    (item,),
                    ("citations", index, "binding"),
                    (
                        f"`{citation.instrument}` 是自定文件，只能是 O 类或 P 类",
                        f"`{citation.instrument}` is your own, so it is of class O or P",
                    ),
                    ("改为 O 或 P", "write O or P"),
                )

    def _taken(self, item: Item) -> Remark:
        """Refuse an id or name that is taken."""
        return self._refuses(
            "shipped_too",
            (item,),
            ("id",) if item.of != "window" else (),
            (f"`{item.id}` 已有此名", f"{item.of} `{item.id}` is there already"),
            ("另起名称", "give yours another name"),
        )

    def _refuses(
        self,
        code: str,
        items: tuple[Item, ...],
        key: Key,
        message: tuple[str, str],
        remedy: tuple[str, str],
    ) -> Remark:
        """Return a remark that refuses items."""
        where = self.place(items[0], key)
        return Remark(code, items, where, Words(*message), Words(*remedy), True)


def _are_terms(*values: str) -> bool:
    try:
        terms_of(values, ())
    except ValueError:
        return False
    return True
