"""The sandbox answers like the desk, and nobody can take its permits for real ones."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.samples import desk_in, received, rule, rulebook, sale, submit
from vermilion.desk.history import History
from vermilion.errors import DataError, Error
from vermilion.permit import Verifier, read_unverified
from vermilion.web.problems import Problem, problem_of
from vermilion.web.sandbox import KEY, REFUSALS, SCENES, sandbox_answer
from vermilion.web.served import Served, Told

FACTS: dict[str, Any] = {"price": {"amount": 1, "currency": "CNY"}, "buyer": "b"}
MAPS = {"facts", "features"}
"""Objects whose keys are names of facts."""


def answered(id: str, **changes: Any) -> tuple[int, Any]:
    """Return status and body for an event of that id."""
    status, body = sandbox_answer(received(sale(id, **({"stage": "proposed"} | FACTS | changes))))
    return status, json.loads(body)


def shape(value: Any, name: str = "") -> Any:
    """Return which keys an answer has, at every depth; of a list those of all its items."""
    if isinstance(value, dict) and name not in MAPS:
        return {key: shape(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        merged: Any = None
        for item in value:
            merged = merge(merged, shape(item))
        return [merged]
    return None


def merge(one: Any, other: Any) -> Any:
    """Return the keys that either of two shapes has; what is null or empty in one is the other's."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: merge(one.get(key), other.get(key)) for key in one | other}
    if isinstance(one, list) and isinstance(other, list):
        return [merge(one[0], other[0])]
    return one if other is None else other


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a desk answers to sales that come out like the sandbox's, by the id's prefix."""
    rules = [
        rule("XX-CONDITION", "sale", "amount(price, 'CNY') == 2", verdict="condition"),
        rule("XX-DENY", "sale", "amount(price, 'CNY') == 3"),
        rule("XX-REVIEW", "sale", "amount(price, 'CNY') == 4", verdict="review"),
        rule(
            "XX-MISSING",
            "sale",
            'buyer.kyc.status != "verified"',
            applies_if="amount(price, 'CNY') == 5",
        ),
    ]
    for one in rules:
        quote = "It is forbidden."
        digest = hashlib.sha256(quote.encode()).hexdigest()
        one["citations"][0] |= {"quote": quote, "quote_sha256": digest}
        one["question"] = {"zh": "?", "en": "?"}
    amounts = {"allow": 1, "condition": 2, "deny": 3, "review": 4, "missing": 5}
    folder: Path = tmp_path_factory.mktemp("real")
    with desk_in(folder / "book", rulebook(*rules)) as desk:
        history = History(desk.book)
        served = Served(desk.book, desk, history)
        said: dict[str, Any] = {}
        for prefix, amount in [*amounts.items(), ("duplicate", 1)]:
            id = "allow-1" if prefix == "duplicate" else f"{prefix}-1"
            event = sale(id, stage="proposed", subject=id, **priced(amount))
            (told,) = served.told(submit(desk, event))
            assert isinstance(told, Told)
            said[prefix] = json.loads(told.written)
        (conflict,) = served.told(submit(desk, sale("allow-1", stage="proposed", **priced(9))))
        assert isinstance(conflict, Error)
        said["conflict"] = problem_of(conflict)
        history.close()
    return said


def priced(amount: int) -> dict[str, Any]:
    """Return a price in yuan."""
    return {"price": {"amount": amount, "currency": "CNY"}}


@pytest.mark.parametrize("prefix", SCENES)
def test_shapes_are_the_desks_own(real: dict[str, Any], prefix: str) -> None:
    """Each answer has at each depth the keys, in order, that a real one of its kind has."""
    status, body = answered(f"{prefix}-1", subject="s")
    assert status == 200
    assert list(body) == list(real[prefix])
    wanted, found = shape(real[prefix]), shape(body)
    wanted["decisions"][0]["rules"] = merge(wanted, found)["decisions"][0]["rules"]
    assert found == wanted
    for key in ("status", "standing"):
        assert body[key] == real[prefix][key]
    assert [one["verdict"] for one in body["decisions"]] == [
        one["verdict"] for one in real[prefix]["decisions"]
    ]
    assert (body["permit"] is None) is (real[prefix]["permit"] is None)


@pytest.mark.parametrize("prefix", ["condition", "deny", "review", "missing"])
def test_rules_are_told_as_the_desk_tells_them(real: dict[str, Any], prefix: str) -> None:
    """What hit or was lacking has the keys and kinds of values of a real rule's outcome."""
    (mine,) = answered(f"{prefix}-1")[1]["decisions"][0]["rules"]
    theirs = real[prefix]["decisions"][0]["rules"][0]
    assert list(mine) == list(theirs)
    for key in ("outcome", "verdict", "mode"):
        assert mine[key] == theirs[key]
    assert list(mine["citations"][0]) == list(theirs["citations"][0])
    assert mine["citations"][0]["in_force"].keys() == theirs["citations"][0]["in_force"].keys()
    for key in ("reason", "remedy"):
        assert mine[key].keys() == theirs[key].keys()
    assert (mine["question"] is None) is (theirs["question"] is None)
    lacking = answered(f"{prefix}-1")[1]["decisions"][0]["missing"]
    assert shape(lacking) == shape(real[prefix]["decisions"][0]["missing"])


def test_a_conflict_is_the_desks_own(real: dict[str, Any]) -> None:
    """The problem of a conflict says what a real one says."""
    event = sale("conflict-1", **FACTS)
    status, body = sandbox_answer(received(event))
    said = msgspec.json.decode(body, type=Problem)
    assert (status, said.status, said.code) == (409, 409, real["conflict"].code)
    assert said.detail.replace("conflict-1", "allow-1") == real["conflict"].detail
    assert said.remedy == real["conflict"].remedy


@pytest.mark.parametrize(
    ("prefix", "status", "code"),
    [("conflict", 409, "id_conflict"), ("busy", 503, "overloaded"), ("erased", 410, "erased")],
)
def test_problems(prefix: str, status: int, code: str) -> None:
    """Refusals are problem details with their status, code and remedy."""
    found, body = answered(f"{prefix}-x")
    assert (found, body["status"], body["code"]) == (status, status, code)
    assert body["remedy"]
    assert prefix in REFUSALS


@pytest.mark.parametrize("id", ["order-1", "allow", "allow-", "denY-1", "deny", "条件-1"])
def test_any_other_id_is_allowed(id: str) -> None:
    """What begins with no known word and a hyphen is allowed."""
    status, body = answered(id)
    assert (status, body["standing"]) == (200, "permitted")


@pytest.mark.parametrize("id", ["allow-1", "condition-1", "duplicate-1"])
def test_no_verifier_trusts_a_permit(id: str) -> None:
    """A permit is well formed and for the event, and refused by the key of any book."""
    body = answered(id)[1]
    text = body["permit"]["permit"]
    said = read_unverified(text)
    assert (said.claims.iss, said.claims.jti) == ("sandbox", "sandbox/0")
    assert said.claims.event.digest == body["event"]["digest"]
    claims = Verifier(KEY.permit_public_key).verify(text, said.claims.nbf)
    assert claims == said.claims
    with pytest.raises(DataError) as caught:
        Verifier(bytes(32)).verify(text, said.claims.nbf)
    assert caught.value.code == "permit_key"


@pytest.mark.parametrize("stage", ["settled", "withdrawn"])
def test_only_proposals_get_permits(stage: str) -> None:
    """What settled or was withdrawn is recorded and has no permit, whatever its id."""
    for prefix in SCENES:
        body = answered(f"{prefix}-1", stage=stage)[1]
        assert body["permit"] is None
        assert body["standing"] == {"settled": "recorded"}.get(stage, "withdrawn")


@given(
    st.sampled_from([*SCENES, *REFUSALS, "other"]),
    st.datetimes().filter(lambda one: 1900 <= one.year <= 9000),
)
def test_the_same_event_the_same_bytes(prefix: str, moment: Any) -> None:
    """The answer depends on the event alone, and there is one for every time and id."""
    event = received(sale(f"{prefix}-1", f"{moment.isoformat()}Z", stage="proposed"))
    first = sandbox_answer(event)
    assert sandbox_answer(event) == first
    json.loads(first[1])
