"""What is parked is shown with its reason, tried again or dropped by an admin, and recorded."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client.samples import desk_playing, reply
from vermilion.errors import StorageError
from vermilion.pages.words import LANGUAGES
from vermilion.web.access import Access
from vermilion.web.access.passwords import Cost
from vermilion.web.settings import ServeSettings
from vermilion.web.webhooks import Webhooks
from vermilion.web.webhooks.outbox import Queued
from web.api.desk import ROLES, Desk, served
from web.console.pages import faults

from .samples import settings, subscription, telling

PASSWORD = "a long sentence of cinnabar 7"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Serve a book whose one receiver takes everything from now on."""
    with desk_playing(reply(200, b"")) as receiver:
        port = int(receiver.url.rsplit(":", 1)[1])
        with served(tmp_path / "book", ServeSettings(webhooks=settings(subscription(port)))) as one:
            yield one


def hooks(desk: Desk) -> Webhooks:
    """Return the application's webhooks."""
    found: Webhooks = desk.client.app.state.webhooks  # type: ignore[attr-defined]
    return found


def park(desk: Desk, count: int, name: str = "shop") -> list[int]:
    """Park messages of a subscription, as after a day of failures; return their numbers."""
    outbox = hooks(desk).outbox
    queued = [Queued(name, f"msg_{name}{n}", "event.freed", b"{}") for n in range(count)]
    outbox.put(queued, 1_000.0)
    while (message := outbox.first(name)) is not None:
        outbox.failed(message.number, "answered 500", park=True)
    return [one.number for one in outbox.parked() if one.subscription == name]


def parked(desk: Desk, query: str = "") -> Any:
    """Return what is parked, as an auditor reads it."""
    return desk.ask("auditor", "GET", f"/v1/parked{query}").json()


def recorded(desk: Desk) -> int:
    """Return how many changes and reads the record has."""
    return len(desk.ask("auditor", "GET", "/v1/judgements?type=access").json()["items"])


def test_what_is_parked_is_listed_with_its_reason(desk: Desk) -> None:
    """Pages hold each message once, with attempts and why, and nothing of what it tells."""
    park(desk, 5)
    first = parked(desk, "?limit=3")
    rest = parked(desk, f"?limit=3&cursor={first['next']}")
    found = first["items"] + rest["items"]
    assert [one["id"] for one in found] == [f"msg_shop{n}" for n in range(5)]
    assert {(one["attempts"], one["problem"]) for one in found} == {(1, "answered 500")}
    assert rest["next"] is None
    assert "body" not in found[0]
    (endpoint,) = desk.ask("auditor", "GET", "/v1/webhooks").json()
    assert (endpoint["name"], endpoint["parked"]) == ("shop", 5)
    assert "hooks" not in endpoint["receiver"]


def test_one_is_tried_again_and_delivered(desk: Desk) -> None:
    """What an admin has tried again reaches the receiver; the others stay, and the record has it."""
    one, other = park(desk, 2)
    before = recorded(desk)
    assert desk.ask("admin", "POST", f"/v1/parked/{one}/resumption").status_code == 204
    assert [each["number"] for each in parked(desk)["items"]] == [other]
    until = time.monotonic() + 20
    while hooks(desk).counts()["shop"].waiting and time.monotonic() < until:
        time.sleep(0.01)
    (endpoint,) = desk.ask("auditor", "GET", "/v1/webhooks").json()
    assert (endpoint["waiting"], endpoint["parked"], endpoint["delivered"]) == (0, 1, 1)
    assert recorded(desk) == before + 1


def test_all_are_tried_again_and_one_dropped(desk: Desk) -> None:
    """A drop is for good, the rest is resumed, each of both is recorded, and a number is used once."""
    one, *_ = park(desk, 3)
    before = recorded(desk)
    assert desk.ask("admin", "POST", f"/v1/parked/{one}/removal").status_code == 204
    again = desk.ask("admin", "POST", f"/v1/parked/{one}/removal")
    assert (again.status_code, again.json()["code"]) == (404, "unknown_message")
    done = desk.ask("admin", "POST", "/v1/webhooks/shop/resumption")
    assert (done.status_code, done.json()) == (200, {"messages": 2})
    assert parked(desk)["items"] == []
    assert recorded(desk) == before + 2


def test_what_is_tried_again_meanwhile_is_not_dropped(desk: Desk) -> None:
    """Of two admins the one who drops comes too late: a message under way is not lost."""
    (number,) = park(desk, 1, "gone")
    outbox = hooks(desk).outbox
    outbox.retry(number, 1_000.0)
    hooks(desk).give_up(number)
    assert outbox.first("gone") is not None
    outbox.failed(number, "answered 500", park=True)
    hooks(desk).give_up(number)
    assert outbox.counts() == {}


def test_what_cannot_be_recorded_is_not_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can say who asked, nothing is tried again and nothing dropped."""
    (number,) = park(desk, 1)

    async def fails(*_: object) -> None:
        raise StorageError("record_failed", "no space left on device")

    monkeypatch.setattr("vermilion.web.delivering.record_change", fails)
    acts = (f"parked/{number}/removal", f"parked/{number}/resumption", "webhooks/shop/resumption")
    assert [desk.ask("admin", "POST", f"/v1/{act}").status_code for act in acts] == [503] * 3
    assert hooks(desk).counts()["shop"] == (0, 1)


def test_nothing_is_tried_where_nobody_is_told(desk: Desk) -> None:
    """What waits for a name that the settings have no longer can be dropped, and not tried."""
    (number,) = park(desk, 1, "gone")
    for path in ("/v1/webhooks/gone/resumption", f"/v1/parked/{number}/resumption"):
        answer = desk.ask("admin", "POST", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_webhook")
    assert desk.ask("admin", "POST", f"/v1/parked/{number}/removal").status_code == 204


def test_only_an_admin_acts(desk: Desk) -> None:
    """Auditors and admins see what is parked, and admins alone do something about it."""
    (number,) = park(desk, 1)
    for role in ROLES:
        sees = desk.ask(role, "GET", "/v1/parked").status_code
        assert sees == (200 if role in {"auditor", "admin"} else 403)
        if role != "admin":
            acts = desk.ask(role, "POST", f"/v1/parked/{number}/removal").status_code
            assert acts == 403
    assert len(parked(desk)["items"]) == 1


def test_the_page_says_why_and_acts(desk: Desk) -> None:
    """In both languages the reason is told in words; an admin's buttons work, an auditor has none."""
    one, other = park(desk, 2)
    hooks(desk).tell(telling(1))
    access = Access(desk.path, cost=Cost(2**4, 1, 1))
    access.add_person("root", "admin", PASSWORD)
    access.add_person("ana", "auditor", PASSWORD)
    access.close()
    client = desk.client
    client.base_url = "http://127.0.0.1"  # where a session needs no TLS
    client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    assert "answered 500" in client.get("/webhooks?lang=en").text
    assert 'action="/webhooks' not in client.get("/webhooks").text
    client.cookies.clear()
    client.post("/sign-in", data={"name": "root", "password": PASSWORD})
    for language, why in zip(LANGUAGES, ("对方应答 500", "answered 500"), strict=True):
        text = client.get(f"/webhooks?lang={language}").text
        assert why in text
        assert list(faults(text)) == []
    (gone,) = park(desk, 1, "gone")
    text = client.get("/webhooks").text
    assert f"/webhooks/{gone}/removal" in text
    assert f"/webhooks/{gone}/resumption" not in text
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/webhooks").text)
    assert found is not None
    for act in ("removal", "resumption"):
        assert client.post(f"/webhooks/{10**30}/{act}", data={"csrf": found[1]}).status_code == 404
    for path in (
        f"/webhooks/{one}/removal",
        f"/webhooks/{other}/resumption",
        f"/webhooks/{gone}/removal",
    ):
        assert client.post(path).status_code == 403
        done = client.post(path, data={"csrf": found[1]}, follow_redirects=False)
        assert done.headers["location"].startswith("/webhooks?done="), done.text[:300]
    assert parked(desk)["items"] == []
