"""Tell what would make an event pass that was judged before: from a file, or from its book."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk, Sealed
from vermilion.desk.judge import Judge
from vermilion.desk.know import Knowledge
from vermilion.desk.passing import Passing, still_rests, would_pass
from vermilion.desk.sealing import opened
from vermilion.desk.settled import facts_read
from vermilion.errors import UsageError
from vermilion.facts.events import event_type_of
from vermilion.intake import Received
from vermilion.rulebook import Engine, Rulebook
from vermilion.store import StandingFacts, identity_of

_GROUP = 1_024


class Again(NamedTuple):
    """An event judged again: its type, the rulebook's digest, and what would make it pass."""

    event_type: str
    digest: str
    passing: list[Passing]


def would_pass_again(
    events: Iterable[Received], rulebook: Rulebook, source: str, id: str
) -> Again | None:
    """Judge a history up to an event once more and tell what would make that one pass.

    Nothing is kept. None where the event is not among them.

    Args:
        events: the history, in the order in which it was judged.
        rulebook: judges it, for an operator of whom nothing is configured.
        source: source of the event.
        id: its id.
    """
    with TemporaryDirectory(prefix="vermilion-") as folder, Book.open(Path(folder) / "b") as book:
        engine = Engine(rulebook, book.profile)
        book.activate(engine)
        desk = Desk(book, [engine])
        group: list[Received] = []
        for one in events:
            group.append(one)
            last = (one.event.source, one.event.id) == (source, id)
            if not last and len(group) < _GROUP:
                continue
            answer = desk.submit(group)[-1]
            group.clear()
            if last and isinstance(answer, Sealed):
                event, ruling = answer.judged.event, answer.judged.ruled[0].ruling
                passing = would_pass(desk.judges[0], event, ruling)
                return Again(event_type_of(event), engine.digest, passing)
    return None


def would_pass_in(
    book: Book, source: str, id: str, digest: str, standing: StandingFacts | None = None
) -> Again | None:
    """Tell what would make a recorded event pass, by what was known when it was judged.

    Effect on nothing. None where the book holds no ruling on the event under that rulebook.

    Args:
        book: the book that the judgement was sealed in.
        source: source of the event.
        id: its id.
        digest: the rulebook's digest.
        standing: what the book knows, where a desk may know more than the state has written.

    Raises:
        UsageError: `erased`: the event, or what its ruling rests on, was erased since.
        StorageError: the book does not keep that rulebook, or not as it was.
    """
    identity = identity_of(source, id)
    place = book.state.find([identity]).get(identity)
    if place is None:
        return None
    entry = book.read(place)
    judged = opened(entry)
    if judged is None:
        raise _erased(id)
    rulings = [one.ruling for one in judged.ruled if one.ruling.rulebook.digest == digest]
    if not rulings:
        return None
    engine = book.kept_engine(digest)
    then = (standing or StandingFacts((book.state, book.stated))).then(entry.index)
    judge = Judge(engine, Knowledge(then, facts_read([engine])))
    if not still_rests(judge, judged.event, rulings[0]):
        raise _erased(id)
    passing = would_pass(judge, judged.event, rulings[0])
    return Again(event_type_of(judged.event), digest, passing)


def _erased(id: str) -> UsageError:
    return UsageError("erased", f"`{id}`, or what its decision rests on, was erased since")
