"""Write a rulebook as an OSCAL control catalogue.

OSCAL is NIST's Open Security Controls Assessment Language, here JSON of version 1.1.3. A group is
an instrument; a control is a clause, or a rule, which lies in the group of its first citation and
links to all its clauses. Parameters belong to the catalogue and hold their latest value, with each
dated one as a property. Both languages stand in one text, the Chinese first.

Equal input gives equal bytes: ids are those of the rulebook, UUIDs are of version 5 over them, and
there is no clock. OSCAL asks when a document was last modified, which a rulebook does not state;
its place takes the first day of what begins last in it, or the day that is asked for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from vermilion.rulebook.load import LoadedRule, Rulebook
from vermilion.rulebook.model import Citation, Instrument, Parameter, Period, Profile, Rule
from vermilion.rulebook.oscal_parts import (
    NAMESPACE,
    OSCAL_VERSION,
    Json,
    both,
    moment,
    prop,
    title,
    uuid_of,
)
from vermilion.rulebook.periods import Periods
from vermilion.rulebook.verification import Verification, clause_key


def catalogue(
    rulebook: Rulebook,
    *,
    as_of: dt.date | None = None,
    profile: Profile | None = None,
    verified: Mapping[bytes, Verification] | None = None,
) -> Json:
    """Return a rulebook as an OSCAL catalogue.

    Args:
        rulebook: whose clauses and rules are the controls.
        as_of: keeps only what is in force on that day.
        profile: the operator, who is part of the rulebook's digest.
        verified: what people said of clauses with their words, by `clause_key`.
    """
    digest = rulebook.digest(profile or Profile())
    return {"catalog": _Catalogue(rulebook, as_of, verified or {}, digest).document()}


class _Catalogue:
    def __init__(
        self,
        rulebook: Rulebook,
        as_of: dt.date | None,
        verified: Mapping[bytes, Verification],
        digest: str,
    ) -> None:
        self.book = rulebook
        self.id = rulebook.id
        self.as_of = as_of
        self.verified = verified
        self.digest = digest
        self.rules = [one.rule for one in _in_force(rulebook, as_of)]
        self.day = as_of or Periods(rulebook).starts[-1]

    def document(self) -> Json:
        groups = [self._group(one) for one in self.book.document.instruments if self._is_alive(one)]
        zone = ZoneInfo(self.book.document.rulebook.time_zone)
        document: Json = {
            "metadata": self._metadata(moment(self.day, zone)),
            "params": [self._param(*pair) for pair in self.book.document.parameters.items()],
            "groups": groups,
            "back-matter": {
                "resources": [
                    self._resource(one)
                    for one in self.book.document.instruments
                    if self._is_alive(one)
                ]
            },
        }
        document = {name: one for name, one in document.items() if one}
        # OSCAL asks for another UUID whenever the document says something else.
        content = hashlib.sha256(repr(document).encode()).hexdigest()
        return {"uuid": uuid_of("catalog", self.id, content), **document}

    def _metadata(self, at: str) -> Json:
        heading = self.book.document.rulebook
        metadata: Json = {
            "title": title(self.book, "控制目录", "control catalogue"),
            "last-modified": at,
            "version": str(heading.version),
            "oscal-version": OSCAL_VERSION,
            "props": [
                prop("rulebook", heading.id),
                prop("territory", heading.territory),
                prop("time-zone", heading.time_zone),
                prop("rulebook-digest", self.digest),
            ],
        }
        remarks = [both(one) for one in heading.not_covered or ()]
        if remarks:
            metadata["remarks"] = "\n\n".join(["未涵盖 / Not covered:", *remarks])
        return metadata

    def _is_alive(self, one: Instrument) -> bool:
        return self.as_of is None or one.in_force.covers(self.as_of)

    def _group(self, one: Instrument) -> Json:
        clauses: dict[str, tuple[Citation, list[str]]] = {}
        rules = []
        for rule in self.rules:
            cited = self._cited(rule)
            for citation in cited:
                if citation.instrument == one.id:
                    clauses.setdefault(_clause_id(citation), (citation, []))[1].append(rule.id)
            if cited[0].instrument == one.id:
                rules.append(self._rule(rule))
        controls = [self._clause(id, *found) for id, found in clauses.items()] + rules
        group: Json = {
            "id": one.id,
            "class": "instrument",
            "title": both(one.title),
            "props": list(_period(one.in_force)),
            "links": [{"href": f"#{uuid_of('instrument', self.id, one.id)}", "rel": "reference"}],
            "parts": [
                {
                    "id": f"{one.id}_addressees",
                    "name": "overview",
                    "prose": both(one.addressees.text),
                }
            ],
            "controls": controls,
        }
        if one.repealed_by is not None:
            group["props"].append(prop("repealed-by", one.repealed_by))
        return {name: value for name, value in group.items() if value}

    def _clause(self, id: str, citation: Citation, rules: Sequence[str]) -> Json:
        said = self._verification(citation)
        parts = []
        if citation.quote is not None:
            parts.append({"id": f"{id}_smt", "name": "statement", "prose": citation.quote})
        if citation.essence is not None:
            parts.append({"id": f"{id}_gdn", "name": "guidance", "prose": both(citation.essence)})
        props = [
            prop("label", citation.pinpoint, own=False),
            prop("binding", citation.binding),
            prop("tier", citation.tier),
            prop("citation-status", "verified" if said else citation.status),
        ]
        if citation.quote_sha256 is not None:
            props.append(prop("quote-sha256", citation.quote_sha256))
        if said is not None:
            props += [prop("verified-by", said.by), prop("verified-at", said.at.isoformat())]
        return {
            "id": id,
            "class": "clause",
            "title": citation.pinpoint,
            "props": props,
            "links": [{"href": f"#{one}", "rel": "related"} for one in dict.fromkeys(rules)],
            "parts": parts,
        }

    def _rule(self, rule: Rule) -> Json:
        links = [{"href": f"#{_clause_id(one)}", "rel": "required"} for one in self._cited(rule)]
        props = [
            prop("label", rule.id, own=False),
            prop("rule-version", rule.version),
            prop("verdict", rule.verdict),
            prop("on-missing", rule.on_missing),
            prop("mode", rule.mode),
            *(prop("event-type", one) for one in rule.applies_to),
            *_period(rule.in_force),
            prop("cases", len(rule.cases)),
            *(prop("parameter", self._param_id(one)) for one in rule.parameters),
        ]
        if rule.id in self.book.confidential:
            props.append(prop("confidential", "true"))
        return {
            "id": rule.id,
            "class": "rule",
            "title": both(rule.title),
            "props": props,
            "links": [dict(one) for one in {tuple(link.items()): None for link in links}],
            "parts": list(self._parts(rule)),
        }

    def _parts(self, rule: Rule) -> Iterator[Json]:
        yield {"id": f"{rule.id}_smt", "name": "statement", "prose": both(rule.title)}
        texts = [f"violated if: {rule.violates_if}"]
        if rule.applies_if is not None:
            texts.insert(0, f"applies if: {rule.applies_if}")
        texts += [
            f"{name} = {{{{ insert: param, {self._param_id(name)} }}}}" for name in rule.parameters
        ]
        yield {
            "id": f"{rule.id}_obj",
            "name": "assessment-objective",
            "prose": "\n\n".join(texts),
        }
        yield {"id": f"{rule.id}_gdn", "name": "guidance", "prose": both(rule.remedy)}
        if rule.open_question is not None:
            yield self._own_part(rule, "open-question", both(rule.open_question))
        for number, one in enumerate(rule.readings or (), start=1):
            prose = f"{both(one.text)}\n\nviolated if: {one.violates_if}"
            yield self._own_part(rule, "reading", prose, number)

    def _own_part(self, rule: Rule, name: str, prose: str, number: int = 1) -> Json:
        return {
            "id": f"{rule.id}_{name}-{number}",
            "name": name,
            "ns": NAMESPACE,
            "prose": prose,
        }

    def _param_id(self, name: str) -> str:
        return f"{self.id}.{name}"

    def _param(self, name: str, parameter: Parameter) -> Json:
        values = sorted(parameter.values, key=lambda one: one.from_)
        known = [one for one in values if self.as_of is None or one.from_ <= self.as_of]
        props = []
        for one in values:
            source = one.source
            of = source if isinstance(source, str) else f"{source.instrument} {source.pinpoint}"
            props.append({**prop("value-from", one.from_), "remarks": f"{one.value} ({of})"})
        return {
            "id": self._param_id(name),
            "label": both(parameter.title),
            "props": props,
            "values": [str((known or values)[-1].value)],
        }

    def _resource(self, one: Instrument) -> Json:
        resource: Json = {
            "uuid": uuid_of("instrument", self.id, one.id),
            "title": both(one.title),
            "props": [prop("instrument", one.id)],
            "citation": {"text": ", ".join(filter(None, (both(one.issuer), one.number)))},
        }
        if one.source is not None:
            resource["description"] = one.source
        if one.note is not None:
            resource["remarks"] = both(one.note)
        return resource

    def _cited(self, rule: Rule) -> list[Citation]:
        return [c for c in rule.citations if self._is_alive(self.book.instruments[c.instrument])]

    def _verification(self, citation: Citation) -> Verification | None:
        if citation.quote_sha256 is None:
            return None
        key = clause_key(citation.instrument, citation.pinpoint, citation.quote_sha256)
        return self.verified.get(key)


def _in_force(rulebook: Rulebook, day: dt.date | None) -> Iterator[LoadedRule]:
    for one in rulebook.rules:
        alive = (rulebook.instruments[c.instrument].in_force for c in one.rule.citations)
        if day is None or (
            one.rule.in_force.covers(day) and any(days.covers(day) for days in alive)
        ):
            yield one


def _clause_id(citation: Citation) -> str:
    """Return a clause's id: pinpoints hold what an id may not, so a part of their digest stands."""
    said = "\n".join((citation.pinpoint, citation.quote or "", _essence(citation)))
    return f"{citation.instrument}.c-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _essence(citation: Citation) -> str:
    return "" if citation.essence is None else both(citation.essence)


def _period(period: Period) -> Iterator[Json]:
    if period.from_ is not None:
        yield prop("in-force-from", period.from_)
    if period.to is not None:
        yield prop("in-force-until-before", period.to)
