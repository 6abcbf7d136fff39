"""Tell what changed between two rulebooks, part by part, and what an upgrade does to an overlay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec

from vermilion.rulebook.cases import run_cases
from vermilion.rulebook.merge import Item
from vermilion.rulebook.model import (
    Document,
    ListAddition,
    NamedList,
    Overlay,
    Parameter,
    ParameterAddition,
    Rule,
    Words,
)
from vermilion.rulebook.overlay import Merged, document_digest, parted

RULE_PARTS: Mapping[str, tuple[str, ...]] = {
    "condition": ("violates_if", "applies_if", "applies_to", "stage", "parameters"),
    "verdict": ("verdict", "on_missing"),
    "mode": ("mode",),
    "dates": ("in_force",),
    "citations": ("citations",),
    "confidential": ("confidential",),
    "words": ("title", "reason", "remedy", "question", "open_question", "readings"),
    "cases": ("cases",),
    "version": ("version",),
}
"""Which fields of a rule make each part that can change; the first gives the part its name."""

WITHOUT_EFFECT = frozenset({"words", "cases", "version"})
"""Parts of a rule that can change without changing what it decides."""

_READ = re.compile(r"\b(lists|params|windows)\.(\w+)")
_KINDS = {"lists": "list", "params": "parameter", "windows": "window"}
_ZH = {
    "rulebook": "规则集",
    "rule": "规则",
    "parameter": "参数",
    "list": "名单",
    "window": "窗口",
    "instrument": "文件",
    "added": "新增",
    "removed": "删除",
    "changed": "变更",
    "condition": "条件",
    "verdict": "结论",
    "mode": "模式",
    "dates": "适用日期",
    "citations": "引用",
    "confidential": "保密",
    "words": "文字",
    "cases": "用例",
    "version": "版本",
    "values": "值",
    "exceptions": "例外",
    "title": "标题",
    "source": "出处",
    "definition": "定义",
    "time_zone": "时区",
    "territory": "地域",
    "id": "名称",
    "issuer": "制定者",
    "number": "文号",
    "in_force": "施行日期",
    "repealed_by": "废止者",
    "addressees": "适用对象",
    "note": "附注",
    "order": "次序",
    "not_covered": "未涵盖的内容",
}

Kind = Literal["rulebook", "rule", "parameter", "list", "window", "instrument"]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part that changed: what it was and is, or, of lists, what went and came."""

    name: str
    old: Any = None
    new: Any = None


class Change(msgspec.Struct, frozen=True):
    """What became of one thing in a rulebook; `read_by` are the rules that read it."""

    of: Kind
    id: str
    change: Literal["added", "removed", "changed"]
    parts: tuple[Part, ...] = ()
    read_by: tuple[str, ...] = ()

    @property
    def decides(self) -> bool:
        """Tell whether it can change a decision, so that it is not only words or cases."""
        return self.change != "changed" or any(one.name not in WITHOUT_EFFECT for one in self.parts)


class Changes(msgspec.Struct, frozen=True):
    """Everything that differs between two rulebooks, with the digest of each."""

    old: str | None
    new: str
    changes: tuple[Change, ...]


class Note(msgspec.Struct, frozen=True):
    """What an upgrade means for items of the overlay; where it refuses, nothing is activated."""

    code: str
    items: tuple[str, ...]
    where: str
    message: Words
    remedy: Words | None
    refuses: bool


class Upgrade(msgspec.Struct, frozen=True):
    """What activating a rulebook would change, against the one that is active.

    `shipped` is what moved in the shipped rulebook and `overlay` in the operator's own; `carried`
    are the items of the overlay that lie in the new one.
    """

    rulebook: str
    shipped: Changes
    overlay: Changes
    carried: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def refused(self) -> bool:
        """Tell whether something of the operator's would be lost."""
        return any(note.refuses for note in self.notes)


def diff(old: Document | Overlay, new: Document | Overlay, readers: Sequence[Rule] = ()) -> Changes:
    """Return what was added, removed and changed from one rulebook or overlay to another.

    Args:
        old: what was.
        new: what is.
        readers: further rules that may read what changed.
    """
    read_by = _readers([*old.rules, *new.rules, *readers])
    found = [
        *_heading(old, new),
        *_compared("rule", _by_id(old.rules), _by_id(new.rules), _rule_parts, {}),
        *_compared("parameter", old.parameters, new.parameters, _parameter_parts, read_by),
        *_compared("list", old.lists, new.lists, _list_parts, read_by),
        *_compared("window", old.windows, new.windows, _whole, read_by),
        *_compared("instrument", _by_id(old.instruments), _by_id(new.instruments), _fields, {}),
    ]
    digests = document_digest(old), document_digest(new)
    if not found and digests[0] != digests[1]:
        name = new.rulebook.id if isinstance(new, Document) else "overlay"
        found = [Change("rulebook", name, "changed", (Part("order"),))]
    return Changes(*digests, tuple(found))


def upgrade(active: Document | None, merged: Merged) -> Upgrade:
    """Return what activating a merged rulebook would change.

    Args:
        active: the rulebook that is active, as the book keeps it; None where none is.
        merged: the shipped rulebook as it is now, with the overlay as it is now.
    """
    own = merged.own.overlay
    rules = merged.rulebook.document.rules
    shipped, old_own = Changes(None, document_digest(merged.shipped), ()), Overlay()
    if active is not None:
        old_shipped, old_own = parted(active)
        shipped = diff(old_shipped, merged.shipped, rules)
    remarks = [
        Note(
            one.code,
            tuple(str(item) for item in one.items),
            one.where,
            one.message,
            one.remedy,
            one.refuses,
        )
        for one in merged.remarks
    ]
    refused = any(one.refuses for one in remarks)
    return Upgrade(
        merged.rulebook.id,
        shipped,
        diff(old_own, own, rules),
        tuple(str(item) for item in merged.carried),
        (*remarks, *(() if refused else _failing_cases(merged))),
    )


def in_words(change: Change) -> Words:
    """Say a change in one line, in Chinese and English."""
    zh = f"{_ZH[change.change]}{_ZH[change.of]} {change.id}"
    en = f"{change.of} {change.id} {change.change}"
    if change.parts:
        zh += "：" + "；".join(_part_in_words(part, "zh") for part in change.parts)
        en += ": " + "; ".join(_part_in_words(part, "en") for part in change.parts)
    if change.read_by:
        zh += f"（涉及规则 {'、'.join(change.read_by)}）"
        en += f" (read by {', '.join(change.read_by)})"
    return Words(zh, en)


def _part_in_words(part: Part, language: Literal["zh", "en"]) -> str:
    zh = language == "zh"
    name = _ZH[part.name] if zh else part.name.replace("_", " ")
    if part.name in {"words", "citations", "cases", "order"}:
        return name
    if part.name in {"values", "exceptions"}:
        between = "，" if zh else ", "
        signed = [f"-{_short(one)}" for one in part.old] + [f"+{_short(one)}" for one in part.new]
        return f"{name} {between.join(signed)}"
    return f"{name} {_short(part.old)} → {_short(part.new)}"


def _short(value: Any) -> str:
    if isinstance(value, dict) and {"from", "value"} <= set(value):
        return f"{value['from']}: {value['value']}"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 120 else f"{text[:119]}…"


def _heading(old: Document | Overlay, new: Document | Overlay) -> Iterator[Change]:
    if not (isinstance(old, Document) and isinstance(new, Document)):
        return
    parts = tuple(_fields(old.rulebook, new.rulebook))
    if parts:
        yield Change("rulebook", new.rulebook.id, "changed", parts)


def _rule_parts(old: Rule, new: Rule) -> Iterator[Part]:
    for name, fields in RULE_PARTS.items():
        changed = [field for field in fields if getattr(old, field) != getattr(new, field)]
        if not changed:
            continue
        if changed == [fields[0]] and name != "words":
            (field,) = changed
            yield Part(name, _plain(getattr(old, field)), _plain(getattr(new, field)))
        else:
            yield Part(
                name,
                {field: _plain(getattr(old, field)) for field in changed},
                {field: _plain(getattr(new, field)) for field in changed},
            )


def _parameter_parts(
    old: Parameter | ParameterAddition, new: Parameter | ParameterAddition
) -> Iterator[Part]:
    if old.title != new.title:
        yield Part("title", _plain(old.title), _plain(new.title))
    went, came = _gone_and_come(old.values, new.values)
    if went or came:
        yield Part("values", went, came)


def _list_parts(old: NamedList | ListAddition, new: NamedList | ListAddition) -> Iterator[Part]:
    for field in ("title", "source"):
        if getattr(old, field) != getattr(new, field):
            yield Part(field, _plain(getattr(old, field)), _plain(getattr(new, field)))
    for field in ("values", "exceptions"):
        went, came = _gone_and_come(getattr(old, field), getattr(new, field))
        if went or came:
            yield Part(field, went, came)


def _gone_and_come(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    went = [_plain(one) for one in old if one not in new]
    return went, [_plain(one) for one in new if one not in old]


def _whole(old: Any, new: Any) -> Iterator[Part]:
    if old != new:
        yield Part("definition", _plain(old), _plain(new))


def _fields(old: Any, new: Any) -> Iterator[Part]:
    for field in old.__struct_fields__:
        if getattr(old, field) != getattr(new, field):
            yield Part(field, _plain(getattr(old, field)), _plain(getattr(new, field)))


def _compared(
    of: Kind,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    parts_of: Any,
    readers: Mapping[tuple[str, str], list[str]],
) -> Iterator[Change]:
    for id in dict.fromkeys([*old, *new]):
        read_by = tuple(readers.get((of, id), ()))
        if id not in new:
            yield Change(of, id, "removed", (), read_by)
        elif id not in old:
            yield Change(of, id, "added", (), read_by)
        else:
            parts = tuple(parts_of(old[id], new[id]))
            if parts:
                yield Change(of, id, "changed", parts, read_by)


def _by_id(items: Iterable[Any]) -> dict[str, Any]:
    return {one.id: one for one in items}


def _readers(rules: Iterable[Rule]) -> dict[tuple[str, str], list[str]]:
    """Return, by list, parameter and window, the rules whose conditions name it."""
    found: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        text = f"{rule.applies_if or ''} {rule.violates_if}"
        for group, name in dict.fromkeys(_READ.findall(text)):
            readers = found.setdefault((_KINDS[group], name), [])
            if rule.id not in readers:
                readers.append(rule.id)
    return found


def _failing_cases(merged: Merged) -> Iterator[Note]:
    """Run the cases of house rules: what they come to may have moved with what they read."""
    own = {rule.id for rule in merged.own.overlay.rules}
    mine = [loaded for loaded in merged.rulebook.rules if loaded.rule.id in own]
    for result in run_cases(replace(merged.rulebook, rules=tuple(mine))):
        if not result.problems:
            continue
        item = Item("rule", result.rule)
        problems = "; ".join(result.problems)
        yield Note(
            "case_fails",
            (str(item),),
            merged.own.place(item, ("cases", result.number - 1)),
            Words(
                f"规则 {result.rule} 的用例 {result.number} 不再成立：{problems}",
                f"case {result.number} of {result.rule} fails: {problems}",
            ),
            Words("核对规则与用例", "look at the rule and its case"),
            False,
        )


def _plain(value: Any) -> Any:
    return None if value is msgspec.UNSET else msgspec.to_builtins(value)
