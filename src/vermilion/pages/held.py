"""Tell what a book holds, and which resolutions wait for a second person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vermilion.desk.loop.answer import HeldCause, Unconfirmed
from vermilion.pages.codes import BINDS, OUTCOMES
from vermilion.pages.loop_words import EFFECTS
from vermilion.pages.text import visible
from vermilion.pages.words import Language, pick, say


def held_lines(
    total: int,
    causes: Sequence[HeldCause],
    waiting: Sequence[Unconfirmed],
    most: int,
    language: Language,
) -> Iterator[str]:
    """Give what is held in lines, a paragraph for each of the first causes; no markup is read."""
    yield say("held.title", language, n=total, causes=len(causes))
    for one in causes[:most]:
        yield ""
        yield from _cause(one, language)
    if len(causes) > most:
        yield ""
        yield say("held.further", language, n=len(causes) - most)
    for pending in waiting:
        about = visible(pending.cause or " ".join(pending.event or ()))
        action = pick(EFFECTS[pending.action], language)
        yield ""
        yield f"{pending.id}  {say('held.waits', language, action=action, by=visible(pending.by))}"
        yield f"  {say('held.about', language, about=about, at=pending.at)}"


def _cause(one: HeldCause, language: Language) -> Iterator[str]:
    events = say("held.events", language, n=one.events)
    binds = pick(BINDS[one.binds], language)
    answered = f"; {say('held.answered', language)}" if one.answered else ""
    yield f"{one.cause}  {events}  {one.rule} ({binds}){answered}"
    if one.title is not None:
        yield f"  {pick(one.title, language)}"
    about = say("held.of", language, fact=visible(one.fact), entity=visible(one.entity))
    yield f"  {pick(OUTCOMES[one.outcome], language)}{say('colon', language)}{about}"
    if one.question is not None:
        yield f"  {pick(one.question, language)}"
    names = ", ".join(map(visible, one.examples)) + (" …" if one.events > len(one.examples) else "")
    yield f"  {say('held.examples', language, names=names)}"
