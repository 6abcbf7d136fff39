"""What waits for people is told whole or page by page, in one order."""

from __future__ import annotations

from typing import Any

import pytest

from .desk import Desk, at, sale

MISSING, WAITING = "/v1/missing", "/v1/resolutions/waiting"


def filled(desk: Desk) -> None:
    """Have facts wanted by different numbers of events, and an answer to each for a second person."""
    for n in range(4):
        desk.submit(sale(f"s{n}", data={"token": f"chain:c/{n % 2}"}))
    for case in desk.ask("officer", "GET", "/v1/cases?limit=200").json()["items"]:
        said = {"action": "release", "reason": "seen", "cause": case["cause"], "until": at(6_000)}
        assert desk.ask("officer", "POST", "/v1/resolutions", json=said).status_code == 200


def ask(desk: Desk, path: str, **query: Any) -> Any:
    """Return what an auditor is told."""
    answer = desk.ask("auditor", "GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(desk: Desk, path: str, limit: int) -> list[Any]:
    """Read a list page by page."""
    found, query = [], {"limit": limit}
    while True:
        page = ask(desk, path, **query)
        assert 1 <= len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]


@pytest.mark.parametrize("path", [MISSING, WAITING])
def test_pages_are_the_whole_list(desk: Desk, path: str) -> None:
    """Whatever the size of a page, all of them are the list that comes without cursor and size."""
    filled(desk)
    whole = ask(desk, path)
    assert isinstance(whole, list)
    assert len(whole) > 2
    for limit in (1, 2, len(whole) - 1, len(whole), 200):
        assert read(desk, path, limit) == whole


def test_what_most_wait_for_and_what_waits_longest_come_first(desk: Desk) -> None:
    """Missing facts are in the order of how many events wait, resolutions of when they were made."""
    filled(desk)
    counts = [one["events"] for one in read(desk, MISSING, 1)]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) > 1
    moments = [one["at"] for one in read(desk, WAITING, 1)]
    assert moments == sorted(moments)


def test_a_cursor_alone_brings_a_page(desk: Desk) -> None:
    """With a cursor and no size the answer is a page of the 50 that follow."""
    filled(desk)
    for path in (MISSING, WAITING):
        first = ask(desk, path, limit=1)
        rest = ask(desk, path, cursor=first["next"])
        assert first["items"] + rest["items"] == ask(desk, path)[:51]


def test_a_page_follows_also_where_its_last_item_went(desk: Desk) -> None:
    """Where what a page ended with is answered meanwhile, the next page begins behind its place."""
    filled(desk)
    whole = ask(desk, WAITING)
    first = ask(desk, WAITING, limit=2)
    said = {"source": whole[1]["source"], "reason": "seen"}
    path = f"/v1/resolutions/{whole[1]['id']}/confirmation"
    assert desk.ask("officer", "POST", path, person="petr", json=said).status_code == 200
    rest = ask(desk, WAITING, cursor=first["next"], limit=200)["items"]
    assert rest == [one for one in whole[2:] if one in ask(desk, WAITING)]
    assert rest


@pytest.mark.parametrize(("path", "of"), [(MISSING, "missing"), (WAITING, "waiting")])
@pytest.mark.parametrize(
    "cursor", ["x", "1.2." + "0" * 32, "1." + "0" * 31, "9" * 400 + "." + "0" * 32]
)
def test_a_cursor_of_no_page_is_refused(desk: Desk, path: str, of: str, cursor: str) -> None:
    """What is no place in the list is told as such."""
    answer = desk.ask("auditor", "GET", path, params={"cursor": f"{of}.{cursor}"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_a_cause_that_was_never_seen_is_no_place(desk: Desk) -> None:
    """A cursor of missing facts names a cause of this book."""
    answer = desk.ask("auditor", "GET", MISSING, params={"cursor": "missing.1." + "0" * 32})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


PAGED = (
    MISSING,
    WAITING,
    "/v1/cases",
    "/v1/cases?status=closed",
    "/v1/judgements",
    "/v1/things/party?id=ann",
    "/v1/market/findings",
    "/v1/parked",
)


def test_a_cursor_leads_on_in_its_own_list_alone(desk: Desk) -> None:
    """Every other list refuses it, and says so; only lists that are served here make cursors."""
    filled(desk)

    def page(path: str, asked: str) -> Any:
        return desk.ask("auditor", "GET", f"{path}{'&' if '?' in path else '?'}{asked}")

    cursors = {}
    for path in PAGED:
        answer = page(path, "limit=1")
        if answer.status_code == 200 and answer.json()["next"] is not None:
            cursors[path] = answer.json()["next"]
    assert {MISSING, WAITING, "/v1/cases", "/v1/judgements"} <= set(cursors)
    for of, cursor in cursors.items():
        for path in PAGED:
            answer = page(path, f"cursor={cursor}")
            if path == of:
                assert answer.status_code == 200
            else:
                assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), path


def test_the_description_has_both_answers(shared: Desk) -> None:
    """OpenAPI tells the page and the list, and that a page has at most 200 items."""
    paths = shared.client.get("/schema/openapi.json").json()["paths"]
    for path in (MISSING, WAITING):
        said = paths[path]["get"]
        shapes = said["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"]
        assert {one.get("type", "page") for one in shapes} == {"array", "page"}
        limits = {one["name"]: one["schema"] for one in said["parameters"]}
        assert set(limits) == {"cursor", "limit"}
        assert "200" in str(limits["limit"])
