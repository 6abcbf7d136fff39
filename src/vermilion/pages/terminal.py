"""A run on one screen of a terminal, eighty columns wide or piped; imported only when printing."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from vermilion.desk.summary import RulebookLine, RuleLine, Summary
from vermilion.pages import codes
from vermilion.pages.headline import headlines, of_permits
from vermilion.pages.plan import asks
from vermilion.pages.printing import put_head, put_line, put_more, put_split
from vermilion.pages.problems import by_gravity, first_hit
from vermilion.pages.shadow import print_shadow
from vermilion.pages.text import duration, events_per_second, percent, shorten, visible
from vermilion.pages.words import Language, pick, say, thousands

MOST_RULES = 8
MOST_ASKED = 4
MOST_CODES = 5
BAR_CELLS = 24

_STYLES = {
    "deny": "bold red",
    "review": "yellow",
    "condition": "blue",
    "allow": "green",
    "not_applicable": "dim",
}


def print_summary(summary: Summary, console: Console, language: Language = "en") -> None:
    """Print what a run came to: answer, verdicts, problems, questions, rejects, counts, record.

    Foreign text is never read as markup, hidden characters are written out, and no line is longer
    than the console is wide.
    """
    _answer(summary, console, language)
    for book in summary.rulebooks:
        _verdicts(book, console, language)
    _problems(summary, console, language)
    print_shadow(summary.shadow, console, language)
    _questions(summary, console, language)
    _rejects(summary, console, language)
    _counts(summary, console, language)


def _answer(summary: Summary, console: Console, language: Language) -> None:
    if summary.as_of:
        key = "banner.as_of_sealed" if summary.sealed else "banner.as_of"
        banner = say(key, language, day=shorten(summary.as_of, 20))
        put_line(console, Text(banner, style="reverse"))
    for sentence in headlines(summary, language):
        put_line(console, Text(sentence, style="bold"))
    for sentence in of_permits(summary, language):
        put_line(console, Text(sentence))


def _verdicts(book: RulebookLine, console: Console, language: Language) -> None:
    total = sum(book.verdicts.values())
    title = shorten(pick(book.title, language), 48)
    digest = shorten(f"{book.id}@{visible(book.digest)[:12]}", 28)
    put_head(console, title, digest)
    names = {v: pick(codes.VERDICTS[v], language) for v in codes.VERDICT_ORDER}
    widest = max(map(cell_len, names.values()))
    digits = max((len(thousands(n)) for n in book.verdicts.values()), default=1)
    for verdict, name in names.items():
        number = book.verdicts.get(verdict, 0)
        cells = -(-BAR_CELLS * number // total) if total else 0
        row = f"{set_cell_size(name, widest)}  {thousands(number):>{digits}}"
        line = Text(row, style=_STYLES[verdict] if number else "dim")
        line.append(f"  {percent(number, total):>8}", style="not bold dim")
        put_line(console, line.append(f"  {'█' * cells}" if cells else ""), indent=2)


def _problems(summary: Summary, console: Console, language: Language) -> None:
    rules = [rule for rule in by_gravity(summary.rules) if rule.hit]
    if not rules:
        return
    put_head(console, say("problems.title", language))
    for rule in rules[:MOST_RULES]:
        left = Text.assemble(
            (shorten(rule.id, 24), _STYLES.get(rule.verdict, "")),
            "  ",
            shorten(pick(rule.title, language), 80),
        )
        put_split(console, left, Text(say("count.events", language, n=rule.hit)))
        put_line(console, Text(shorten(pick(rule.reason, language), 400)), indent=4, whole=False)
        example = first_hit(rule)
        told = say("terminal.example", language, id=shorten(example.id, 24)) if example else ""
        room = console.width - 4 - (cell_len(told) + 2 if told else 0)
        ground = Text(_ground(rule, language, room), style="dim")
        put_split(console, ground, Text(told, style="dim"), indent=4)
    put_more(console, len(rules) - MOST_RULES, language)


def _ground(rule: RuleLine, language: Language, width: int) -> str:
    """Return the first clause: whether it binds, its instrument, cut to fit, and the pinpoint."""
    if not rule.citations:
        return say("rule.no_citation", language)
    cited = rule.citations[0]
    binds = shorten(pick(codes.named(codes.BINDS, cited.binds), language), 30)
    start, end = f"{binds}{say('colon', language)}", f" {shorten(cited.pinpoint, 24)}"
    title = Text(shorten(pick(cited.title, language), 200))
    title.truncate(max(width - cell_len(start) - cell_len(end), 8), overflow="ellipsis")
    return f"{start}{title.plain}{end}"


def _questions(summary: Summary, console: Console, language: Language) -> None:
    if not summary.plan:
        return
    put_head(console, say("plan.title", language))
    for ask in asks(summary, language):
        facts = list(ask.facts[:MOST_ASKED])
        if len(ask.facts) > MOST_ASKED:
            facts.append(say("more", language, n=len(ask.facts) - MOST_ASKED))
        title = Text(f"{ask.number}  {ask.title}", style="bold")
        put_split(console, title, Text(ask.how, style="dim"))
        put_line(console, Text(say("separator", language).join(facts)), indent=5)
        put_line(console, Text(ask.effect, style="dim"), indent=5)
    put_line(console, Text(say("terminal.facts", language), style="dim"), indent=2)


def _rejects(summary: Summary, console: Console, language: Language) -> None:
    if not summary.rejected:
        return
    put_head(console, say("rejects.title", language), thousands(summary.rejected))
    ranked = sorted(summary.rejects_by_code.items(), key=lambda kv: (-kv[1], kv[0]))
    first = {line.code: line for line in reversed(summary.rejects)}
    for code, number in ranked[:MOST_CODES]:
        put_line(console, Text(f"{thousands(number):>6}  {shorten(code, 40)}"), indent=2)
        if code in first:
            line = first[code]
            place = f"{shorten(line.file, 32)}:{line.line}"
            told = Text(f"{place}  {visible(line.reason)}", style="dim")
            put_line(console, told, indent=10, whole=False)
    put_more(console, len(ranked) - MOST_CODES, language)


def _counts(summary: Summary, console: Console, language: Language) -> None:
    console.print()
    counts = say(
        "foot.counts",
        language,
        read=summary.read,
        judged=summary.judged,
        duplicate=summary.duplicate,
        rejected=summary.rejected,
    )
    put_line(console, Text(counts))
    off = summary.read - summary.judged - summary.duplicate - summary.rejected
    if off:
        put_line(console, Text(say("foot.off", language, n=abs(off)), style="bold red"))
    if summary.judged:
        speed = events_per_second(summary.judged, summary.seconds)
        took = say("terminal.speed", language, seconds=duration(summary.seconds), speed=speed)
        put_line(console, Text(took))
    record = (
        say("terminal.record", language, size=summary.size, root=visible(summary.root)[:16])
        if summary.sealed and summary.root
        else say("terminal.unsealed", language)
    )
    put_line(console, Text(record))
