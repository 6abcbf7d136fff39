"""`vermilion rules test` and `lint`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from vermilion.cli.output import print_json, telling
from vermilion.desk.activation import rulebooks_of
from vermilion.rulebook import CaseResult, Notice, Rulebook, lint, run_cases, shipped_rulebooks

_BOOK = click.option(
    "--book", type=click.Path(path_type=Path), help="Lay this book's overlay over the rulebook."
)
_ALL = click.option("--all", "every", is_flag=True, help="All shipped rulebooks.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def _loaded(rulebook: str, book: Path | None, every: bool) -> list[Rulebook]:
    return rulebooks_of(book, shipped_rulebooks() if every else [rulebook])


@click.command("test")
@click.argument("rulebook", default="cn")
@_ALL
@_BOOK
@_JSON
def test(rulebook: str, book: Path | None, *, every: bool, as_json: bool) -> None:
    """Run every rule's cases. Exits 1 if one fails."""
    with telling("running cases", quiet=as_json):
        results = [
            result for loaded in _loaded(rulebook, book, every) for result in run_cases(loaded)
        ]
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


@click.command("lint")
@click.argument("rulebook", default="cn")
@_ALL
@_BOOK
@click.option(
    "--laws",
    type=click.Path(path_type=Path, exists=True),
    help="Folder of statute texts to hold quotes against.",
)
@click.option("--gates", is_flag=True, help="Tell only what must not be in a rulebook in use.")
@_JSON
def lint_(
    rulebook: str, book: Path | None, laws: Path | None, *, every: bool, gates: bool, as_json: bool
) -> None:
    """Look a rulebook over for what is allowed but poor. Exits 1 if something was found."""
    with telling("reading rulebooks", quiet=as_json):
        found = [
            (loaded.id, notice)
            for loaded in _loaded(rulebook, book, every)
            for notice in lint(loaded, laws)
            if notice.is_gate or not gates
        ]
    if as_json:
        print_json({"notices": [_plain(*one) for one in found]})
    else:
        for _, notice in found:
            mark = "gate: " if notice.is_gate and not gates else ""
            click.echo(f"{notice.rule}: {mark}{notice.message} [{notice.code}]")
        click.echo(f"{len(found)} notices")
    if found:
        sys.exit(1)


def _plain(rulebook: str, notice: Notice) -> dict[str, Any]:
    return {"rulebook": rulebook, "gate": notice.is_gate, **msgspec.to_builtins(notice)}
