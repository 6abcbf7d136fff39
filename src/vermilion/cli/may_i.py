"""`vermilion may-i`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from vermilion.cli.asking import in_a_terminal
from vermilion.cli.output import moment, print_json, write_page
from vermilion.errors import DataError, UsageError

if TYPE_CHECKING:
    from vermilion.pages.words import Language
    from vermilion.rulebook import Engine

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_NEW = click.Path(path_type=Path, dir_okay=False)

MOST_BYTES = 4_000_000
"""Policy. The largest file of answers that is read."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """What a file of answers holds."""

    plan: str | None = None
    at: str | None = None
    answers: dict[str, Any] = {}


@click.command("may-i")
@click.argument("plan", required=False)
@click.option("--answers", type=_FILE, help="JSON file: plan, at, and answers by fact.")
@click.option(
    "--rulebook", "rulebooks", multiple=True, help="Rulebook to ask.  [default: cn, or the book's]"
)
@click.option(
    "--book",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Ask as this book's operator, by its rulebooks and house rules.",
)
@click.option("--at", help="When it would happen, with its offset.  [default: now]")
@click.option("--everything", is_flag=True, help="Ask on when the verdict stands already.")
@click.option("--memo", type=_NEW, help="Write the memo as a printable page, in both languages.")
@click.option("--save", type=_NEW, help="Write the answers to a file that --answers reads.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the memo.")
def command(
    plan: str | None,
    answers: Path | None,
    rulebooks: tuple[str, ...],
    book: Path | None,
    at: str | None,
    memo: Path | None,
    save: Path | None,
    lang: Language,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Describe a plan, answer what can still change the verdict, and get a memo.

    PLAN is a starting point; without one they are listed. In a terminal each question is asked;
    `?` says that you do not know. Otherwise the answers are those of --answers. Nothing is recorded.
    Exit code 1: a rulebook finds that the plan must not go ahead.
    """
    from vermilion.desk.may_i import next_question, outcome, plan_of

    given = _read(answers)
    name = plan or given.plan
    if name is None:
        _list_plans(lang)
        return
    chosen = plan_of(name)
    said = at or given.at
    when = dt.datetime.now(dt.UTC) if said is None else moment(said)
    engines = _engines(book, rulebooks)
    facts = dict(given.answers)
    if in_a_terminal() and not as_json:
        from vermilion.cli.may_i_asking import ask

        while question := next_question(chosen, facts, engines, at=when, everything=everything):
            facts[question.fact] = ask(chosen, question, lang)
    found = outcome(chosen, facts, engines, at=when, everything=everything)
    if save is not None:
        kept = _File(chosen.id, when.isoformat(), facts)
        write_page(save, msgspec.json.format(msgspec.json.encode(kept).decode(), indent=2) + "\n")
    if memo is not None:
        from vermilion.pages.memo import render_memo

        write_page(memo, render_memo(found, language=lang))
    if as_json:
        print_json(found)
    else:
        from vermilion.pages.memo import memo_text

        click.echo(memo_text(found, lang))
    sys.exit(any(one.verdict == "deny" for one in found.rulebooks))


def _read(path: Path | None) -> _File:
    if path is None:
        return _File()
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError("bad_answers", "the file is too large", where=str(path))
        return msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError, RecursionError) as error:
        raise DataError(
            "bad_answers",
            f"the answers cannot be read: {error}",
            help='write {"plan": "…", "answers": {"offer.price": {"amount": 1990, "currency": "CNY"}}}',
            where=str(path),
        ) from None


def _engines(book: Path | None, names: Sequence[str]) -> list[Engine]:
    """Return the rulebooks, for a book's operator or for nobody."""
    from vermilion.desk.activation import rulebooks_of
    from vermilion.rulebook import Engine, Profile, load_configuration

    if book is None:
        return [Engine(one, Profile(roles=[])) for one in rulebooks_of(None, names or ["cn"])]
    configuration = book / "book.yaml"
    if not configuration.is_file():
        raise UsageError("not_a_book", "there is no book here", where=str(book))
    stated = load_configuration(configuration)
    return [Engine(one, stated.profile) for one in rulebooks_of(book, names or stated.rulebooks)]


def _list_plans(language: Language) -> None:
    from vermilion.desk.may_i import PLANS
    from vermilion.pages.words import pick

    for plan in PLANS.values():
        click.echo(f"{plan.id:20} {pick(plan.title, language)}")
        click.echo(f"{'':20} {pick(plan.sentence, language)}")
