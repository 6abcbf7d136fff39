"""Load a rulebook from its folder or from the document that a book keeps, or refuse it.

A folder holds `rulebook.yaml`, `instruments.yaml`, `lists.yaml`, `parameters.yaml`, where there
are any `windows.yaml`, and one file a rule in `rules/`. Every error names file, line and column.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import msgspec
from msgspec import inspect

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
    tree,
    type_of_constant,
)
from vermilion.language.types import INT, STR
from vermilion.rulebook.configuration import Configuration
from vermilion.rulebook.model import (
    Citation,
    ClauseRef,
    Document,
    Heading,
    Instrument,
    NamedList,
    Parameter,
    Period,
    Profile,
    Rule,
    Window,
)
from vermilion.rulebook.sensitive import is_sensitive_window, sensitive_facts
from vermilion.rulebook.windows import LoadedWindow, load_window
from vermilion.rulebook.yaml_source import Key, Source

SHIPPED = Path(__file__).parent / "shipped"
"""Where the rulebooks that come with Vermilion lie."""

_CANONICAL = msgspec.json.Encoder(order="sorted")
_DATES = "write it like 2022-04-13, or 2022-04-12T16:00:00Z where a case needs a time"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PARTY_ROOTS = frozenset({"parties", "party"})


@dataclass(frozen=True)
class LoadedRule:
    """A rule with its conditions read, typed and checked, by event type."""

    rule: Rule
    conditions: Mapping[str, Condition]


class Refused(NamedTuple):
    """A part of a rulebook that cannot stand in it, and why."""

    of: str
    id: str
    error: RulebookError


class Places(Protocol):
    """Tells where things stand in a file."""

    def place(self, key: Key) -> Place:
        """Return where a value stands."""

    def text_place(self, key: Key) -> Place:
        """Return where a text stands, with the place of each of its characters."""


class File(Places, Protocol):
    """A YAML file as plain data that tells where things stand in it."""

    path: Path
    data: Any

    def name_place(self, key: Key) -> Place:
        """Return where the name of a field stands."""


@dataclass(frozen=True)
class Rulebook:
    """A checked rulebook: the document, and its rules and windows ready to compile."""

    document: Document
    rules: tuple[LoadedRule, ...]
    windows: tuple[LoadedWindow, ...] = ()

    @property
    def id(self) -> str:
        """The rulebook's short name."""
        return self.document.rulebook.id

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """Instruments by id."""
        return {instrument.id: instrument for instrument in self.document.instruments}

    @cached_property
    def house_rules(self) -> frozenset[str]:
        """Ids of the rules that an operator's overlay brought: its policy, whatever they cite."""
        layer = self.document.overlay
        if isinstance(layer, msgspec.UnsetType):
            return frozenset()
        return frozenset(rule.id for rule in layer.overlay.rules)

    @cached_property
    def sensitive_windows(self) -> frozenset[str]:
        """Names of the windows that count what screening or surveillance found."""
        return frozenset(one.name for one in self.windows if is_sensitive_window(one))

    @cached_property
    def confidential(self) -> frozenset[str]:
        """Ids of the rules of which a customer learns nothing.

        Those that their author marked, and those that read facts of lists or suspicion unmarked.
        """
        return frozenset(
            loaded.rule.id
            for loaded in self.rules
            if loaded.rule.confidential or sensitive_facts(self, loaded)
        )

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
    """Read, check and type every rule of a rulebook's folder; of a shipped one, once a process.

    Raises:
        RulebookError: something in it is malformed, unknown or contradictory.
    """
    return _shipped(folder) if folder.parent == SHIPPED else _loaded(folder)


def _loaded(folder: Path) -> Rulebook:
    return check_document(*read_document(folder))


_shipped = cache(_loaded)


def read_document(folder: Path) -> tuple[Document, dict[str, Source]]:
    """Read a rulebook's folder as plain data, with its files by name without ending.

    Raises:
        RulebookError: a file is lacking, malformed or not in the shape of the format.
    """
    commons = {
        name: Source(folder / f"{name}.yaml")
        for name in ("rulebook", "instruments", "lists", "parameters", "windows")
        if name != "windows" or (folder / "windows.yaml").exists()
    }
    sources = [Source(path) for path in rule_files(folder / "rules")]
    document = Document(
        rulebook=shaped(commons["rulebook"], Heading),
        instruments=shaped(commons["instruments"], list[Instrument]),
        lists=named(commons["lists"], NamedList),
        parameters=named(commons["parameters"], Parameter),
        windows=named(commons["windows"], Window) if "windows" in commons else {},
        rules=[shaped_rule(source) for source in sources],
    )
    return document, commons | {source.path.stem: source for source in sources}


def shaped_rule(source: File) -> Rule:
    """Read a rule from its file, which is named after it."""
    rule: Rule = shaped(source, Rule)
    if source.path.stem != rule.id:
        raise refusal(
            source.place(("id",)),
            f"the file is not named after the rule `{rule.id}`",
            help=f"name it `{rule.id}.yaml`",
        )
    return rule


def rule_files(folder: Path) -> list[Path]:
    """Return a rulebook's rule files; one that would be passed over in silence is refused."""
    for path in sorted(folder.glob("*.yml")):
        raise refusal(Place(path.name), "a rule's file ends in `.yaml`", help="rename it")
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise refusal(Place(f"{folder.name}/"), "there is no rule", help="write at least one")
    return files


def load_configuration(path: Path) -> Configuration:
    """Read a book's configuration.

    Raises:
        RulebookError: it is not plain YAML, or has unknown fields or values.
    """
    configuration: Configuration = shaped(Source(path), Configuration)
    return configuration


def check_document(
    document: Document,
    sources: Mapping[str, Places] | None = None,
    refused: list[Refused] | None = None,
) -> Rulebook:
    """Check a rulebook's references and read its conditions.

    Args:
        document: the rulebook as plain data.
        sources: the files by name without ending, for places in errors.
        refused: where given, takes each instrument, parameter, window and rule that is refused,
            which is then left out; otherwise the first one is raised.

    Raises:
        RulebookError: a rule is refused, or names what does not exist.
    """
    checker = _Checker(document, sources or {}, refused)
    rules: list[LoadedRule] = []
    for rule in document.rules:
        with checker.item("rule", rule.id):
            rules.append(checker.rule(rule))
    return Rulebook(document, tuple(rules), tuple(checker.windows.values()))


class _Checker:
    def __init__(
        self,
        document: Document,
        sources: Mapping[str, Places],
        refused: list[Refused] | None = None,
    ) -> None:
        self.document = document
        self.refused = refused
        self.sources = sources
        self.no_repeats([item.id for item in document.instruments], "instrument", "instruments")
        self.instruments = {instrument.id for instrument in document.instruments}
        self.lists = {name: tuple(entry.values) for name, entry in document.lists.items()}
        self.zone(document.rulebook.time_zone)
        for index, instrument in enumerate(document.instruments):
            with self.item("instrument", instrument.id):
                self.instrument(index, instrument)
        self.parameters: dict[str, Type] = {}
        for name, entry in document.parameters.items():
            with self.item("parameter", name):
                self.parameters[name] = self.parameter_type(name, entry)
        self.windows: dict[str, LoadedWindow] = {}
        for name, window in document.windows.items():
            with self.item("window", name):
                self.windows[name] = load_window(
                    name,
                    window,
                    document.lists,
                    document.rulebook.time_zone,
                    lambda key, name=name: self.text_place("windows", (name, *key)),  # type: ignore[misc]
                )
        self.bindings: dict[str, str] = {}
        self.no_repeats([rule.id for rule in document.rules], "rule", "")

    @contextmanager
    def item(self, of: str, id: str) -> Iterator[None]:
        try:
            yield
        except RulebookError as error:
            if self.refused is None:
                raise
            self.refused.append(Refused(of, id, error))

    def place(self, file: str, key: Key) -> Place:
        source = self.sources.get(file)
        return source.place(key) if source else Place(file)

    def text_place(self, file: str, key: Key) -> Place:
        source = self.sources.get(file)
        return source.text_place(key) if source else Place(file)

    def zone(self, name: str) -> None:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise refusal(
                self.place("rulebook", ("time_zone",)),
                f"there is no time zone `{name}`",
                help="write it as in `Asia/Shanghai`",
            ) from None

    def no_repeats(self, ids: list[str], what: str, file: str) -> None:
        for index, id in enumerate(ids):
            if id in ids[:index]:
                place = self.place(file, (index, "id")) if file else self.place(id, ("id",))
                raise refusal(place, f"{what} `{id}` stands twice", help="keep one of the two")

    def period(self, place: Place, period: Period) -> None:
        if period.from_ is not None and period.to is not None and period.to <= period.from_:
            raise refusal(
                place,
                "the period ends before it begins",
                help="`to` is the first day on which it no longer holds",
            )

    def instrument(self, index: int, instrument: Instrument) -> None:
        self.period(self.place("instruments", (index, "in_force")), instrument.in_force)
        successor = instrument.repealed_by
        if successor is not None and successor not in self.instruments:
            place = self.place("instruments", (index, "repealed_by"))
            raise unknown(place, "instrument", successor, self.instruments)
        if successor is not None and instrument.in_force.to is None:
            raise refusal(
                self.place("instruments", (index, "in_force")),
                f"`{instrument.id}` is repealed, so its days in force have an end",
                help="write in `to` the first day on which it no longer holds",
            )

    def parameter_type(self, name: str, entry: Parameter) -> Type:
        kinds = set()
        days = set()
        for index, value in enumerate(entry.values):
            key = (name, "values", index)
            kinds.add(type_of_constant(value.value))
            if len(kinds) > 1:
                place = self.place("parameters", (*key, "value"))
                raise refusal(place, f"values of parameter `{name}` differ in type")
            if value.from_ in days:
                place = self.place("parameters", (*key, "from"))
                raise refusal(place, f"parameter `{name}` has two values from {value.from_} on")
            days.add(value.from_)
            source = value.source
            if isinstance(source, ClauseRef) and source.instrument not in self.instruments:
                place = self.place("parameters", (*key, "source", "instrument"))
                raise unknown(place, "instrument", source.instrument, self.instruments)
        return INT if kinds == {INT} else STR

    def rule(self, rule: Rule) -> LoadedRule:
        self.period(self.place(rule.id, ("in_force",)), rule.in_force)
        for index, citation in enumerate(rule.citations):
            self.citation(rule, citation, ("citations", index))
        for index, name in enumerate(rule.parameters):
            if name not in self.parameters:
                place = self.place(rule.id, ("parameters", index))
                raise unknown(place, "parameter", name, self.parameters)
        conditions = {}
        for index, event_type in enumerate(rule.applies_to):
            if event_type not in EVENT_TYPES:
                place = self.place(rule.id, ("applies_to", index))
                raise unknown(place, "event type", event_type, EVENT_TYPES)
            conditions[event_type] = self.condition(rule, event_type)
            self.readings(rule, event_type)
        for index, case in enumerate(rule.cases):
            if case.event not in conditions:
                place = self.place(rule.id, ("cases", index, "event"))
                raise unknown(place, "event type that the rule applies to", case.event, conditions)
            if self.sources:
                self.case(rule, index)
        self.placeholders(rule, conditions)
        self.begins_with_parameters(rule, conditions)
        return LoadedRule(rule, conditions)

    def case(self, rule: Rule, index: int) -> None:
        """Refuse a case on no day, or that names instruments that there are not."""
        case = rule.cases[index]
        try:
            moment = dt.datetime.fromisoformat(case.at)
        except ValueError:
            moment = None
        if moment is None or (len(case.at) != len("2022-04-13") and moment.tzinfo is None):
            raise refusal(
                self.place(rule.id, ("cases", index, "at")),
                f"`{case.at}` is no day, and no time with its offset",
                help=_DATES,
            )
        for number, id in enumerate(case.alive or ()):
            if id not in self.instruments:
                place = self.place(rule.id, ("cases", index, "alive", number))
                raise unknown(place, "instrument", id, self.instruments)

    def begins_with_parameters(self, rule: Rule, conditions: Mapping[str, Condition]) -> None:
        """Refuse a rule that is in force before a parameter that it reads has a value."""
        lives = {one.id: one.in_force for one in self.document.instruments}
        cited = [lives[citation.instrument].from_ for citation in rule.citations]
        begins = rule.in_force.from_ or dt.date.min
        begins = max(begins, min(day or dt.date.min for day in cited))
        nodes = [n for c in conditions.values() for n in (c.applies, c.violates) if n is not None]
        for name in sorted(
            {p.name for n in nodes for p in tree.walk(n) if isinstance(p, tree.Parameter)}
        ):
            first = min(value.from_ for value in self.document.parameters[name].values)
            if begins < first:
                raise refusal(
                    self.place(rule.id, ("in_force",)),
                    f"the rule holds from {begins} on, and parameter `{name}` only from {first} on",
                    help="narrow `in_force`, or give the parameter a value for the days before",
                )

    def citation(self, rule: Rule, citation: Citation, key: Key) -> None:
        place = self.place(rule.id, key)
        if citation.instrument not in self.instruments:
            at = self.place(rule.id, (*key, "instrument"))
            raise unknown(at, "instrument", citation.instrument, self.instruments)
        if citation.quote is None and citation.essence is None:
            raise refusal(
                place,
                "a citation needs its words (`quote`), or what they say (`essence`)",
                help="add one of the two",
            )
        digest = citation.quote and hashlib.sha256(citation.quote.encode()).hexdigest()
        if citation.quote_sha256 != digest:
            raise refusal(
                self.place(rule.id, (*key, "quote_sha256")),
                f"`quote_sha256` is not that of the quote of {rule.id}",
                help=f"once the quote is right, write `{digest or 'null'}`",
            )
        known = self.bindings.setdefault(citation.instrument, citation.binding)
        if known != citation.binding:
            raise refusal(
                self.place(rule.id, (*key, "binding")),
                f"`{citation.instrument}` is of class {citation.binding} here and {known} elsewhere",
                help="an instrument has one class throughout a rulebook",
            )

    def scope(self, event_type: str) -> Scope:
        aliases = ALIASES.get(event_type, {})
        return Scope(
            roots_of(event_type),
            aliases,
            self.lists,
            self.parameters,
            {name: tuple(entry.exceptions) for name, entry in self.document.lists.items()},
            {
                name: one.type if event_type in one.asks else one.unaskable[event_type]
                for name, one in self.windows.items()
            },
        )

    def condition(self, rule: Rule, event_type: str) -> Condition:
        scope = self.scope(event_type)
        applies = None
        if rule.applies_if is not None:
            applies = parse(rule.applies_if, scope, self.text_place(rule.id, ("applies_if",)))
        violates = parse(rule.violates_if, scope, self.text_place(rule.id, ("violates_if",)))
        return Condition(applies, violates)

    def readings(self, rule: Rule, event_type: str) -> None:
        """Check the conditions of rival readings as the rule's own is checked."""
        scope = self.scope(event_type)
        for index, reading in enumerate(rule.readings or ()):
            place = self.text_place(rule.id, ("readings", index, "violates_if"))
            parse(reading.violates_if, scope, place)

    def placeholders(self, rule: Rule, conditions: Mapping[str, Condition]) -> None:
        """Let a reason show only facts that the rule reads, and none of a person."""
        words = {"zh": rule.reason.zh, "en": rule.reason.en}
        named = {name: tongue for tongue in words for name in _PLACEHOLDER.findall(words[tongue])}
        for event_type, condition in conditions.items():
            read = {str(path): path for path in facts_read(condition.violates)}
            for name in sorted(named):
                place = self.place(rule.id, ("reason", named[name]))
                if name not in read:
                    raise unknown(place, f"fact that the rule reads on a {event_type}", name, read)
                shown = read[name].type
                if name.startswith("windows."):
                    continue
                root = roots_of(event_type)[read[name].root].type
                if shown.kind in {"list", "struct"} or (shown.kind == "str" and not shown.values):
                    raise refusal(
                        place,
                        f"a reason may not show `{name}`: it can hold any text",
                        help="show a fact with a closed vocabulary, a number or a date",
                    )
                if str(root) == "party" or read[name].root in _PARTY_ROOTS:
                    raise refusal(
                        place,
                        f"a reason may not show `{name}`: it is a party's",
                        help="say what is wrong without it; the facts stand beside the reason",
                    )


def named(source: File, shape: Any) -> Any:
    """Return a file's entries by name, each read on its own so that an error can be placed."""
    for name in shaped(source, dict[str, Any]):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
            raise refusal(
                source.name_place((name,)),
                f"`{name}` is no name for an entry",
                help="a small letter, then small letters, digits and `_`, 64 at most",
            )
    return {name: shaped(source, shape, (name,), entry) for name, entry in source.data.items()}


def shaped(source: File, shape: Any, within: Key = (), data: Any = None) -> Any:
    """Return a file's data, or a part of it, in its shape; an error names the place."""
    try:
        return msgspec.convert(data if within else source.data, shape, str_keys=True)
    except msgspec.ValidationError as error:
        raise _misshapen(source, shape, within, str(error)) from None


def _misshapen(source: File, shape: Any, within: Key, reason: str) -> RulebookError:
    """Put msgspec's words into ours, with the place in the file and what may stand there."""
    message, _, path = reason.partition(" - at `$")
    inner: Key = tuple(
        int(index) if index else name
        for name, index in re.findall(r"\.([A-Za-z_]\w*)|\[(\d+)\]", path)
    )
    known = _known_at(shape, inner)
    key = within + inner
    named = ".".join(str(part) for part in key) or "the file"
    strange = re.fullmatch(r"Object contains unknown field `(.*)`", message)
    if strange:
        name = strange[1]
        return unknown(source.name_place((*key, name)), f"field of {named}", name, known)
    lacking = re.fullmatch(r"Object missing required field `(.*)`", message)
    if lacking:
        return refusal(source.place(key), f"{named}: `{lacking[1]}` is lacking", help="add it")
    help = f"there are: {', '.join(known)}" if known else "see docs/rulebook-format.md"
    return refusal(
        source.place(key),
        f"{named}: {message[:1].lower()}{message[1:]}",
        help=_DATES if message.endswith("date") else help,
    )


def _known_at(shape: Any, key: Key) -> list[str]:
    """Return what may stand at a place of a shape: the names of fields, or the words of a choice."""
    found = inspect.type_info(shape)
    for part in (*key, None):
        if isinstance(found, inspect.UnionType):
            found = next(item for item in found.types if not isinstance(item, inspect.NoneType))
        match found:
            case inspect.LiteralType(values=values) if part is None:
                return [str(value) for value in values]
            case inspect.StructType(fields=fields) if part is None:
                return [field.encode_name for field in fields]
            case inspect.StructType(fields=fields):
                found = next(field.type for field in fields if field.encode_name == part)
            case inspect.ListType(item_type=item):
                found = item
            case _:
                return []
    return []


def unknown(place: Place, what: str, name: str, known: Iterable[str]) -> RulebookError:
    """Return the error that refuses a name that there is not, with the nearest that there is."""
    close = difflib.get_close_matches(name, sorted(known), n=1)
    help = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(sorted(known))}"
    return refusal(place, f"there is no {what} `{name}`", help=help)


def refusal(place: Place, message: str, *, help: str | None = None) -> RulebookError:
    """Return the error that refuses what stands at a place."""
    return RulebookError("rule_refused", message, help=help, where=str(place))
