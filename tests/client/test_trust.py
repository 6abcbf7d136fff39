"""Nothing is true without a permit that was verified here, for the event that was submitted."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import msgspec
import pytest

from desk.samples import desk_in, rule, rulebook, submit
from vermilion.client import Judged, Line, trust
from vermilion.client.answers import SentJudged
from vermilion.desk.history import History
from vermilion.errors import UsageError
from vermilion.permit import jwk_of
from vermilion.web.sandbox import KEY as SANDBOX
from vermilion.web.served import Served, Told

from .samples import NDJSON, Asker, desk_playing, judged, proposal, reply

EVENT, OTHER = proposal("p1", subject="p1"), proposal("p2", subject="p2")
DENIED = proposal("p3", price={"amount": 1, "currency": "USD"})
BEGIN = 1_773_115_200
"""Noon of the events, in epoch seconds; permits hold for a day from then."""


class Real(NamedTuple):
    """What a desk answered, and how its permits are verified."""

    answers: dict[str, bytes]
    settings: dict[str, Any]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """Return what a desk answers to two good proposals and one that it denies."""
    book = rulebook(rule("XX-YUAN", "sale", 'price.currency != "CNY"'))
    with desk_in(tmp_path_factory.mktemp("real") / "book", book) as desk:
        history = History(desk.book)
        told = Served(desk.book, desk, history).told(submit(desk, EVENT, OTHER, DENIED))
        history.close()
        answers = {}
        for id, one in zip(("p1", "p2", "p3"), told, strict=True):
            assert isinstance(one, Told)
            answers[id] = one.written
        key = msgspec.json.encode(jwk_of(desk.book.keys.permit_public_key)).decode()
        return Real(answers, {"permit_key": key, "issuer": desk.book.keys.origin})


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, BEGIN + 60)


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set the clock by which permits are verified."""
    monkeypatch.setattr("vermilion.client.trust.time.time", lambda: seconds)


def submitted(asker: Asker, body: bytes | Any, settings: Any, event: Any = EVENT) -> Judged:
    """Submit an event to a desk that answers with a body."""
    with desk_playing(reply(200, body)) as desk:
        found: Judged = asker.ask(desk.url, "submit", event, settings=settings)
    return found


def test_a_good_permit(asker: Asker, real: Real) -> None:
    """A permit of the book that is trusted, for the event that was submitted, makes it true."""
    found = submitted(asker, real.answers["p1"], real.settings)
    assert found
    assert found.claims is not None
    assert (found.claims.event.id, found.doubt) == ("p1", None)


def test_it_is_true_only_while_the_permit_holds(
    asker: Asker, real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answer is not true before its permit begins, nor from its end on."""
    found = submitted(asker, real.answers["p1"], real.settings)
    assert found.claims is not None
    for seconds, holds in [
        (found.claims.nbf - 1, False),
        (found.claims.nbf, True),
        (found.claims.exp - 1, True),
        (found.claims.exp, False),
    ]:
        at(monkeypatch, seconds)
        assert bool(found) is holds
        assert bool(Line(1, found)) is holds
        assert bool(submitted(asker, real.answers["p1"], real.settings)) is holds


def changed(body: bytes, **changes: Any) -> Any:
    """Return an answer with other fields."""
    return json.loads(body) | changes


@pytest.mark.parametrize("how", ["no key", "another key", "another issuer", "the sandbox's key"])
def test_permits_of_others(asker: Asker, real: Real, how: str) -> None:
    """Without the book's own key and name nothing is true."""
    sandbox = msgspec.json.encode(jwk_of(SANDBOX.permit_public_key)).decode()
    settings = {
        "no key": {},
        "another key": {"permit_key": sandbox},
        "another issuer": real.settings | {"issuer": "elsewhere"},
        "the sandbox's key": real.settings,
    }[how]
    if how == "the sandbox's key":
        with desk_playing(judged) as desk:
            found = asker.ask(desk.url, "submit", EVENT, settings=settings)
    else:
        found = submitted(asker, real.answers["p1"], settings)
    assert not found
    assert found.permit is not None
    assert found.doubt


def test_the_permit_of_another_event(asker: Asker, real: Real) -> None:
    """A good permit for another event, or for this one with other facts, is none for this one."""
    other = json.loads(real.answers["p2"])
    mine = json.loads(real.answers["p1"])
    for body in (
        other,
        changed(real.answers["p1"], permit=other["permit"]),
        changed(real.answers["p2"], event=mine["event"]),
    ):
        assert not submitted(asker, body, real.settings)
    dearer = proposal("p1", subject="p1", price={"amount": 2, "currency": "CNY"})
    assert not submitted(asker, mine, real.settings, dearer)
    assert submitted(asker, mine, real.settings, json.dumps(EVENT, indent=2).encode())


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"nbf": 0, "exp": 10**12}},
        {"claims": {"nbf": 0, "exp": 10**12}, "permit": None},
        {"standing": "permitted", "permit": None},
        {"doubt": None, "permit": None},
    ],
)
def test_what_the_desk_says_of_itself_counts_for_nothing(
    asker: Asker, real: Real, lie: dict[str, Any]
) -> None:
    """No field of an answer makes it true; only the permit's signature does."""
    body = changed(real.answers["p3"], **lie)
    found = submitted(asker, body, real.settings, DENIED)
    assert not found
    assert found.claims is None


def test_an_altered_permit(asker: Asker, real: Real) -> None:
    """A permit of which one character is another is none."""
    body = json.loads(real.answers["p1"])
    text = body["permit"]["permit"]
    for place in (5, len(text) // 2, len(text) - 2):
        flipped = "A" if text[place] != "A" else "B"
        body["permit"]["permit"] = text[:place] + flipped + text[place + 1 :]
        assert not submitted(asker, body, real.settings)


def test_a_denial_is_never_true(asker: Asker, real: Real) -> None:
    """What was denied has no permit."""
    found = submitted(asker, real.answers["p3"], real.settings, DENIED)
    assert not found
    assert (found.standing, found.doubt) == ("denied", "there is no permit")


def test_what_cannot_be_read_here_is_not_true(asker: Asker, real: Real) -> None:
    """An event that this version does not know cannot be held against a permit."""
    found = submitted(asker, real.answers["p1"], real.settings, EVENT | {"new": 1})
    assert not found
    assert found.doubt == "the event cannot be held against the permit"


def test_a_recorded_judgement(asker: Asker, real: Real) -> None:
    """Read by its entry, it is true for the event that it names, and for no other."""
    body = json.loads(real.answers["p1"])
    with desk_playing(reply(200, body)) as desk:
        found = asker.ask(desk.url, "judgement", 3, settings=real.settings)
        assert desk.seen[0].line == "GET /v1/judgements/3 HTTP/1.1"
    assert found
    body["event"]["id"] = "p9"
    with desk_playing(reply(200, body)) as desk:
        assert not asker.ask(desk.url, "judgement", 3, settings=real.settings)


def test_lines_of_a_stream(asker: Asker, real: Real) -> None:
    """A line is true while its own event's permit holds; answers that were swapped are not."""
    said = [real.answers[id] for id in ("p1", "p2", "p3")]
    lines = b"".join(b'{"line":%d,"judged":%b}\n' % one for one in enumerate(said, 1))
    swapped = b"".join(b'{"line":%d,"judged":%b}\n' % one for one in enumerate(said[1::-1], 1))
    with desk_playing(reply(200, lines, NDJSON), reply(200, swapped, NDJSON)) as desk:
        events = [EVENT, OTHER, DENIED]
        found = asker.ask(desk.url, "submit_stream", events, settings=real.settings)
        assert [bool(one) for one in found] == [True, True, False]
        found = asker.ask(desk.url, "submit_stream", events[:2], settings=real.settings)
        assert [bool(one) for one in found] == [False, False]
    assert not Line(1)


def test_no_answer_without_verification_can_be_true(real: Real) -> None:
    """What the desk sends has no truth of its own to be mistaken for a permit."""
    sent = msgspec.json.decode(real.answers["p1"], type=SentJudged)
    assert not isinstance(sent, Judged)
    assert not trust.Trust(None, None).judged(sent, sent.event.digest)


def test_a_bad_key_is_told_at_once() -> None:
    """A key that is none is refused when the client is made."""
    from vermilion.client import Client

    with pytest.raises(UsageError) as caught:
        Client("https://desk.example", "vk_x", permit_key="{}")
    assert caught.value.code == "bad_key"
