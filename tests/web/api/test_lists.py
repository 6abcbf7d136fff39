"""A list that an admin adds while the desk judges counts from then on, and is in the record."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from vermilion.errors import StorageError
from vermilion.web import watch_lists
from vermilion.web.service import Service
from vermilion.web.watch_lists import Screener

from .desk import Desk, at, sale, served

LIST = b"id,type,name\ne1,person,Bob Smith\n"
OTHER = b"id,type,name\ne2,person,Ann Lee\n"
DAY = "date=2026-02-01"


def bob() -> dict[str, Any]:
    """Return the statement of a party called Bob Smith."""
    return {
        "specversion": "1.0",
        "type": "party",
        "source": "//market.example/people",
        "id": "bob",
        "time": at(),
        "stage": "settled",
        "data": {"party": {"id": "market:party:bob", "name": "Bob Smith"}},
    }


def add(desk: Desk, content: bytes = LIST, query: str = DAY, name: str = "un") -> Any:
    """Add a list as an admin."""
    return desk.ask("admin", "POST", f"/v1/lists/{name}?{query}", content=content)


def verdict(desk: Desk, id: str) -> str:
    """Return how a sale to Bob stands."""
    return str(desk.submit(sale(id)).json()["standing"])


def lists(desk: Desk) -> Any:
    """Return what is in force once nobody is being screened."""
    until = time.monotonic() + 30
    while (said := desk.ask("officer", "GET", "/v1/lists").json())["screening"]:
        assert time.monotonic() < until
        time.sleep(0.01)
    return said


def test_a_list_counts_from_its_answer_on(desk: Desk) -> None:
    """Whom it names is denied from the next event on, and no longer once it is taken out."""
    desk.submit(bob())
    assert verdict(desk, "before") == "held"
    added = add(desk)
    assert added.status_code == 201, added.text
    assert (added.json()["in_force"], added.json()["list"]["names"]) == (True, 1)
    assert verdict(desk, "while") == "denied"
    assert add(desk, OTHER, "date=2026-03-01").status_code == 201
    assert verdict(desk, "replaced") == "held"
    assert desk.ask("admin", "POST", "/v1/lists/un/removal").status_code == 204
    assert lists(desk)["items"] == []
    again = desk.ask("admin", "POST", "/v1/lists/un/removal")
    assert (again.status_code, again.json()["code"]) == (404, "list_unknown")


def test_who_is_known_is_screened_beside(desk: Desk) -> None:
    """Parties that were stated before get a statement by the book with what the list says."""
    desk.submit(bob())
    add(desk)
    said = lists(desk)
    assert (said["screened"]["parties"], said["screened"]["changes"]) == (1, 1)
    found = desk.ask("auditor", "GET", "/v1/things/party?id=market:party:bob").json()
    assert found["thing"]["holds"]["list_matches"][0]["list"] == "un"


def test_it_is_there_after_a_restart_and_screens_then_too(tmp_path: Path) -> None:
    """The list is durable, who was left unscreened by a stop is screened after the next start."""
    with served(tmp_path / "book") as desk:
        add(desk)
        lists(desk)
        desk.submit(bob())
    with served(tmp_path / "book") as desk:
        said = lists(desk)
        assert [one["id"] for one in said["items"]] == ["un"]
        assert verdict(desk, "after") == "denied"
        until = time.monotonic() + 30
        while lists(desk)["screened"] is None and time.monotonic() < until:
            time.sleep(0.01)
        assert lists(desk)["screened"]["changes"] == 1


def test_who_added_it_is_recorded(desk: Desk) -> None:
    """The record has who asked before it has the list."""
    add(desk)
    lists(desk)
    found = desk.ask("auditor", "GET", "/v1/judgements?limit=20").json()["items"]
    assert [one["type"] for one in found if one["type"] in {"list", "access"}] == ["list", "access"]
    assert desk.ask("admin", "POST", "/v1/lists/un/removal").status_code == 204
    found = desk.ask("auditor", "GET", "/v1/judgements?limit=2").json()["items"]
    assert [one["type"] for one in found] == ["list", "access"]


def test_what_cannot_be_recorded_is_not_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can say who asked, no list comes in force and none is taken out."""
    add(desk)

    async def fails(*_: object) -> None:
        raise StorageError("record_failed", "no space left on device")

    monkeypatch.setattr(watch_lists, "record_change", fails)
    assert add(desk, OTHER, "date=2026-03-01").status_code == 503
    assert desk.ask("admin", "POST", "/v1/lists/un/removal").status_code == 503
    assert [one["date"] for one in lists(desk)["items"]] == ["2026-02-01"]


def test_a_screening_that_fails_is_not_forgotten() -> None:
    """It is still under way for whoever asks, and begins anew when it is gone on with."""

    class Failing:
        calls = 0

        async def call(self, _: object) -> object:
            self.calls += 1
            if self.calls == 1:
                return ["a list"]
            raise StorageError("list_lost", "the list is gone")

    screener = Screener(cast("Service", Failing()))
    with pytest.raises(StorageError):
        asyncio.run(screener.run())
    assert screener.under_way


@pytest.mark.parametrize(
    ("content", "query", "code"),
    [
        (b"nothing that is a list", DAY, "list_unreadable"),
        (b"id,name\n", DAY, "list_empty"),
        (LIST, "version=1", "list_undated"),
        (LIST, f"{DAY}&begins=tomorrow", "bad_time"),
        (LIST, f"{DAY}&format=pdf", None),
        (LIST, "date=0001-01-01", "list_heading"),
        (LIST, "date=9999-12-31", "list_heading"),
        (LIST, f"{DAY}&begins=0001-01-01T00:00:00%2B14:00", "bad_time"),
        (LIST, f"{DAY}&begins=9999-12-31T00:00:00Z", "bad_time"),
        (LIST, f"{DAY}&version=%1b[2J", "list_heading"),
    ],
)
def test_what_is_no_list_is_refused(
    shared: Desk, content: bytes, query: str, code: str | None
) -> None:
    """Nothing of it is in force, and the answer says what is wrong."""
    answer = add(shared, content, query)
    assert 400 <= answer.status_code < 500, answer.text
    assert code is None or answer.json()["code"] == code
    assert "/tmp" not in answer.text
    assert lists(shared)["items"] == []


def test_a_list_of_another_day_is_not_in_force_yet(desk: Desk) -> None:
    """A version that begins later is recorded and counts for nobody now."""
    added = add(desk, query=f"{DAY}&begins=2999-01-01T00:00:00Z").json()
    assert (added["in_force"], added["list"]["id"]) == (False, "un")
    desk.submit(bob())
    assert verdict(desk, "today") == "held"


@pytest.mark.parametrize("name", ["%00", "a%0Ab", "%1B[31m", "%20", "x" * 513])
def test_a_name_can_be_shown(shared: Desk, name: str) -> None:
    """Nothing that steers a terminal, or that nobody sees, is a list's name in the record."""
    answer = add(shared, name=name)
    assert 400 <= answer.status_code < 500, answer.text
    assert lists(shared)["items"] == []


def test_two_admins_take_a_list_out_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second finds it done; the record says it once."""
    add(desk)
    lists(desk)
    record = watch_lists.record_change

    async def slowly(*asked: Any) -> None:
        await record(*asked)
        await asyncio.sleep(0.05)  # so that the other one asks too

    monkeypatch.setattr(watch_lists, "record_change", slowly)
    with ThreadPoolExecutor(4) as pool:
        ask = [pool.submit(desk.ask, "admin", "POST", "/v1/lists/un/removal") for _ in range(4)]
        assert {one.result().status_code for one in ask} <= {204, 404}
    found = desk.ask("auditor", "GET", "/v1/judgements?type=list&limit=20").json()["items"]
    assert len(found) == 2


def test_two_admins_add_a_list_at_once(desk: Desk) -> None:
    """Both are answered, and it is kept whole."""
    many = b"id,type,name\n" + b"".join(b"e%d,person,Name %d\n" % (n, n) for n in range(2_000))
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(add, desk, many) for _ in range(4)]
        assert [one.result().status_code for one in asked] == [201] * 4
    said = lists(desk)
    assert [one["entries"] for one in said["items"]] == [2_000]
