"""Tell for how long records of a person may have to be kept, by the parameters of the rulebooks.

Facts only: which terms there are, and when they end. Whether one binds the operator is not decided
here. A rulebook states its terms, with their clauses and days, in parameters of the names in
`TERMS`; the shipped `cn` does.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence

from vermilion.desk.history import MOST_ITEMS, History, Query
from vermilion.errors import RulebookError
from vermilion.facts.events import Keeping
from vermilion.rulebook import Engine
from vermilion.rulebook.model import Parameter, ParameterValue

_TRADES = ("sale", "transfer", "payment", "holding", "loan", "product")

TERMS: dict[str, tuple[str, ...]] = {
    "keep_identity_months": (),
    "keep_transaction_months": _TRADES,
    "keep_trade_information_months": (*_TRADES, "offer", "issue"),
    "keep_content_months": ("post",),
}
"""Parameters by name, and on events of which types the term of each begins.

That of identity material begins when the relationship with the person ends, which no event tells.
"""


def terms(
    engines: Sequence[Engine],
    history: History,
    person: str,
    ended: dt.date | None,
    now: dt.datetime,
) -> list[Keeping]:
    """Return the terms for which records of a person may have to be kept, over or not.

    Of each type the last 200 events recorded that name the person are looked at (policy).

    Args:
        engines: the rulebooks in force.
        history: of the book.
        person: the party's id.
        ended: when the relationship with the person ended; None where that is not known. It counts
            from the last event that names the person, where that is later.
        now: the moment at which this is asked.

    Raises:
        RulebookError: `bad_term`: a rulebook gives no number of months.
        StorageError: the index is damaged.
    """
    return [one for engine in engines for one in _terms(engine, history, person, ended, now)]


def running(engines: Sequence[Engine], found: Sequence[Keeping], now: dt.datetime) -> list[Keeping]:
    """Return the terms that are not over, or of which nobody knows whether they are."""
    days = {engine.rulebook.id: engine.legal_date(now) for engine in engines}
    return [one for one in found if one.until is None or days[one.rulebook] < one.until]


def _terms(
    engine: Engine, history: History, person: str, ended: dt.date | None, now: dt.datetime
) -> Iterator[Keeping]:
    for name, kinds in TERMS.items():
        parameter = engine.rulebook.document.parameters.get(name)
        if parameter is None:
            continue
        last = _last(engine, history, person, kinds)
        identity = name == "keep_identity_months"
        if last is None or (identity and not history.stating("party", person, 1)):
            continue  # there is nothing of the kind
        begins: dt.date | None = last
        if identity:
            begins = None if ended is None else max(last, ended)
        value, until = _ends(parameter, begins, engine.legal_date(now))
        if not _months(value):
            continue
        clause = None if value.source == "policy" else value.source
        yield Keeping(
            rulebook=engine.rulebook.id,
            parameter=name,
            months=_months(value),
            instrument=None if clause is None else clause.instrument,
            pinpoint=None if clause is None else clause.pinpoint,
            until=until,
        )


def _last(engine: Engine, history: History, person: str, kinds: Sequence[str]) -> dt.date | None:
    """Return the legal date of the last event of some types, or of any, that names a person."""
    days = [
        engine.legal_date(dt.datetime.fromisoformat(one.at))
        for kind in kinds or (None,)
        for one in history.page(Query(limit=MOST_ITEMS, type=kind, thing=("party", person))).items
    ]
    return max(days, default=None)


def _ends(
    parameter: Parameter, begins: dt.date | None, day: dt.date
) -> tuple[ParameterValue, dt.date | None]:
    """Return the value that counts on a day, and when its term is over.

    A value that comes into force changes the terms that still run then, and no others.
    """
    first, *later = sorted(parameter.values, key=lambda one: one.from_)
    known = [first, *(one for one in later if one.from_ <= day)]
    if begins is None:
        return known[-1], None
    counts, until = first, _after(begins, _months(first))
    for value in known[1:]:
        if value.from_ < until:
            counts, until = value, _after(begins, _months(value))
    return counts, until


def _months(value: ParameterValue) -> int:
    if isinstance(value.value, int) and value.value >= 0:
        return value.value
    raise RulebookError(
        "bad_term",
        f"`{value.value}` is no number of months for which records are kept",
        help=f"write a whole number for these parameters: {', '.join(TERMS)}",
    )


def _after(day: dt.date, months: int) -> dt.date:
    """Return the first day on which a term of so many months is over."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > dt.MAXYEAR:
        return dt.date.max
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last)) + dt.timedelta(days=1)
