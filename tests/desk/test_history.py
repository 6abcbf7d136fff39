"""What is looked up through the index is what a plain reading of the record says."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk import history
from vermilion.desk.book import Book
from vermilion.desk.desk import Desk, Sealed
from vermilion.desk.history import DayCount, History, Page, Query, Summary
from vermilion.desk.sealing import KIND
from vermilion.errors import StorageError
from vermilion.facts.entities import ENTITY_KINDS
from vermilion.intake import Received
from vermilion.rulebook import VERDICT_ORDER
from vermilion.store import Place, index

from .samples import desk_in, event, party, rule, rulebook, sale, simulated, submit

SMALL = rulebook(
    rule("XX-DENY", "sale", 'mode == "lottery"'),
    rule("XX-KYC", "sale", 'buyer.kyc.status == "none"', verdict="review"),
    rule("XX-POST", "post", 'purpose == "sale"', verdict="condition", on_missing="condition"),
)
OTHER = rulebook(rule("YY-OFFER", "offer", 'mode == "auction"', verdict="review"), id="yy")

PARTIES = {
    *("issuer", "seller", "buyer", "sender", "recipient", "payer", "payee", "holder", "lender"),
    *("borrower", "provider", "client", "author", "by", "assignee", "controlled_by", "identity"),
    *("holds_for", "related_to", "operator", "licensor", "licensee", "institution", "guardian"),
    *("controllers", "person", "beneficial", "erased", "asked_by"),
}
TOKENS = {"token", "collection", "series", "whole", "fraction_of", "redeems", "collateral"}


class Found(NamedTuple):
    """A judgement as the record has it, and the things that its event names."""

    summary: Summary
    things: frozenset[tuple[str, str]]
    place: Place


def named(value: Any, inside: str = "") -> Iterator[tuple[str, str]]:
    """Yield the things that an event's JSON names, by the names of its fields alone."""
    if isinstance(value, list):
        for item in value:
            yield from named(item, inside)
    elif isinstance(value, dict):
        if "id" in value:
            kind = {"parties": "party", "platforms": "platform", "works": "work", "tokens": "token"}
            if (of := kind.get(inside, inside)) in ENTITY_KINDS:
                yield of, value["id"]
        for field, item in value.items():
            # A token's `holds` names tokens; nothing else is called so.
            yield from named(item, "token" if field == "holds" else field)
    elif isinstance(value, str):
        kind = "party" if inside in PARTIES else "token" if inside in TOKENS else inside
        if kind in ENTITY_KINDS:
            yield kind, value


def scan(book: Book) -> list[Found]:
    """Read the record from its beginning and return its judgements, newest first."""
    found = []
    for entry in book.record.entries():
        if entry.envelope.kind != KIND:
            continue
        said = json.loads(bytes(entry.envelope.statement))
        data: dict[str, Any] = {}
        things: set[tuple[str, str]] = set()
        if isinstance(entry.contents[0], bytes):
            document = json.loads(entry.contents[0])
            for content in entry.contents[1:]:
                for path, value in json.loads(content) if isinstance(content, bytes) else ():
                    at = document
                    for step in path[:-1]:
                        at = at[step]
                    at[path[-1]] = value
            data = document["event"]["data"]
            things |= {("party", id) for id in document.get("left", {}).get("parties", [])}
        things |= set(named(data))
        things |= {
            ("token", id.rpartition("/")[0])
            for kind, id in things
            if kind == "token" and id.count("/") == 2
        }
        verdicts = {one["rulebook"]: one["verdict"] for one in said["rulings"]}
        one = said["event"]
        summary = Summary(
            entry.index,
            one["time"],
            one["source"],
            one["id"],
            one["type"],
            one["stage"],
            one.get("subject"),
            verdicts,
        )
        found.insert(0, Found(summary, frozenset(things), Place(*entry.location)))
    return found


def strongest(one: Found) -> str:
    """Return the strongest verdict of all rulebooks."""
    given = [*one.summary.verdicts.values(), "not_applicable"]
    return min(given, key=[*VERDICT_ORDER, "not_applicable"].index)


def matches(one: Found, query: Query) -> bool:
    """Tell whether a judgement is one that a query asks for."""
    return (
        (query.before is None or one.summary.entry < query.before)
        and query.verdict in {None, strongest(one)}
        and query.type in {None, one.summary.type}
        and query.source in {None, one.summary.source}
        and (query.thing is None or query.thing in one.things)
    )


def walked(found: History, query: Query) -> list[Summary]:
    """Return all that a query finds, page by page."""
    items: list[Summary] = []
    page = Page([], query.before)
    while True:
        more = Query(
            before=page.next,
            limit=query.limit,
            verdict=query.verdict,
            type=query.type,
            source=query.source,
            thing=query.thing,
        )
        page = found.page(more)
        assert len(page.items) <= query.limit
        items += page.items
        if page.next is None:
            return items


def queries(found: list[Found]) -> list[Query]:
    """Return queries for what there is, alone and together, and for what there is not."""
    types = sorted({one.summary.type for one in found})
    sources = sorted({one.summary.source for one in found})
    counted = Counter(thing for one in found for thing in one.things)
    things = [thing for thing, _ in counted.most_common(6)] + sorted(counted)[::25]
    made = [Query(limit=7), Query(limit=200), Query(before=len(found) // 2), Query(type="no type")]
    made += [Query(type=one) for one in types] + [Query(source=one, limit=11) for one in sources]
    made += [Query(verdict=one) for one in ("deny", "review", "condition", "allow")]
    made += [Query(thing=thing, limit=3) for thing in [*things, ("party", "nobody")]]
    made += [Query(thing=thing, type=one) for thing in things[:4] for one in types]
    made += [
        Query(thing=thing, verdict="deny", type="sale", source=sources[0]) for thing in things[:4]
    ]
    return made


def check(found: History, book: Book) -> None:
    """Hold everything that can be looked up against a plain reading of the record."""
    plain = scan(book)
    for query in queries(plain):
        assert walked(found, query) == [one.summary for one in plain if matches(one, query)], query
    days = Counter(
        (one.summary.at[:10], rulebook, verdict)
        for one in plain
        for rulebook, verdict in one.summary.verdicts.items()
    )
    assert found.days("") == [DayCount(*key, events) for key, events in sorted(days.items())]
    assert found.kinds() == Counter(kind for _, kind, _ in book.record.statements())
    places = {one.summary.entry: one.place for one in plain}
    assert {entry: found.entry(entry) for entry in range(book.record.size + 1)} == {
        entry: places.get(entry) for entry in range(book.record.size + 1)
    }


def logical(path: Path) -> dict[str, Any]:
    """Return what an index file holds, however it was grouped into rows."""
    database = sqlite3.connect(path / "index.db")
    try:
        mentions: dict[bytes, list[int]] = {}
        query = "SELECT term, first, others FROM mention ORDER BY term, first"
        for term, first, others in database.execute(query):
            offsets = memoryview(others).cast("I")
            mentions.setdefault(term, []).extend([first, *(first + one for one in offsets)])
        places = [
            number
            for (row,) in database.execute("SELECT places FROM judgement ORDER BY first")
            for number in memoryview(row).cast("q")
        ]
        tables = {
            name: sorted(database.execute(f"SELECT * FROM {name}"))
            for name in ("day", "kind", "covered")
        }
        return {"mentions": mentions, "places": places, **tables}
    finally:
        database.close()


def feed(desk: Desk, found: History, group: list[Received], *, at_hand: bool) -> list[Summary]:
    """Submit a group and let the history follow, with what is at hand or without."""
    answers = [*desk.submit(group), *desk.findings]
    fresh = [(one.judged, one.entry) for one in answers if isinstance(one, Sealed)]
    return found.follow(fresh if at_hand else ())


def crash(found: History) -> None:
    """Lose what a history has not written, as when the process is killed."""
    found._index.close()


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), seed=st.integers(0, 1_000))
def test_any_stream_in_any_grouping_equals_a_plain_scan(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, seed: int
) -> None:
    """Grouped anyhow, reopened or killed at any point: it finds and holds what it does made anew."""
    folder = tmp_path_factory.mktemp("book") / "b"
    events = simulated(130, seed=seed, proposed=300, duplicates=40, corrections=40, max_buyers=24)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "FLUSH_AT", data.draw(st.integers(1, 60)))
        patch.setattr(index, "SPAN", data.draw(st.sampled_from([40, 65_536])))
        patch.setattr(index, "ROW_ENTRIES", data.draw(st.integers(1, 9)))
        patch.setattr(index, "ROW_PLACES", data.draw(st.integers(1, 9)))
        patch.setattr(history, "MOST_STEPS", data.draw(st.sampled_from([3, 2_000])))
        with desk_in(folder, SMALL, OTHER) as desk:
            found, told = History(desk.book), []
            while events:
                size = data.draw(st.integers(1, 60))
                group, events = events[:size], events[size:]
                told += feed(desk, found, group, at_hand=data.draw(st.booleans()))
                end: Callable[[History], None] | None = data.draw(
                    st.sampled_from([None, None, History.close, crash])
                )
                if end is not None:
                    end(found)
                    found = History(desk.book)
            check(found, desk.book)
            assert told == [one.summary for one in reversed(scan(desk.book))]
            found.close()
            followed = logical(folder)
            (folder / "index.db").unlink()
            History(desk.book).close()
            assert logical(folder) == followed


class TestFollow:
    """Taking over what the record holds since."""

    def test_tells_each_judgement_once(self, tmp_path: Path) -> None:
        """What was followed, or is a duplicate, is not told again; several groups come together."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            found = History(desk.book)
            submit(desk, sale("1"), sale("2"))
            submit(desk, sale("3"))
            assert [one.id for one in found.follow()] == ["1", "2", "3"]
            submit(desk, sale("3"))
            assert found.follow() == []
            found.close()

    def test_part_of_what_is_new_may_be_at_hand(self, tmp_path: Path) -> None:
        """What is given and what is read come to the same, in the record's order."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            found = History(desk.book)
            answers = submit(desk, sale("1"), sale("2", buyer="c"), sale("3"))
            sealed = [one for one in answers if isinstance(one, Sealed)]
            assert [one.id for one in found.follow([(sealed[1].judged, sealed[1].entry)])] == list(
                "123"
            )
            check(found, desk.book)
            found.close()


class TestFind:
    """The entry of an event by its name."""

    def test_finds_recorded_events_only(self, tmp_path: Path) -> None:
        """A recorded event is found before and after the state is written; a permit is no event."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            found = History(desk.book)
            answers = submit(
                desk,
                party("b", kyc={"status": "verified"}),
                sale("1", stage="proposed", mode="fixed_price"),
            )
            entry = answers[1].entry  # type: ignore[union-attr]
            for _ in range(2):
                assert found.find("//test", "1") == entry
                assert found.find("//test", "2") is None
                (permit,) = desk.permits
                assert found.find(desk.book.keys.origin, f"permit/{permit.entry}") is None
                desk.book.state.flush()
            found.close()


class TestErasure:
    """What is erased is gone from the record, and what is looked up goes on."""

    EVENTS = (
        party("ann", name="Ann-4711"),
        sale("1", buyer="ann", inline={"parties": [{"id": "guest", "name": "Guest-4711"}]}),
        event("post", "2", parties={"author": "ann"}, text="words-4711"),
    )

    def test_judgements_show_what_their_statement_says(self, tmp_path: Path) -> None:
        """Erasing a person or everything of a month changes no page, for whoever is found already."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            found = History(desk.book)
            submit(desk, *self.EVENTS)
            before = found.follow()
            ann = walked(found, Query(thing=("party", "ann")))
            assert [one.id for one in ann] == ["2", "1", "ann-0"]
            month = desk._month
            for key in ("person/ann", f"class/transaction/{month}", f"class/content/{month}"):
                assert desk.book.keys.destroy(key) == 1
            assert walked(found, Query()) == before[::-1]
            assert walked(found, Query(thing=("party", "ann"))) == ann
            found.close()

    def test_the_index_made_anew_knows_what_is_left(self, tmp_path: Path) -> None:
        """After erasure an index from nothing is that of a plain scan of what is left."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, *self.EVENTS)
            for key in ("person/ann", "person/guest", f"class/content/{desk._month}"):
                desk.book.keys.destroy(key)
            found = History(desk.book)
            check(found, desk.book)
            assert [one.id for one in walked(found, Query(thing=("party", "ann")))] == [
                "1",
                "ann-0",
            ]
            assert [one.id for one in walked(found, Query())] == ["2", "1", "ann-0"]
            found.close()

    def test_the_file_holds_nothing_of_an_event(self, tmp_path: Path) -> None:
        """Neither names, ids nor texts of events are in the index's file."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, *self.EVENTS)
            History(desk.book).close()
        stored = (tmp_path / "b" / "index.db").read_bytes()
        for text in (b"4711", b"guest", b"ann-0", b"//test"):
            assert text not in stored


class TestOtherRecord:
    """An index that does not go on in the record it lies beside."""

    @pytest.mark.parametrize("later", [[], ["x"], ["x", "y", "z", "u"]])
    def test_of_a_record_put_back_is_made_anew(self, tmp_path: Path, later: list[str]) -> None:
        """Beside an older copy of the record, also one that went on otherwise, it starts again."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, sale("1"))
        shutil.copytree(tmp_path / "b", tmp_path / "copy")
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, sale("2"), sale("3"))
            History(desk.book).close()
        shutil.copy(tmp_path / "b" / "index.db", tmp_path / "copy" / "index.db")
        with desk_in(tmp_path / "copy", SMALL) as desk:
            submit(desk, *(sale(id, buyer="other") for id in later))
            found = History(desk.book)
            check(found, desk.book)
            found.close()

    def test_damaged_places_are_told_with_their_remedy(self, tmp_path: Path) -> None:
        """A place where no entry starts leads to an error that says what to delete."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, sale("1"))
            found = History(desk.book)
            found._index._db.execute("UPDATE judgement SET places = zeroblob(24)")
            with pytest.raises(StorageError) as caught:
                found.page(Query())
            assert (caught.value.code, caught.value.where) == (
                "index_damaged",
                str(tmp_path / "b" / "index.db"),
            )
            assert "delete" in (caught.value.help or "")
            found.close()


def test_a_page_looks_at_so_many_entries_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where few of many match a page is short, and the next one goes on where it stopped."""
    monkeypatch.setattr(history, "MOST_STEPS", 4)
    with desk_in(tmp_path / "b", SMALL) as desk:
        submit(desk, *(sale(str(n), platform="p", source=f"//{n % 2}") for n in range(20)))
        submit(desk, sale("last", platform="q", source="//2"))
        found = History(desk.book)
        page = found.page(Query(thing=("platform", "p"), source="//2"))
        assert page == Page([], None)
        page = found.page(Query(thing=("platform", "p"), source="//1", limit=20))
        assert 0 < len(page.items) < 10
        assert page.next is not None
        rest = walked(found, Query(thing=("platform", "p"), source="//1", limit=20))
        assert [one.id for one in rest] == [str(n) for n in range(19, 0, -2)]
        found.close()
