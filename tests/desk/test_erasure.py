"""What is told after an erasure is the same by a desk that goes on, one reopened and one made anew."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.desk.cases import CaseQuery
from vermilion.desk.cases.labels import case_labels
from vermilion.desk.cases.pages import missing_page, unconfirmed_page
from vermilion.desk.erase import ErasureAsked, erase
from vermilion.desk.history import History, Query
from vermilion.desk.loop.answer import held_causes, labels, unconfirmed
from vermilion.desk.loop.rows import business_of
from vermilion.desk.overview import missing_facts, overview
from vermilion.desk.sealing import remaining_event
from vermilion.desk.things import thing
from vermilion.errors import Error
from vermilion.facts.entities import ENTITY_KINDS
from vermilion.facts.events import EVENT_TYPES, CaseLink
from vermilion.rulebook import VERDICT_ORDER
from vermilion.web.served import Served

from .loop.samples import HOUSE, POLICY, at, causes, price, resolution
from .samples import desk_in, event, received, rule, rulebook

PEOPLE = ("ann", "bob", "carol", "dave", "eve")
OFFICERS = ("olga", "oskar")
TOKENS = ("t:1", "t:2")
SUBJECTS = ("s1", "s2", "s3", "s4", "s5")
SEEDS = range(3)
NOW = dt.datetime.fromisoformat(at(days=20))

SHOP = rulebook(
    rule("YY-AD", "offer", "len(ad_texts) > 1", verdict="review", citations=[POLICY]),
    rule("YY-POST", "post", "known(text)", verdict="review", citations=[POLICY]),
    rule("YY-NAME", "sale", 'buyer.name == "Xaver"', verdict="review", citations=[POLICY]),
    id="yy",
)
"""Holds what people wrote, and whom it knows by name: causes that rest on what is erased."""


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Open a book with what serves it."""
    with desk_in(folder, HOUSE, SHOP) as desk:
        desk.submit([])
        with closing(History(desk.book)) as history:
            yield Served(desk.book, desk, history)


def anew(book: Path, copy: Path) -> Path:
    """Return a copy of a book without what is made of its record."""
    shutil.copytree(book, copy, ignore=shutil.ignore_patterns("state.db*", "index.db*"))
    return copy


# --- What happens ---------------------------------------------------------------------------------


class Story:
    """Lets things happen in a book, one after the other, as a seed has it."""

    def __init__(self, one: Served, seed: int) -> None:
        self.one = one
        self.random = random.Random(seed)
        self.number = 0
        self.serial = 0
        self.files: list[tuple[str, str]] = []

    def go_on(self, steps: int) -> None:
        """Let so many things happen."""
        happen: list[Callable[[], None]] = [
            *[self.party] * 3,
            *[self.sale] * 6,
            self.token,
            self.work,
            *[self.post] * 2,
            *[self.offer] * 2,
            *[self.resolve] * 4,
            *[self.on_case] * 4,
            *[self.link] * 3,
            self.unlink,
            self.store,
        ]
        for _ in range(steps):
            self.random.choice(happen)()

    def erase(self, id: str) -> None:
        """Erase somebody as the record says, or, as it was done before, by destroying a key."""
        if self.random.random() < 0.3 or not self.one.book.keys.ids(f"person/{id}"):
            self.one.book.keys.destroy(f"person/{id}")
            return
        asked = ErasureAsked(person=id, by="ada", ground="requested")
        erase(self.one.desk, self.one.history, asked, NOW)
        self.one.follow()

    def say(self, plain: dict[str, Any]) -> None:
        """Submit an event; most have their source's next number, and now and then one is left out."""
        if plain["source"] == "//test":
            self.serial += self.random.choice([1] * 9 + [2])
            plain["serial"] = self.serial
        self.one.follow(self.one.desk.submit([received(plain)]))

    def named(self, kind: str, *, proposed: bool = True, **data: Any) -> dict[str, Any]:
        self.number += 1
        hour = at(hours=self.number)
        stages = ["proposed"] * 3 + ["settled", "withdrawn"] if proposed else ["settled"]
        subject = {"subject": self.random.choice(SUBJECTS)} if proposed else {}
        stage = self.random.choice(stages)
        return event(kind, f"e{self.number}", hour, stage=stage, **subject, **data)

    def about(self, id: str) -> dict[str, Any]:
        pick = self.random.choice
        return {
            "id": id,
            "name": pick(["Xaver", "Ypsilon"]),
            "kyc": {"status": pick(["verified", "pending"])},
            "controlled_by": pick([None, [pick(PEOPLE)]]),
            "related_to": pick([None, [pick(PEOPLE)]]),
            "identity": pick([None, pick(PEOPLE)]),
        }

    def party(self) -> None:
        ends = self.random.choice([None, at(days=10)])
        said = self.named("party", proposed=False, party=self.about(self.random.choice(PEOPLE)))
        said["data"]["valid_until"] = ends
        self.say(said)

    def sale(self) -> None:
        pick = self.random.choice
        parties = {"buyer": pick(PEOPLE), "seller": pick(PEOPLE)}
        cost = price(100, pick(["CNY", "USD", "GBP", "EUR"]))
        inline = pick([None, None, {"parties": [self.about(pick(PEOPLE))]}])
        two = {"parties": [self.about(id) for id in self.random.sample(PEOPLE, 2)]}
        self.say(
            self.named(
                "sale",
                parties=parties,
                token=pick(TOKENS),
                price=cost,
                mode="fixed_price",
                inline=pick([inline, inline, two]),
            )
        )

    def token(self) -> None:
        pick = self.random.choice
        token = {"id": pick(TOKENS), "issuer": pick(PEOPLE), "work": "w1"}
        self.say(self.named("issue", proposed=False, token=token))

    def work(self) -> None:
        work = {"id": "w1", "author": self.random.choice(PEOPLE)}
        self.say(self.named("work", proposed=False, work=work))

    def post(self) -> None:
        parties = self.random.choice([None, {"author": self.random.choice(PEOPLE)}])
        self.say(self.named("post", parties=parties, text=self.random.choice(["buy", "sell"])))

    def offer(self) -> None:
        pick = self.random.choice
        texts = pick([["one"], ["one", "two"], ["other", "two"]])
        token, parties = pick(TOKENS), {"seller": pick(PEOPLE)}
        self.say(self.named("offer", parties=parties, token=token, ad_texts=texts))

    def resolve(self) -> None:
        pick = self.random.choice
        waiting, held = unconfirmed(self.one.book), list(causes(self.one.desk).values())
        stopped = [row.name for row in self.one.book.loop.rows.stopped()]
        about: dict[str, Any] = {"action": pick(["release", "refuse"])}
        if waiting and self.random.random() < 0.6:
            first = pick(waiting)
            about = {"confirms": {"source": first.source, "id": first.id}, "action": first.action}
        elif held and self.random.random() < 0.5:
            about |= {"cause": pick(held), "until": at(days=30)}
        elif stopped:
            source, id = pick(stopped)
            about["event"] = {"source": source, "id": id}
        else:
            return
        self.number += 1
        self.say(resolution(f"r{self.number}", at(hours=self.number), pick(OFFICERS), **about))

    def case(self) -> str | None:
        known = [cause.hex() for cause in self.one.book.loop.cases.open()]
        return self.random.choice(sorted(known)) if known else None

    def on_case(self) -> None:
        cause, by = self.case(), self.random.choice(OFFICERS)
        if cause is None:
            return
        match self.random.choice(["note", "attach", "assign"]):
            case "note":
                self.one.cases.note(cause, by, f"words {self.number}")
            case "assign":
                self.one.cases.assign(cause, by, self.random.choice([None, *OFFICERS]))
            case _:
                name = f"{self.number}.txt"
                sha256 = self.one.cases.attach(cause, by, name, "text/plain", name.encode())
                self.files.append((cause, sha256))
        self.one.follow()

    def link(self) -> None:
        cause, other, pick = self.case(), self.case(), self.random.choice
        if cause is None or other is None:
            return
        to = [
            *[CaseLink(party=pick(PEOPLE))] * 4,
            CaseLink(work="w1"),
            CaseLink(token=pick(TOKENS)),
        ]
        if cause != other:
            to += [CaseLink(same_scheme=other), CaseLink(follows_from=other)]
        self.one.cases.link(cause, pick(OFFICERS), pick(to))
        self.one.follow()

    def unlink(self) -> None:
        cause = self.case()
        rows = [] if cause is None else self.one.book.loop.cases.links(bytes.fromhex(cause))
        if cause is not None and rows:
            entry = self.random.choice(rows).entry
            self.one.cases.unlink(cause, self.random.choice(OFFICERS), entry)
            self.one.follow()

    def store(self) -> None:
        """Make durable what was taken over so far, of state or index."""
        self.random.choice([self.one.desk.store, self.one.history.store])()


# --- What is told ---------------------------------------------------------------------------------


def told(one: Served, files: list[tuple[str, str]]) -> dict[str, Any]:
    """Return everything that a desk tells of its book, as plain data."""
    found = dict(answers(one, files))
    plain: dict[str, Any] = msgspec.to_builtins(found, str_keys=True)
    return plain


def answers(one: Served, files: list[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    """Yield what a desk answers to everything that it may be asked, by the question."""
    book, cases = one.book, one.cases
    things = [("party", id) for id in (*PEOPLE, *OFFICERS)]
    things += [("token", id) for id in TOKENS] + [("work", "w1"), ("platform", "v")]
    for kind, id in things:
        yield f"{kind} {id}", thing(book, one.history, kind, id, NOW)
        yield f"links of {kind} {id}", cases.links(kind, id, NOW)
        yield f"history of {kind} {id}", pages(one, thing=(kind, id))
        yield f"sales of {kind} {id}", pages(one, thing=(kind, id), type="sale")
        yield f"known of {kind} {id}", one.desk.standing.at(kind, id, NOW)
    for kind in ENTITY_KINDS:
        yield f"count of {kind}", book.state.count(kind)
    for event_type in EVENT_TYPES:
        yield f"judgements of {event_type}", pages(one, type=event_type)
    for verdict in VERDICT_ORDER:
        yield f"judgements that {verdict}", pages(one, verdict=verdict)
    for entry in range(book.record.size):
        yield f"judgement {entry}", judged(one, entry)
    for status in (None, "open", "waiting_confirmation", "answered", "closed"):
        page = cases.page(CaseQuery(status=status, limit=200), NOW)  # type: ignore[arg-type]
        yield f"cases {status}", page.items
        for case in page.items:
            yield f"case {case.cause}", cases.case(case.cause, NOW)
    for cause, sha256 in files:
        yield f"file {sha256}", tried(lambda: cases.attachment(cause, sha256))  # noqa: B023
    yield "files", sorted(path.name for path in (book.path / "attachments").glob("*"))
    yield "missing page", missing_page(book, None, None)
    yield "unconfirmed", unconfirmed_page(book, None, None)
    yield "missing facts", missing_facts(book)
    yield "held", held_causes(book)
    yield "overview", overview(book, one.history, now=NOW)
    yield "labels", [*labels(book)]
    yield "case labels", [*case_labels(book)]
    yield "serials", dict(book.loop.rows.all_serials())
    yield "stopped", [*book.loop.rows.stopped()]
    # Of links to the erased more rows lie in a state that is older, of which nothing is told.
    rows = book.state.rows.scan(b"")
    yield "rows", {key.hex(): value for key, value in rows if not key.startswith(b"cl")}


def pages(one: Served, **query: Any) -> list[tuple[list[int], int | None]]:
    """Return the pages of judgements that a query finds, by entry, with where the next begins."""
    found, before = [], None
    while True:
        page = one.history.page(Query(limit=4, before=before, **query))
        found.append(([item.entry for item in page.items], page.next))
        before = page.next
        if before is None:
            return found


def judged(one: Served, entry: int) -> Any:
    """Return what is told of one judgement: its answer with its permit, and how its business stands."""

    def read() -> Any:
        judgement = one.judgement(entry)
        shown = one.book.loop.rows.shown(judgement.event)
        return one.judged(judgement, entry).written, one.customers.view(judgement, shown)

    place = one.history.entry(entry)
    left = None if place is None else remaining_event(one.book.read(place))
    row = None if left is None else one.book.loop.rows.proposal(business_of(left))
    return tried(read), row


def tried(ask: Callable[[], Any]) -> Any:
    """Return an answer, or the code of the error in its place."""
    try:
        return ask()
    except Error as error:
        return error.code


def different(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """Return the questions that are answered differently, with both answers."""
    asked = dict.fromkeys([*a, *b])
    return {one: (a.get(one), b.get(one)) for one in asked if a.get(one) != b.get(one)}


class TestTheSame:
    """Erasing people leaves one book, whoever opens it and whatever it is read from."""

    @pytest.mark.parametrize("seed", SEEDS)
    def test_whatever_is_asked(self, tmp_path: Path, seed: int) -> None:
        """At every point, what the desk tells that goes on is told by one from the record alone."""
        book = tmp_path / "b"
        with served(book) as one:
            story = Story(one, seed)
            gone = story.random.sample((*PEOPLE, *OFFICERS), 4)
            for part, id in enumerate(gone):
                story.go_on(25)
                story.erase(id)
                one.book.keys.flush()
                live = told(one, story.files)
                with served(anew(book, tmp_path / f"anew{part}")) as other:
                    assert different(live, told(other, story.files)) == {}
                shutil.rmtree(tmp_path / f"anew{part}")
            story.go_on(10)
            live = told(one, story.files)
        with served(book) as reopened:
            assert different(live, told(reopened, story.files)) == {}
