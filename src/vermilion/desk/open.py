"""Put a book's desk together: its rulebooks with their overlays, in force and ready to judge."""

from __future__ import annotations

from vermilion.desk.activation import rulebooks_of
from vermilion.desk.book import Book
from vermilion.desk.desk import Desk
from vermilion.rulebook import Engine


def desk_of(book: Book) -> Desk:
    """Return the desk of an open book under the rulebooks that its configuration names.

    Raises:
        UsageError: a rulebook is unknown, or it takes officers to activate it.
        RulebookError: a rulebook or overlay is malformed.
        StorageError: as for `Desk`.
    """
    rulebooks = rulebooks_of(book.path, book.configuration.rulebooks)
    engines = [Engine(rulebook, book.profile) for rulebook in rulebooks]
    for engine in engines:
        book.activate(engine)
    return Desk(book, engines)
