"""Lines on a terminal: never wider than the console, and never markup."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from vermilion.pages.words import Language, say


def put_head(console: Console, title: str, aside: str = "") -> None:
    """Print a heading after an empty line, with something beside it at the line's end."""
    console.print()
    put_split(console, Text(title, style="bold"), Text(aside, style="dim"), indent=0)


def put_more(console: Console, number: int, language: Language) -> None:
    """Say how many more there are in the report, if any."""
    if number > 0:
        put_line(console, Text(say("terminal.more", language, n=number), style="dim"), indent=2)


def put_split(console: Console, left: Text, right: Text, indent: int = 2) -> None:
    """Print two texts at the two ends of a line; the left one is cut where both do not fit."""
    room = max(console.width - indent - right.cell_len - 2, 8)
    left.truncate(room, overflow="ellipsis")
    gap = max(console.width - indent - left.cell_len - right.cell_len, 2) if right.plain else 0
    line = Text.assemble(" " * indent, left, " " * gap, right)
    console.print(line, highlight=False, no_wrap=True, overflow="ellipsis")


def put_line(console: Console, text: Text, indent: int = 0, *, whole: bool = True) -> None:
    """Print a text with its lines set in; `whole` wraps it between words, otherwise it is cut."""
    room = max(console.width - indent, 8)
    if not whole:
        text.truncate(room, overflow="ellipsis")
    for line in text.wrap(console, room) if whole else [text]:
        line.rstrip()
        console.print(Text(" " * indent).append_text(line), highlight=False, no_wrap=True)
