"""What holds of every detector, by its declaration and its SQL."""

from __future__ import annotations

import string
from importlib import import_module, resources
from typing import get_args

import pytest
import sqlglot
from sqlglot import expressions as sql

from vermilion.facts.events import FindingPattern
from vermilion.market.declaration import Detector, chosen, detectors
from vermilion.market.run import SUBJECT

EVERY = list(detectors().values())
NAMES = [one.name for one in EVERY]
ALLOWED = {
    "Add",
    "Alias",
    "And",
    "Between",
    "Boolean",
    "Case",
    "Cast",
    "Coalesce",
    "Column",
    "Count",
    "CTE",
    "DataType",
    "DataTypeParam",
    "Distinct",
    "Div",
    "EQ",
    "Exists",
    "Filter",
    "From",
    "GT",
    "GTE",
    "Greatest",
    "Group",
    "Having",
    "Identifier",
    "If",
    "In",
    "Is",
    "Join",
    "LT",
    "LTE",
    "Lag",
    "Lead",
    "Least",
    "Literal",
    "Max",
    "Min",
    "Mod",
    "Mul",
    "NEQ",
    "Neg",
    "Not",
    "Null",
    "NullSafeEQ",
    "NullSafeNEQ",
    "Or",
    "Order",
    "Ordered",
    "Paren",
    "Abs",
    "RowNumber",
    "Select",
    "Star",
    "Sub",
    "Subquery",
    "Sum",
    "Table",
    "TableAlias",
    "Tuple",
    "Union",
    "Where",
    "Window",
    "WindowSpec",
    "With",
}
"""What the engines read alike; anything else is an engine's own."""


@pytest.mark.parametrize("detector", EVERY, ids=NAMES)
class TestEvery:
    """Each detector of ours and of public rule sets."""

    def test_sql_is_of_the_shared_dialect(self, detector: Detector) -> None:
        """Every statement is a SELECT of nodes that all engines read alike."""
        for step, text in detector.sql():
            tree = sqlglot.parse_one(text, read="duckdb")
            found = {type(node).__name__ for node in tree.walk()}
            assert found <= ALLOWED, f"{step}: {found - ALLOWED}"

    def test_windows_are_ordered(self, detector: Detector) -> None:
        """A window that takes neighbours or running totals says in which order."""
        for step, text in detector.sql():
            for window in sqlglot.parse_one(text, read="duckdb").find_all(sql.Window):
                if isinstance(window.this, sql.Lag | sql.Lead | sql.RowNumber):
                    assert window.args.get("order") is not None, step

    def test_row_numbers_are_wide(self, detector: Detector) -> None:
        """Spark's are of 32 bits, in which arithmetic on large histories overflows."""
        for _, text in detector.sql():
            for number in sqlglot.parse_one(text, read="duckdb").find_all(sql.RowNumber):
                window = number.find_ancestor(sql.Window)
                assert window is not None
                assert isinstance(window.parent, sql.Cast)
                assert window.parent.to.is_type("bigint")

    def test_steps(self, detector: Detector) -> None:
        """It ends with its evidence and findings, or with findings where a kernel makes evidence."""
        steps = [step for step, _ in detector.steps]
        assert steps[-1] == "findings"
        assert ("evidence" in steps) is (detector.kernel is None)
        assert all(step.startswith(f"{detector.name.replace('.', '_')}_") for step in steps[:-2])

    def test_parameters_are_used(self, detector: Detector) -> None:
        """Each number that is declared does something, and nothing else is read."""
        text = "".join(text for _, text in detector.steps)
        used = {name for _, name, *_ in string.Formatter().parse(text) if name}
        known = set(detector.parameters)
        assert used <= known
        if detector.kernel is None:
            assert known <= used | {"min_score"}

    def test_words(self, detector: Detector) -> None:
        """Title, definition, source, false positives and the meaning of numbers are said in both languages."""
        said = detector.declaration
        texts = [said.title, said.definition, *(one.meaning for one in said.parameters.values())]
        assert all(text.zh and text.en for text in texts)
        assert said.source
        assert said.pattern in get_args(FindingPattern)
        wrong = said.false_positives
        assert len(wrong.zh) == len(wrong.en) > 0

    def test_kernel(self, detector: Detector) -> None:
        """A kernel says what it reads, in which order, and what its roles are."""
        if detector.kernel is not None:
            module = detector.module()
            assert set(module.ORDER) <= set(module.COLUMNS)
            assert module.ROLES


def test_every_file_is_a_detector() -> None:
    """No SQL and no kernel lies about without a declaration."""
    root = resources.files("vermilion.market")
    known = {one.name for one in EVERY}
    for folder in ("detectors", "published"):
        for path in (root / folder).iterdir():
            if path.name.endswith((".sql", ".yaml")):
                assert path.name.rsplit(".", 1)[0] in known


def test_order() -> None:
    """Wash comes before price and venue, so that what it flags has left."""
    stages = [one.declaration.stage for one in chosen(None)]
    assert stages == sorted(stages, key=["wash", "price", "venue"].index)
    assert not any(one.declaration.flags for one in EVERY if one.declaration.stage != "wash")


def test_subject() -> None:
    """A finding is of a collection, so that results of collections can be kept apart."""
    assert SUBJECT[0] == "collection"
    assert import_module("vermilion.desk.watch.compute").RESULTS
