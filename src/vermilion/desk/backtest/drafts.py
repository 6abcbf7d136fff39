"""Load the two rulebooks of a backtest: the base, and the draft that is held against it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from vermilion.desk.activation import active, rulebooks_of
from vermilion.desk.book import Book
from vermilion.errors import UsageError
from vermilion.rulebook import (
    Engine,
    Rulebook,
    check_document,
    find_rulebook,
    shipped_rulebooks,
)
from vermilion.rulebook.overlay import load_with_overlay

_PARTS = ("instruments.yaml", "lists.yaml", "parameters.yaml", "windows.yaml", "rules")


def draft_rulebook(name: str, book: Path | None) -> Rulebook:
    """Load a draft: a rulebook by name or folder, or an overlay's folder named after its rulebook.

    A rulebook gets the book's overlay laid over it. An overlay is laid over the shipped rulebook of
    its folder's name, in the place of the one that the book has.

    Raises:
        UsageError: there is neither.
        RulebookError: it is malformed, or the overlay does not fit.
    """
    folder = Path(name)
    if not (folder / "rulebook.yaml").is_file() and any((folder / one).exists() for one in _PARTS):
        id = folder.resolve().name
        if id in shipped_rulebooks():
            return load_with_overlay(find_rulebook(id), folder)
        raise UsageError(
            "overlay_unclaimed",
            f"`{id}` is for no shipped rulebook",
            help=f"name the folder of the overlay after one: {', '.join(shipped_rulebooks())}",
            where=name,
        )
    (rulebook,) = rulebooks_of(book, [name])
    return rulebook


def base_rulebook(draft: Rulebook | None, name: str | None, book: Path | None) -> Rulebook:
    """Load what a draft is held against: as named, else what the book has or is shipped of its id.

    Raises:
        UsageError: there is none: `no_base`.
    """
    wanted = name or (draft.id if draft is not None and draft.id in shipped_rulebooks() else None)
    if wanted is None:
        raise UsageError(
            "no_base",
            "no rulebook is shipped that the draft could be held against",
            help="name one with --rulebook",
        )
    (rulebook,) = rulebooks_of(book, [wanted])
    return rulebook


def engine_in_force(book: Book, rulebook: str) -> Engine | None:
    """Return a book's rulebook in force by id, with the profile that it was activated with."""
    standing = active(book.state.rows, rulebook)
    return None if standing is None else book.kept_engine(standing.digest)


def with_shadow_live(engine: Engine) -> Engine:
    """Return a rulebook as if its rules in shadow counted; another digest, never put in force."""
    document = engine.rulebook.document
    rules = [
        msgspec.structs.replace(rule, mode="live") if rule.mode == "shadow" else rule
        for rule in document.rules
    ]
    return Engine(check_document(msgspec.structs.replace(document, rules=rules)), engine.profile)
