"""Cases are linked over the interface by those who work on them, and by nobody else."""

from __future__ import annotations

import pytest

from .desk import ROLES, Desk, at, sale

BOB = {"party": "market:party:bob"}


def two(desk: Desk) -> tuple[str, str]:
    """Return the addresses of two cases."""
    desk.submit(sale("a"))
    desk.submit(sale("b", data={"token": "chain:c/2"}))
    found = desk.ask("officer", "GET", "/v1/cases").json()["items"]
    assert len(found) > 1
    return found[0]["cause"], found[1]["cause"]


def links(desk: Desk, cause: str) -> list[tuple[str, str, str]]:
    """Return what a case is linked to."""
    found = desk.ask("auditor", "GET", f"/v1/cases/{cause}").json()["links"]
    return [(one["relation"], one["kind"], one["id"]) for one in found]


def test_both_cases_show_a_link_until_it_is_taken_back(desk: Desk) -> None:
    """An officer links, both cases show it, a reviewer takes it back, and the record has both."""
    one, other = two(desk)
    made = desk.ask("officer", "POST", f"/v1/cases/{one}/links", json={"follows_from": other})
    assert made.status_code == 201, made.text
    assert links(desk, one) == [("follows_from", "case", other)]
    assert links(desk, other) == [("leads_to", "case", one)]
    path = f"/v1/cases/{other}/links/{made.json()['entry']}/removal"
    assert desk.ask("reviewer", "POST", path).status_code == 201
    assert links(desk, one) == links(desk, other) == []
    assert desk.ask("reviewer", "POST", path).json()["code"] == "unknown_link"
    kinds = desk.ask("auditor", "GET", "/v1/judgements?type=case").json()["items"]
    assert len(kinds) == 2


def test_a_party_shows_the_cases_about_it(desk: Desk) -> None:
    """What is read of a party has the cases that people linked to it, with how they stand."""
    cause, _ = two(desk)
    assert desk.ask("officer", "POST", f"/v1/cases/{cause}/links", json=BOB).status_code == 201
    told = desk.ask("auditor", "GET", f"/v1/things/party?id={BOB['party']}").json()["cases"]
    assert [(one["id"], one["case"]["status"]) for one in told] == [(cause, "open")]


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"party": "market:party:nobody"}, 404, "unknown_thing"),
        ({"finding": "0" * 64}, 404, "unknown_thing"),
        ({"duplicate": "0" * 32}, 404, "unknown_case"),
        ({"duplicate": "x"}, 400, None),
        ({}, 400, None),
        (BOB | {"token": "chain:c/1"}, 400, None),
    ],
)
def test_only_what_is_known_is_linked(
    desk: Desk, said: dict[str, str], status: int, code: str | None
) -> None:
    """What the book does not know, or no link, is refused, and the case has no link."""
    cause, _ = two(desk)
    answer = desk.ask("officer", "POST", f"/v1/cases/{cause}/links", json=said)
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code
    assert links(desk, cause) == []


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ({"party": "market:party:nobody"}, 1),
        (BOB, 1),
        ({"finding": "0" * 64}, 1),
        ({"work": "nothing"}, 0),
        ({"duplicate": "0" * 32}, 0),
    ],
)
def test_to_ask_for_somebody_by_a_link_is_recorded(
    desk: Desk, said: dict[str, str], reads: int
) -> None:
    """Known or not, who asked about a party or finding stands in the record, as when it is read."""
    cause, _ = two(desk)
    desk.ask("officer", "POST", f"/v1/cases/{cause}/links", json=said)
    found = desk.ask("auditor", "GET", "/v1/judgements?type=access").json()["items"]
    assert len(found) == reads


def test_only_who_works_on_cases_links_them(desk: Desk) -> None:
    """Officers and reviewers may; a platform, an auditor, an admin and a sandbox may not."""
    cause, _ = two(desk)
    told = {
        role: desk.ask(role, "POST", f"/v1/cases/{cause}/links", json=BOB).status_code
        for role in ROLES
    }
    assert {role for role, status in told.items() if status == 201} == {"officer", "reviewer"}
    assert {told[role] for role in ("platform", "auditor", "admin", "sandbox")} == {403}


def test_a_link_answers_nothing(desk: Desk) -> None:
    """A second officer's link confirms no answer, and a duplicate of an answered case stays open."""
    one, other = two(desk)
    said = {"action": "refuse", "reason": "seen", "cause": one, "until": at(60 * 24 * 5)}
    assert desk.ask("officer", "POST", "/v1/resolutions", json=said).status_code == 200
    link = {"duplicate": other}
    desk.ask("officer", "POST", f"/v1/cases/{one}/links", json=link, person="oskar")
    status = {
        cause: desk.ask("auditor", "GET", f"/v1/cases/{cause}").json()["case"]["status"]
        for cause in (one, other)
    }
    assert status == {one: "waiting_confirmation", other: "open"}


def test_a_long_journal_is_read_to_its_beginning(desk: Desk) -> None:
    """Asked for what comes before, page after page, every entry comes once."""
    cause, _ = two(desk)
    path = f"/v1/cases/{cause}"
    for n in range(53):
        desk.ask("officer", "POST", f"{path}/notes", json={"text": f"n{n}"})
    last = desk.ask("auditor", "GET", path).json()
    assert (len(last["journal"]), last["earlier"]) == (50, 3)
    begin = desk.ask("auditor", "GET", f"{path}?before={last['journal'][0]['entry']}").json()
    texts = [one["text"] for one in begin["journal"] + last["journal"]]
    assert (texts, begin["earlier"]) == ([f"n{n}" for n in range(53)], 0)
