"""The schemas for editors: every shipped file validates, and what loading refuses they refuse too."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from vermilion.rulebook import find_rulebook, shipped_rulebooks
from vermilion.rulebook.schema import SHAPES, schema_of
from vermilion.rulebook.yaml_source import Source

from .books import plain, write

if TYPE_CHECKING:
    from pathlib import Path

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")


@cache
def validator(name: str) -> Any:
    """Return a validator of a schema, which itself is checked."""
    schema = schema_of(name)
    kind = jsonschema.Draft202012Validator
    kind.check_schema(schema)
    return kind(schema)


def faults(path: Path) -> list[str]:
    """Return what a file's schema says against it."""
    name = "rule" if path.parent.name == "rules" else path.stem
    return [error.message for error in validator(name).iter_errors(Source(path).data)]


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_every_shipped_file_validates(name: str) -> None:
    """Of every rulebook."""
    files = [
        path
        for path in sorted(find_rulebook(name).rglob("*.yaml"))
        if path.stem in SHAPES or path.parent.name == "rules"
    ]
    assert len(files) >= 5
    assert {path.name: found for path in files if (found := faults(path))} == {}


@pytest.mark.parametrize("name", SHAPES)
def test_every_field_is_told(name: str) -> None:
    """An editor shows a word on each field."""
    shapes = [schema_of(name), *schema_of(name)["$defs"].values()]
    fields = [field for shape in shapes for field in shape.get("properties", {}).items()]
    assert fields
    assert [key for key, field in fields if not field["description"]] == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rule: rule.update(verdikt="deny"), "'verdikt' was unexpected"),
        (lambda rule: rule.update(verdict="forbid"), "'forbid' is not one of"),
        (lambda rule: rule.pop("remedy"), "'remedy' is a required property"),
        (lambda rule: rule.update(applies_to=["sales"]), "'sales' is not one of"),
        (lambda rule: rule.update(version=0), "0 is less than the minimum of 1"),
        (lambda rule: rule.update(id="xx-r-01"), "does not match"),
    ],
)
def test_a_wrong_rule_is_told_as_one_types(tmp_path: Path, spoil: Any, said: str) -> None:
    """Unknown fields, words and shapes."""
    data = copy.deepcopy(plain())
    path = write(tmp_path, data) / "rules" / "XX-R-01.yaml"
    assert faults(path) == []
    rule = data["rules"][0]
    spoil(rule)
    found = [error.message for error in validator("rule").iter_errors(rule)]
    assert any(said in one for one in found), found
