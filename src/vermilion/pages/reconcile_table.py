"""A reconciliation on a terminal, eighty columns wide or piped; imported only when printing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from vermilion.desk.loop.reconcile import Line, Reconciliation, Unexplained
from vermilion.pages import reconcile_view as view
from vermilion.pages.codes import named
from vermilion.pages.loop_words import BYPASS_REASONS, COLUMNS, EFFECTS, VOIDS
from vermilion.pages.printing import put_head, put_line, put_more, put_split
from vermilion.pages.text import shorten
from vermilion.pages.words import Language, pick, say, thousands
from vermilion.rulebook import Words

MOST_EVENTS = 20
MOST_GAPS = 10
MOST_ROWS = 62
"""Days of all sources together."""
MOST_SOURCES = 8
MOST_BRIEF = 12

_STYLES = {"unexplained": "bold red", "waiting": "yellow", "unused": "yellow"}


def print_reconciliation(
    found: Reconciliation, console: Console, language: Language = "en"
) -> None:
    """Print a reconciliation: answer, sums, counts by source and day, and what no permit explains.

    Foreign text is never read as markup, hidden characters are written out, and no line is longer
    than the console is wide.
    """
    for sentence in view.answers(found, language):
        put_line(console, Text(sentence, style="bold"))
    where = f"{shorten(found.book, 48)}{say('separator', language)}{shorten(found.at, 40)}"
    put_line(console, Text(where, style="dim"))
    if found.lines:
        _counts(found, console, language)
    _events(found, console, language)
    _resolutions(found, console, language)
    _gaps(found, console, language)


class _Row(NamedTuple):
    """A line of a table, or a heading over lines where there are no counts."""

    label: str
    line: Line | None
    style: str = ""


def _counts(found: Reconciliation, console: Console, language: Language) -> None:
    console.print()
    for parts in view.equations(found.total, language):
        _equation(parts, console)
    accounts = view.accounts(found.lines, rows=MOST_ROWS, told=MOST_SOURCES, brief=MOST_BRIEF)
    settled = [*view.SETTLED, "backdated", "withdrawn", *view.PERMITS[2:]]
    for title, names in (("loop.settlements", settled), ("loop.proposals", view.PROPOSED)):
        if view.value(found.total, names[0]):
            put_head(console, say(title, language))
            shown = view.columns(found.total, names)
            _table(list(_rows(found, accounts, shown, language)), shown, console, language)
    console.print()
    for meaning in view.meanings(found.total, language):
        put_line(console, Text(meaning, style="dim"))


def _equation(parts: Sequence[str], console: Console) -> None:
    """Print a sum; a line breaks before a sign."""
    line = ""
    for part in parts:
        if line and cell_len(f"{line} {part}") > console.width:
            put_line(console, Text(line))
            line = "   "
        line = f"{line} {part}" if line else part
    put_line(console, Text(line))


def _rows(
    found: Reconciliation, accounts: view.Accounts, names: Sequence[str], language: Language
) -> Iterator[_Row]:
    """Give a table's rows: sources with their days, further sources, the total; none of zeros."""

    def counts(line: Line) -> bool:
        return any(view.value(line, name) for name in names)

    for one in filter(lambda one: counts(one.sum), accounts.told):
        yield _Row(shorten(one.source, 72), None)
        if one.earlier is not None and counts(one.earlier):
            day = shorten(one.earlier.day, 10)
            yield _Row(say("loop.until", language, day=day), one.earlier)
        for line in filter(counts, one.days):
            yield _Row(shorten(line.day, 10), line)
        if len(one.days) > 1 and len(accounts.told) > 1:
            yield _Row(say("loop.sum", language), one.sum, "bold")
    rest = [(shorten(one.source, 72), one.sum) for one in accounts.brief]
    if accounts.rest is not None:
        rest.append((say("loop.further", language, n=accounts.rest_number), accounts.rest))
    for name, line in ((name, line) for name, line in rest if counts(line)):
        yield _Row(name, None)
        yield _Row(say("loop.sum", language), line, "bold")
    yield _Row(say("loop.total", language), found.total, "bold")


def _table(
    rows: Sequence[_Row], names: Sequence[str], console: Console, language: Language
) -> None:
    """Print rows of counts; columns that do not fit beside the others follow below them."""
    heads = {name: pick(COLUMNS[name], language) for name in names}
    counts = [row.line for row in rows if row.line is not None]
    widths = {
        name: max(cell_len(head), *(len(thousands(view.value(line, name))) for line in counts))
        for name, head in heads.items()
    }
    first = max(cell_len(row.label) for row in rows if row.line is not None)
    room = console.width - 2 - first
    gap = 2 if sum(widths.values()) + 2 * len(widths) <= room else 1
    widths = {name: width + gap for name, width in widths.items()}
    for block in _blocks(widths, room):
        line = Text(" " * first, style="dim")
        for name in block:
            line.append(" " * (widths[name] - cell_len(heads[name])) + heads[name])
        put_line(console, line, indent=2, whole=False)
        for row in rows:
            put_line(console, _cells(row, block, widths, first), indent=2, whole=False)


def _blocks(widths: Mapping[str, int], room: int) -> Iterator[list[str]]:
    """Give as many columns at a time as fit into a line."""
    block: list[str] = []
    left = room
    for name, width in widths.items():
        if block and width > left:
            yield block
            block, left = [], room
        block.append(name)
        left -= width
    yield block


def _cells(row: _Row, block: Sequence[str], widths: Mapping[str, int], first: int) -> Text:
    if row.line is None:
        return Text(row.label, style="bold")
    line = Text(row.label + " " * (first - cell_len(row.label)), style=row.style)
    for name in block:
        number = view.value(row.line, name)
        style = _STYLES.get(name, "") if number else "not bold dim"
        line.append(f"{thousands(number):>{widths[name]}}", style=style)
    return line


def _events(found: Reconciliation, console: Console, language: Language) -> None:
    if not found.total.unexplained:
        return
    put_head(console, say("loop.events", language), thousands(found.total.unexplained))
    _tally(found.reasons, BYPASS_REASONS, console, language)
    if len(found.reasons) > 1:
        put_line(console, Text(say("loop.several", language), style="dim"), indent=2)
    for event in found.unexplained[:MOST_EVENTS]:
        name = Text.assemble(shorten(event.id, 40), "  ", (shorten(event.source, 72), "dim"))
        put_split(console, name, Text(shorten(event.day, 10)))
        put_line(console, Text(_told(event, language), style="dim"), indent=4)
    put_more(console, min(found.total.unexplained, len(found.unexplained)) - MOST_EVENTS, language)


def _told(event: Unexplained, language: Language) -> str:
    how, what = view.standing(event, language), view.changed(event, language)
    parts = [
        view.reasons(event, language),
        say("loop.stood", language, how=how) if how else "",
        say("loop.differs", language, what=what) if what else "",
    ]
    return say("answer.semicolon", language).join(filter(None, parts))


def _resolutions(found: Reconciliation, console: Console, language: Language) -> None:
    if not found.resolutions and not found.unconfirmed:
        return
    put_head(console, say("loop.resolutions", language))
    _tally(found.resolutions, EFFECTS, console, language)
    if found.unconfirmed:
        waiting = say("loop.unconfirmed", language, n=found.unconfirmed)
        put_line(console, Text(waiting, style="bold yellow"), indent=2)
    if found.void:
        put_line(console, Text(say("loop.void", language), style="dim"), indent=2)
        _tally(found.void, VOIDS, console, language, indent=4)


def _gaps(found: Reconciliation, console: Console, language: Language) -> None:
    if not found.gaps:
        return
    put_head(console, say("loop.gaps", language), thousands(len(found.gaps)))
    for gap in found.gaps[:MOST_GAPS]:
        state = say("loop.told" if gap.told else "loop.untold", language)
        numbers = f"{gap.first}–{gap.last}" if gap.first < gap.last else str(gap.first)
        left = Text.assemble(numbers, "  ", (shorten(gap.source, 72), "dim"))
        put_split(console, left, Text(state, style="dim"))
    put_more(console, len(found.gaps) - MOST_GAPS, language)


def _tally(
    counts: dict[str, int],
    table: dict[str, Words],
    console: Console,
    language: Language,
    indent: int = 2,
) -> None:
    """Print how often each of some codes occurred."""
    widest = max((len(thousands(n)) for n in counts.values()), default=0)
    for code, number in counts.items():
        words = shorten(pick(named(table, code), language), 80)
        put_line(console, Text(f"{thousands(number):>{widest}}  {words}"), indent, whole=False)
