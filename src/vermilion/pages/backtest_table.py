"""A backtest on a terminal, eighty columns wide or piped; imported only when printing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from vermilion.desk.backtest.model import Backtest, EventName, Score
from vermilion.pages import backtest_view as view
from vermilion.pages.backtest_words import outcome, share, tell
from vermilion.pages.codes import VERDICTS, named
from vermilion.pages.printing import put_head, put_line, put_more, put_split
from vermilion.pages.text import shorten
from vermilion.pages.words import Language, pick, thousands

MOST_RULES = 40
MOST_EXAMPLES = 3
MOST_SCORES = 16

_STYLES = {"deny": "bold red", "review": "yellow", "condition": "blue"}


def print_backtest(found: Backtest, console: Console, language: Language = "en") -> None:
    """Print a backtest: answer, verdicts and rules that change, cost, and agreement with labels.

    Foreign text is never read as markup, hidden characters are written out, and no line is longer
    than the console is wide.
    """
    for sentence in view.answers(found, language):
        put_line(console, Text(sentence, style="bold"))
    compared = found.comparison
    digests = f"{found.rulebook} {compared.base[:16]} → {compared.draft[:16]}"
    put_line(console, Text(digests, style="dim"))
    _verdicts(found, console, language)
    _rules(found, console, language)
    _outcomes(found, console, language)
    if found.load is not None:
        put_head(console, tell("load", language))
        put_line(console, Text(view.load_sentence(found, language)), indent=2)
        policy = tell("load.policy", language, minutes=found.load.minutes)
        put_line(console, Text(policy, style="dim"), indent=2)
    _scores(found, console, language)
    console.print()
    put_line(console, Text(view.counts(found, language)))
    took = tell("took", language, seconds=f"{found.seconds:.1f}")
    put_line(console, Text(took, style="dim"))


def _verdicts(found: Backtest, console: Console, language: Language) -> None:
    changed = view.verdicts(found)
    if not changed:
        return
    put_head(console, tell("verdicts", language))
    for one in changed:
        words = [pick(named(VERDICTS, each), language) for each in (one.before, one.after)]
        put_split(console, Text(" → ".join(words)), Text(thousands(one.events)))
        _examples(one.examples, console, language)


def _rules(found: Backtest, console: Console, language: Language) -> None:
    lines = view.stopping(found)
    if not lines:
        return
    put_head(console, tell("rules", language))
    for line in lines[:MOST_RULES]:
        title = shorten(pick(line.title, language), 60)
        put_line(console, Text.assemble((line.rule, "bold"), f"  {title}"), 2, whole=False)
        told = Text()
        for part in view.parts(line, language):
            told.append("   " if told.plain else "").append(part.text, _STYLES[part.kind])
        put_line(console, told, indent=4)
    put_more(console, len(lines) - MOST_RULES, language)


def _outcomes(found: Backtest, console: Console, language: Language) -> None:
    changed = view.changes(found)
    if not changed:
        return
    put_head(console, tell("outcomes", language))
    for one in changed[:MOST_RULES]:
        words = f"{outcome(one.before, language)} → {outcome(one.after, language)}"
        put_split(console, Text(f"{one.rule}  {words}"), Text(thousands(one.events)))
        _examples(one.examples, console, language)
    put_more(console, len(changed) - MOST_RULES, language)


def _examples(names: Sequence[EventName], console: Console, language: Language) -> None:
    told = ", ".join(shorten(one.id, 32) for one in names[:MOST_EXAMPLES])
    line = Text(f"{tell('examples', language)} {told}", style="dim")
    put_line(console, line, indent=6, whole=False)


def _scores(found: Backtest, console: Console, language: Language) -> None:
    if not found.scores:
        return
    put_head(console, tell("scores", language))
    for label in found.labels:
        text = tell(f"scores.{label}", language, n=found.labelled)
        put_line(console, Text(text, style="dim"), indent=2)
    scores = view.scores(found)
    for one in scores[:MOST_SCORES]:
        before, after = (_score(each, language) for each in (one.before, one.after))
        told = before if before == after else f"{before} → {after}"
        put_split(console, Text(one.rule), Text(told))
    put_more(console, len(scores) - MOST_SCORES, language)
    if agreeing := len(found.scores) - len(scores):
        put_line(console, Text(tell("scores.agree", language, n=agreeing)), indent=2)


def _score(score: Score | None, language: Language) -> str:
    if score is None:
        return outcome(None, language)
    precision, recall = share(score.precision), share(score.recall)
    return f"{tell('precision', language)} {precision} {tell('recall', language)} {recall}"
