"""What people resolve is told from the record, whatever happens between record and outbox."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from desk.samples import desk_in, rule, rulebook, sale, submit
from vermilion.desk.desk import Desk
from vermilion.desk.loop.answer import answer, held_causes
from vermilion.errors import StorageError
from vermilion.facts.events import By, EventName, Resolution
from vermilion.permit import Verifier
from vermilion.web.webhooks import Teller, Webhooks
from vermilion.web.webhooks import telling as telling_module

from .samples import settings, subscription

REVIEW = rulebook(
    rule(
        "XX-KNOWN",
        "sale",
        'buyer.kyc.status != "verified"',
        applies_if='price.currency != "CNY"',
    )
)
"""Nothing is known of the buyer, so that every sale in foreign money waits for one answer."""

ALL = ["event.freed", "event.stopped", "case.opened"]
SOURCE = "//test"


class Told:
    """A desk, its webhooks and what tells them, in one folder."""

    def __init__(self, folder: Path, desk: Desk, kinds: Sequence[str] = ALL[:2]) -> None:
        self.folder, self.desk, self.kinds = folder, desk, list(kinds)
        self.refused: list[Any] | None = None
        self.start()

    def start(self) -> None:
        """Begin to tell."""
        shop = subscription(9, source=SOURCE, kinds=self.kinds)
        self.webhooks = Webhooks(self.folder, settings(shop))
        self.teller = Teller(self.webhooks, self.desk.book, self._refused)

    def _refused(self) -> Sequence[Any]:
        return self.refused or []

    def again(self) -> None:
        """Stop and start again, as after a crash of what tells."""
        self.webhooks.close()
        self.start()

    def waiting(self) -> list[dict[str, Any]]:
        """Return what waits in the outbox, in order, and take it out."""
        found = []
        while (message := self.webhooks.outbox.first("shop")) is not None:
            found.append(json.loads(message.body) | {"id": message.id})
            self.webhooks.outbox.remove(message.number)
        return found

    def propose(self, *ids: str, source: str = SOURCE, **data: Any) -> None:
        """Propose sales for review, each a business of its own, and have told what comes of it."""
        facts = {"price": {"amount": 1, "currency": "USD"}} | data
        events = [sale(id, stage="proposed", source=source, subject=id, **facts) for id in ids]
        submit(self.desk, *events)
        self.teller.follow(self.desk.permits)

    def resolve(self, action: str, id: str | None = None) -> None:
        """Resolve one held event, or the cause of all of them; nothing is told of it yet."""
        if id is not None:
            self.say(action, "olga", event=EventName(source=SOURCE, id=id))
            return
        until = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=30)
        first = self.say(action, "olga", cause=self.cause(), until=until)
        self.say(action, "oskar", confirms=EventName(source="vermilion:resolutions", id=first))

    def say(self, action: str, by: str, **about: Any) -> str:
        """Record a person's resolution; return its id."""
        said = Resolution(action=action, parties=By(by=by), reason="seen", **about)  # type: ignore[arg-type]
        answered = answer(self.desk, said)
        assert answered.effect.effect != "void", answered.effect.void
        return answered.id

    def cause(self) -> str:
        """Return the first cause under which something waits."""
        return held_causes(self.desk.book)[0].cause


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """Yield a desk with three proposals that are held, and one of another source."""
    with desk_in(tmp_path / "book", REVIEW) as desk:
        one = Told(tmp_path, desk)
        one.propose("p0", "p1", "p2")
        one.propose("q", source="//other")
        yield one
        one.webhooks.close()


def told_of(waiting: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return kind and event of some messages."""
    return [(one["type"], one["data"]["event"]["id"]) for one in waiting]


def test_a_release_tells_the_permit(told: Told) -> None:
    """The message has a permit that verifies for its event, under the book's own key."""
    told.resolve("release", "p1")
    told.teller.follow()
    (one,) = told.waiting()
    assert told_of([one]) == [("event.freed", "p1")]
    permit = one["data"]["permit"]
    verifier = Verifier(told.desk.book.keys.permit_public_key)
    claims = verifier.verify(permit["permit"], time.time())
    assert (claims.event.id, claims.jti) == ("p1", permit["jti"])
    assert len(claims.resolutions) == 1
    assert one["timestamp"] == dt.datetime.fromtimestamp(claims.nbf, dt.UTC).isoformat()


def test_what_is_permitted_at_once_is_not_told(told: Told) -> None:
    """Its permit stands in the answer already, be it by a rulebook or by a resolution from before."""
    told.propose("fine", price={"amount": 1, "currency": "CNY"})
    assert told.desk.permits
    assert told.waiting() == []
    told.resolve("release")
    told.teller.follow()
    assert len(told.waiting()) == 3
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat()
    price = {"amount": 1, "currency": "USD"}
    submit(told.desk, sale("p9", later, stage="proposed", subject="p9", price=price))
    assert told.desk.permits[0].said.resolutions
    told.teller.follow(told.desk.permits)
    assert told.waiting() == []


@pytest.mark.parametrize("id", ["p1", None])
def test_a_refusal_is_told_as_the_loop_gives_it(told: Told, id: str | None) -> None:
    """What the loop refused is told by name, each event once, without a word on why."""
    names = ["p0", "p1", "p2"] if id is None else [id]
    told.resolve("refuse", id)
    told.refused = [((SOURCE, name), 1_773_115_200) for name in names]
    told.teller.follow()
    waiting = told.waiting()
    assert [one["data"] for one in waiting] == [
        {"event": {"source": SOURCE, "id": name}} for name in names
    ]
    assert {one["timestamp"] for one in waiting} == {"2026-03-10T04:00:00+00:00"}
    assert "seen" not in json.dumps(waiting)


@pytest.mark.parametrize(("action", "kind"), [("release", ALL[0]), ("refuse", ALL[1])])
@pytest.mark.parametrize("id", ["p1", None])
def test_what_was_not_told_is_found_in_the_record(
    told: Told, action: str, kind: str, id: str | None
) -> None:
    """A process that died between record and outbox is made good by the next, once."""
    told.resolve(action, id)
    told.again()
    names = ["p0", "p1", "p2"] if id is None else [id]
    assert sorted(told_of(told.waiting())) == [(kind, name) for name in names]
    told.again()
    assert told.waiting() == []


def test_told_again_is_the_same_message(told: Told) -> None:
    """What is told live and found in the record afterwards has one id and one body."""
    told.resolve("release", "p0")
    told.teller.follow()
    told.resolve("refuse", "p1")
    told.again()
    first = told.waiting()
    assert told_of(first) == [("event.freed", "p0"), ("event.stopped", "p1")]
    told.webhooks.outbox.put([], 0.0, told=0)
    told.again()
    assert told.waiting() == first
    at = int(dt.datetime.fromisoformat(first[1]["timestamp"]).timestamp())
    told.refused = [((SOURCE, "p1"), at)]
    told.propose("p8")
    told.resolve("release", "p2")
    told.teller.follow()
    assert first[1] in told.waiting()


def test_a_group_that_could_not_be_told_is_told_with_the_next(
    told: Told, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the outbox fails the desk goes on, and the next group tells what was missed as well."""

    def failing(*_: Any, **__: Any) -> None:
        raise StorageError("outbox_unusable", "disk full")

    told.resolve("release", "p0")
    told.resolve("refuse", "p2")
    told.refused = [((SOURCE, "p2"), 0)]
    with monkeypatch.context() as broken:
        broken.setattr(told.webhooks.outbox, "put", failing)
        told.teller.follow()
    assert "disk full" in caplog.text
    told.refused = None
    told.propose("p7")
    assert told_of(told.waiting()) == [("event.freed", "p0"), ("event.stopped", "p2")]
    told.resolve("release", "p1")
    told.teller.follow()
    assert told_of(told.waiting()) == [("event.freed", "p1")]


def test_a_first_start_tells_no_history(tmp_path: Path) -> None:
    """Where webhooks are set up for a book that has been at work, they begin with what comes."""
    with desk_in(tmp_path / "book", REVIEW) as desk:
        price = {"amount": 1, "currency": "USD"}
        submit(desk, *(sale(id, stage="proposed", subject=id, price=price) for id in ("a", "b")))
        name = EventName(source=SOURCE, id="a")
        answer(desk, Resolution(action="release", parties=By(by="o"), reason="seen", event=name))
        one = Told(tmp_path, desk)
        assert one.waiting() == []
        one.again()
        assert one.waiting() == []
        one.resolve("release", "b")
        one.teller.follow()
        assert told_of(one.waiting()) == [("event.freed", "b")]
        one.webhooks.close()


def test_a_record_brought_back_from_a_copy(told: Told) -> None:
    """Where more was told than the record has, telling goes on from the record's end."""
    told.webhooks.outbox.put([], 0.0, told=10**9)
    told.again()
    told.resolve("release", "p2")
    told.teller.follow()
    assert told_of(told.waiting()) == [("event.freed", "p2")]


def test_cases(tmp_path: Path) -> None:
    """A case is told once each time it opens, by its cause alone, also by the next process."""
    with desk_in(tmp_path / "book", REVIEW) as desk:
        one = Told(tmp_path, desk, ALL[2:])
        one.propose("p0")
        one.propose("p1", "p2")
        (told,) = one.waiting()
        cause = one.cause()
        assert (told["type"], told["data"]) == ("case.opened", {"cause": cause})
        one.resolve("release")
        one.teller.follow()
        one.again()
        assert one.waiting() == []
        # Proposed before the resolution's time, so that it waits: the case is open again.
        submit(desk, sale("p3", "2026-03-09T12:00:00+08:00", stage="proposed", subject="p3",
                          price={"amount": 1, "currency": "EUR"}))  # fmt: skip
        one.again()
        assert all(found["id"] != told["id"] for found in one.waiting())
        assert one.waiting() == []
        one.webhooks.close()


def test_cases_that_are_open_when_they_are_first_asked_for(told: Told) -> None:
    """Whoever begins to ask for cases is told those that are open, once."""
    told.kinds = ALL[2:]
    for count in (1, 0):
        told.again()
        assert len(told.waiting()) == count


def test_how_far_was_told_is_noted_now_and_then(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anything to tell, the place is noted after so many entries, and not for each group."""
    monkeypatch.setattr(telling_module, "NOTED_EVERY", 10)
    before = told.webhooks.outbox.told
    for number in range(9):
        told.propose(f"s{number}", source="//other")
    told.propose("last", source="//other")
    noted = told.webhooks.outbox.told
    assert before is not None
    assert noted is not None
    assert before < noted < told.desk.book.record.size
