"""What the shipped rulebook of China covers, and what it leaves out and why."""

from __future__ import annotations

from collections import Counter
from functools import cache

import msgspec
import yaml

from vermilion.rulebook import Words
from vermilion.rulebook.load import SHIPPED

from .china import cn


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the law: the rules that judge it, and what is left out."""

    id: str
    rules: list[str]
    about: Words | None = None
    left: Words | None = None


@cache
def rows() -> list[Row]:
    """Return the table."""
    text = (SHIPPED / "cn" / "coverage.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), list[Row])


def test_every_rule_stands_in_one_row() -> None:
    """No rule is left out of the table, none stands twice, and none is made up."""
    counts = Counter(rule for row in rows() for rule in row.rules)
    assert counts == Counter(loaded.rule.id for loaded in cn().rules)


def test_what_has_no_rule_says_why() -> None:
    """A row without rules says what it is about and why nothing judges it, in both languages."""
    bare = [row for row in rows() if not row.rules]
    assert bare
    assert all(row.about is not None and row.left is not None for row in bare)


def test_rows_are_told_apart() -> None:
    """Ids occur once, and a row is named by its first rule where it has any."""
    assert len({row.id for row in rows()}) == len(rows())
    assert all(row.rules[0] == row.id for row in rows() if row.rules)


def test_the_catalogue_is_whole() -> None:
    """Each clause of the initiative and each hook has its row: the catalogue's numbers have no gap."""
    named = {row.id for row in rows()}
    for series, last in {"N1": 2, "N2": 4, "N3": 7, "N4": 3, "N5": 6, "N6": 2, "P2": 3}.items():
        assert {f"CN-{series}-{number:02d}" for number in range(1, last + 1)} <= named
    for series, last in {"PR": 4, "AD": 3, "IP": 4, "RL": 3, "CT": 3, "MN": 3, "LC": 2}.items():
        assert {f"CN-{series}-{number:02d}" for number in range(1, last + 1)} <= named
    assert {"CN-N42-01", "CN-DS-01", "CN-NM-01"} <= named
