"""The market's pages and interface over the last run, and the feed that keeps it going."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from pages.watch_samples import report
from vermilion.desk.book import make_book
from vermilion.intake import Received
from vermilion.intake.strict import decode_event
from vermilion.web import market_feed
from vermilion.web.access import Access
from vermilion.web.access.passwords import Cost
from vermilion.web.app import app_of
from vermilion.web.console.market import standing_of
from vermilion.web.market import FOLDER, Market, Wanted
from vermilion.web.market_feed import Feed
from vermilion.web.service import Service
from vermilion.web.settings import MarketSettings, ServeSettings

from .market_results import write_results

PASSWORD = "a long sentence of cinnabar 7"
MADE = report(45, 2)


class Desk:
    """A served book with a market that was watched, and a key for each role."""

    def __init__(self, path: Path, client: TestClient[Any], keys: dict[str, str]) -> None:
        self.path, self.client, self._keys = path, client, keys

    def get(self, path: str, role: str = "auditor") -> Any:
        """Ask for something with a role's key."""
        return self.client.get(path, headers={"Authorization": f"Bearer {self._keys[role]}"})

    def page(self, path: str) -> str:
        """Return a page as an auditor in a browser sees it."""
        if "signed" not in self._keys:
            said = {"name": "zhao", "password": PASSWORD}
            assert self.client.post("/sign-in", data=said, follow_redirects=False).is_redirect
            self._keys["signed"] = ""
        answer = self.client.get(path, follow_redirects=False)
        assert answer.status_code == 200, answer.text[:300]
        return str(answer.text)

    def noted(self) -> int:
        """Return how many reads the record notes."""
        return len(self.get("/v1/judgements?type=access&limit=200").json()["items"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve a book over which surveillance ran."""
    book = tmp_path_factory.mktemp("market") / "book"
    make_book(book, {"book.yaml": "rulebooks: [cn]\n"})
    access = Access(book, cost=Cost(2**4, 1, 1))
    access.add_person("zhao", "auditor", PASSWORD)
    keys = {
        "auditor": access.add_key("audit", "auditor"),
        "shop": access.add_key("shop", "platform"),
    }
    access.close()
    write_results(book, MADE)
    with TestClient(app_of(book, ServeSettings()), base_url="http://127.0.0.1") as client:
        yield Desk(book, client, keys)


def test_summary_says_what_the_last_run_found(desk: Desk) -> None:
    """Counts, quality and amounts are those of the run, amounts as digits."""
    said = desk.get("/v1/market").json()
    assert said["findings"] == 45
    assert said["counts"]["trades"] == MADE.counts.trades
    assert {one["name"]: one["findings"] for one in said["detectors"]} == {
        one.name: one.findings for one in MADE.detectors
    }
    assert said["volume"] == [{"currency": "ETH", "amount": str(MADE.volume["ETH"])}]


def test_pages_of_findings_hold_each_once(desk: Desk) -> None:
    """Cursors lead through all findings, the highest score first, none twice."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = desk.get(f"/v1/market/findings?limit=7{cursor}").json()
        found += answer["items"]
        cursor = answer["next"] and f"&cursor={answer['next']}"
    assert sorted(one["id"] for one in found) == sorted(one.id for one in MADE.findings)
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)


def test_filters_find_what_they_name(desk: Desk) -> None:
    """A detector, a collection and a party narrow the list to theirs, and a party may be any in a row."""
    of_one = desk.get("/v1/market/findings?detector=ring&limit=200").json()["items"]
    assert {one["detector"] for one in of_one} == {"ring"}
    wanted = next(one for one in MADE.findings if len(one.rows) > 2)
    party = wanted.rows[1].recipient or ""
    named = desk.get(f"/v1/market/findings?party={party}").json()["items"]
    assert wanted.id in {one["id"] for one in named}
    assert desk.get("/v1/market/findings?collection=none").json() == {"items": [], "next": None}


def test_one_finding_has_its_rows_exactly(desk: Desk) -> None:
    """Prices are digits in minor units, and every row that the run kept is there."""
    wanted = MADE.findings[0]
    said = desk.get(f"/v1/market/findings/{wanted.id}").json()
    assert [one["id"] for one in said["rows"]] == [one.id for one in wanted.rows]
    assert [one["price"] for one in said["rows"]] == [
        None if one.price is None else str(one.price) for one in wanted.rows
    ]
    assert said["sentence"] == msgspec.to_builtins(wanted.sentence)


def test_reading_of_a_person_is_recorded_first(desk: Desk) -> None:
    """A finding and a search by party are noted in the record; the summary names nobody and is not."""
    before = desk.noted()
    desk.get("/v1/market")
    desk.page("/market")
    assert desk.noted() == before
    desk.get(f"/v1/market/findings/{MADE.findings[0].id}")
    desk.page(f"/market/findings/{MADE.findings[0].id}")
    desk.get("/v1/market/findings?party=somebody")
    desk.page("/market?party=somebody")
    assert desk.noted() == before + 4


def test_a_platform_reads_none_of_it(desk: Desk) -> None:
    """Findings are for those who watch, not for those who are watched."""
    for path in ("/v1/market", "/v1/market/findings", f"/v1/market/findings/{'0' * 64}", "/market"):
        assert desk.get(path, "shop").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/v1/market/findings/{'0' * 64}", 404),
        ("/v1/market/findings/short", 400),
        ("/v1/market/findings?cursor=x", 400),
        ("/v1/market/findings?cursor=findings.9999999999", 400),
        ("/market/findings/short", 404),
        (f"/market/findings/{'0' * 64}", 404),
    ],
)
def test_what_is_not_there_is_said(desk: Desk, path: str, status: int) -> None:
    """A wrong id or cursor is the asker's error."""
    assert desk.get(path).status_code == status


def test_the_page_lists_filters_and_draws(desk: Desk) -> None:
    """Sentences, charts, filters, the table page by page, and each finding's own page with drawing."""
    text = desk.page("/market?lang=en")
    assert "These are signs, not verdicts" in text
    assert text.count('class="chart w-chart"') == 2 * len(MADE.series)
    assert text.count('href="/market/findings/') == 30
    assert 'href="/market?after=30#findings"' in text
    assert desk.page("/market?after=30").count('href="/market/findings/') == 15
    drawn = next(one for one in MADE.findings if one.detector == "round_trip")
    one = desk.page(f"/market/findings/{drawn.id}")
    assert 'class="w-drawing"' in one
    assert "/rules/cn/CN-PR-03" in one
    assert all(row.id in one for row in drawn.rows)


def test_a_market_that_nobody_watched_says_so(tmp_path: Path) -> None:
    """Without results the page tells how to begin, and the interface answers 404 with its reason."""
    book = tmp_path / "book"
    make_book(book, {"book.yaml": "rulebooks: [cn]\n"})
    access = Access(book, cost=Cost(2**4, 1, 1))
    key = access.add_key("audit", "auditor")
    access.close()
    said = {"Authorization": f"Bearer {key}"}
    with TestClient(app_of(book, ServeSettings()), base_url="http://127.0.0.1") as client:
        answer = client.get("/v1/market", headers=said)
        assert (answer.status_code, answer.json()["code"]) == (404, "market_not_watched")
        assert "watch: true" in client.get("/market?lang=en", headers=said).text
        assert client.get("/v1/market/findings", headers=said).json() == {"items": [], "next": None}


def test_results_that_change_while_they_are_read(tmp_path: Path) -> None:
    """A run that puts other results in place of these is read at once, and damage is an error."""

    async def read() -> None:
        market = Market(tmp_path)
        assert await market.report() is None
        write_results(tmp_path, report(3, 1), "results-1")
        assert len((await market.find(Wanted()))[0]) == 3
        write_results(tmp_path, report(5, 1), "results-2")
        assert len((await market.find(Wanted()))[0]) == 5
        (tmp_path / FOLDER / "results-2" / "findings.parquet").write_bytes(b"no Parquet")
        with pytest.raises(Exception, match="cannot be read"):
            await market.find(Wanted())

    asyncio.run(read())


def traded(number: int, seller: str, buyer: str) -> Received:
    """Return a settled sale of the one token, an hour after the one before."""
    event = decode_event(
        msgspec.json.encode(
            {
                "specversion": "1.0", "type": "sale", "source": "//shop.example/sales",
                "id": f"s{number}", "time": f"2026-11-{20 + number // 24:02}T{number % 24:02}:00:00Z",
                "stage": "settled",
                "data": {
                    "token": "eip155:1/erc721:0x06012c8cf97bead5deae237070f9587f8e7a266d/7",
                    "price": {"amount": 10_000 + number, "currency": "CNY"},
                    "parties": {"seller": seller, "buyer": buyer},
                },
            }
        )
    )  # fmt: skip
    assert isinstance(event, tuple), event
    return Received(*event, "", number)


def test_what_settles_is_watched_published_and_judged(tmp_path: Path) -> None:
    """Sales that go to and fro are found in a process of their own, judged, and found only once."""
    book = tmp_path / "book"
    make_book(book, {"book.yaml": "rulebooks: [cn]\n"})

    async def look() -> None:
        service = Service(book)
        await service.start()
        feed = Feed(service, MarketSettings(memory=500))
        assert not await feed.look()
        sales = [traded(n, f"p{n % 2}", f"p{(n + 1) % 2}") for n in range(12)]
        await service.submit_all(sales)
        assert await feed.look()
        assert not await feed.look()
        market = Market(book)
        seen, _ = await market.find(Wanted(detector="round_trip"))
        report = await market.report()
        assert report is not None
        assert report.counts.trades == 12
        assert "CN-PR-03" in {one.rule for one in report.clauses if one.pattern == "wash_trade"}
        standing = await service.call(lambda served: standing_of(served, seen[0]))
        assert standing is not None
        judged = await service.call(lambda served: served.history.summaries([standing.entry]))
        assert judged[0].verdicts == {"cn": "review"}
        await service.stop()

    asyncio.run(look())
    assert not list((book / FOLDER).glob("batch-*"))
    assert len(list((book / FOLDER).glob("results-*"))) == 1


class Sleeping(Feed):
    """A feed whose process would sleep for a minute; it tells its number first."""

    def _command(self) -> list[str]:
        return [
            sys.executable,
            "-c",
            "import os, time; print(os.getpid(), flush=True); time.sleep(60)",
        ]


def test_a_stop_leaves_no_process_behind(tmp_path: Path) -> None:
    """Cancelled in the middle of a run, the feed ends its process and waits for it."""

    async def stop() -> int:
        feed = Sleeping(Service(tmp_path), MarketSettings())
        (tmp_path / FOLDER).mkdir()
        task = asyncio.create_task(feed._compute())
        said = tmp_path / FOLDER / market_feed.SAID
        while not (said.is_file() and said.read_text().strip()):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return int(said.read_text())

    with pytest.raises(ProcessLookupError):
        os.kill(asyncio.run(stop()), 0)


def test_a_run_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed process ends one run, not the feed: the next one comes after the interval."""
    monkeypatch.setattr(market_feed, "FIRST", 0)
    looks = asyncio.Queue[bool]()

    class Failing(Feed):
        async def look(self) -> bool:
            looks.put_nowait(self.failed)
            if looks.qsize() > 2:
                await asyncio.sleep(60)
            raise RuntimeError("surveillance ended with 1")

    async def twice() -> None:
        settings = msgspec.structs.replace(MarketSettings(), minutes=0)
        task = asyncio.create_task(Failing(Service(tmp_path), settings).run())
        while looks.qsize() < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(twice())
    assert [looks.get_nowait() for _ in range(3)] == [False, True, True]
