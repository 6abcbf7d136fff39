"""Load a rulebook from its folder or from the document that a book keeps, or refuse it.

A folder holds `rulebook.yaml`, `instruments.yaml`, `lists.yaml`, `parameters.yaml` and one file a
rule in `rules/`. Every error names file, line and column.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from vermilion.errors import RulebookError, UsageError
from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.namespace import ALIASES
from vermilion.language import (
    Condition,
    Place,
    Scope,
    Type,
    facts_read,
    parse,
    roots_of,
    type_of_constant,
)
from vermilion.rulebook.model import (
    Citation,
    Document,
    Heading,
    Instrument,
    NamedList,
    Parameter,
    Profile,
    Rule,
)
from vermilion.rulebook.yaml_source import Key, Source

SHIPPED = Path(__file__).parent / "shipped"
"""Where the rulebooks that come with Vermilion lie."""

_CANONICAL = msgspec.json.Encoder(order="sorted")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PARTY_ROOTS = frozenset({"parties", "party"})


@dataclass(frozen=True)
class LoadedRule:
    """A rule with its conditions read, typed and checked, by event type."""

    rule: Rule
    conditions: Mapping[str, Condition]


@dataclass(frozen=True)
class Rulebook:
    """A checked rulebook: the document, and its rules ready to compile."""

    document: Document
    rules: tuple[LoadedRule, ...]

    @property
    def id(self) -> str:
        """The rulebook's short name."""
        return self.document.rulebook.id

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """Instruments by id."""
        return {instrument.id: instrument for instrument in self.document.instruments}

    def digest(self, profile: Profile) -> str:
        """Return the SHA-256 that covers rules, lists, parameters, instruments and profile."""
        return hashlib.sha256(
            _CANONICAL.encode({"document": self.document, "profile": profile})
        ).hexdigest()


def shipped_rulebooks() -> list[str]:
    """Return the names of the rulebooks that come with Vermilion."""
    return sorted(path.parent.name for path in SHIPPED.glob("*/rulebook.yaml"))


def find_rulebook(name: str) -> Path:
    """Return the folder of a shipped rulebook, or of one given by path.

    Raises:
        UsageError: neither exists.
    """
    for folder in (SHIPPED / name, Path(name)):
        if (folder / "rulebook.yaml").is_file():
            return folder
    close = difflib.get_close_matches(name, shipped_rulebooks(), n=1)
    raise UsageError(
        "rulebook_unknown",
        f"there is no rulebook `{name}`",
        help=f"did you mean `{close[0]}`?"
        if close
        else f"shipped: {', '.join(shipped_rulebooks())}",
    )


def load_rulebook(folder: Path) -> Rulebook:
    """Read, check and type every rule of a rulebook's folder.

    Raises:
        RulebookError: something in it is malformed, unknown or contradictory.
    """
    heading = Source(folder / "rulebook.yaml")
    instruments = Source(folder / "instruments.yaml")
    lists = Source(folder / "lists.yaml")
    parameters = Source(folder / "parameters.yaml")
    sources = [Source(path) for path in sorted((folder / "rules").glob("*.yaml"))]
    rules = [_shaped(source, Rule) for source in sources]
    for source, rule in zip(sources, rules, strict=True):
        if source.path.stem != rule.id:
            raise _error(source.place(("id",)), f"the file is not named after the rule `{rule.id}`")
    document = Document(
        rulebook=_shaped(heading, Heading),
        instruments=_shaped(instruments, list[Instrument]),
        lists=_shaped(lists, dict[str, NamedList]),
        parameters=_shaped(parameters, dict[str, Parameter]),
        rules=rules,
    )
    return check_document(document, {source.path.stem: source for source in sources})


def check_document(document: Document, sources: Mapping[str, Source] | None = None) -> Rulebook:
    """Check a rulebook's references and read its conditions.

    Args:
        document: the rulebook as plain data.
        sources: the rule files by rule id, for places in errors.

    Raises:
        RulebookError: a rule is refused, or names what does not exist.
    """
    checker = _Checker(document, sources or {})
    return Rulebook(document, tuple(checker.rule(rule) for rule in document.rules))


class _Checker:
    def __init__(self, document: Document, sources: Mapping[str, Source]) -> None:
        self.document = document
        self.sources = sources
        self.instruments = {instrument.id for instrument in document.instruments}
        self.lists = {name: tuple(entry.values) for name, entry in document.lists.items()}
        self.parameters = {
            name: self.parameter_type(name, entry) for name, entry in document.parameters.items()
        }
        self.bindings: dict[str, str] = {}
        ids = [rule.id for rule in document.rules]
        for rule in document.rules:
            if ids.count(rule.id) > 1:
                raise _error(self.place(rule, ("id",)), f"rule `{rule.id}` stands twice")

    def parameter_type(self, name: str, entry: Parameter) -> Type:
        kinds = {type_of_constant(value.value) for value in entry.values}
        (kind, *rest) = kinds
        if rest or kind is None:
            raise RulebookError(
                "rulebook_malformed", f"values of parameter `{name}` differ in type"
            )
        return kind

    def place(self, rule: Rule, key: Key) -> Place:
        source = self.sources.get(rule.id)
        return source.place(key) if source else Place(rule.id)

    def rule(self, rule: Rule) -> LoadedRule:
        for index, citation in enumerate(rule.citations):
            self.citation(rule, citation, self.place(rule, ("citations", index)))
        for index, name in enumerate(rule.parameters):
            if name not in self.parameters:
                place = self.place(rule, ("parameters", index))
                raise _unknown(place, "parameter", name, self.parameters)
        conditions = {}
        for index, event_type in enumerate(rule.applies_to):
            if event_type not in EVENT_TYPES:
                place = self.place(rule, ("applies_to", index))
                raise _unknown(place, "event type", event_type, EVENT_TYPES)
            conditions[event_type] = self.condition(rule, event_type)
        self.placeholders(rule, conditions)
        return LoadedRule(rule, conditions)

    def citation(self, rule: Rule, citation: Citation, place: Place) -> None:
        if citation.instrument not in self.instruments:
            raise _unknown(place, "instrument", citation.instrument, self.instruments)
        if citation.quote is None and citation.essence is None:
            raise _error(
                place, "a citation needs its words (`quote`), or what they say (`essence`)"
            )
        if citation.quote is not None:
            digest = hashlib.sha256(citation.quote.encode()).hexdigest()
            if citation.quote_sha256 != digest:
                raise _error(
                    place, f"`quote_sha256` is not that of the quote of {rule.id}", help=digest
                )
        known = self.bindings.setdefault(citation.instrument, citation.binding)
        if known != citation.binding:
            raise _error(
                place,
                f"`{citation.instrument}` is of class {citation.binding} here and {known} elsewhere",
            )

    def condition(self, rule: Rule, event_type: str) -> Condition:
        aliases = ALIASES.get(event_type, {})
        scope = Scope(roots_of(event_type), aliases, self.lists, self.parameters)
        applies = None
        if rule.applies_if is not None:
            applies = parse(rule.applies_if, scope, self.place(rule, ("applies_if",)))
        return Condition(
            applies, parse(rule.violates_if, scope, self.place(rule, ("violates_if",)))
        )

    def placeholders(self, rule: Rule, conditions: Mapping[str, Condition]) -> None:
        """Let a reason show only facts that the rule reads, and none of a person."""
        named = {
            name for text in (rule.reason.zh, rule.reason.en) for name in _PLACEHOLDER.findall(text)
        }
        for event_type, condition in conditions.items():
            read = {str(path): path for path in facts_read(condition.violates)}
            for name in sorted(named):
                place = self.place(rule, ("reason",))
                if name not in read:
                    raise _unknown(place, f"fact that the rule reads on a {event_type}", name, read)
                root = roots_of(event_type)[read[name].root].type
                if str(root) == "party" or read[name].root in _PARTY_ROOTS:
                    raise _error(place, f"a reason may not show `{name}`: it is a party's")


def _shaped(source: Source, shape: Any) -> Any:
    try:
        return msgspec.convert(source.data, shape, str_keys=True)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        key: list[str | int] = [
            int(index) if index else name
            for name, index in re.findall(r"\.([A-Za-z_]\w*)|\[(\d+)\]", path)
        ]
        named = ".".join(str(part) for part in key)
        raise _error(
            source.place(tuple(key)), f"{named or 'the file'}: {_plain(message)}"
        ) from None


def _plain(message: str) -> str:
    """Put msgspec's words into ours."""
    message = message.replace("Object contains unknown field", "there is no field")
    message = message.replace("Object missing required field", "a field is lacking:")
    return message[:1].lower() + message[1:]


def _unknown(place: Place, what: str, name: str, known: Iterable[str]) -> RulebookError:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    help = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(sorted(known))}"
    return _error(place, f"there is no {what} `{name}`", help=help)


def _error(place: Place, message: str, *, help: str | None = None) -> RulebookError:
    where = f"{place.file}:{place.line}:{place.column}"
    return RulebookError("rule_refused", message, help=help, where=where)
