"""`vermilion rules`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from vermilion.cli import activation, explaining
from vermilion.cli.output import print_json
from vermilion.desk.activation import rulebooks_of
from vermilion.errors import UsageError
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
command.add_command(explaining.explain)

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
