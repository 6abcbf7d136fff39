"""The whole way in a real browser: an engineer, two officers, a museum, an auditor."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from vermilion.desk.book import make_book
from vermilion.web.access import Access

from .known import STRANGER, lawful, statements, stranger
from .test_service import process

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

PASSWORD = "nine lanterns under snow"
HELD = 1_000
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class World(NamedTuple):
    """A served book with people, and a browser whose every complaint is kept."""

    address: str
    key: str
    browser: Any
    faults: list[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Serve a book in a process of its own, with four people and a program."""
    book = tmp_path_factory.mktemp("browser") / "book"
    officers = "officers: [{id: 'officer:li'}, {id: 'officer:wang'}]\n"
    make_book(book, {"book.yaml": f"rulebooks: [cn, permits]\ntwo_people: [cause]\n{officers}"})
    access = Access(book)
    access.add_person("li", "officer", PASSWORD, officer="officer:li")
    access.add_person("wang", "officer", PASSWORD, officer="officer:wang")
    access.add_person("zhao", "auditor", PASSWORD)
    key = access.add_key("shop", "platform")
    with process(book) as (_, address), playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield World(address, key, browser, [])
        browser.close()


def visit(world: World, name: str) -> Any:
    """Return a page of somebody who signed in."""
    page = world.browser.new_context().new_page()
    page.on("pageerror", lambda error: world.faults.append(str(error)))
    page.on(
        "console",
        lambda said: world.faults.append(said.text) if said.type == "error" else None,
    )
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((world.address, "data:"))
            else world.faults.append(asked.url)
        ),
    )
    page.goto(world.address)
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_url(f"{world.address}/")
    return page


def submit(world: World, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Submit events as a stream and return what came of each."""
    answer = httpx.post(
        f"{world.address}/v1/events/stream",
        content="\n".join(map(json.dumps, events)),
        headers={"Authorization": f"Bearer {world.key}"},
        timeout=120,
    )
    return [json.loads(line)["judged"] for line in answer.text.splitlines()]


def test_from_the_first_curl_to_a_permit(world: World, tmp_path: Path) -> None:
    """An engineer posts a file with curl and gets a permit."""
    submit(world, statements())
    body = tmp_path / "event.json"
    body.write_text(json.dumps(lawful("first")))
    done = subprocess.run(
        ["curl", "-sS", "-H", f"Authorization: Bearer {world.key}", "--data-binary", f"@{body}",
         f"{world.address}/v1/events"],
        capture_output=True, check=True,
    )  # fmt: skip
    judged = json.loads(done.stdout)
    assert judged["standing"] == "permitted", done.stdout
    assert judged["permit"]["permit"].count(".") == 2


def test_a_cause_of_a_thousand_events_is_freed_by_two_people(world: World) -> None:
    """One officer answers, the other confirms, and every event has its permit."""
    submit(world, [*statements(), stranger()])
    events = [lawful(f"n{n}", STRANGER) for n in range(HELD)]
    assert {one["standing"] for one in submit(world, events)} == {"held"}
    page = visit(world, "li")
    page.goto(f"{world.address}/cases")
    page.click("main a[href^='/cases/'] >> nth=0")
    assert "1,000" in page.inner_text("main")
    case = page.url
    page.check("input[name=action][value=release]")
    page.fill("textarea[name=reason]", "seen in person")
    page.click("form[action='/resolutions'] button[type=submit]")
    other = visit(world, "wang")
    other.goto(case)
    other.fill("form[action='/resolutions/confirmation'] textarea[name=reason]", "seen too")
    other.click("form[action='/resolutions/confirmation'] button[type=submit]")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        again = submit(world, events)
        if all(one["standing"] == "permitted" for one in again):
            break
    assert {one["standing"] for one in again} == {"permitted"}
    assert world.faults == []


def test_a_museum_gets_its_memo(world: World) -> None:
    """Asked only what can change the answer, the plan of a museum ends in a memo with clauses."""
    page = visit(world, "li")
    page.goto(f"{world.address}/may-i")
    page.click("form:has(input[value=museum_relic]) button")
    asked = 0
    while page.locator("button[name=memo]").count() == 0:
        page.click("button[name=unknown]")
        asked += 1
    with page.expect_popup() as opened:
        page.click("button[name=memo]")
    memo = opened.value
    told = memo.inner_text("body")
    assert 3 < asked < 60
    assert "CN-RL-0" in told
    assert "文物" in memo.content()
    memo.evaluate("print = () => { document.title = 'printed' }")
    memo.click("button[data-print]:visible")
    assert memo.title() == "printed"
    assert page.locator("button[name=memo]").is_visible()
    assert world.faults == []


def test_an_auditor_reads_and_changes_nothing(world: World) -> None:
    """Every page opens, a link unfolds its place, no form acts, and what is sent nonetheless is refused."""
    page = visit(world, "zhao")
    for path in ("/", "/judgements", "/cases", "/rules", "/live"):
        assert page.goto(f"{world.address}{path}").status == 200
        acting = page.locator("main form[method=post]").count()
        assert acting == 0, path
    page.goto(f"{world.address}/rules/cn#i-CN-SAMR-PRICE-2022")
    assert page.locator("[id='i-CN-SAMR-PRICE-2022']").is_visible()
    assert not page.locator("#p-price_money").is_visible()
    refused = page.request.post(f"{world.address}/resolutions", form={"action": "release"})
    assert refused.status == 403
    assert world.faults == []
