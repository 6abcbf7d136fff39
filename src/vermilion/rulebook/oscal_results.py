"""Write what a rulebook found as OSCAL assessment results against its catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from vermilion.rulebook.load import Rulebook
from vermilion.rulebook.oscal_parts import Json, moment, prop, title, uuid_of

MOST_EVIDENCE = 100
"""Policy. Entries named as evidence for each rule and outcome; the counts cover all."""


class Seen(NamedTuple):
    """What one rule came to: how often, and where; a place is an entry's number or a line's."""

    passed: int = 0
    hit: int = 0
    missing: int = 0
    hits: Sequence[int] = ()
    lacks: Sequence[int] = ()


class Found(NamedTuple):
    """What a rulebook found in a record, or in a file of decisions; nothing of any person.

    Args:
        of: what was read, `entry` or `line`: the name under which places are told.
        name: what the record or file is called.
        first: legal date of the earliest judgement.
        last: of the latest.
        judged: judgements read, each stage of a business counted.
        erased: judgements that cannot be read any more.
        digests: of the rulebook with its profile, those that judged.
        rules: by id of the rule.
    """

    of: str
    name: str
    first: dt.date
    last: dt.date
    judged: int
    erased: int
    digests: Sequence[str]
    rules: Mapping[str, Seen]


def results(catalog: Json, rulebook: Rulebook, found: Found) -> Json:
    """Return what a rulebook found as OSCAL assessment results against its catalogue.

    A rule is satisfied only where nothing was hit and no fact was missing. What was found of rules
    that the catalogue does not have, such as former ones, is left out.

    Args:
        catalog: the catalogue of the same rulebook.
        rulebook: what judged.
        found: the counts, and where.
    """
    catalog = catalog["catalog"]
    controls = [one for group in catalog.get("groups", ()) for one in group.get("controls", ())]
    known = {one["id"] for one in controls if one["class"] == "rule"}
    seen = {id: one for id, one in found.rules.items() if id in known}
    plan = uuid_of("plan", rulebook.id, catalog["uuid"])
    zone = ZoneInfo(rulebook.document.rulebook.time_zone)
    start, end = moment(found.first, zone), moment(found.last, zone)
    key = (rulebook.id, catalog["uuid"], found.name, *found.digests, repr(found))
    result: Json = {
        "uuid": uuid_of("result", *key),
        "title": title(rulebook, "判断结果", "what was found"),
        "description": f"{found.judged:,} judgements; {found.erased:,} erased and not counted",
        "start": start,
        "end": end,
        "props": [
            prop("judged", found.judged),
            prop("erased", found.erased),
            *(prop("rulebook-digest", one) for one in found.digests),
        ],
        "reviewed-controls": {"control-selections": [{"include-all": {}}]},
    }
    if seen:
        result["reviewed-controls"] = {
            "control-selections": [{"include-controls": [{"control-id": id} for id in seen]}]
        }
        result["observations"] = [
            _observation(id, one, found, key, end) for id, one in seen.items()
        ]
        result["findings"] = [_finding(id, one, key) for id, one in seen.items()]
    return {
        "assessment-results": {
            "uuid": uuid_of("results", *key),
            "metadata": {
                **catalog["metadata"],
                "title": title(rulebook, "判断结果", "assessment results"),
                "last-modified": end,
            },
            "import-ap": {"href": f"#{plan}"},
            "results": [result],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": title(rulebook, "控制目录", "control catalogue"),
                        "description": "every rule in force judges every event of its types",
                        "rlinks": [{"href": f"{rulebook.id}.catalog.json"}],
                    }
                ]
            },
        }
    }


def _observation(id: str, seen: Seen, found: Found, key: Sequence[str], at: str) -> Json:
    evidence = [
        {"description": f"{outcome}: {found.of} {place}", "props": [prop(found.of, place)]}
        for outcome, places in (("hit", seen.hits), ("facts missing", seen.lacks))
        for place in places[:MOST_EVIDENCE]
    ]
    counted = f"passed {seen.passed:,}, hit {seen.hit:,}, facts missing {seen.missing:,}"
    told: Json = {
        "uuid": uuid_of("observation", id, *key),
        "title": id,
        "description": f"{counted}, in {found.name}",
        "props": [
            prop("rule", id),
            prop("passed", seen.passed),
            prop("hit", seen.hit),
            prop("missing", seen.missing),
        ],
        "methods": ["TEST"],
        "collected": at,
    }
    return {**told, "relevant-evidence": evidence} if evidence else told


def _finding(id: str, seen: Seen, key: Sequence[str]) -> Json:
    state, reason = "satisfied", "pass"
    if seen.hit:
        state, reason = "not-satisfied", "fail"
    elif seen.missing or not seen.passed:
        state, reason = "not-satisfied", "other"
    return {
        "uuid": uuid_of("finding", id, *key),
        "title": id,
        "description": f"hit {seen.hit:,}, facts missing {seen.missing:,}",
        "target": {
            "type": "objective-id",
            "target-id": f"{id}_obj",
            "status": {"state": state, "reason": reason},
        },
        "related-observations": [{"observation-uuid": uuid_of("observation", id, *key)}],
    }
