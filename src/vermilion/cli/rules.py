"""`vermilion rules`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import msgspec

from vermilion.cli import activation
from vermilion.cli.output import print_json
from vermilion.desk.activation import rulebooks_of
from vermilion.desk.decision import Decision
from vermilion.desk.summarise import window_lines
from vermilion.desk.summary import WindowLine
from vermilion.errors import DataError, UsageError
from vermilion.pages.words import Language
from vermilion.rulebook import (
    CaseResult,
    LoadedRule,
    Rulebook,
    find_rulebook,
    lint,
    load_rulebook,
    run_cases,
    shipped_rulebooks,
)


@click.group("rules")
def command() -> None:
    """List, show, explain, test, lint, upgrade and activate rulebooks."""


command.add_command(activation.upgrade_)
command.add_command(activation.activate)
command.add_command(activation.officer_key)

_BOOK = click.option(
    "--book", type=click.Path(path_type=Path), help="Lay this book's overlay over the rulebook."
)


def _load(name: str, book: Path | None = None) -> Rulebook:
    if book is None:
        return load_rulebook(find_rulebook(name))
    (rulebook,) = rulebooks_of(book, [name])
    return rulebook


def _find(rule_id: str, book: Path | None) -> tuple[Rulebook, LoadedRule]:
    import difflib

    known: list[str] = []
    for name in shipped_rulebooks():
        rulebook = _load(name, book)
        for loaded in rulebook.rules:
            known.append(loaded.rule.id)
            if loaded.rule.id == rule_id:
                return rulebook, loaded
    close = difflib.get_close_matches(rule_id, known, n=1)
    raise UsageError(
        "rule_unknown",
        f"there is no rule `{rule_id}`",
        help=f"did you mean `{close[0]}`?" if close else "see `vermilion rules list`",
    )


@command.command("list")
@click.argument("rulebook", default="cn")
@_BOOK
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(rulebook: str, book: Path | None, *, as_json: bool) -> None:
    """List the rules of a rulebook with their verdict and first citation."""
    loaded = _load(rulebook, book)
    if as_json:
        print_json({"rulebook": loaded.id, "rules": [one.rule for one in loaded.rules]})
        return
    for one in loaded.rules:
        rule = one.rule
        first = rule.citations[0]
        events = ", ".join(rule.applies_to)
        click.echo(f"{rule.id:<10} {rule.verdict:<9} {rule.title.en}")
        click.echo(f"{'':<20} {rule.title.zh}")
        click.echo(
            f"{'':<20} on {events}; {first.instrument} {first.pinpoint} ({first.binding}/{first.tier}, {first.status})"
        )


@command.command("show")
@click.argument("rule_id")
@_BOOK
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(rule_id: str, book: Path | None, *, as_json: bool) -> None:
    """Show one rule: its condition, citations with their words, reasons and remedy."""
    rulebook, loaded = _find(rule_id, book)
    rule = loaded.rule
    if as_json:
        print_json(msgspec.to_builtins(rule))
        return
    click.echo(f"{rule.key}  {rule.title.zh}\n{'':<{len(rule.key)}}  {rule.title.en}\n")
    click.echo(
        f"verdict      {rule.verdict}; if a fact is missing: {rule.on_missing}; mode {rule.mode}"
    )
    click.echo(f"applies to   {', '.join(rule.applies_to)} ({', '.join(rule.stage)})")
    if rule.applies_if:
        click.echo(f"applies if   {rule.applies_if}")
    click.echo(f"violated if  {rule.violates_if}\n")
    for citation in rule.citations:
        instrument = rulebook.instruments[citation.instrument]
        period = instrument.in_force
        ends = f" to {period.to}" if period.to else ""
        click.echo(
            f"{instrument.id} {citation.pinpoint}, class {citation.binding}, tier {citation.tier}, {citation.status}"
        )
        click.echo(
            f"  {instrument.title.zh} / {instrument.title.en}; in force from {period.from_}{ends}"
        )
        click.echo(f"  binds {instrument.addressees.text.zh} / {instrument.addressees.text.en}")
        if citation.quote is not None:
            click.echo(f"  “{citation.quote}”")
        if citation.essence is not None:
            click.echo(f"  in substance: {citation.essence.zh} / {citation.essence.en}")
    click.echo()
    for label, words in (
        ("reason", rule.reason),
        ("remedy", rule.remedy),
        ("question", rule.question),
        ("open question", rule.open_question),
    ):
        if words is not None:
            click.echo(f"{label:<14}{words.zh}\n{'':<14}{words.en}")


@command.command("test")
@click.argument("rulebook", default="cn")
@_BOOK
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def test(rulebook: str, book: Path | None, *, as_json: bool) -> None:
    """Run every rule's cases. Exits 1 if one fails."""
    results = list(run_cases(_load(rulebook, book)))
    failed = [result for result in results if result.problems]
    if as_json:
        failures = [_failure(result) for result in failed]
        print_json({"cases": len(results), "failed": len(failed), "failures": failures})
    else:
        for result in failed:
            click.echo(
                f"{result.rule} case {result.number} ({result.case.kind}): {'; '.join(result.problems)}"
            )
        click.echo(f"{len(results)} cases, {len(failed)} failed")
    if failed:
        sys.exit(1)


def _failure(result: CaseResult) -> dict[str, object]:
    return {
        "rule": result.rule,
        "case": result.number,
        "kind": result.case.kind,
        "problems": list(result.problems),
    }


@command.command("lint")
@click.argument("rulebook", default="cn")
@_BOOK
@click.option(
    "--laws",
    type=click.Path(path_type=Path, exists=True),
    help="Folder of statute texts to hold quotes against.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def lint_(rulebook: str, book: Path | None, laws: Path | None, *, as_json: bool) -> None:
    """Look a rulebook over for what is allowed but poor. Exits 1 if something was found."""
    notices = lint(_load(rulebook, book), laws)
    if as_json:
        print_json({"notices": notices})
    else:
        for notice in notices:
            click.echo(f"{notice.rule}: {notice.message} [{notice.code}]")
        click.echo(f"{len(notices)} notices")
    if notices:
        sys.exit(1)


@command.command("explain")
@click.argument("decisions", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("event_id")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option(
    "--events",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file that was checked: also tell what would make the event pass.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="YAML that maps a foreign table to events.",
)
def explain(
    decisions: Path, event_id: str, lang: Language, events: Path | None, mapping: Path | None
) -> None:
    """Explain the decisions on one event, from a file that `check --out` wrote."""
    from vermilion.pages.decision import explain_decision

    found = False
    needle = msgspec.json.encode(event_id)
    with decisions.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if needle not in line:
                continue
            decision = _decision(line, f"{decisions}:{number}")
            if decision["event"]["id"] == event_id:
                found = True
                windows = _windows(decision["rulebook"]["id"])
                told = [explain_decision(decision, lang, windows)]
                if events is not None:
                    told += _passing_told(decision, events, mapping, lang, windows)
                click.echo("\n".join(told))
    if not found:
        raise UsageError("event_unknown", f"there is no decision on `{event_id}` in the file")


def _passing_told(
    decision: dict[str, Any],
    events: Path,
    mapping: Path | None,
    lang: Language,
    windows: dict[str, WindowLine],
) -> Iterator[str]:
    """Judge the file again up to the event, and say what would make it pass."""
    from vermilion.desk.passing_again import would_pass_again
    from vermilion.intake import Received, load_mapping, read_events
    from vermilion.pages.passing import passing_lines
    from vermilion.pages.telling import Teller

    name, event = decision["rulebook"]["id"], decision["event"]
    if name not in shipped_rulebooks():
        raise UsageError("rulebook_unknown", f"rulebook `{name}` is not shipped")
    read = read_events(events, None if mapping is None else load_mapping(mapping))
    received = (one for one in read if isinstance(one, Received))
    again = would_pass_again(received, _load(name), event["source"], event["id"])
    if again is None:
        raise UsageError("event_unknown", f"there is no event `{event['id']}` in `{events}`")
    if again.digest != decision["rulebook"]["digest"]:
        raise UsageError(
            "other_rulebook",
            f"the decision was given under another version of `{name}`, or for another operator",
            help="check the file again with this version",
        )
    for passing in again.passing:
        yield ""
        head, *lines = passing_lines(passing, Teller(lang, windows), again.event_type)
        yield f"{passing.rule} {head}"
        yield from (f"  {line}" for line in lines)


@cache
def _windows(rulebook: str) -> dict[str, WindowLine]:
    """Return the windows of a shipped rulebook; of another none, and their names are shown."""
    return window_lines(_load(rulebook)) if rulebook in shipped_rulebooks() else {}


def _decision(line: bytes, where: str) -> dict[str, Any]:
    try:
        msgspec.json.decode(line, type=Decision)
    except msgspec.MsgspecError:
        raise DataError(
            "not_a_decision",
            "this is not a decision",
            help="name a file that `vermilion check --out` wrote",
            where=where,
        ) from None
    decision: dict[str, Any] = msgspec.json.decode(line)
    return decision
