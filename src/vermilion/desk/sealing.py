"""Put a judgement into the record's form and take it out again.

An entry's first section holds the event and its rulings under a key per retention class and
month. Whatever says something about a person is cut out and sealed in a section of its own under
that person's key: destroy the key, and only that is gone. What the state needs of it and says
nothing about anybody stays in the first section, so that the state is the same whether it is made
before or after. No digest of the event is stored but under the book's own key, so that nobody else
can guess erased content from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

import msgspec

from vermilion.desk.decision import RulebookRef, Ruling
from vermilion.desk.judge import Ruled
from vermilion.desk.loop.left import NOTHING, Left
from vermilion.desk.loop.resolve import Effect
from vermilion.facts.events import ErasureEvent, Event, FindingEvent, event_type_of
from vermilion.facts.namespace import roles
from vermilion.record import Entry, Erased, Section

KIND = "judgement"

RETENTION_CLASSES = {
    "party": "identity",
    "sale": "transaction",
    "transfer": "transaction",
    "payment": "transaction",
    "holding": "transaction",
    "loan": "transaction",
    "product": "transaction",
    "post": "content",
    "resolution": "transaction",
    "finding": "transaction",
    "case": "transaction",
    "access": "access",
    "erasure": "erasure",
}
"""Retention class by event type; what is not named here is `goods`.

The classes follow the statutes' own terms: identity material and transaction records (Anti-Money
Laundering Law), goods and service information (E-Commerce Law), content posted (CAC Order 3);
what shows that a person was erased is of a class of its own, so that it can outlast them all.
"""

_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder().encode
_ENCODE_SORTED = msgspec.json.Encoder(order="deterministic").encode
_INDEX = re.compile(r"\[\d+\].*|\..*")


class Judgement(NamedTuple):
    """An event, its canonical bytes, and what each active rulebook rules on it."""

    event: Event
    canonical: bytes
    ruled: Sequence[Ruled]


class Sealable(NamedTuple):
    """What is handed to the record for one judgement."""

    statement: bytes
    sections: Sequence[Section]
    commit: Mapping[str, bytes]


class Remains(NamedTuple):
    """What is left of an entry: its event, None where its subject is gone, and what was kept of it.

    Of the parties in `erased` the event has the id alone.
    """

    event: Event | None
    erased: frozenset[str]
    left: Left


def sealable(
    judged: Judgement,
    month: str,
    effect: Effect | None = None,
    left: Left = NOTHING,
) -> Sealable:
    """Lay a judgement out for the record.

    The statement, in clear, says which event it was, of what type and stage, when, and the
    verdicts, of a resolution what it does, of a bypass what was found, and of an erasure the ids of
    the keys, which name nobody; the commitments are
    over the event's canonical bytes and each ruling's bytes.

    Args:
        judged: the event and its rulings.
        month: the month of recording as `YYYY-MM`; with the retention class it names the key.
        effect: what a resolution does.
        left: what is kept of what is cut out.
    """
    event = judged.event
    event_type = event_type_of(event)
    answers = b",".join([_answer(r.rulebook, r.as_of, r.verdict) for r, *_ in judged.ruled])
    subject = b"" if event.subject is None else b',"subject":' + _ENCODE(event.subject)
    statement = (
        b'{"event":{"source":%b,"id":%b,"type":%b,"stage":%b,"time":%b%b},"rulings":[%b]%b}'
        % (
            _ENCODE(event.source),
            _ENCODE(event.id),
            _ENCODE(event_type),
            _ENCODE(event.stage),
            _ENCODE(event.time),
            subject,
            answers,
            b"" if effect is None else b',"resolution":' + _ENCODE(effect),
        )
    )
    if isinstance(event, FindingEvent) and event.data.kind == "bypass":
        statement = statement[:-1] + b',"finding":' + _ENCODE(event.data) + b"}"
    if isinstance(event, ErasureEvent):
        statement = statement[:-1] + b',"erasure":' + _ENCODE({"keys": event.data.keys}) + b"}"
    rulings = b",".join([ruled.written for ruled in judged.ruled])
    content = b'{"event":%b,"rulings":[%b]}' % (judged.canonical, rulings)
    key = f"class/{RETENTION_CLASSES.get(event_type, 'goods')}/{month}"
    commit = {"event": judged.canonical}
    for ruling, written, _ in judged.ruled:
        commit[f"ruling.{ruling.rulebook.id}"] = written
    personal = _personal(event, event_type, judged.ruled)
    if not personal:
        return Sealable(statement, (Section(key, content),), commit)
    return Sealable(statement, _cut(key, content, personal, left), commit)


@lru_cache(maxsize=4096)
def _answer(rulebook: RulebookRef, as_of: str, verdict: str) -> bytes:
    return _ENCODE(
        {"rulebook": rulebook.id, "digest": rulebook.digest, "as_of": as_of, "verdict": verdict}
    )


def opened(entry: Entry) -> Judgement | None:
    """Return the judgement of an entry, or None where part of it is erased.

    Everything is byte for byte what was sealed.
    """
    first, *others = entry.contents
    if any(isinstance(content, Erased) for content in entry.contents):
        return None
    if others:
        document = _document(entry.contents)
        canonical = _ENCODE_SORTED(document["event"])
        written = tuple(_ENCODE(ruling) for ruling in document["rulings"])
    else:
        raw = _RAW(cast("bytes", first))
        canonical = bytes(raw.event)
        written = tuple(bytes(ruling) for ruling in raw.rulings)
    event = _EVENT(canonical)
    return Judgement(event, canonical, [Ruled(_RULING(one), one) for one in written])


def remaining_event(entry: Entry) -> Event | None:
    """Return what is left of an entry's event after erasures; None where its subject is gone."""
    if isinstance(entry.contents[0], Erased):
        return None
    said = _document(entry.contents)["event"]
    data = said["data"]
    if said["type"] == "party" and data["party"] is None:
        return None
    inline = data.get("inline") or {}
    if "parties" in inline:
        inline["parties"] = [party for party in inline["parties"] if party is not None]
    event: Event = msgspec.convert(said, Event)
    return event


def remains(entry: Entry) -> Remains:
    """Return what is left of an entry after erasures, for what is made of the record.

    It is more than `remaining_event` in that it tells of whom something was stated.
    """
    if isinstance(entry.contents[0], Erased):
        return Remains(None, frozenset(), NOTHING)
    document = _document(entry.contents)
    said, left = document["event"], msgspec.convert(document.get("left", {}), Left)
    data, ids = said["data"], iter(left.parties)
    erased: set[str] = set()

    def known(party: Any) -> Any:
        id = next(ids, None)
        if party is not None or id is None:
            return party
        erased.add(id)
        return {"id": id}

    if said["type"] == "party":
        data["party"] = known(data["party"])
        if data["party"] is None:
            return Remains(None, frozenset(), left)
    inline = data.get("inline") or {}
    if "parties" in inline:
        inline["parties"] = [one for one in map(known, inline["parties"]) if one is not None]
    return Remains(msgspec.convert(said, Event), frozenset(erased), left)


def rulebooks_of_entry(entry: Entry) -> frozenset[str]:
    """Return the ids of the rulebooks that judged an entry's event, from its statement."""
    said = _ANSWERED(bytes(entry.envelope.statement))
    return frozenset(one.rulebook for one in said.rulings)


class _Answer(msgspec.Struct, frozen=True):
    rulebook: str


class _Answered(msgspec.Struct, frozen=True):
    rulings: list[_Answer]


_ANSWERED = msgspec.json.Decoder(_Answered).decode


def _document(contents: Sequence[bytes | Erased]) -> Any:
    """Put an entry's sections together again; what is erased stays null."""
    document = _DECODE(cast("bytes", contents[0]))
    for content in contents[1:]:
        if isinstance(content, bytes):
            for pointer, value in _DECODE(content):
                _put(document, pointer, value)
    return document


class _Stored(msgspec.Struct, frozen=True):
    event: msgspec.Raw
    rulings: list[msgspec.Raw]


_RAW = msgspec.json.Decoder(_Stored).decode
_EVENT = msgspec.json.Decoder(Event).decode
_RULING = msgspec.json.Decoder(Ruling).decode


Pointer = tuple[str | int, ...]
Personal = dict[str, list[Pointer]]
"""Paths into an entry's content that say something about a person, by the name of their key."""

FREE_TEXTS: dict[str, dict[str, tuple[str, ...]]] = {
    "post": {"text": ("author",)},
    "offer": {"ad_texts": ("seller", "issuer")},
    "resolution": {"reason": ("by",)},
    "case": {"note": ("by",), "attachment": ("by",)},
}
"""Fields of free text by event type, and in which roles the one stands whose words they are.

Where nobody is named the text has a key of its own, so that it can be erased by itself.
"""


SAYS_PERSONAL = frozenset({"party", *FREE_TEXTS})
"""Event types that say something about a person by themselves."""


def _personal(event: Event, event_type: str, ruled: Sequence[Ruled]) -> Personal:
    found: Personal = {}
    data: Any = event.data
    plain = data.inline is None and event_type not in SAYS_PERSONAL
    if plain and not any(ruling.rules for ruling, *_ in ruled):
        return found
    if event_type == "party":
        own = found.setdefault(f"person/{data.party.id}", [])
        own += [("event", "data", part) for part in ("party", "provenance") if _has(data, part)]
    if data.inline is not None:
        for position, party in enumerate(data.inline.parties):
            inline: Pointer = ("event", "data", "inline", "parties", position)
            found.setdefault(f"person/{party.id}", []).append(inline)
    for field, roles_of_author in FREE_TEXTS.get(event_type, {}).items():
        if _has(data, field):
            named = [getattr(data.parties, role, None) for role in roles_of_author]
            author = next((id for id in named if id is not None), None)
            key = f"event/{event.source}/{event.id}" if author is None else f"person/{author}"
            found.setdefault(key, []).append(("event", "data", field))
    if event_type == "case" and data.link is not None and data.link.party is not None:
        found.setdefault(f"person/{data.link.party}", []).append(("event", "data", "link"))
    for number, (ruling, *_) in enumerate(ruled):
        for place, rule in enumerate(ruling.rules):
            for label in rule.facts:
                id = _party_of(label, data, event_type)
                if id is not None:
                    fact: Pointer = ("rulings", number, "rules", place, "facts", label)
                    found.setdefault(f"person/{id}", []).append(fact)
    return found


def _has(data: Any, field: str) -> bool:
    return getattr(data, field) is not None


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


def _cut(key: str, content: bytes, personal: Personal, left: Left) -> list[Section]:
    document = _DECODE(content)
    sections = []
    for name, paths in personal.items():
        taken = [[path, _take(document, path)] for path in paths]
        sections.append(Section(name, _ENCODE(taken)))
    document["left"] = msgspec.to_builtins(left)
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
