"""What is asked of the desk, and how its answers are read."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.client import Client, DeskUnavailable, answers, calls, flow
from vermilion.client.calls import written
from vermilion.client.flow import Answered, Ask, Attempts, Limits, Pause, Read, Unusable, asked
from vermilion.desk import decision, history
from vermilion.desk.cases import model
from vermilion.desk.loop import answer, issue
from vermilion.errors import DataError, UsageError
from vermilion.facts.events import Event
from vermilion.web import problems
from vermilion.web.api import shapes
from vermilion.web.api import waiting as waiting_api

from .samples import Asker, desk_playing, judged, proposal, reply

SUMMARY = {
    "entry": 3,
    "at": "2026-03-10T04:00:00Z",
    "source": "//test",
    "id": "a",
    "type": "sale",
    "stage": "proposed",
    "subject": None,
    "verdicts": {"cn": "allow"},
}
PERMIT = {"jti": "b/5", "source": "//t", "id": "a", "subject": "a", "expires": "x", "permit": "t"}
MISSING = {"fact": "party.kyc.status", "entity": "b", "events": 7, "cause": "0" * 32, "rule": "R"}
WAITING = {
    "id": "r1",
    "source": "//officers",
    "action": "release",
    "by": "olga",
    "at": "2026-03-10T04:00:00+00:00",
    "until": None,
    "event": ["//t", "a"],
    "cause": None,
}


def test_lists_are_read_to_their_end(asker: Asker) -> None:
    """Page follows page by its cursor, and what was asked for stands in each request."""
    pages = [({"items": [SUMMARY] * 2, "next": "a/b"}), ({"items": [SUMMARY], "next": None})]
    with desk_playing(*[reply(200, one) for one in pages]) as desk:
        found = asker.ask(desk.url, "judgements", source="//test & co", verdict="deny")
    assert [one.entry for one in found] == [3, 3, 3]
    assert [one.line for one in desk.seen] == [
        "GET /v1/judgements?source=%2F%2Ftest+%26+co&verdict=deny&limit=200 HTTP/1.1",
        "GET /v1/judgements?source=%2F%2Ftest+%26+co&verdict=deny&limit=200&cursor=a%2Fb HTTP/1.1",
    ]


def test_missing_facts_are_one_list(asker: Asker) -> None:
    """All pages of missing facts come as one list, in their order."""
    pages = [{"items": [MISSING] * 2, "next": "7.a"}, {"items": [MISSING], "next": None}]
    with desk_playing(*[reply(200, one) for one in pages]) as desk:
        found = asker.ask(desk.url, "missing", limit=2)
    assert [one.entity for one in found] == ["b", "b", "b"]
    assert [one.line for one in desk.seen] == [
        "GET /v1/missing?limit=2 HTTP/1.1",
        "GET /v1/missing?limit=2&cursor=7.a HTTP/1.1",
    ]


def test_the_other_questions(asker: Asker) -> None:
    """Each method asks at its route and reads what is answered there."""
    case = dict.fromkeys(model.Case.__struct_fields__) | {
        "cause": "0" * 32,
        "events": 2,
        "overdue": False,
        **dict.fromkeys(
            ["rulebook", "rule", "outcome", "fact", "entity", "binds", "status", "severity"], "x"
        ),
        **dict.fromkeys(["opened_at", "due_at"], "2026-03-10T04:00:00Z"),
    }
    resolved = {
        "id": "r1",
        "effect": {"effect": "void", "action": "release", "by": ["o"], "void": ["no_reason"]},
        "permits": [PERMIT],
    }
    answered: list[tuple[Any, str, str, tuple[Any, ...], dict[str, Any]]] = [
        (reply(200, PERMIT), "GET /v1/permits/5", "permit", (5,), {}),
        (
            reply(200, {"items": [MISSING], "next": None}),
            "GET /v1/missing?limit=200",
            "missing",
            (),
            {},
        ),
        (
            reply(200, {"items": [WAITING], "next": None}),
            "GET /v1/resolutions/waiting?limit=200",
            "waiting",
            (),
            {},
        ),
        (
            reply(200, {"items": [case], "next": None}),
            "GET /v1/cases?text=price+1&status=open&limit=200",
            "cases",
            (),
            {"status": "open", "text": "price 1"},
        ),
        (
            reply(200, "因为。".encode(), "text/plain; charset=utf-8"),
            "GET /v1/judgements/3/explanation?language=zh",
            "explanation",
            (3, "zh"),
            {},
        ),
        (
            reply(200, resolved),
            "POST /v1/resolutions",
            "resolve",
            ("release", "seen"),
            {"cause": "0" * 32},
        ),
    ]
    with desk_playing(*[one[0] for one in answered]) as desk:
        found = [asker.ask(desk.url, one[2], *one[3], **one[4]) for one in answered]
    assert [one.line for one in desk.seen] == [f"{one[1]} HTTP/1.1" for one in answered]
    permit, missing, waiting, cases, explanation, resolution = found
    assert (permit.jti, permit.permit, permit.problem) == ("b/5", "t", None)
    assert missing[0].events == 7
    assert (waiting[0].by, waiting[0].event) == ("olga", ("//t", "a"))
    assert cases[0].events == 2
    assert explanation == "因为。"
    assert resolution.effect.void == ["no_reason"]


def test_a_judgement_in_types(asker: Asker) -> None:
    """Decisions are read down to the clause, the fact and the words."""
    with desk_playing(judged) as desk:
        found = asker.ask(desk.url, "submit", proposal("missing-1"))
    (one,) = found.decisions
    assert (one.verdict, one.missing[0].fact) == ("review", "party.kyc.status")
    (rule,) = one.rules
    assert (rule.outcome, rule.question.en[:2]) == ("missing", "Is")
    assert rule.citations[0]["instrument"] == "SB-TERMS"
    assert found.standing == "held"


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (answers.Decision, decision.Decision),
        (answers.RuleFound, decision.RuleDecision),
        (answers.MissingFact, decision.MissingFact),
        (answers.RulebookRef, decision.RulebookRef),
        (answers.EventRef, decision.EventRef),
        (answers.Permit, issue.PermitLine),
        (answers.Summary, history.Summary),
        (answers.SentJudged, shapes.Judged),
        (answers.Resolved, shapes.Resolved),
        (answers.Missing, waiting_api.Missing),
        (answers.Waiting, answer.Unconfirmed),
        (answers.Problem, problems.Problem),
    ],
)
def test_types_are_the_desks_own(mine: Any, theirs: Any) -> None:
    """Each type has the fields of the desk's own, so that none is overlooked on either side."""
    assert set(mine.__struct_fields__) == set(theirs.__struct_fields__)


def test_a_case_has_fields_of_the_desks_own() -> None:
    """Of a case the client tells a part."""
    assert set(answers.Case.__struct_fields__) <= set(model.Case.__struct_fields__)


def test_fields_that_are_not_known_are_left_out(asker: Asker) -> None:
    """A desk that tells more than the client knows is understood."""
    with desk_playing(reply(200, PERMIT | {"more": [1]})) as desk:
        assert asker.ask(desk.url, "permit", 5).jti == "b/5"


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example",
        "http://10.0.0.1:8000",
        "https://user@desk.example",
        "https://desk.example?x=1",
        "https://desk.example#x",
        "ftp://desk.example",
        "desk.example",
        "https://",
        "https://desk.example:port",
        "",
    ],
)
def test_a_key_is_not_sent_in_clear(url: str) -> None:
    """Only https, and http on this machine, are addresses for a key."""
    with pytest.raises(UsageError) as caught:
        Client(url, "vk_x")
    assert caught.value.code == "bad_address"


@pytest.mark.parametrize(
    "url",
    [
        "https://desk.example/below/",
        "http://localhost:8000",
        "http://[::1]:8000",
        "http://127.0.0.2",
    ],
)
def test_addresses(url: str) -> None:
    """A desk may lie below a path; http will do on this machine."""
    Client(url, "vk_x").close()


def test_a_key_shows_nowhere() -> None:
    """No error and no representation of a client shows its key."""
    with Client("http://127.0.0.1:9", "vk_secret", attempts=1) as client:
        with pytest.raises(DeskUnavailable) as caught:
            client.missing()
        assert "vk_secret" not in f"{caught.value!r}{caught.value}{client!r}{vars(client)!r}"


@pytest.mark.parametrize(
    "event", [b"{", b"\xff", b"", float, {"x": object()}, {"n": 2**70}, {1: {2}}, {"x": b"\xff"}]
)
def test_what_cannot_be_written(event: Any) -> None:
    """What is no JSON is refused before anything is sent, or written as JSON."""
    try:
        json.loads(written(event))
    except DataError as error:
        assert error.code == "json_syntax"  # noqa: PT017


def test_json_is_sent_in_one_line() -> None:
    """JSON over several lines is the same event in one, with each of its pairs."""
    pretty = b'{\n "id": "a\\nb",\n "id": "c"\n}'
    assert written(pretty) == b'{"id":"a\\nb","id":"c"}'
    typed = msgspec.convert(proposal("p"), Event)
    assert json.loads(written(typed))["id"] == "p"


@given(st.integers(0, 40), st.floats(0, 60), st.integers(1, 10))
def test_pauses_are_bounded(before: int, wish: float, most: int) -> None:
    """No pause is longer than the longest, or than the desk wishes; none is shorter than its wish."""
    attempts = Attempts(Limits(before + most, 1.0))
    attempts._made = before
    try:
        (pause,) = attempts.pause_after(Unusable("x", wish=wish))
    except DeskUnavailable:
        assert most == 1 or wish > flow.LONGEST_WISH
    else:
        assert wish <= pause <= max(wish, flow.LONGEST_PAUSE)


@pytest.mark.parametrize(
    ("said", "least"), [("7", 7.0), ("0", 0.0), ("soon", 0.0), ("-3", 0.0), ("1.5", 0.0)]
)
def test_the_desks_wish_is_heeded(said: str, least: float) -> None:
    """A number of seconds in `Retry-After` is waited; anything else in it is not."""
    steps = asked(calls.permit(1), Limits(3, 1.0))
    assert isinstance(next(steps), Ask)
    assert isinstance(steps.send(Answered(503, {"retry-after": said})), Read)
    pause = steps.send(None)
    assert isinstance(pause, Pause)
    assert pause.seconds == least
    assert isinstance(steps.send(None), Ask)


def test_both_clients_have_the_same_methods() -> None:
    """What one client can do, the other can, with the same parameters."""
    import inspect

    from vermilion.client import AsyncClient

    def public(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert public(Client) == public(AsyncClient)
    assert get_type_hints(Client.submit)["return"] is answers.Judged
