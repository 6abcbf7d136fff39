"""Measure screening: parties against lists in one pass, and a list's update against a whole book.

Three parts, each with its time on the process's CPU clock, and where disks matter on the wall's too;
its rate, and the process's greatest memory:

* lists: read and make ready OFAC and UN in plain form, where they lie beside the project, or made-up
  lists of the same size where they do not;
* parties: hold so many made-up parties, of whom some bear listed names in another spelling, against
  both, exact after normalisation; every planted one must be found and nobody else;
* update: the same parties stated in a book, a list in force, then a new version of it: the time
  until whoever is named anew or no longer stands in the record. To index the parties, which is done
  once for each, is told apart.

    python benchmarks/screening.py [--parties 1000000] [--book-parties 1000000] [--json]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk
from vermilion.desk.rescreen import put_in_force, rescreen
from vermilion.facts.canonical import canonical_form
from vermilion.facts.entities import Party
from vermilion.facts.events import PartyEvent, PartyStatement
from vermilion.intake import Received
from vermilion.screening import (
    ListEntry,
    ListName,
    Matcher,
    Subject,
    WatchList,
    load_list,
    prepared,
)
from vermilion.screening.load import ListHeading

SHARED = Path(__file__).parents[2] / "shared" / "data" / "watchlists"
LISTS = {"ofac_20251024": dt.date(2025, 10, 24), "un_20260227": dt.date(2026, 2, 27)}
ONE_IN = 1_000
"""Of so many parties one bears a listed name."""
GROUP = 4_096
NOW = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建文辉力"


def main() -> None:
    """Run all parts and print what they came to."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--parties", type=int, default=1_000_000)
    arguments.add_argument("--book-parties", type=int, default=1_000_000)
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    found: dict[str, float | int] = {}
    lists, matchers = read_lists(found)
    screen(lists, matchers, asked.parties, found)
    if asked.book_parties:
        update(lists, asked.book_parties, found)
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    for name, figure in found.items():
        print(
            f"{name:<34} {figure:>14,.2f}"
            if isinstance(figure, float)
            else f"{name:<34} {figure:>14,}"
        )


def read_lists(found: dict[str, float | int]) -> tuple[list[WatchList], list[Matcher]]:
    """Read both lists and make them ready."""
    begin = time.process_time()
    lists = [_list(name, date) for name, date in LISTS.items()]
    found["lists_read_cpu_s"] = time.process_time() - begin
    begin = time.process_time()
    matchers = [Matcher(one) for one in lists]
    found["lists_ready_cpu_s"] = time.process_time() - begin
    found["list_names"] = sum(one.counts()["names"] for one in lists)
    found["memory_after_lists_mib"] = memory()
    return lists, matchers


def screen(
    lists: list[WatchList], matchers: list[Matcher], count: int, found: dict[str, float | int]
) -> None:
    """Hold parties against both lists, one by one as they come; nothing of them is kept."""
    parties = list(subjects(lists, min(count, 200_000)))
    rounds = max(1, count // len(parties))
    hits = planted = 0
    begin = time.process_time()
    for _ in range(rounds):
        for number, subject in enumerate(parties):
            compared = prepared(subject)
            hits += any(matcher.hold(compared).matches for matcher in matchers)
            planted += number % ONE_IN == 0
    seconds = time.process_time() - begin
    assert hits == planted, (hits, planted)
    found["parties"] = rounds * len(parties)
    found["parties_hit"] = hits
    found["parties_cpu_s"] = seconds
    found["parties_per_cpu_s"] = rounds * len(parties) / seconds
    found["memory_after_parties_mib"] = memory()


def update(lists: list[WatchList], count: int, found: dict[str, float | int]) -> None:
    """State parties in a book, put a list in force, then a new version of it."""
    names = _names(lists)
    with tempfile.TemporaryDirectory() as folder, Book.open(Path(folder) / "book") as book:
        begin = time.process_time()
        _state(Desk(book, []), lists, count)
        book.state.flush()
        found["book_parties"] = count
        found["book_stated_cpu_s"] = time.process_time() - begin
        put_in_force(book, lists[0], now=NOW)
        begin = time.process_time()
        first = rescreen(book, NOW)
        found["book_first_screening_cpu_s"] = time.process_time() - begin
        found["book_first_changes"] = len(first.changes)
        # The new version takes every tenth entry off and lists 100 who are known by their names.
        kept = [one for number, one in enumerate(lists[0].entries) if number % 10]
        known = [subject.name for subject in subjects(lists, 101) if subject.name not in names]
        added = [
            ListEntry(f"new-{n}", "person", (ListName(name or ""),)) for n, name in enumerate(known)
        ]
        new = WatchList(
            lists[0].name, "new", dt.date(2026, 3, 1), "made up", "csv", (*kept, *added)
        )
        begin, wall = time.process_time(), time.perf_counter()
        put_in_force(book, new, now=NOW)
        found["update_in_force_cpu_s"] = time.process_time() - begin
        begin = time.process_time()
        second = rescreen(book, NOW)
        found["update_screening_cpu_s"] = time.process_time() - begin
        found["update_wall_s"] = time.perf_counter() - wall
        found["update_newly_named"] = sum(1 for one in second.changes if not one.before)
        found["update_no_longer_named"] = sum(1 for one in second.changes if not one.after)
        found["memory_after_update_mib"] = memory()


def subjects(lists: list[WatchList], count: int) -> Iterator[Subject]:
    """Yield made-up parties, of whom one in so many bears a listed name in another spelling."""
    chance = random.Random(7)
    names = _names(lists)
    for number in range(count):
        if number % ONE_IN == 0:
            words = chance.choice(names).title().split()
            name = " ".join(reversed(words)) if len(words) < 4 else " ".join(words)
        elif number % 3:
            name = "".join(chance.choices(SURNAMES, k=1) + chance.choices(GIVEN, k=2)) + str(number)
        else:
            name = f"{_word(chance)} {_word(chance)} {number}"
        yield Subject(f"market:user:{number}", name)


def _state(desk: Desk, lists: list[WatchList], count: int) -> None:
    group: list[Received] = []
    for number, subject in enumerate(subjects(lists, count)):
        event = PartyEvent(
            id=f"p{number}",
            source="//bench",
            time=NOW - dt.timedelta(days=200),
            stage="settled",
            specversion="1.0",
            data=PartyStatement(party=Party(id=subject.id, name=subject.name)),
        )
        group.append(Received(*canonical_form(event), "bench", number))
        if len(group) == GROUP:
            desk.submit(group)
            group = []
    if group:
        desk.submit(group)


def _names(lists: list[WatchList]) -> list[str]:
    return [
        name.text
        for one in lists
        for entry in one.entries
        if entry.type in {"person", "organisation"}
        for name in entry.names
        if name.script == "latin" and name.text.isascii()
    ]


def _list(name: str, date: dt.date) -> WatchList:
    path = SHARED / name / "names.csv"
    if path.is_file():
        return load_list(path, ListHeading(name, date=date))
    print(f"{name} is not beside the project; a made-up list stands in", file=sys.stderr)
    chance = random.Random(name)
    entries = tuple(
        ListEntry(
            f"{name}-{n}",
            "person",
            tuple(ListName(f"{_word(chance)} {_word(chance)}") for _ in range(2)),
        )
        for n in range(20_000)
    )
    return WatchList(name, "made up", date, "made up", "csv", entries)


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)).title()


def memory() -> int:
    """Return the greatest memory that the process had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
