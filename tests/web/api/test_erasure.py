"""An admin erases somebody while the desk judges, and the record says so."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from .desk import Desk, at, sale

DESPITE = {"ground": "requested", "despite_retention": True, "reference": "dpo-4"}


def state(desk: Desk, person: str = "market:party:bob", **facts: Any) -> None:
    """Let somebody be known."""
    said = {"specversion": "1.0", "type": "party", "source": "//market.example/people"}
    said |= {"id": f"p-{person}-{len(facts)}", "time": at(), "stage": "settled"}
    assert desk.submit(
        said | {"data": {"party": {"id": person, "name": "Bob", **facts}}}
    ).is_success


def erase(desk: Desk, person: str = "market:party:bob", **body: Any) -> Any:
    """Ask for an erasure as an admin."""
    path = f"/v1/parties/{quote(person, safe='')}/erasure"
    return desk.ask("admin", "POST", path, json=body or DESPITE)


def records(desk: Desk, kind: str) -> list[dict[str, Any]]:
    """Return the judgements of a type, newest first."""
    found = desk.ask("auditor", "GET", f"/v1/judgements?type={kind}").json()["items"]
    return [one for one in found if isinstance(one, dict)]


def test_what_was_known_is_gone(desk: Desk) -> None:
    """The answer says what is recorded, and from then on nothing is told of the person but that."""
    state(desk)
    desk.submit(sale("a"))
    done = erase(desk)
    assert done.status_code == 200, done.text
    said = done.json()
    assert (said["person"], said["ground"], said["keys"]) == ("market:party:bob", "requested", 1)
    assert {one["parameter"] for one in said["retention"]} >= {"keep_identity_months"}
    found = desk.ask("auditor", "GET", "/v1/things/party?id=market:party:bob").json()["thing"]
    assert (found["holds"], found["erasures"]) == ({}, [said])
    again = erase(desk)
    assert (again.status_code, again.json()["code"]) == (409, "erased_already")
    assert desk.submit(sale("b")).status_code == 200


def test_that_it_was_asked_for_is_recorded(desk: Desk) -> None:
    """Also what is refused is an access of the admin's, before it is done."""
    state(desk)
    assert erase(desk, ground="requested").json()["code"] == "must_be_kept"
    assert len(records(desk, "access")) == 1
    assert records(desk, "erasure") == []
    assert erase(desk).status_code == 200
    assert len(records(desk, "access")) == 2
    assert len(records(desk, "erasure")) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ground": "requested"}, 409, "must_be_kept"),
        ({"ground": "requested", "despite_retention": True}, 400, "reference_lacking"),
        ({"ground": "requested", "relationship_ended": "9999-01-01"}, 400, "bad_date"),
        ({"ground": "whim"}, 400, "bad_request"),
        ({"reference": "x"}, 400, "bad_request"),
        ({"ground": "requested", "by": "eve"}, 400, "bad_request"),
        ({"ground": "requested", "reference": "x" * 200}, 400, "bad_request"),
    ],
)
def test_what_is_refused(desk: Desk, body: dict[str, Any], status: int, code: str) -> None:
    """It is told with its code, and nobody is erased."""
    state(desk)
    answer = erase(desk, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    found = desk.ask("auditor", "GET", "/v1/things/party?id=market:party:bob").json()["thing"]
    assert found["holds"]["name"] == "Bob"


def test_nobody_is_known_by_that_id(desk: Desk) -> None:
    """An id of which nothing is held is not found."""
    answer = erase(desk, "market:party:none")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_person")


@pytest.mark.parametrize("person", ["eip155:1:0xabc", "王芳 #1?", "a;b=1"])
def test_ids_of_any_script(desk: Desk, person: str) -> None:
    """Whatever an id is written in, it is reached in the address."""
    state(desk, person)
    done = erase(desk, person)
    assert done.status_code == 200, done.text
    assert done.json()["person"] == person
