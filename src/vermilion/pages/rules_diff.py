"""Tell what differs between two rulebooks: in sentences, and as rows of a table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vermilion.pages.rules_diff_words import FIELDS, WORDS, field_name
from vermilion.pages.words import Language
from vermilion.rulebook.diff import Change, Changes, Part

_TOKEN = re.compile(r"\s+|[\w.]+|[!<>=]=|\"[^\"]*\"|'[^']*'|.")
_KEPT = 6
"""Most tokens that stay in sight beside what changed in a condition."""


def sentences(changes: Changes, language: Language) -> list[str]:
    """Return one line for each change, each followed by indented lines on what of it changed."""
    found = []
    for change in changes.changes:
        found.append(_headline(change, language))
        found += [f"  {line}" for part in change.parts for line in _part(part, change, language)]
    return found


def rows(changes: Changes, language: Language) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each change: kind, id, change, what of it, and whether it can decide."""
    words = WORDS[language]
    return [
        (
            words[change.of],
            change.id,
            words[change.change],
            words["and"].join(field_name(part.name, language) for part in change.parts),
            words["decides" if change.decides else "no effect"],
        )
        for change in changes.changes
    ]


def headings(language: Language) -> tuple[str, ...]:
    """Return the headings of the table's columns."""
    return tuple(WORDS[language][f"column {n}"] for n in range(1, 6))


def _headline(change: Change, language: Language) -> str:
    words = WORDS[language]
    line = words["headline"].format(of=words[change.of], id=change.id, change=words[change.change])
    if change.read_by:
        line += words["read by"].format(words["and"].join(change.read_by))
    if not change.decides:
        line += words["without effect"]
    return line


def _part(part: Part, change: Change, language: Language) -> Iterator[str]:
    match part.name:
        case "citations":
            yield from _citations(part.old, part.new, language)
        case "values" if change.of == "parameter":
            yield from _listed(map(_value, part.old), map(_value, part.new), part.name, language)
        case "values" | "exceptions":
            yield from _listed(part.old, part.new, part.name, language)
        case "cases" | "order":
            yield field_name(part.name, language)
        case _:
            yield from _fields(part, language)


def _fields(part: Part, language: Language) -> Iterator[str]:
    """Tell fields that changed, each on its line; a part of several has them by name."""
    old, new = part.old, part.new
    several = isinstance(old, Mapping) and isinstance(new, Mapping)
    if (
        several
        and set(old) | set(new) <= set(FIELDS)
        and not {"zh", "from"} & (set(old) | set(new))
    ):
        for name in dict.fromkeys([*old, *new]):
            if old.get(name) != new.get(name):
                yield _told(name, old.get(name), new.get(name), language)
        return
    yield _told("violates_if" if part.name == "condition" else part.name, old, new, language)


def _told(name: str, old: Any, new: Any, language: Language) -> str:
    label = field_name(name, language) + WORDS[language]["colon"]
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > 40:
        return label + changed_text(old, new)
    if isinstance(old, list) and isinstance(new, list):
        return label + _signed(old, new, language)
    return f"{label}{_plain(old, language)} → {_plain(new, language)}"


def changed_text(old: str, new: str) -> str:
    """Return a text with what went in `[-…-]` and what came in `{+…+}`; long equal parts cut."""
    a, b = _TOKEN.findall(" ".join(old.split())), _TOKEN.findall(" ".join(new.split()))
    found = ""
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            found += _cut(a[i:j], first=i == 0, last=j == len(a))
            continue
        found += f"[-{''.join(a[i:j])}-]" if j > i else ""
        found += f"{{+{''.join(b[k:m])}+}}" if m > k else ""
    return found


def _cut(tokens: Sequence[str], *, first: bool, last: bool) -> str:
    if len(tokens) <= 3 * _KEPT:
        return "".join(tokens)
    head = "" if first else "".join(tokens[:_KEPT])
    tail = "" if last else "".join(tokens[-_KEPT:])
    return f"{head} … {tail}"


def _citations(
    old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]], language: Language
) -> Iterator[str]:
    """Tell citations that went and came, and what changed of those that stayed."""
    words = WORDS[language]
    before, after = _by_clause(old), _by_clause(new)
    for clause, one in before.items():
        if clause not in after:
            yield words["cites no longer"].format(_clause(one))
    for clause, one in after.items():
        if clause not in before:
            yield words["cites now"].format(
                _clause(one), one["binding"], one["tier"], one["status"]
            )
            continue
        for name in dict.fromkeys([*before[clause], *one]):
            was, now = before[clause].get(name), one.get(name)
            if was != now:
                yield f"{_clause(one)} · {_told(name, was, now, language)}"
    if list(before) != list(after) and set(before) == set(after):
        yield words["citations in another order"]


def _by_clause(citations: Sequence[dict[str, Any]]) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Return citations by clause; several of one clause are told apart by their number."""
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    for one in citations:
        clause = one["instrument"], one["pinpoint"]
        found[*clause, sum(key[:2] == clause for key in found)] = one
    return found


def _clause(citation: Mapping[str, Any]) -> str:
    return f"{citation['instrument']} {citation['pinpoint']}"


def _value(value: Any) -> str:
    source = value["source"]
    of = source if isinstance(source, str) else _clause(source)
    return f"{value['from']} → {value['value']} ({of})"


def _listed(old: Any, new: Any, name: str, language: Language) -> Iterator[str]:
    yield (
        field_name(name, language)
        + WORDS[language]["colon"]
        + _signed(list(old), list(new), language)
    )


def _signed(old: Sequence[Any], new: Sequence[Any], language: Language) -> str:
    signed = [f"-{_plain(one, language)}" for one in old if one not in new]
    signed += [f"+{_plain(one, language)}" for one in new if one not in old]
    return WORDS[language]["and"].join(signed) or WORDS[language]["order"]


def _plain(value: Any, language: Language) -> str:
    """Return a value for people: a period as its days, words in the reader's language."""
    words = WORDS[language]
    match value:
        case None:
            return words["nothing"]
        case bool():
            return words["yes" if value else "no"]
        case {"zh": str(), "en": str()}:
            return str(value[language])
        case {"from": first, "to": last} if set(value) == {"from", "to"}:
            return f"{first or ''}…{words['before'].format(last) if last else ''}"
        case dict():
            return "; ".join(
                f"{field_name(k, language)} {_plain(v, language)}" for k, v in value.items() if v
            )
        case list():
            return words["and"].join(_plain(one, language) for one in value) or words["nothing"]
        case _:
            return str(value)
