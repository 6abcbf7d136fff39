"""The clients against a desk over HTTP, and the page's examples as printed."""

from __future__ import annotations

import contextlib
import io
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import uvicorn

from vermilion.client import Client, DeskRefused, DeskUnavailable, client, flow, questions
from vermilion.desk.book import Book, make_book
from vermilion.permit import jwk_of
from vermilion.web.access import Access
from vermilion.web.app import app_of
from vermilion.web.sandbox import KEY as SANDBOX
from vermilion.web.settings import ServeSettings

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


class Running(NamedTuple):
    """A desk that runs in this process, its keys, and how its permits are verified."""

    url: str
    platform: str
    officer: str
    sandbox: str
    permit_key: str
    issuer: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve a book under the rulebook of China."""
    path = tmp_path_factory.mktemp("desk") / "book"
    make_book(path, {"book.yaml": "rulebooks: [cn]\n"})
    with Book.open(path) as book:
        key = msgspec.json.encode(jwk_of(book.keys.permit_public_key)).decode()
        issuer = book.keys.origin
    access = Access(path)
    keys = [
        access.add_key("shop", "platform"),
        access.add_key("olga", "officer", "olga"),
        access.add_key("test", "sandbox"),
    ]
    config = uvicorn.Config(app_of(path, ServeSettings()), port=0, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Running(f"http://127.0.0.1:{port}", *keys, key, issuer)
    finally:
        server.should_exit = True
        thread.join(30)


def event(id: str, **changes: Any) -> dict[str, Any]:
    """Return the page's event under another id."""
    names: dict[str, Any] = {}
    exec(
        EXAMPLES[0].partition("event = ")[1]
        + EXAMPLES[0].partition("event = ")[2].partition("judged")[0],
        names,
    )
    found: dict[str, Any] = names["event"]
    return found | {"id": id, "subject": f"order-{id}"} | changes


def test_from_proposal_to_permit(desk: Running) -> None:
    """What is held is not true; once an officer released it, its judgement is."""
    trusted = {"permit_key": desk.permit_key, "issuer": desk.issuer}
    with (
        Client(desk.url, desk.platform, **trusted) as shop,
        Client(desk.url, desk.officer) as officer,
    ):
        held = shop.submit(event("one"))
        assert not held
        assert (held.status, held.standing) == ("sealed", "held")
        resolved = officer.resolve("release", "seen", event=("//shop", "one"))
        assert resolved.effect.effect == "frees"
        freed = shop.judgement(held.entry)
        assert freed.standing == "permitted"
        assert freed
        assert freed.claims is not None
        assert freed.claims.event.digest == held.event.digest
        again = shop.submit(event("one"))
        assert (again.status, bool(again)) == ("duplicate", True)
        number = freed.claims.entry
        assert shop.permit(number).permit == (freed.permit and freed.permit.permit)
    with Client(desk.url, desk.platform) as unknowing:
        assert not unknowing.submit(event("one"))


def test_refusals_of_the_desk(desk: Running) -> None:
    """Another event under a taken id, a bad field and a lacking right are told with their codes."""
    with Client(desk.url, desk.platform) as shop:
        shop.submit(event("two"))
        with pytest.raises(DeskRefused) as caught:
            shop.submit(event("two", time="2026-03-11T12:00:00+08:00"))
        assert (caught.value.problem.status, caught.value.code) == (409, "id_conflict")
        with pytest.raises(DeskRefused) as caught:
            shop.submit(event("three", stage="soon"))
        assert caught.value.problem.field == "stage"
        with pytest.raises(DeskRefused) as caught:
            shop.resolve("release", "mine", event=("//shop", "two"))
        assert caught.value.problem.status == 403
    with Client(desk.url, "vk_none") as stranger, pytest.raises(DeskRefused) as caught:
        stranger.submit(event("two"))
    assert caught.value.problem.status == 401


def test_a_stream_agrees_with_single_events(desk: Running) -> None:
    """Streamed again, events that were submitted one by one have the same decisions."""
    events = [event(f"s{n}") for n in range(20)]
    events[7] = event("s7", stage="soon")
    with Client(desk.url, desk.platform) as shop:
        first = list(shop.submit_stream(iter(events)))
        assert [one.line for one in first] == list(range(1, 21))
        assert [one.line for one in first if one.rejected] == [8]
        single = shop.submit(events[19])
        last = first[19].judged
        assert last is not None
        assert (single.status, single.decisions) == ("duplicate", last.decisions)
        listed = [one.id for one in shop.judgements(source="//shop", limit=7)]
        assert listed[:2] == ["s19", "s18"]
        assert len(listed) >= 19


def test_the_sandbox(desk: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the sandbox has the fixed answers, true for nobody but who trusts its open key."""
    key = msgspec.json.encode(jwk_of(SANDBOX.permit_public_key)).decode()
    monkeypatch.setattr("vermilion.client.trust.time.time", lambda: 1_773_115_300)
    with (
        Client(desk.url, desk.sandbox, permit_key=desk.permit_key, attempts=2) as shop,
        Client(desk.url, desk.sandbox, permit_key=key, issuer="sandbox") as trusting,
    ):
        assert not shop.submit(event("allow-1"))
        assert trusting.submit(event("allow-1"))
        assert not trusting.submit(event("deny-1"))
        assert shop.submit(event("duplicate-1")).status == "duplicate"
        with pytest.raises(DeskRefused, match="another event"):
            shop.submit(event("conflict-1"))
        with pytest.raises(DeskUnavailable):
            shop.submit(event("busy-1"))
        with pytest.raises(DeskRefused) as caught:
            shop.submit(event("erased-1"))
        assert caught.value.problem.status == 410


def test_the_pages_examples(desk: Running) -> None:
    """In order and as printed but for address and keys, they print what the page promises."""
    said = {
        "https://desk.example": desk.url,
        "vk_officer…": desk.officer,
        "vk_…": desk.platform,
        '{"crv":"Ed25519","kty":"OKP","x":"…"}': desk.permit_key,
        "vermilion/5f0c2a9be4d17386": desk.issuer,
    }
    names: dict[str, Any] = {}
    printed: list[str] = []
    for example in EXAMPLES:
        text = example
        for printed_there, meant in said.items():
            text = text.replace(printed_there, meant)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(text, names)
        printed.append(out.getvalue())
    names["client"].close()
    names["officer"].close()
    submit, down, many, read, officer, awaited = printed
    assert submit.startswith("do not go ahead: held - there is no permit\nlacking: ")
    assert down == ""
    assert len(many.splitlines()) == 20
    assert "order-77" in read or "cn" in read
    assert " events wait for " in officer
    assert officer.endswith("frees []\n")
    assert awaited == "1 duplicate\n"


def test_the_page_states_the_policies() -> None:
    """Numbers on the page are those of the code."""
    assert (client.ATTEMPTS, client.SECONDS) == (5, 10.0)
    assert "five times at most, after 0.2 seconds" in PAGE
    assert (flow.LONGEST_PAUSE, flow.LONGEST_WISH) == (5.0, 30.0)
    assert f"Up to {questions.MOST_LINES} events" in PAGE


def test_the_page_names_every_method() -> None:
    """Each method and each setting appears on the page."""
    methods = [name for name in vars(Client) if not name.startswith("_")]
    for name in [*methods, *client.Settings.__annotations__]:
        assert name in PAGE, name
