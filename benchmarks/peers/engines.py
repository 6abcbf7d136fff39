"""Each engine used at its best: rules compiled once, all of them in one call, inputs as it likes.

`prepared` makes the arguments of `run` from flat facts, outside of the clock; `from_json` takes the
bytes of the event and is timed as a whole. Both answer with the decision and the rules hit.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import compress
from string import Template
from typing import Any, NamedTuple

import msgspec
from benchmarks.peers.events import Joined, as_json
from benchmarks.peers.rules import BLOCKING, LISTS, NAMES, PATHS, RULES, Decision, decide, oracle

import vermilion
from vermilion.facts.namespace import ALIASES
from vermilion.language import Condition, FusedFunction, Scope, fuse, parse, roots_of

Answer = tuple[Decision, list[str]]
_decode = msgspec.json.Decoder().decode
_PRINCIPALS = {"principal": 'U::"u"', "action": 'A::"sell"', "resource": 'T::"t"'}


class Look(NamedTuple):
    """An answer looked at closely: rules hit, rules said to be unknown, rules passed over."""

    decision: Decision
    hits: list[str]
    unknown: bool = False
    noted: bool = False


@dataclass(frozen=True)
class Engine:
    """One way of running the rules.

    `look` answers on arguments of `run` in more words, and raises where there is no answer; a second
    row of an engine has none.
    """

    name: str
    version: str
    usage: str
    prepared: Callable[[dict[str, Any]], tuple[Any, ...]]
    run: Callable[..., Any]
    from_json: Callable[[bytes], Answer] | None
    from_json_usage: str = ""
    look: Callable[..., Look] | None = None
    answer: Callable[[Any], Answer] = field(default=lambda found: found)
    """Turns what `run` gives into decision and rules hit, for the comparison with the oracle."""


def _answered(listed: Any) -> Answer:
    """Name the rules that a list of twenty truth values says were hit."""
    hits = list(compress(NAMES, listed))
    return decide(hits), hits


def _looked(run: Callable[..., Answer]) -> Callable[..., Look]:
    """Look at the answers of an engine that says nothing more."""
    return lambda *arguments: Look(*run(*arguments))


def _texts(language: str, fact: Callable[[str], str]) -> list[str]:
    """Return the rules in one language with every fact written out."""
    written = {name: fact(name) for name in PATHS}
    return [Template(getattr(rule, language)).substitute(written) for rule in RULES]


# Vermilion.


def conditions() -> list[Condition]:
    """Read the rules as a rulebook's loader does."""
    scope = Scope(roots_of("sale"), aliases=ALIASES["sale"], lists=LISTS)
    return [Condition(None, parse(rule.vermilion, scope)) for rule in RULES]


def _vermilion() -> list[Engine]:
    function: FusedFunction = fuse("sale", conditions(), {})
    decode = msgspec.json.Decoder(Joined).decode
    name_of = {1 << position: name for position, name in enumerate(NAMES)}
    blocking = sum(bit for bit, name in name_of.items() if name in BLOCKING)

    def named(masks: tuple[int, ...]) -> Answer:
        hit, unknown = masks[0], masks[1]
        decision: Decision = "block" if hit & blocking else "review" if hit | unknown else "allow"
        hits = []
        while hit:
            bit = hit & -hit
            hits.append(name_of[bit])
            hit ^= bit
        return decision, hits

    def run(data: Any, roots: Mapping[str, Any]) -> Answer:
        return named(function(data, roots))

    def from_json(text: bytes) -> Answer:
        return named(function(*decode(text).arguments()))

    def look(data: Any, roots: Mapping[str, Any]) -> Look:
        masks = function(data, roots)
        return Look(*named(masks), unknown=masks[1] != 0)

    def prepared(facts: dict[str, Any]) -> tuple[Any, ...]:
        return decode(as_json(facts)).arguments()

    number = vermilion.__version__
    masks = "fused function on structs; bit masks of hit, unknown, passed"
    names = "the same, with decision and names made of the masks"
    typed = "decoded into structs by msgspec; age worked out from the birth date"
    return [
        Engine("vermilion, masks", number, masks, prepared, function, None, answer=named),
        Engine("vermilion", number, names, prepared, run, from_json, typed, look),
    ]


# The others.


def _python() -> list[Engine]:
    def from_json(text: bytes) -> Answer:
        return oracle(_flat(_decode(text)))

    usage = "20 lambdas over a flat dict; the oracle itself"
    typed = "msgspec.json.decode, then the facts laid flat"
    look = _looked(oracle)
    return [Engine("python", "", usage, lambda facts: (facts,), oracle, from_json, typed, look)]


def _flat(event: dict[str, Any]) -> dict[str, Any]:
    data, buyer, platform, ready = event["data"], event["buyer"], event["platform"], event["ready"]
    edition, legs = event["token"]["edition"], data["settlement"]
    return {
        "currency": data["price"]["currency"],
        "amount": data["price"]["amount"],
        "instruments": [leg["instrument"] for leg in legs],
        "fundings": [leg["funding"] for leg in legs],
        "kyc": buyer["kyc"]["status"],
        "kind": buyer["kind"],
        "age": ready["age"],
        "consented": ready["consented"],
        "lists_hit": buyer["lists_hit"],
        "size": edition["size"],
        "serial": edition["serial"],
        "licensed": event["work"]["licence"]["edition_limit"],
        "underlying": event["token"]["underlying"],
        "features": platform["features"],
        "permission": platform["chain"]["permission"],
    }


def _zen() -> list[Engine]:
    import zen

    def path(name: str) -> str:
        source, many, leaf = PATHS[name].partition("[].")
        return f"map({source}, #.{leaf})" if many else source

    flat = zen.compile_expression(f"[{', '.join(_texts('zen', str))}]").evaluate
    nested = zen.compile_expression(f"[{', '.join(_texts('zen', path))}]").evaluate

    def run(facts: dict[str, Any]) -> Answer:
        return _answered(flat(facts))

    return [
        Engine(
            "zen",
            version("zen-engine"),
            "one compiled expression, a list of 20 truth values; flat dict",
            lambda facts: (facts,),
            run,
            lambda text: _answered(nested(text)),
            "bytes given to the expression, parsed by zen",
            _looked(run),
        )
    ]


def _datalogic() -> list[Engine]:
    from datalogic_py import DataHandle
    from datalogic_py import Engine as Logic

    def path(name: str) -> str:
        source, many, leaf = PATHS[name].partition("[].")
        found = f'{{"var": "{source}"}}'
        return f'{{"map": [{found}, {{"var": "{leaf}"}}]}}' if many else found

    logic = Logic()
    flat_texts = _texts("jsonlogic", lambda name: f'{{"var": "{name}"}}')
    flat = logic.compile(f"[{', '.join(flat_texts)}]")
    nested = logic.compile(f"[{', '.join(_texts('jsonlogic', path))}]")
    session = logic.session()
    number = version("datalogic-py")

    def handled(handle: Any) -> Answer:
        return _answered(session.evaluate_data(flat, handle))

    def from_dict(facts: dict[str, Any]) -> Answer:
        return _answered(session.evaluate(flat, facts))

    def from_json(text: bytes) -> Answer:
        return _answered(session.evaluate(nested, text.decode()))

    usage = "one compiled rule, a list of 20 truth values, in a session; "
    held, plain = usage + "data handle made before", usage + "flat dict"
    typed = "text given to the session, parsed by datalogic"

    def handle(facts: dict[str, Any]) -> tuple[Any, ...]:
        return (DataHandle(facts),)

    look = _looked(handled)
    return [
        Engine("datalogic", number, held, handle, handled, from_json, typed, look),
        Engine("datalogic, dict", number, plain, lambda facts: (facts,), from_dict, None),
    ]


def _cel() -> list[Engine]:
    from cel_expr_python import cel

    kind = cel.Type
    lists = {"instruments", "fundings", "lists_hit", "underlying", "features"}
    numbers = {"amount", "age", "consented", "size", "serial", "licensed"}
    types = {
        name: kind.List(kind.STRING)
        if name in lists
        else kind.INT
        if name in numbers
        else kind.STRING
        for name in PATHS
    }
    evaluate = cel.NewEnv(variables=types).compile(f"[{', '.join(_texts('cel', str))}]").eval

    def run(facts: dict[str, Any]) -> Answer:
        return _answered(evaluate(data=facts).plain_value())

    def look(facts: dict[str, Any]) -> Look:
        listed = evaluate(data=facts).plain_value()
        if not isinstance(listed, list):
            raise ValueError(listed)  # noqa: TRY004 - it is a value, of another kind
        return Look(*_answered(listed))

    return [
        Engine(
            "cel",
            version("cel-expr-python"),
            "one checked expression, a list of 20 truth values; flat dict (cel-cpp)",
            lambda facts: (facts,),
            run,
            lambda text: run(_flat(_decode(text))),
            "msgspec.json.decode, then the facts laid flat",
            look,
        )
    ]


def _cedar() -> list[Engine]:
    import cedarpy

    texts = ['@id("") permit(principal, action, resource);']
    for rule, text in zip(RULES, _texts("cedar", lambda name: f"context.{name}"), strict=True):
        texts.append(f'@id("{rule.name}") forbid(principal, action, resource) when {{ {text} }};')
    policies = cedarpy.PolicySet.from_str("\n".join(texts))
    nobody = cedarpy.Entities.from_json_str("[]")
    place = {name: position for position, name in enumerate(NAMES)}

    def prepared(facts: dict[str, Any]) -> tuple[Any, ...]:
        return ({**_PRINCIPALS, "context": json.dumps(facts)},)

    def hits_of(found: Any) -> list[str]:
        if found.decision is cedarpy.Decision.Allow:
            return []
        return sorted(found.diagnostics.id_annotations_by_reason.values(), key=place.__getitem__)

    def run(request: dict[str, Any]) -> Answer:
        hits = hits_of(cedarpy.is_authorized(request, policies, nobody))
        return decide(hits), hits

    def from_json(text: bytes) -> Answer:
        context = msgspec.json.encode(_flat(_decode(text))).decode()
        return run({**_PRINCIPALS, "context": context})

    def look(request: dict[str, Any]) -> Look:
        found = cedarpy.is_authorized(request, policies, nobody)
        if found.decision is cedarpy.Decision.NoDecision:
            raise ValueError(found.diagnostics.errors)
        hits = hits_of(found)
        return Look(decide(hits), hits, noted=bool(found.diagnostics.errors))

    return [
        Engine(
            "cedar",
            version("cedarpy"),
            "20 forbids in a parsed policy set; context as ready JSON text",
            prepared,
            run,
            from_json,
            "msgspec.json.decode, facts laid flat and written as the context",
            look,
        )
    ]


MAKERS: dict[str, tuple[str | None, Callable[[], list[Engine]]]] = {
    "vermilion": (None, _vermilion),
    "python": (None, _python),
    "datalogic": ("datalogic_py", _datalogic),
    "zen": ("zen", _zen),
    "cel": ("cel_expr_python", _cel),
    "cedar": ("cedarpy", _cedar),
}
"""Engines by name: the module each needs, and what sets it up."""


def load(names: list[str]) -> tuple[list[Engine], list[str]]:
    """Set up the engines named, and name those that are not installed."""
    found: list[Engine] = []
    lacking = []
    for name in names:
        module, make = MAKERS[name]
        try:
            if module is not None:
                importlib.import_module(module)
        except ImportError:
            lacking.append(name)
            continue
        found += make()
    return found, lacking
