"""A rulebook over time: when each rule holds and by what, what repeals what, and which numbers hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from vermilion.errors import UsageError
from vermilion.language import tree, walk
from vermilion.rulebook.load import LoadedRule, Rulebook
from vermilion.rulebook.model import ClauseRef, Mode, Period, Words
from vermilion.rulebook.periods import Periods
from vermilion.rulebook.windows import nodes_of


class Span(msgspec.Struct, frozen=True):
    """Days on which the same holds: `carriers` are instruments, `value` is a parameter's."""

    days: Period
    carriers: tuple[str, ...] = ()
    value: int | str | None = None
    source: ClauseRef | str | None = None


class Row(msgspec.Struct, frozen=True):
    """One rule, instrument or parameter: when it holds, and for an instrument what repealed it."""

    id: str
    title: Words
    spans: tuple[Span, ...]
    repealed_by: str | None = None
    mode: Mode | None = None


class Timeline(msgspec.Struct, frozen=True):
    """A rulebook, or one of its rules with what it rests on, between two days, both included."""

    rulebook: str
    title: Words
    first: dt.date
    last: dt.date
    rules: tuple[Row, ...]
    instruments: tuple[Row, ...]
    parameters: tuple[Row, ...]


def timeline(
    rulebook: Rulebook,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    rule: str | None = None,
) -> Timeline:
    """Return when what holds.

    Args:
        rulebook: a loaded rulebook.
        first: first day shown; that of the first change where it is left out.
        last: last day shown; a year after the last change where it is left out.
        rule: the one rule to show, with its instruments and parameters.

    Raises:
        UsageError: `rule_unknown`; `days_reversed`.
    """
    chosen = [one for one in rulebook.rules if rule in {None, one.rule.id}]
    if not chosen:
        raise UsageError("rule_unknown", f"there is no rule `{rule}`", help="see `rules list`")
    periods = Periods(rulebook)
    named = _named(rulebook, chosen) if rule else None
    instruments = [one for one in rulebook.document.instruments if not named or one.id in named[0]]
    parameters = {
        name: entry
        for name, entry in rulebook.document.parameters.items()
        if not named or name in named[1]
    }
    rows = (
        tuple(_of_rule(periods, one) for one in chosen),
        tuple(
            Row(one.id, one.title, (Span(one.in_force),), one.repealed_by) for one in instruments
        ),
        tuple(Row(name, entry.title, tuple(_values(entry))) for name, entry in parameters.items()),
    )
    days = sorted(_days(row for group in rows for row in group))
    first = first or (days[0] if days else dt.date(2000, 1, 1))
    last = last or max([first, *days[-1:]]).replace(day=1) + dt.timedelta(days=365)
    if last < first:
        raise UsageError("days_reversed", f"{last} lies before {first}", help="turn the two round")
    return Timeline(
        rulebook.id,
        rulebook.document.rulebook.title,
        first,
        last,
        *(tuple(_clipped(rows, first, last)) for rows in rows),
    )


def _named(rulebook: Rulebook, rules: Sequence[LoadedRule]) -> tuple[set[str], set[str]]:
    """Return the instruments that rules rest on, with what repealed them, and their parameters."""
    instruments = {citation.instrument for one in rules for citation in one.rule.citations}
    later = {rulebook.instruments[id].repealed_by for id in instruments}
    parameters = {
        part.name
        for one in rules
        for condition in one.conditions.values()
        for node in nodes_of(condition)
        for part in walk(node)
        if isinstance(part, tree.Parameter)
    }
    return instruments | {id for id in later if id is not None}, parameters


def _of_rule(periods: Periods, loaded: LoadedRule) -> Row:
    """Return a rule's life, cut where an instrument begins or ceases to carry it."""
    rule = loaded.rule
    carried = {one: periods.cited(rule, one) for one in rule.citations}
    by_carriers: list[tuple[tuple[str, ...], list[int]]] = []
    for period in sorted(periods.rule(rule)):
        alive = tuple(dict.fromkeys(one.instrument for one in carried if period in carried[one]))
        if by_carriers and by_carriers[-1][0] == alive and by_carriers[-1][1][-1] == period - 1:
            by_carriers[-1][1].append(period)
        else:
            by_carriers.append((alive, [period]))
    spans = tuple(
        Span(days, carriers) for carriers, of in by_carriers for days in periods.spans(of)
    )
    return Row(rule.id, rule.title, spans, mode=rule.mode)


def _values(entry: Any) -> Iterator[Span]:
    values = sorted(entry.values, key=lambda value: value.from_)
    for value, later in zip(values, [*values[1:], None], strict=True):
        to = None if later is None else later.from_
        yield Span(Period(from_=value.from_, to=to), value=value.value, source=value.source)


def _days(rows: Iterator[Row]) -> set[dt.date]:
    return {
        day
        for row in rows
        for span in row.spans
        for day in (span.days.from_, span.days.to)
        if day is not None
    }


def _clipped(rows: Sequence[Row], first: dt.date, last: dt.date) -> Iterator[Row]:
    """Give the rows without the spans that lie wholly outside of the days shown."""
    for row in rows:
        spans = tuple(
            span
            for span in row.spans
            if (span.days.from_ or first) <= last and (span.days.to is None or span.days.to > first)
        )
        if spans:
            yield msgspec.structs.replace(row, spans=spans)
