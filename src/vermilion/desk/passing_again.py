"""Judge a file of events once more, to tell what would make one of them pass."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk, Sealed
from vermilion.desk.passing import Passing, would_pass
from vermilion.facts.events import event_type_of
from vermilion.intake import Received
from vermilion.rulebook import Engine, Rulebook

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
