"""Put a judgement into the record's form and take it out again.

An entry's first section holds the event and its rulings under a key per retention class and
month. Whatever says something about a person is cut out and sealed in a section of its own under
that person's key: destroy the key, and only that is gone. No digest of the event is
stored, so that nobody can guess erased content from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.decision import Ruling
from vermilion.desk.judge import Ruled
from vermilion.facts.events import Event, event_type_of
from vermilion.facts.namespace import roles
from vermilion.record import Entry, Erased, Section

KIND = "judgement"

RETENTION_CLASSES = {
    "party": "identity",
    "sale": "transaction",
    "transfer": "transaction",
    "payment": "transaction",
    "holding": "transaction",
    "post": "content",
}
"""Retention class by event type; what is not named here is `goods`.

The classes follow the statutes' own terms: identity material and transaction records (Anti-Money
Laundering Law), goods and service information (E-Commerce Law), content posted (CAC Order 3).
"""

_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder().encode
_ENCODE_SORTED = msgspec.json.Encoder(order="deterministic").encode
_INDEX = re.compile(r"\[\d+\].*|\..*")


class Judged(NamedTuple):
    """An event, its canonical bytes, and what each active rulebook rules on it."""

    event: Event
    canonical: bytes
    ruled: Sequence[Ruled]


class Sealable(NamedTuple):
    """What is handed to the record for one judgement."""

    statement: bytes
    sections: Sequence[Section]
    commit: Mapping[str, bytes]


def sealable(judged: Judged, month: str) -> Sealable:
    """Lay a judgement out for the record.

    The statement, in clear, says which event it was, of what type and stage, when, and the
    verdicts; the commitments are over the event's canonical bytes and each ruling's bytes.

    Args:
        judged: the event and its rulings.
        month: the month of recording as `YYYY-MM`; with the retention class it names the key.
    """
    event = judged.event
    event_type = event_type_of(event)
    answers = b",".join([_answer(ruled.ruling) for ruled in judged.ruled])
    statement = b'{"event":{"source":%b,"id":%b,"type":%b,"stage":%b,"time":%b},"rulings":[%b]}' % (
        _ENCODE(event.source),
        _ENCODE(event.id),
        _ENCODE(event_type),
        _ENCODE(event.stage),
        _ENCODE(event.time),
        answers,
    )
    rulings = b",".join([ruled.written for ruled in judged.ruled])
    content = b'{"event":%b,"rulings":[%b]}' % (judged.canonical, rulings)
    key = f"class/{RETENTION_CLASSES.get(event_type, 'goods')}/{month}"
    commit = {"event": judged.canonical}
    for ruling, written in judged.ruled:
        commit[f"ruling.{ruling.rulebook.id}"] = written
    personal = _personal(event, event_type, judged.ruled)
    if not personal:
        return Sealable(statement, (Section(key, content),), commit)
    return Sealable(statement, _cut(key, content, personal), commit)


def _answer(ruling: Ruling) -> bytes:
    rulebook = ruling.rulebook
    return _ENCODE(
        {
            "rulebook": rulebook.id,
            "digest": rulebook.digest,
            "as_of": ruling.as_of,
            "verdict": ruling.verdict,
        }
    )


def opened(entry: Entry) -> Judged | None:
    """Return the judgement of an entry, or None where part of it is erased.

    Everything is byte for byte what was sealed.
    """
    if any(isinstance(content, Erased) for content in entry.contents):
        return None
    first, *others = (content for content in entry.contents if isinstance(content, bytes))
    if others:
        document = _DECODE(first)
        for content in others:
            for pointer, value in _DECODE(content):
                _put(document, pointer, value)
        canonical = _ENCODE_SORTED(document["event"])
        written = tuple(_ENCODE(ruling) for ruling in document["rulings"])
    else:
        raw = _RAW(first)
        canonical = bytes(raw.event)
        written = tuple(bytes(ruling) for ruling in raw.rulings)
    event = _EVENT(canonical)
    return Judged(event, canonical, [Ruled(_RULING(one), one) for one in written])


class _Stored(msgspec.Struct, frozen=True):
    event: msgspec.Raw
    rulings: list[msgspec.Raw]


_RAW = msgspec.json.Decoder(_Stored).decode
_EVENT = msgspec.json.Decoder(Event).decode
_RULING = msgspec.json.Decoder(Ruling).decode


Pointer = tuple[str | int, ...]
Personal = dict[str, list[Pointer]]
"""Paths into an entry's content that say something about a person, by party id."""


def _personal(event: Event, event_type: str, ruled: Sequence[Ruled]) -> Personal:
    found: Personal = {}
    data: Any = event.data
    if event_type == "party":
        found.setdefault(data.party.id, []).append(("event", "data", "party"))
    if data.inline is not None:
        for position, party in enumerate(data.inline.parties):
            inline: Pointer = ("event", "data", "inline", "parties", position)
            found.setdefault(party.id, []).append(inline)
    author = getattr(data.parties, "author", None) if event_type == "post" else None
    if author is not None and data.text is not None:
        found.setdefault(author, []).append(("event", "data", "text"))
    for number, (ruling, _) in enumerate(ruled):
        for place, rule in enumerate(ruling.rules):
            for label in rule.facts:
                id = _party_of(label, data, event_type)
                if id is not None:
                    fact: Pointer = ("rulings", number, "rules", place, "facts", label)
                    found.setdefault(id, []).append(fact)
    return found


@lru_cache(maxsize=4096)
def _root(label: str) -> str:
    return _INDEX.sub("", label)


def _party_of(label: str, data: Any, event_type: str) -> str | None:
    """Return the id of the party that a fact is about, or None if it is about no party."""
    root = _root(label)
    if root == "party" and event_type == "party":
        return str(data.party.id)
    if root == "text" and event_type == "post":
        root = "author"
    if root in roles(event_type):
        id = getattr(data.parties, root, None)
        return None if id is None else str(id)
    return None


def _cut(key: str, content: bytes, personal: Personal) -> list[Section]:
    document = _DECODE(content)
    sections = []
    for id, paths in personal.items():
        taken = [[path, _take(document, path)] for path in paths]
        sections.append(Section(f"person/{id}", _ENCODE(taken)))
    return [Section(key, _ENCODE(document)), *sections]


def _take(document: Any, path: Pointer) -> Any:
    """Take a value out of a document, leaving null in its place."""
    *parents, last = path
    for step in parents:
        document = document[step]
    value = document[last]
    document[last] = None
    return value


def _put(document: Any, path: Sequence[str | int], value: Any) -> None:
    *parents, last = path
    for step in parents:
        document = document[step]
    document[last] = value
