"""The loop over HTTP: held under a cause, answered by two people, permitted, watched, reconciled."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from vermilion.permit import Verifier, parse_key

from .desk import Desk, at, sale

EVENTS = 12


def settled(id: str, **changes: Any) -> dict[str, Any]:
    """Return the settlement of a sale."""
    return sale(id, **changes) | {"id": f"{id}-s", "stage": "settled", "time": at(150)}


def causes(desk: Desk) -> list[dict[str, Any]]:
    """Return the open cases."""
    found: list[dict[str, Any]] = desk.ask("officer", "GET", "/v1/cases?limit=200").json()["items"]
    return found


def resolve(desk: Desk, person: str, path: str = "", **said: Any) -> dict[str, Any]:
    """Answer as a person."""
    answer = desk.ask("officer", "POST", f"/v1/resolutions{path}", person=person, json=said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def release_all(desk: Desk) -> list[dict[str, Any]]:
    """Release every cause by two people, and return the permits that it led to."""
    permits = []
    for case in causes(desk):
        said = {"action": "release", "reason": "checked", "until": at(6_000)}
        first = resolve(desk, "olga", cause=case["cause"], **said)
        assert first["effect"]["effect"] == "waits"
        waiting = desk.ask("officer", "GET", "/v1/resolutions/waiting").json()
        (one,) = [one for one in waiting if one["id"] == first["id"]]
        path = f"/{one['id']}/confirmation"
        said_too = resolve(desk, "petr", path, source=one["source"], reason="seen")
        permits += said_too["permits"]
    return permits


def test_one_answer_of_two_people_frees_all_that_a_cause_holds(desk: Desk) -> None:
    """Many proposals lack the same facts: each gets its permit once both have answered."""
    body = "\n".join(json.dumps(sale(f"s{n}")) for n in range(EVENTS))
    told = desk.ask("platform", "POST", "/v1/events/stream", content=body)
    standing = {json.loads(line)["judged"]["standing"] for line in told.text.splitlines()}
    assert standing == {"held"}
    assert max(case["events"] for case in causes(desk)) == EVENTS
    permits = release_all(desk)
    assert {one["id"] for one in permits} == {f"s{n}" for n in range(EVENTS)}
    assert causes(desk) == []


def test_a_released_event_has_a_permit_that_anybody_verifies(desk: Desk) -> None:
    """The public key is enough, and the permit is the same wherever it is fetched."""
    desk.submit(sale("a"))
    named = {"source": "//market.example/orders", "id": "a"}
    released = resolve(desk, "olga", action="release", reason="checked", event=named)
    (permit,) = released["permits"]
    now = dt.datetime.now(dt.UTC).timestamp()
    verifier = Verifier(parse_key(desk.client.get("/v1/permit-key").text))
    said = verifier.verify(permit["permit"], now, skew_seconds=60)
    again = desk.submit(sale("a")).json()
    assert (again["status"], again["standing"]) == ("duplicate", "permitted")
    assert said.event.digest == again["event"]["digest"]
    number = permit["jti"].rpartition("/")[2]
    read = desk.ask("platform", "GET", f"/v1/permits/{number}").json()
    assert read == again["permit"] == permit


def test_what_settles_is_held_against_its_permit(desk: Desk) -> None:
    """A settlement as proposed is covered, one at another price is found and told at once."""
    desk.submit(sale("a"))
    desk.submit(sale("b"))
    release_all(desk)
    fine = desk.submit(settled("a")).json()
    dear = desk.submit(settled("b", data={"price": {"amount": 9_000, "currency": "CNY"}})).json()
    assert (fine["findings"], len(dear["findings"])) == ([], 1)
    finding = desk.ask("auditor", "GET", f"/v1/judgements/{dear['findings'][0]}").json()
    assert finding["event"]["source"].startswith("vermilion/")
    total = desk.ask("auditor", "GET", "/v1/reconciliation").json()["total"]
    assert (total["settled"], total["covered"], total["unexplained"]) == (2, 1, 1)


def test_one_person_twice_frees_nothing(desk: Desk) -> None:
    """The second of two people is another one."""
    desk.submit(sale("a"))
    cause = causes(desk)[0]["cause"]
    said = {"action": "release", "reason": "fine", "until": at(6_000)}
    first = resolve(desk, "olga", cause=cause, **said)
    again = resolve(
        desk,
        "olga",
        f"/{first['id']}/confirmation",
        source="vermilion:resolutions",
        reason="fine",
    )
    assert again["effect"]["void"] == ["same_person"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"action": "release", "reason": "x"}, "event"),
        (
            {"action": "release", "reason": "x", "cause": "0" * 32, "until": "tomorrow"},
            "until",
        ),
        (
            {"action": "release", "reason": "x", "cause": "0" * 32, "until": "2026-01-01T00:00:00"},
            "until",
        ),
    ],
)
def test_an_unclear_answer_is_refused(shared: Desk, said: dict[str, Any], field: str) -> None:
    """Nothing is recorded, and the field at fault is named."""
    answer = shared.ask("officer", "POST", "/v1/resolutions", json=said)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_cases_are_found_by_text(desk: Desk) -> None:
    """A part of what is seen of a case finds it, open or closed, as it does in the console."""
    desk.submit(sale("a"))
    (one, *others) = causes(desk)
    assert others
    for text in (one["cause"][:12], f" {one['cause'].upper()} "):
        for status in ("", "&status=open"):
            path = f"/v1/cases?text={text}{status}"
            found = desk.ask("officer", "GET", path).json()["items"]
            assert [case["cause"] for case in found] == [one["cause"]]
    for text in (one["title"]["zh"], one["title"]["en"].upper()):
        found = desk.ask("officer", "GET", "/v1/cases", params={"text": text}).json()["items"]
        assert one["cause"] in {case["cause"] for case in found}
        assert {case["title"]["zh"] for case in found} == {one["title"]["zh"]}
    assert desk.ask("officer", "GET", "/v1/cases?text=xyzzy").json()["items"] == []


def test_a_case_is_worked_on(desk: Desk) -> None:
    """Assigned, noted and with a file, all of it is in its journal and in the record."""
    desk.submit(sale("a"))
    cause = causes(desk)[0]["cause"]
    path = f"/v1/cases/{cause}"
    assigned = desk.ask("reviewer", "POST", f"{path}/assignment", json={"assignee": "olga"})
    noted = desk.ask("reviewer", "POST", f"{path}/notes", json={"text": "asked the buyer"})
    scan = desk.ask("reviewer", "POST", f"{path}/attachments?name=scan.png", content=b"\x89PNG")
    assert (assigned.status_code, noted.status_code, scan.status_code) == (201, 201, 201)
    found = desk.ask("auditor", "GET", path).json()
    assert [one["kind"] for one in found["journal"]] == ["assign", "note", "attach"]
    assert found["case"]["assignee"] == "olga"
    file = desk.ask("auditor", "GET", f"{path}/attachments/{scan.json()['sha256']}")
    assert file.content == b"\x89PNG"
    assert file.headers["content-disposition"] == "attachment"
    stored = b"".join(one.read_bytes() for one in desk.path.rglob("*") if one.is_file())
    assert b"\x89PNG" not in stored
    assert b"asked the buyer" not in stored


def test_reading_about_a_party_is_recorded(desk: Desk) -> None:
    """Who read about whom stands in the record before it is read."""
    desk.submit(sale("a"))
    before = desk.ask("auditor", "GET", "/v1/judgements?type=access").json()["items"]
    answer = desk.ask("auditor", "GET", "/v1/things/party?id=market:party:bob")
    after = desk.ask("auditor", "GET", "/v1/judgements?type=access").json()["items"]
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"][0]["id"] == "a"
    assert len(after) == len(before) + 1


def test_pages_are_complete_and_do_not_overlap(desk: Desk) -> None:
    """Every judgement is on one page, newest first."""
    body = "\n".join(json.dumps(sale(f"s{n}")) for n in range(25))
    desk.ask("platform", "POST", "/v1/events/stream", content=body)
    found, cursor = [], ""
    while cursor is not None:
        page = desk.ask("auditor", "GET", f"/v1/judgements?type=sale&limit=10{cursor}").json()
        found += [one["id"] for one in page["items"]]
        cursor = None if page["next"] is None else f"&cursor={page['next']}"
    assert found == [f"s{n}" for n in reversed(range(25))]


def test_an_id_is_looked_for_with_its_source_only(desk: Desk) -> None:
    """Nobody takes another event's judgement for that of an id."""
    desk.submit(sale("a"))
    desk.submit(sale("b"))
    alone = desk.ask("auditor", "GET", "/v1/judgements?id=a")
    assert (alone.status_code, alone.json()["field"]) == (422, "source")
    named = {"source": "//market.example/orders", "id": "a"}
    (found,) = desk.ask("auditor", "GET", "/v1/judgements", params=named).json()["items"]
    assert found["id"] == "a"
    other = desk.ask("auditor", "GET", "/v1/judgements", params=named | {"type": "post"})
    assert other.json()["items"] == []


def test_what_the_customer_is_told_names_no_review(desk: Desk) -> None:
    """Of a held proposal only that it takes time."""
    entry = desk.submit(sale("a")).json()["entry"]
    told = desk.ask("platform", "GET", f"/v1/judgements/{entry}/customer").json()
    assert (told["status"], told["reasons"], told["conditions"]) == ("held", [], [])


def test_health_tells_whether_it_answers(shared: Desk) -> None:
    """Live and ready need no key, and metrics count what was asked by route, not by path."""
    assert shared.client.get("/health/live").text == "live\n"
    assert shared.client.get("/health/ready").text == "ready\n"
    shared.submit(sale("m"))
    told = shared.ask("auditor", "GET", "/metrics").text
    assert 'route="/v1/events",status="200"' in told
    assert "vermilion_up 1.0" in told
