"""The demo, the live stream and the command that serves."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path

import httpx
from click.testing import CliRunner

from vermilion.cli import main
from vermilion.desk.book import make_book
from vermilion.desk.history import Query
from vermilion.web.access import Access
from vermilion.web.demo import BOOK, Demo
from vermilion.web.service import Service

from .known import lawful, statements
from .test_service import process

ROUNDS = 900
CHINA = dt.timezone(dt.timedelta(hours=8))


def test_the_demo_fills_a_book(tmp_path: Path) -> None:
    """Proposals are permitted, held and denied, and what may go ahead settles."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})

    async def run() -> tuple[set[str], int]:
        service = Service(tmp_path / "book")
        await service.start()
        demo = Demo(service, dt.date(2026, 11, 20))
        try:
            for _ in range(ROUNDS):
                assert await service.call(demo._round)
            found = await service.call(lambda one: one.history.page(Query(limit=200)).items)
            held = await service.call(lambda one: sum(1 for _ in one.book.loop.rows.causes()))
            return {
                f"{one.stage} {verdict}" for one in found for verdict in one.verdicts.values()
            }, held
        finally:
            await service.stop()

    told, held = asyncio.run(run())
    assert {"proposed allow", "settled allow"} <= told
    assert held > 0


def test_the_demo_plays_nothing_that_lies_ahead(tmp_path: Path) -> None:
    """Its last day is over, wherever in the world somebody looks at it."""
    market = Demo(Service(tmp_path / "book"))._platform.config.market
    assert market.start is not None
    over = dt.datetime.combine(market.start, dt.time(), CHINA) + dt.timedelta(days=market.days)
    assert over <= dt.datetime.now(CHINA)


def test_new_judgements_are_told_as_they_come(tmp_path: Path) -> None:
    """Whoever watches hears of an event with its entry and verdicts, and of one that is held."""
    make_book(tmp_path / "book", {"book.yaml": "rulebooks: [cn]\n"})
    access = Access(tmp_path / "book")
    watcher = {"Authorization": f"Bearer {access.add_key('eye', 'auditor')}"}
    asker = {"Authorization": f"Bearer {access.add_key('shop', 'platform')}"}
    unknown = lawful("b", "market:party:nobody")
    with process(tmp_path / "book") as (_, address):
        post = f"{address}/v1/events"
        lines = "\n".join(map(json.dumps, statements()))
        httpx.post(f"{post}/stream", content=lines, headers=asker, timeout=30)
        with httpx.stream("GET", f"{address}/v1/live", headers=watcher, timeout=30) as live:
            told = live.iter_lines()
            assert next(told) == "retry: 2000"
            first = httpx.post(post, content=json.dumps(lawful("a")), headers=asker).json()
            httpx.post(post, content=json.dumps(unknown), headers=asker)
            heard = []
            while "event: case" not in heard:
                heard.append(next(told))
    assert heard[1:3] == [f"id: {first['entry']}", "event: judgement"]
    assert json.loads(heard[3].removeprefix("data: "))["verdicts"] == {"cn": "allow"}


def test_a_book_that_is_absent_is_made(tmp_path: Path) -> None:
    """The first start needs nothing but a name; what is something else stays as it is."""
    with process(tmp_path / "new") as (_, address):
        assert httpx.get(f"{address}/health/ready").text == "ready\n"
    assert (tmp_path / "new" / "book.yaml").is_file()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    refused = CliRunner().invoke(main, ["serve", str(tmp_path / "other")])
    assert refused.exit_code == 2
    assert [one.name for one in (tmp_path / "other").iterdir()] == ["letter.txt"]


def test_a_book_or_the_demo_is_served(tmp_path: Path) -> None:
    """Neither and both are refused; settings are written where there are none."""
    runner = CliRunner()
    assert runner.invoke(main, ["serve"]).exit_code == 2
    assert runner.invoke(main, ["serve", str(tmp_path), "--demo"]).exit_code == 2
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    asked = ["serve", str(tmp_path / "book"), "--write-settings"]
    assert runner.invoke(main, asked).exit_code == 0
    assert (tmp_path / "book" / "serve.yaml").is_file()
    assert runner.invoke(main, asked).exit_code == 2
