"""OSCAL: ids unique and stable, references that resolve, and nothing satisfied without evidence."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.rulebook import LoadedRule, Rulebook, find_rulebook, load_rulebook, shipped_rulebooks
from vermilion.rulebook.oscal import catalogue
from vermilion.rulebook.oscal_results import MOST_EVIDENCE, Found, Seen, results

TOKEN = re.compile(r"[^\W\d][\w.\-]*\Z")
KINDS = ("rule", "clause")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")


@functools.cache
def book(name: str) -> Rulebook:
    """Return a shipped rulebook."""
    return load_rulebook(find_rulebook(name))


@functools.cache
def catalog(name: str) -> Any:
    """Return a shipped rulebook's catalogue as it is written."""
    return json.loads(json.dumps(catalogue(book(name))))["catalog"]


def assessed(**rules: Seen) -> Any:
    """Return the assessment results of the EU rulebook."""
    found = Found(
        of="entry",
        name="the record r",
        first=dt.date(2026, 1, 1),
        last=dt.date(2026, 1, 31),
        judged=7,
        erased=1,
        digests=["ab"],
        rules={id.replace("_", "-"): one for id, one in rules.items()},
    )
    return json.loads(json.dumps(results(catalogue(book("eu")), book("eu"), found)))


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from nodes(one)
    elif isinstance(value, list):
        for one in value:
            yield from nodes(one)


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_every_rule_and_clause_is_a_control(name: str) -> None:
    """Each rule is one control with its condition, and links to a control for each of its clauses."""
    controls = {one["id"]: one for one in nodes(catalog(name)) if one.get("class") in KINDS}
    for loaded in book(name).rules:
        rule = loaded.rule
        control = controls[rule.id]
        assert rule.violates_if in control["parts"][1]["prose"]
        linked = [controls[one["href"][1:]] for one in control["links"]]
        assert {one["title"] for one in linked} == {one.pinpoint for one in rule.citations}
        prose = [part["prose"] for one in linked for part in one["parts"]]
        assert [one.quote for one in rule.citations if one.quote and one.quote not in prose] == []
    assert sum(one["class"] == "rule" for one in controls.values()) == len(book(name).rules)


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_ids_are_unique_and_references_resolve(name: str) -> None:
    """No id or UUID stands twice, each is well formed, and every link and parameter is there."""
    found = list(nodes(catalog(name)))
    ids = Counter(one["id"] for one in found if "id" in one)
    uuids = Counter(one["uuid"] for one in found if "uuid" in one)
    assert max(ids.values()) == max(uuids.values()) == 1
    assert [one for one in ids if not TOKEN.match(one)] == []
    assert [one for one in uuids if not UUID.match(one)] == []
    links = {one["href"][1:] for one in found if "href" in one}
    assert links <= {*ids, *uuids}
    read = {one for node in found for one in re.findall(r"param, ([\w.]+)", node.get("prose", ""))}
    assert read <= {one["id"] for one in catalog(name).get("params", ())}


def test_equal_rulebooks_give_equal_documents() -> None:
    """The document does not depend on the clock; another text is another document, ids stay."""
    again = catalogue(load_rulebook(find_rulebook("eu")))["catalog"]
    assert json.loads(json.dumps(again)) == catalog("eu")
    document = book("eu").document
    first = msgspec.structs.replace(document.rules[0], remedy=document.rules[0].title)
    changed = Rulebook(
        msgspec.structs.replace(document, rules=[first, *document.rules[1:]]),
        (LoadedRule(first, book("eu").rules[0].conditions), *book("eu").rules[1:]),
    )
    other = catalogue(changed)["catalog"]
    assert other["uuid"] != again["uuid"]
    assert [one["id"] for one in nodes(other) if "id" in one] == [
        one["id"] for one in nodes(again) if "id" in one
    ]


def test_the_catalogue_of_a_day() -> None:
    """Only clauses and rules in force on the day are controls, with the day's values."""
    ids = {
        day: {one["id"] for one in nodes(catalogue(book("uk"), as_of=day)) if "id" in one}
        for day in (dt.date(2027, 10, 24), dt.date(2027, 10, 25))
    }
    before, after = ids.values()
    assert "UK-CA-01" in after - before
    assert "UK-CRYPTO-2026" in after - before


def test_nothing_is_satisfied_that_was_not_shown() -> None:
    """A hit, a missing fact, or no judgement at all is not satisfied; the reason tells which."""
    document = assessed(
        EU_AML_01=Seen(passed=3),
        EU_AML_02=Seen(passed=3, hit=1, missing=2, hits=[4], lacks=[5, 6]),
        EU_MICA_01=Seen(passed=3, missing=1, lacks=[5]),
        EU_MICA_02=Seen(),
    )
    (result,) = document["assessment-results"]["results"]
    states = {one["title"]: one["target"]["status"] for one in result["findings"]}
    assert states == {
        "EU-AML-01": {"state": "satisfied", "reason": "pass"},
        "EU-AML-02": {"state": "not-satisfied", "reason": "fail"},
        "EU-MICA-01": {"state": "not-satisfied", "reason": "other"},
        "EU-MICA-02": {"state": "not-satisfied", "reason": "other"},
    }


def test_findings_rest_on_observations_with_their_entries() -> None:
    """Each finding names an observation and an objective of the catalogue; entries are evidence."""
    many = list(range(MOST_EVIDENCE + 5))
    document = assessed(EU_AML_01=Seen(hit=len(many), hits=many), XX_GONE_01=Seen(hit=1, hits=[1]))
    (result,) = document["assessment-results"]["results"]
    (observation,) = result["observations"]
    (finding,) = result["findings"]
    assert finding["related-observations"] == [{"observation-uuid": observation["uuid"]}]
    objectives = {one["id"] for one in nodes(catalog("eu")) if "id" in one}
    assert finding["target"]["target-id"] in objectives
    assert len(observation["relevant-evidence"]) == MOST_EVIDENCE
    assert observation["relevant-evidence"][0]["description"] == "hit: entry 0"
    assert "hit 105" in observation["description"]
    (plan,) = document["assessment-results"]["back-matter"]["resources"]
    assert document["assessment-results"]["import-ap"]["href"] == f"#{plan['uuid']}"


def test_nist_schema_where_it_is_at_hand() -> None:
    """All documents are valid by NIST's JSON schemas, where a folder of them is named."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    folder = Path(os.environ.get("OSCAL_SCHEMAS", ""))
    if not (folder / "oscal_catalog_schema.json").is_file():
        pytest.skip("OSCAL_SCHEMAS names no folder with NIST's schemas of OSCAL 1.1.3")

    documents = [("catalog", {"catalog": catalog(name)}) for name in shipped_rulebooks()]
    documents.append(("assessment-results", assessed(EU_AML_01=Seen(1, 2, 3, [1], [2]))))
    for kind, document in documents:
        schema = (folder / f"oscal_{kind}_schema.json").read_text(encoding="utf-8")
        # The schemas' classes of letters and digits, in the signs of Python's expressions.
        known = schema.replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d")
        checker = jsonschema.Draft7Validator(json.loads(known))
        assert [str(one) for one in checker.iter_errors(document)] == []
