"""Say in words what would make a rule pass."""

from __future__ import annotations

from collections.abc import Iterator

from vermilion.desk.passing import FIXED, Need, Passing, PassingChange
from vermilion.pages.telling import Teller
from vermilion.pages.words import Language, pick, say
from vermilion.rulebook import Words

_HEADS = {
    "found": Words("满足以下任一项即可通过：", "Any one of these would make it pass:"),
    "nothing can": Words(
        "无法通过更改事实而通过：", "No change of facts can honestly make it pass:"
    ),
    "not found": Words("未能找到可使其通过的更改。", "No change that makes it pass was found."),
}
_WAYS = {
    "change": Words("把 {fact} 改为 {needs}", "make {fact} {needs}"),
    "supply": Words("补充 {fact}，须为 {needs}", "state {fact}; it must be {needs}"),
    "add one": Words("在 {fact} 中新增一项：{needs}", "add one to {fact}: {needs}"),
    "supply one": Words("补充 {fact}，其中一项：{needs}", "state {fact}, with one: {needs}"),
    "supply each": Words("补充 {fact}，每一项：{needs}", "state {fact}, each with: {needs}"),
    "past": Words(
        "{fact} 须为 {needs}（只能等待或减少行为）",
        "{fact} must be {needs} (by waiting or doing less)",
    ),
}
_NEEDS = {
    "known": Words("已知", "known"),
    "one of": Words("{value}", "{value}"),
    "several": Words("以下之一：{value}", "one of {value}"),
    "none of": Words("{value} 以外", "other than {value}"),
    "at least": Words("不小于 {value}", "at least {value}"),
    "at most": Words("不大于 {value}", "at most {value}"),
    "contains one of": Words("包含 {value} 之一", "a list with one of {value}"),
    "contains": Words("包含 {value}", "a list with {value}"),
    "contains none of": Words("不含 {value}", "a list without {value}"),
    "contains only": Words("只含 {value}", "a list of {value} only"),
    "no shorter than": Words("不少于 {value} 项", "a list of at least {value}"),
    "no longer than": Words("不多于 {value} 项", "a list of at most {value}"),
    "empty": Words("空", "an empty list"),
    "no term of": Words("不含词表 {list} 中的词", "free of the terms of {list}"),
    "no term found": Words(
        "不含词表 {list} 中的词（现含：{value}）", "free of the terms of {list} (it holds {value})"
    ),
    "a term of": Words("含有词表 {list} 中的词", "with a term of {list}"),
}
_JOINED = Words("且", " and ")
_SETS = Words("；并", "; and ")


def passing_lines(passing: Passing, teller: Teller, event_type: str) -> Iterator[str]:
    """Give what would make a rule pass: a head, then one line for each alternative, or why none."""
    yield pick(_HEADS[passing.outcome], teller.language)
    for alternative in passing.alternatives:
        facts = {one.fact for one in alternative}
        # What the known links show is part of what all of them show.
        told = [
            one for one in alternative if one.fact.replace(".known_", ".") not in facts - {one.fact}
        ]
        changes = (change_words(one, teller, event_type) for one in told)
        yield f"- {pick(_SETS, teller.language).join(changes)}"
    if not passing.alternatives:
        for fact in passing.held_by:
            colon = say("colon", teller.language)
            yield f"- {teller.label(fact, event_type)}{colon}{_why(fact, teller.language)}"


def change_words(change: PassingChange, teller: Teller, event_type: str) -> str:
    """Return one change as a clause, such as ``make `price.currency` CNY``."""
    way = f"{change.way} {change.element}" if change.element else change.way
    joint = pick(_JOINED, teller.language)
    needs = joint.join(_need(need, change, teller, event_type) for need in change.needs)
    fact = f"{teller.label(change.fact, event_type)} `{change.fact}`"
    return pick(_WAYS[way], teller.language).format(fact=fact, needs=needs)


def _need(need: Need, change: PassingChange, teller: Teller, event_type: str) -> str:
    path = change.fact + need.part
    operand, kind = need.operand, need.kind
    if need.found:
        kind, operand = "no term found", need.found
    elif kind == "no longer than" and operand == 0:
        kind = "empty"
    elif isinstance(operand, list | tuple) and len(operand) == 1:
        kind = {"contains one of": "contains"}.get(kind, kind)
        operand = operand[0]
    elif kind == "one of":
        kind = "several"
    money = _money(need, change)
    if money is not None:
        operand = {"amount": operand, "currency": money}
    value = teller.value(path, operand, event_type)
    words = pick(_NEEDS[kind], teller.language).format(value=value, list=need.operand)
    return f"{teller.label(path, event_type)} {words}" if need.part else words


def _money(need: Need, change: PassingChange) -> str | None:
    """Return the currency of a requirement on an amount of money."""
    _, _, last = (change.fact + need.part).rpartition(".")
    if last != "amount" or not isinstance(need.operand, int):
        return None
    here = change.example
    for step in need.part.removeprefix(".").split(".")[:-1] if need.part else ():
        here = here.get(step) if isinstance(here, dict) else None
    return here.get("currency") if isinstance(here, dict) else None


def _why(fact: str, language: Language) -> str:
    steps = fact.replace("[", ".").split(".")
    known = next((FIXED[step] for step in steps if step in FIXED), None)
    return pick(known or _PAST, language)


_PAST = Words("过往事件不能改变", "what has happened is what it is")
