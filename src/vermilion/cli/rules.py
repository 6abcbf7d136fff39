"""`vermilion rules`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from vermilion.cli import (
    activation,
    explaining,
    rules_coverage,
    rules_diff,
    rules_export,
    rules_lint,
    rules_new,
    rules_schema,
    rules_shadow,
    rules_timeline,
    rules_verify,
)
from vermilion.cli.output import print_json, telling
from vermilion.desk.activation import rulebooks_of
from vermilion.errors import UsageError
from vermilion.rulebook import (
    LoadedRule,
    Rulebook,
    find_rulebook,
    load_rulebook,
    shipped_rulebooks,
)


@click.group("rules")
def command() -> None:
    """List, show, write, test, compare, upgrade and activate rulebooks."""


command.add_command(activation.upgrade_)
command.add_command(activation.activate)
command.add_command(activation.officer_key)
command.add_command(explaining.explain)
command.add_command(rules_lint.test)
command.add_command(rules_lint.lint_)
command.add_command(rules_diff.diff_)
command.add_command(rules_timeline.timeline_)
command.add_command(rules_verify.verify_)
command.add_command(rules_new.new)
command.add_command(rules_schema.schema)
command.add_command(rules_coverage.coverage_)
command.add_command(rules_shadow.shadow)
command.add_command(rules_export.export)

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
    with telling("reading the rulebook", quiet=as_json):
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
    with telling("reading rulebooks", quiet=as_json):
        rulebook, loaded = _find(rule_id, book)
    rule = loaded.rule
    verified = rules_verify.standing(book, rule.citations)
    if as_json:
        known = {"verified": {n + 1: one for n, one in verified.items()}} if book else {}
        print_json({**msgspec.to_builtins(rule), **known})
        return
    click.echo(f"{rule.key}  {rule.title.zh}\n{'':<{len(rule.key)}}  {rule.title.en}\n")
    click.echo(
        f"verdict      {rule.verdict}; if a fact is missing: {rule.on_missing}; mode {rule.mode}"
    )
    click.echo(f"applies to   {', '.join(rule.applies_to)} ({', '.join(rule.stage)})")
    if rule.applies_if:
        click.echo(f"applies if   {rule.applies_if}")
    click.echo(f"violated if  {rule.violates_if}\n")
    for number, citation in enumerate(rule.citations):
        instrument = rulebook.instruments[citation.instrument]
        period = instrument.in_force
        ends = f" to {period.to}" if period.to else ""
        click.echo(
            f"{instrument.id} {citation.pinpoint}, class {citation.binding}, tier {citation.tier}, {citation.status}"
        )
        click.echo(
            f"  {instrument.title.zh} / {instrument.title.en}; in force from {period.from_}{ends}"
        )
        if number in verified:
            word = verified[number]
            text = f"the text {(word.text_sha256 or '')[:16]}"
            click.echo(f"  verified by {word.by} at {word.at.isoformat()} against {text}")
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
