"""JSON Schemas (2020-12) of a rulebook's files, for editors, from the types that read them.

They say what the shapes say. That a condition is well typed, that names exist and hashes fit is
said when a rulebook is loaded.
"""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from vermilion.facts.events import EVENT_TYPES
from vermilion.rulebook.model import (
    Heading,
    Instrument,
    ListAddition,
    NamedList,
    Parameter,
    ParameterAddition,
    Rule,
    Window,
    Word,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

SHAPES: dict[str, tuple[str, Any]] = {
    "rulebook": ("rulebook.yaml", Heading),
    "instruments": ("instruments.yaml, also of an overlay", list[Instrument]),
    "lists": ("lists.yaml", dict[Word, NamedList]),
    "parameters": ("parameters.yaml", dict[Word, Parameter]),
    "windows": ("windows.yaml, also of an overlay", dict[Word, Window]),
    "rule": ("a file in rules/, also of an overlay", Rule),
    "overlay-lists": ("lists.yaml of an overlay", dict[Word, ListAddition]),
    "overlay-parameters": ("parameters.yaml of an overlay", dict[Word, ParameterAddition]),
}
"""By name of a schema, which file it is of, and its shape."""

_EVENT = {"enum": list(EVENT_TYPES)}
_WORDS = {
    "id": "what it is called, for good",
    "version": "a whole number; raise it when what it decides changes",
    "title": "one line",
    "territory": "whose law it is, or whom it binds by place; none: no restriction",
    "time_zone": "whose clock decides the legal date, as in Asia/Shanghai",
    "not_covered": "what of the territory's law it leaves out",
    "issuer": "who made it",
    "number": "its official number",
    "in_force": "from its first day up to, and without, the day in `to`; open where null",
    "from": "the first day",
    "to": "the first day on which it no longer holds",
    "repealed_by": "the instrument that took its place",
    "addressees": "whom it binds",
    "roles": "roles of those addressed; none: no restriction",
    "memberships": "associations whose members are addressed; none: no restriction",
    "text": "in words",
    "source": "where it comes from: a clause, the word `policy`, or a text's file",
    "note": "what a reader should know",
    "values": "at least one",
    "value": "a number or text; of a window, what is added up or told apart",
    "exceptions": "phrases in which a term does not count",
    "function": "what is made of the past events",
    "of": "types of events that are counted",
    "key": "up to four facts of the past event",
    "asked_by": "the facts of the judged event that stand for `key`",
    "within": "width, such as 24h; all time where absent",
    "where": "a condition on the past event",
    "including": "whether the judged event counts too",
    "each": "whether a business counts once, or each of its settled events",
    "applies_to": "types of events that are judged",
    "stage": "stages that are judged",
    "applies_if": "condition under which the question arises; always where absent",
    "violates_if": "condition that states the wrong",
    "verdict": "what a hit means",
    "on_missing": "what an unknown condition means; never allow",
    "mode": "live; shadow: judged and recorded, without effect; off",
    "citations": "the clauses that carry it",
    "confidential": "true if the customer must not see that it was this rule",
    "open_question": "what the rule leaves to people",
    "readings": "rival readings, which judge nothing",
    "reason": "why it came out; {price.currency} shows a fact that the condition reads",
    "remedy": "what to do",
    "question": "what is asked where a fact is missing",
    "parameters": "the parameters that its conditions read",
    "cases": "its tests: comply, violate, missing, day_before, day_of",
    "instrument": "id of an instrument in instruments.yaml",
    "pinpoint": "which clause",
    "quote": "its words",
    "quote_sha256": "SHA-256 of the quote's UTF-8 bytes; loading says which",
    "essence": "what the clause says, where its words are not at hand",
    "binding": "Statute, Rule, Notice, Judgment, Guidance, Voluntary, Platform terms, Operator's policy",
    "tier": "A read in the text, B reproduced, C summarised, D recalled",
    "status": "draft until a person has checked it",
    "kind": "what the case shows",
    "event": "event type, one that the rule applies to",
    "at": "a day, or a time with its offset",
    "facts": "what is known; all else is unknown",
    "expect": "what must come out",
    "missing": "the facts that must be asked for",
    "alive": "the instruments that must be in force behind the rule",
    "zh": "in Chinese",
    "en": "in English",
}
"""What each field is, shown by an editor beside it."""


def schema_of(name: str) -> Schema:
    """Return the JSON Schema of a rulebook's file by its name in `SHAPES`."""
    file, shape = SHAPES[name]
    (root,), components = msgspec.json.schema_components([shape])
    shapes: Schema = {key: _told(portable(one)) for key, one in sorted(components.items())}
    for key, field in (("Rule", "applies_to"), ("Window", "of")):
        if key in shapes:
            shapes[key]["properties"][field]["items"] = _EVENT
    if "Case" in shapes:
        shapes["Case"]["properties"]["event"] |= _EVENT
    head = {"$schema": DIALECT, "$id": f"{name}.schema.json", "title": file}
    body: Schema = portable(root)
    if "$ref" in body:
        own = shapes.pop(body["$ref"].rpartition("/")[2])
        body = {key: value for key, value in own.items() if key != "title"}
    return head | body | {"$defs": shapes}


def _told(schema: Schema) -> Schema:
    """Return a shape with a word on each of its fields."""
    fields = {
        name: {**field, "description": _WORDS[name]}
        for name, field in schema.get("properties", {}).items()
    }
    return schema | ({"properties": fields} if fields else {})


def portable(schema: Any) -> Any:
    r"""Return a schema whose patterns ECMA 262 engines read, and whose words are not indented.

    Python's `$` admits a trailing newline, so the types say `\Z`; ECMA's `$` admits none and knows
    no `\Z`.
    """
    if isinstance(schema, list):
        return [portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: portable(value) for key, value in schema.items()}
    if isinstance(pattern := found.get("pattern"), str):
        found["pattern"] = pattern.replace(r"\Z", "$")
    if isinstance(words := found.get("description"), str):
        found["description"] = inspect.cleandoc(words)
    return found
