"""Events: what is read, the one form in which they are written, and their digest."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vermilion.facts.canonical import canonical_bytes, canonical_form, event_digest
from vermilion.facts.events import EVENT_TYPES, Event, event_type_of, validity

from .strategies import ALTERNATIVES, MOMENTS, OFFSETS, events, structs_in, values

TIMED = sorted(
    {
        (struct, field)
        for struct in structs_in(Event)
        for field, hint in get_type_hints(struct).items()
        if dt.datetime in {hint, *get_args(hint)}
    },
    key=str,
)
"""Every field that holds a time, with its struct."""

RELEASE = {"action": "release", "parties": {"by": "market:officer:1"}, "reason": "one family"}
NAMED_BY: dict[str, Any] = {
    "event": {"source": "//market.example/orders", "id": "A-1"},
    "cause": "0" * 32,
    "confirms": {"source": "//market.example/desk", "id": "R-1"},
}
NAMED = [set(names) for count in range(4) for names in combinations(NAMED_BY, count)]

decode = msgspec.json.Decoder(Event).decode

SALE: dict[str, Any] = {
    "specversion": "1.0",
    "type": "sale",
    "source": "//market.example/orders",
    "id": "A-1",
    "time": "2024-05-01T10:00:00+08:00",
    "stage": "settled",
    "data": {
        "parties": {"buyer": "market:user:1"},
        "price": {"amount": 1990, "currency": "CNY"},
    },
}


def read(document: dict[str, Any]) -> Any:
    """Decode an event from plain data."""
    return decode(json.dumps(document).encode())


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the sale with one field set, by its dotted path."""
    document: dict[str, Any] = json.loads(json.dumps(SALE))
    *above, last = path.split(".")
    inner = document
    for step in above:
        inner = inner[step]
    inner[last] = value
    return document


def shuffled(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """Return plain data with the keys of every object in another order."""
    if isinstance(value, list):
        return [shuffled(item, draw) for item in value]
    if not isinstance(value, dict):
        return value
    keys = draw(st.permutations(list(value)))
    return {key: shuffled(value[key], draw) for key in keys}


@given(events())
def test_the_canonical_form_is_stable(event: Any) -> None:
    """What is written is read back as the same event, and is written again in the same bytes."""
    written = canonical_bytes(event)
    again = decode(written)
    assert again == event
    assert canonical_bytes(again) == written


@given(events(), st.data())
def test_order_of_keys_and_blanks_do_not_matter(event: Any, data: st.DataObject) -> None:
    """However a line orders its keys and spaces its tokens, the event's bytes are the same."""
    written = canonical_bytes(event)
    document = shuffled(json.loads(written), data.draw)
    again = decode(json.dumps(document, indent=1, ensure_ascii=data.draw(st.booleans())).encode())
    assert canonical_bytes(again) == written


@pytest.mark.parametrize(
    ("struct", "field"), TIMED, ids=[f"{struct.__name__}.{field}" for struct, field in TIMED]
)
@settings(max_examples=20)
@given(moment=MOMENTS, data=st.data())
def test_the_offset_of_a_time_does_not_matter(
    struct: type[msgspec.Struct], field: str, moment: dt.datetime, data: st.DataObject
) -> None:
    """Whatever the offset in which a time is stated, inside it is UTC and written in one way."""
    stated = data.draw(values(struct))
    other = moment.astimezone(data.draw(OFFSETS))
    one, two = (msgspec.structs.replace(stated, **{field: time}) for time in (moment, other))
    assert getattr(one, field).tzinfo is dt.UTC
    assert msgspec.json.encode(one) == msgspec.json.encode(two)


@given(events())
def test_an_object_that_states_nothing_is_left_out(event: Any) -> None:
    """In the one form no fact is an empty object, and putting it into that form again is idle."""
    formed, written = canonical_form(event)
    assert canonical_form(decode(written)) == (formed, written)
    plain = json.loads(written)
    assert not any(value == {} for value in values_of(plain["data"]))


@given(events(), st.data())
def test_bytes_are_equal_where_events_are(event: Any, data: st.DataObject) -> None:
    """Two events are written in the same bytes if and only if they state the same."""
    field = data.draw(st.sampled_from(event.data.__struct_fields__))
    exclusive = field in ALTERNATIVES.get(type(event.data), ())
    assume(not exclusive or getattr(event.data, field) is not None)
    hint = get_type_hints(type(event.data), include_extras=True)[field]
    other = msgspec.structs.replace(event.data, **{field: data.draw(values(hint))})
    (one, written), (two, again) = (
        canonical_form(each) for each in (event, msgspec.structs.replace(event, data=other))
    )
    assert (one == two) == (written == again) == (event_digest(written) == event_digest(again))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.parties", {}),
        ("data.inline", {}),
        ("data.inline", {"parties": [], "works": []}),
        ("data.provenance", {}),
        ("data.provenance", {"price": {}}),
        ("data.settlement", None),
        ("datacontenttype", "application/json"),
        ("subject", None),
    ],
)
def test_saying_nothing_has_one_form(path: str, value: object) -> None:
    """Absent, null and empty objects are one unknown, and the default content type is no news."""
    silent = changed("data.parties", None)
    del silent["data"]["parties"]
    stating = json.loads(json.dumps(silent))
    *above, last = path.split(".")
    (stating[above[0]] if above else stating)[last] = value
    assert canonical_form(read(stating)) == canonical_form(read(silent))


@given(events())
def test_the_canonical_form_is_compact_sorted_json(event: Any) -> None:
    """Other people's JSON tools write the same bytes: keys sorted, no blanks, nulls left out."""
    written = canonical_bytes(event)
    plain = json.loads(written)
    theirs = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert theirs.encode() == written
    assert None not in list(values_of(plain))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "A-2"),
        ("source", "//market.example/other"),
        ("time", "2024-05-01T10:00:00.000001+08:00"),
        ("stage", "proposed"),
        ("subject", "A"),
        ("serial", 7),
        ("corrects", "A-0"),
        ("dataschema", "sale.schema.json"),
        ("type", "payment"),
        ("data.parties.buyer", "market:user:2"),
        ("data.price.amount", 1991),
        ("data.price.currency", "USD"),
        ("data.settlement", []),
        ("data.inline", {"parties": [{"id": "market:user:1"}]}),
        ("data.provenance", {"price": {"confidence": 99}}),
    ],
)
def test_any_other_field_gives_another_digest(path: str, value: object) -> None:
    """Each part of the envelope and of the data counts in the digest."""
    document = changed(path, value)
    if value == "payment":
        del document["data"]["price"], document["data"]["parties"]
    assert digest(read(document)) != digest(read(SALE))


def test_the_digest_is_sha256_of_the_bytes() -> None:
    """Anybody can compute an event's digest with a standard tool."""
    written = canonical_bytes(read(SALE))
    assert event_digest(written) == hashlib.sha256(written).hexdigest()


@pytest.mark.parametrize("path", ["sbject", "data.prize", "data.parties.byer", "data.price.unit"])
def test_unknown_fields_are_refused(path: str) -> None:
    """A misspelt field does not pass for an unknown fact, at any depth."""
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        read(changed(path, None))


@pytest.mark.parametrize("path", ["type", "id", "source", "time", "stage", "data"])
def test_the_envelope_is_required(path: str) -> None:
    """An event without identity, type, time, stage or data is refused."""
    with pytest.raises(msgspec.ValidationError):
        read({key: value for key, value in SALE.items() if key != path})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("time", "2024-05-01T10:00:00"),
        ("time", "2024-05-01"),
        ("time", 1714528800),
        ("time", None),
        ("data.provenance", {"price": {"at": "2024-05-01T10:00:00"}}),
        ("data.inline", {"parties": [{"id": "a", "kyc": {"verified_at": "2024-05-01T10:00:00"}}]}),
    ],
)
def test_a_time_without_offset_is_refused(path: str, value: object) -> None:
    """No moment is guessed from a local time, in the envelope or in the data."""
    with pytest.raises(msgspec.ValidationError):
        read(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", "trade"),
        ("stage", "done"),
        ("specversion", "0.3"),
        ("id", ""),
        ("id", "a" * 513),
        ("data.purpose", "speculation"),
        ("data.settlement", [{"instrument": "cheque"}]),
    ],
)
def test_words_outside_a_vocabulary_are_refused(path: str, value: object) -> None:
    """Closed vocabularies and lengths hold."""
    with pytest.raises(msgspec.ValidationError):
        read(changed(path, value))


@pytest.mark.parametrize("named", NAMED)
def test_a_resolution_names_exactly_one_thing(named: set[str]) -> None:
    """An event, a cause or another's resolution: neither none of them nor two are read."""
    given = {name: value for name, value in NAMED_BY.items() if name in named}
    resolution = {**SALE, "type": "resolution", "data": {**RELEASE, **given}}
    if len(named) == 1:
        assert getattr(read(resolution).data, *named) is not None
    else:
        with pytest.raises(msgspec.ValidationError, match="names one of"):
            read(resolution)


def test_empty_is_not_unknown() -> None:
    """A sale known to have no settlement is another event than one of unknown settlement."""
    assert digest(read(changed("data.settlement", []))) != digest(read(SALE))
    assert digest(read(changed("data.settlement", [{}]))) != digest(
        read(changed("data.settlement", []))
    )


@given(events())
def test_the_type_says_what_the_data_is(event: Any) -> None:
    """An event's written `type` is the name under which its type is found."""
    name = event_type_of(event)
    assert json.loads(canonical_bytes(event))["type"] == name
    assert EVENT_TYPES[name] is type(event)


def test_a_statement_holds_from_its_own_moment() -> None:
    """Validity is what is stated, else from the event's time on without end."""
    event = {**SALE, "type": "party", "data": {"party": {"id": "market:user:1"}}}
    begin, end = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
    stated = {**event, "data": {**event["data"], "valid_from": begin, "valid_until": end}}
    assert validity(read(event)) == (read(event).time, None)
    assert validity(read(stated)) == (
        dt.datetime.fromisoformat(begin),
        dt.datetime.fromisoformat(end),
    )
    assert validity(read(SALE)) == (read(SALE).time, None)


def digest(event: Any) -> str:
    """Return an event's digest."""
    _, written = canonical_form(event)
    return event_digest(written)


def values_of(value: Any) -> Iterator[Any]:
    """Yield every value that stands under a key, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from values_of(item)
    elif isinstance(value, dict):
        for inner in value.values():
            yield inner
            yield from values_of(inner)
